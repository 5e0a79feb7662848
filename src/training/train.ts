import { setImmediate } from 'node:timers/promises';
import { assert, present } from '../common/assert.js';
import { fail } from '../common/diagnostics.js';
import { type Dataset, sliceDataset } from '../data/index.js';
import { createFloatRunner } from '../evaluation/float/runner.js';
import { decodeNetwork, encodeNetwork } from '../ir/network/file.js';
import { refuseSpiking } from '../ir/network/spiking.js';
import type { NetworkGraph } from '../ir/network/types.js';
import { backendName } from './backend.js';
import { epochOrder, epochShifts, makeBatch } from './batches.js';
import { type EpochRecord, loadCheckpoint, saveCheckpoint, type TrainingState, tryCheckpoint } from './checkpoint.js';
import { crossEntropy, squaredHinge } from './loss.js';
import { buildModel, type Model } from './model.js';
import { adamStep } from './parameter.js';
import type { Recipe } from './recipe.js';

/** Where a training stands. Epochs and steps count from 1. */
export interface TrainingProgress {
  readonly epoch: number;
  readonly nEpochs: number;
  readonly step: number;
  readonly nSteps: number;
  /** Means over the epoch so far; accuracy 0..1 on the (shifted) training images. */
  readonly loss: number;
  readonly accuracy: number;
  /** Since the epoch began; undefined without a clock. */
  readonly imagesPerSecond: number | undefined;
  /** Set on the last report of an epoch. */
  readonly validationAccuracy: number | undefined;
}

/** Options of {@link train}. */
export interface TrainingOptions {
  /** Called now and then. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Milliseconds, e.g. `performance.now`; only for the rate in the reports. */
  readonly now?: () => number;
  /** Aborts between two steps; `train` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Folder to write a checkpoint to after every epoch. */
  readonly checkpointDir?: string;
  /** Go on from the checkpoint in `checkpointDir`, if there is one; the result is that of an unbroken run. */
  readonly resume?: boolean;
  /** The network that the recipe's `start` names: its weights and statistics are the initial ones. */
  readonly start?: NetworkGraph;
}

/** A trained network. */
export interface TrainingResult {
  /** Of the epoch with the best validation accuracy (the earliest of equals), in the float dialect. */
  readonly network: NetworkGraph;
  readonly history: readonly EpochRecord[];
  /** Of `network`, 0..1. */
  readonly validationAccuracy: number;
}

/**
 * Trains the network of a recipe on a training split. The last `validationImages` are held out to choose the epoch. A
 * function of recipe and data alone on one backend: order, shifts and initial weights come from the recipe's seed.
 * @throws UserError when the recipe does not fit the data or a checkpoint does not fit the recipe.
 */
export async function train(recipe: Recipe, data: Dataset, options: TrainingOptions = {}): Promise<TrainingResult> {
  await backendName();
  const { validationImages, epochs, batchSize } = recipe.training;
  const nImages = data.labels.length - validationImages;
  if (nImages < batchSize) {
    fail(
      'too-few-images',
      `recipe "${recipe.name}": training`,
      `${data.labels.length} images are too few for ${validationImages} to validate and a batch of ${batchSize}`,
      'lower validationImages or batchSize',
    );
  }
  const training = sliceDataset(data, 0, nImages);
  const validation = sliceDataset(data, nImages, data.labels.length);
  const model = buildModel(recipe, data.shape, data.nClasses, startOf(recipe, options));
  const { checkpointDir } = options;
  const found =
    checkpointDir !== undefined && options.resume === true ? await loadCheckpoint(checkpointDir, model) : undefined;
  const state: TrainingState = found ?? { step: 0, history: [], best: new Uint8Array(0) };
  if (checkpointDir !== undefined) await tryCheckpoint(checkpointDir, model, state);

  for (let epoch = state.history.length + 1; epoch <= epochs && !isStalled(recipe, state.history); epoch++) {
    const progress = await runEpoch(model, training, state, epoch, options);
    const network = model.deploy();
    const validationAccuracy = await accuracyOn(network, validation, options.signal);
    const isBest = state.history.every((record) => record.validationAccuracy < validationAccuracy);
    if (isBest) state.best = encodeNetwork(network);
    state.history.push({ epoch, loss: progress.loss, accuracy: progress.accuracy, validationAccuracy });
    if (checkpointDir !== undefined) await saveCheckpoint(checkpointDir, model, state);
    options.onProgress?.({ ...progress, validationAccuracy });
  }
  return {
    network: decodeNetwork(state.best, `recipe "${recipe.name}"`),
    history: state.history,
    validationAccuracy: Math.max(...state.history.map((record) => record.validationAccuracy)),
  };
}

