import { setImmediate } from 'node:timers/promises';
import { type AnswerAccuracy, SUMS_ALPHABET, type SumsForm, sumsForm, sumSequences } from '../../data/sums.js';
import { backendName } from '../backend.js';
import {
  loadSequenceCheckpoint,
  saveSequenceCheckpoint,
  type SequenceState,
  trySequenceCheckpoint,
} from './checkpoint.js';
import { deployTransformer } from './deploy.js';
import { allParameters, buildSequenceModel, type SequenceModel } from './model.js';
import { adamWStep } from './parameter.js';
import type { SequenceRecipe } from './recipe.js';
import { decodeNetwork, encodeNetwork } from '../../ir/network/file.js';
import type { NetworkGraph } from '../../ir/network/types.js';

/** Where a training stands after `step` of `nSteps` steps. */
export interface SequenceProgress {
  readonly step: number;
  readonly nSteps: number;
  /** Mean cross entropy of answer tokens since the last report of a validation, nats. */
  readonly loss: number;
  readonly tokensPerSecond: number | undefined;
  /** Of the last validation so far. */
  readonly validation: AnswerAccuracy | undefined;
}

/** Options of {@link trainSequence}; as those of `train`. */
export interface SequenceTrainingOptions {
  /** Called now and then. */
  readonly onProgress?: (progress: SequenceProgress) => void;
  /** Milliseconds, only for the rate in the reports. */
  readonly now?: () => number;
  readonly signal?: AbortSignal;
  /** Folder to write a checkpoint to after every validation. */
  readonly checkpointDir?: string;
  /** Go on from the checkpoint in `checkpointDir`, if there is one; the result is that of an unbroken run. */
  readonly resume?: boolean;
}

/** A trained transformer. */
export interface SequenceTrainingResult {
  /** With the best validation (the earliest of equals), in the float dialect. */
  readonly network: NetworkGraph;
  readonly history: SequenceState['history'];
  readonly validation: AnswerAccuracy;
}

/**
 * Trains a transformer recipe. A function of the recipe alone on one backend.
 * @throws UserError when a checkpoint does not fit the recipe.
 */
export async function trainSequence(
  recipe: SequenceRecipe,
  options: SequenceTrainingOptions = {},
): Promise<SequenceTrainingResult> {
  await backendName();
  const model = buildSequenceModel(recipe, SUMS_ALPHABET.length);
  const form = sumsForm(recipe.data.digits);
  const { steps, batchSize, evaluateEvery } = recipe.training;
  const { checkpointDir } = options;
  const found =
    checkpointDir !== undefined && options.resume === true
      ? await loadSequenceCheckpoint(checkpointDir, model)
      : undefined;
  const state: SequenceState = found ?? { step: 0, lossSum: 0, history: [], best: new Uint8Array(0) };
  if (checkpointDir !== undefined) await trySequenceCheckpoint(checkpointDir, model, state);
  const firstStep = state.step;
  const start = options.now?.();
  // A validation without a mistake cannot be surpassed: what follows would not be kept.
  while (state.step < steps && !state.history.some(({ exactAnswers }) => exactAnswers === 1)) {
    options.signal?.throwIfAborted();
    const first = state.step * batchSize;
    const sequences = sumSequences(form, 'train', { seed: recipe.seed, first, n: batchSize });
    const rate = learningRateAt(recipe, state.step);
    state.step++;
    state.lossSum += trainStep(model, form, sequences);
    for (const parameter of allParameters(model.parameters)) adamWStep(parameter, rate, state.step);
    const sinceEvaluation = ((state.step - 1) % evaluateEvery) + 1;
    const loss = state.lossSum / sinceEvaluation;
    if (sinceEvaluation === evaluateEvery || state.step === steps) {
      const validation = evaluateSequences(model, 'validation', recipe.training.validationSequences);
      const isBest = state.history.every((record) => record.exactAnswers < validation.exactAnswers);
      if (isBest) state.best = encodeNetwork(deployTransformer(model));
      state.history.push({ step: state.step, loss, ...validation });
      state.lossSum = 0;
      if (checkpointDir !== undefined) await saveSequenceCheckpoint(checkpointDir, model, state);
    }
    const elapsedMs = start === undefined || options.now === undefined ? undefined : options.now() - start;
    const nTokens = (state.step - firstStep) * batchSize * form.inputs;
    options.onProgress?.({
      step: state.step,
      nSteps: steps,
      loss,
      tokensPerSecond: elapsedMs === undefined ? undefined : (1000 * nTokens) / Math.max(elapsedMs, 1e-3),
      validation: state.history.at(-1),
    });
    // Lets signals and timers of the caller run.
    await setImmediate();
  }
  const best = state.history.reduce((a, b) => (b.exactAnswers > a.exactAnswers ? b : a));
  return {
    network: decodeNetwork(state.best, `recipe "${recipe.name}"`),
    history: state.history,
    validation: { exactAnswers: best.exactAnswers, tokens: best.tokens },
  };
}

