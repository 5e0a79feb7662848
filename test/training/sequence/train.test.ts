import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { answerAccuracy, sumsForm, sumSequences } from '../../../src/data/sums.js';
import { encodeNetwork } from '../../../src/ir/network/file.js';
import { createInterpreter } from '../../../src/evaluation/interpreter/network.js';
import {
  isSequenceRecipe,
  parseSequenceRecipe,
  type SequenceRecipe,
  trainSequence,
} from '../../../src/training/sequence/index.js';

const textOf = (steps: number): string => `
kind: transformer
name: tiny
seed: 3
data: { kind: sums, digits: 1 }
model: { width: 24, layers: 2, heads: 3, hidden: 32 }
training: { steps: ${steps}, batchSize: 32, learningRate: 0.01, warmupSteps: 5, weightDecay: 0.01, evaluateEvery: 20, validationSequences: 60 }
`;
const recipeOf = (steps: number): SequenceRecipe => parseSequenceRecipe(textOf(steps), 'tiny.yaml');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lodestone-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('training of transformers', () => {
  it('learns what an answer looks like, and the network in the float dialect answers as the trainer says', async () => {
    const recipe = recipeOf(60);
    const result = await trainSequence(recipe);
    expect(result.history.length).toBe(3);
    // The end of an answer is a third of its tokens; guessing gives 1/13.
    expect(result.validation.tokens).toBeGreaterThan(0.4);
    expect(result.history[2]!.loss).toBeLessThan(result.history[0]!.loss);
    const form = sumsForm(1);
    const sequences = sumSequences(form, 'validation', { seed: 0, first: 0, n: 60 });
    const interpreter = createInterpreter(result.network);
    const accuracy = answerAccuracy(form, sequences, {
      reset: () => interpreter.reset(),
      next: (token) => interpreter.decide(interpreter.run([token])),
    });
    expect(accuracy).toEqual(result.validation);
  }, 30_000);

  it('goes on from a checkpoint to the result of an unbroken run', async () => {
    const whole = await trainSequence(recipeOf(50));
    const stop = new AbortController();
    const broken = trainSequence(recipeOf(50), {
      checkpointDir: folder,
      signal: stop.signal,
      onProgress: ({ step }) => {
        if (step === 33) stop.abort();
      },
    });
    await expect(broken).rejects.toThrow();
    const steps: number[] = [];
    const resumed = await trainSequence(recipeOf(50), {
      checkpointDir: folder,
      resume: true,
      onProgress: ({ step }) => steps.push(step),
    });
    expect(steps[0]).toBe(21);
    expect(resumed.history).toEqual(whole.history);
    expect(encodeNetwork(resumed.network)).toEqual(encodeNetwork(whole.network));
  });

  it('refuses the checkpoint of another recipe', async () => {
    await trainSequence(recipeOf(20), { checkpointDir: folder });
    const other = trainSequence(recipeOf(21), { checkpointDir: folder, resume: true });
    await expect(other).rejects.toThrow('another version of the recipe');
  });
});

describe('transformer recipes', () => {
  it('are told apart by their kind', () => {
    expect(isSequenceRecipe(textOf(1))).toBe(true);
    expect(isSequenceRecipe('name: mnist-mlp\nlayers: []')).toBe(false);
    expect(isSequenceRecipe('a: [')).toBe(false);
  });

  it('report every problem at once', () => {
    const text = textOf(0).replace('heads: 3', 'heads: 5').replace('hidden', 'hiden').replace('digits: 1', 'digits: 9');
    const codes: string[] = [];
    try {
      parseSequenceRecipe(text, 'tiny.yaml');
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      codes.push(...error.diagnostics.map((d) => `${d.place}: ${d.message}`));
    }
    expect(codes.join('\n')).toMatch(/digits/);
    expect(codes.join('\n')).toMatch(/hiden/);
    expect(codes.join('\n')).toMatch(/steps/);
  });
});