function startOf(recipe: Recipe, { start }: TrainingOptions): NetworkGraph | undefined {
  assert(
    (recipe.start === undefined) === (start === undefined),
    'a network to start from exactly if the recipe names one',
  );
  if (start !== undefined) refuseSpiking(start, 'training');
  return start;
}

/** Fraction of a data set a network gets right in the interpreter, bit for bit; on one thread. */
export async function accuracyOn(network: NetworkGraph, data: Dataset, signal?: AbortSignal): Promise<number> {
  const runner = createFloatRunner(data, 1);
  try {
    const { correct, nSamples } = await runner.correctOf(network, { seed: 0, signal });
    return correct / nSamples;
  } finally {
    await runner.close();
  }
}

async function runEpoch(
  model: Model,
  data: Dataset,
  state: TrainingState,
  epoch: number,
  options: TrainingOptions,
): Promise<TrainingProgress> {
  const { recipe } = model;
  const { batchSize, epochs, shift, noise } = recipe.training;
  const isNoisy = epoch > (noise?.warmup ?? 0);
  const nSteps = Math.floor(data.labels.length / batchSize);
  const order = epochOrder(recipe.seed, epoch, data.labels.length);
  const shifts = shift === 0 ? [] : epochShifts(recipe.seed, epoch, data.labels.length, shift);
  const lossOf = recipe.training.loss === 'crossEntropy' ? crossEntropy : squaredHinge;
  const start = options.now?.();
  let lossSum = 0;
  let nCorrect = 0;
  let progress: TrainingProgress | undefined;
  for (let step = 1; step <= nSteps; step++) {
    options.signal?.throwIfAborted();
    const first = (step - 1) * batchSize;
    const indices = order.subarray(first, first + batchSize);
    const batch = makeBatch(data, indices, recipe.input, shifts.slice(first, first + batchSize));
    const learningRate = learningRateAt(recipe, state.step / (epochs * nSteps));
    const features = isNoisy ? model.forward(batch.coded, state.step) : model.forward(batch.coded);
    state.step++;
    const result = lossOf(features, batch.labels, model, recipe.training.logitScale);
    lossSum += result.loss;
    nCorrect += result.nCorrect;
    for (const [parameter, gradient] of model.backward(result.gradient)) {
      adamStep(parameter, gradient, learningRate, state.step);
    }
    const elapsedMs = start === undefined || options.now === undefined ? undefined : options.now() - start;
    const nSeen = step * batchSize;
    progress = {
      epoch,
      nEpochs: epochs,
      step,
      nSteps,
      loss: lossSum / step,
      accuracy: nCorrect / nSeen,
      imagesPerSecond: elapsedMs === undefined ? undefined : (1000 * nSeen) / Math.max(elapsedMs, 1e-3),
      validationAccuracy: undefined,
    };
    options.onProgress?.(progress);
    // Lets signals and timers of the caller run.
    await setImmediate();
  }
  return present(progress, 'steps of an epoch');
}

/** Learning rate after the given fraction of all steps, 0..1. */
export function learningRateAt(recipe: Recipe, done: number): number {
  const { learningRate, schedule } = recipe.training;
  if (schedule === 'constant') return learningRate;
  if (schedule === 'cosine') return (learningRate * (1 + Math.cos(Math.PI * done))) / 2;
  return learningRate * Math.pow(schedule.finalRate / learningRate, done);
}

/** Whether the recipe ends the training here: as many epochs as its patience have passed since the best one. */
function isStalled({ training: { earlyStop } }: Recipe, history: readonly EpochRecord[]): boolean {
  if (earlyStop === undefined || history.length === 0) return false;
  const accuracies = history.map((record) => record.validationAccuracy);
  return history.length - 1 - accuracies.indexOf(Math.max(...accuracies)) >= earlyStop.patience;
}