/** One forward and backward pass; returns the mean loss. */
function trainStep(model: SequenceModel, form: SumsForm, sequences: Uint8Array): number {
  const logits = model.forward(inputsOf(form, sequences), form.firstAnswer);
  const targets = targetsOf(form, sequences);
  const n = model.vocabulary;
  const gradient = new Float32Array(logits.length);
  let loss = 0;
  targets.forEach((target, row) => {
    const at = row * n;
    let largest = -Infinity;
    for (let k = 0; k < n; k++) largest = Math.max(largest, logits[at + k]!);
    let total = 0;
    for (let k = 0; k < n; k++) total += Math.exp(logits[at + k]! - largest);
    for (let k = 0; k < n; k++) {
      const p = Math.exp(logits[at + k]! - largest) / total;
      gradient[at + k] = (p - (k === target ? 1 : 0)) / targets.length;
    }
    loss += (Math.log(total) + largest - logits[at + target]!) / targets.length;
  });
  model.backward(gradient);
  return loss;
}

const EVALUATION_BATCH = 100;

/**
 * How well a model answers sequences 0..n-1 of a split. A whole answer is right if each of its tokens is, given those before: then
 * and only then it is what greedy decoding writes.
 */
export function evaluateSequences(model: SequenceModel, split: 'validation' | 'test', n: number): AnswerAccuracy {
  const form = sumsForm(model.recipe.data.digits);
  const answerLength = form.inputs - form.firstAnswer;
  let nExact = 0;
  let nTokens = 0;
  for (let first = 0; first < n; first += EVALUATION_BATCH) {
    const count = Math.min(EVALUATION_BATCH, n - first);
    const sequences = sumSequences(form, split, { seed: 0, first, n: count });
    const logits = model.forward(inputsOf(form, sequences), form.firstAnswer);
    const targets = targetsOf(form, sequences);
    for (let s = 0; s < count; s++) {
      let right = 0;
      for (let i = s * answerLength; i < (s + 1) * answerLength; i++) {
        if (largestOf(logits, i * model.vocabulary, model.vocabulary) === targets[i]) right++;
      }
      nTokens += right;
      if (right === answerLength) nExact++;
    }
  }
  return { exactAnswers: nExact / n, tokens: nTokens / (n * answerLength) };
}

function largestOf(values: Float32Array, from: number, n: number): number {
  let best = 0;
  for (let k = 1; k < n; k++) if (values[from + k]! > values[from + best]!) best = k;
  return best;
}

/** The tokens a model reads, [n, inputs]. */
function inputsOf({ inputs }: SumsForm, sequences: Uint8Array): Uint8Array {
  const n = sequences.length / (inputs + 1);
  const tokens = new Uint8Array(n * inputs);
  for (let i = 0; i < n; i++) tokens.set(sequences.subarray(i * (inputs + 1), (i + 1) * (inputs + 1) - 1), i * inputs);
  return tokens;
}

/** The tokens of the answers, [n, inputs - firstAnswer]. */
function targetsOf({ inputs, firstAnswer }: SumsForm, sequences: Uint8Array): Uint8Array {
  const n = sequences.length / (inputs + 1);
  const length = inputs - firstAnswer;
  const targets = new Uint8Array(n * length);
  for (let i = 0; i < n; i++) {
    targets.set(sequences.subarray(i * (inputs + 1) + firstAnswer + 1, (i + 1) * (inputs + 1)), i * length);
  }
  return targets;
}

/** Learning rate of a step, from 0. */
function learningRateAt(recipe: SequenceRecipe, step: number): number {
  const { learningRate, warmupSteps, steps } = recipe.training;
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  const done = (step - warmupSteps) / Math.max(1, steps - warmupSteps);
  return (learningRate * (1 + Math.cos(Math.PI * done))) / 2;
}
