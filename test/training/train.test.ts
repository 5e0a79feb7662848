import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { Packr } from 'msgpackr';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Dataset, loadDataset, sliceDataset } from '../../src/data/index.js';
import { accuracyOf } from './accuracy.js';
import { encodeNetwork } from '../../src/ir/network/file.js';
import { learningRateAt } from '../../src/training/train.js';
import { backendName, parseRecipe, type Recipe, train } from '../../src/training/index.js';

/** A recipe with all kinds of parameters and running statistics, small enough for a test. */
const recipeOf = (epochs: number): Recipe =>
  parseRecipe(
    `
name: tiny
dataset: mnist
seed: 7
input: { kind: threshold, level: 128 }
layers:
  - { kind: conv2d, outputs: 4, window: 5, stride: 2, padValue: 0 }
  - { kind: maxPool, window: 2 }
  - { kind: batchNorm }
  - { kind: sign }
  - { kind: flatten }
  - { kind: dense, outputs: 32, weights: ternary }
  - { kind: batchNorm }
  - { kind: step }
  - { kind: blockDense, window: 1, stride: 1, neurons: 40 }
  - { kind: batchNorm }
  - { kind: step }
output: votes
training: { epochs: ${epochs}, batchSize: 25, learningRate: 0.01, schedule: constant, logitScale: 0.5, shift: 1,
  validationImages: 100 }
`,
    'tiny.yaml',
  );

const mlp = parseRecipe(
  `
name: small
dataset: mnist
seed: 1
input: { kind: threshold, level: 128 }
layers: [{ kind: flatten }, { kind: dense, outputs: 64 }, { kind: batchNorm }, { kind: sign }, { kind: dense, outputs: 10 }]
output: scores
training: { epochs: 1, batchSize: 50, learningRate: 0.01, logitScale: 0.1, validationImages: 500 }
`,
  'small.yaml',
);

let data: Dataset;
let folder: string;

beforeAll(async () => {
  data = await loadDataset('mnist', 'train');
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lodestone-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('training', () => {
  it('names a backend that computes', async () => {
    expect(['tensorflow', 'wasm']).toContain(await backendName());
  });

  it('is far above chance after one epoch of 3,000 images', async () => {
    const { validationAccuracy, history } = await train(mlp, sliceDataset(data, 0, 3500));
    expect(validationAccuracy).toBeGreaterThan(0.7);
    expect(history).toHaveLength(1);
  });

  it('gives the same network from the same seed, another from another', async () => {
    const part = sliceDataset(data, 0, 400);
    const bytesOf = async (recipe: Recipe): Promise<Uint8Array> => encodeNetwork((await train(recipe, part)).network);
    const first = await bytesOf(recipeOf(1));
    expect(await bytesOf(recipeOf(1))).toEqual(first);
    expect(await bytesOf({ ...recipeOf(1), seed: 8 })).not.toEqual(first);
  });

  it('resumes to the result of an unbroken run', async () => {
    const part = sliceDataset(data, 0, 400);
    const unbroken = await train(recipeOf(4), part);
    const controller = new AbortController();
    const broken = train(recipeOf(4), part, {
      checkpointDir: folder,
      signal: controller.signal,
      onProgress: ({ epoch, step }) => {
        if (epoch === 3 && step === 2) controller.abort(new Error('stopped by hand'));
      },
    });
    await expect(broken).rejects.toThrow('stopped by hand');
    const epochs: number[] = [];
    const resumed = await train(recipeOf(4), part, {
      checkpointDir: folder,
      resume: true,
      onProgress: ({ epoch, validationAccuracy }) => {
        if (validationAccuracy !== undefined) epochs.push(epoch);
      },
    });
    expect(epochs).toEqual([3, 4]);
    expect(resumed.history).toEqual(unbroken.history);
    expect(encodeNetwork(resumed.network)).toEqual(encodeNetwork(unbroken.network));
  });

  it('keeps the epoch with the best validation accuracy, the earliest of equals', async () => {
    const part = sliceDataset(data, 0, 300);
    const { history, network, validationAccuracy } = await train(recipeOf(4), part);
    expect(validationAccuracy).toBe(Math.max(...history.map((record) => record.validationAccuracy)));
    const best = 1 + history.findIndex((record) => record.validationAccuracy === validationAccuracy);
    const upToBest = await train(recipeOf(best), part);
    expect(encodeNetwork(upToBest.network)).toEqual(encodeNetwork(network));
  });

  it('reports the accuracy that the deployed network has in the interpreter', async () => {
    const part = sliceDataset(data, 0, 400);
    const { network, validationAccuracy } = await train(recipeOf(2), part);
    expect(accuracyOf(network, sliceDataset(part, 300, 400))).toBe(validationAccuracy);
  });

  it('never trains on the validation images', async () => {
    const part = sliceDataset(data, 0, 400);
    const labels = part.labels.slice();
    const other = { ...part, labels };
    for (let i = 300; i < 400; i++) labels[i] = (labels[i]! + 1) % 10;
    const a = await train(recipeOf(1), part);
    const b = await train(recipeOf(1), other);
    expect(encodeNetwork(b.network)).toEqual(encodeNetwork(a.network));
  });

  it('refuses the checkpoint of another recipe and a damaged one', async () => {
    const part = sliceDataset(data, 0, 200);
    await train(recipeOf(1), part, { checkpointDir: folder });
    const options = { checkpointDir: folder, resume: true };
    await expect(train({ ...recipeOf(1), seed: 9 }, part, options)).rejects.toThrow('checkpoint-recipe');
    await writeFile(join(folder, 'tiny.checkpoint'), Uint8Array.of(1, 2, 3));
    await expect(train(recipeOf(1), part, options)).rejects.toThrow('checkpoint-damaged');
  });

  it('refuses a checkpoint with a flipped bit, wherever it is, and one without a checksum', async () => {
    const part = sliceDataset(data, 0, 200);
    await train(recipeOf(1), part, { checkpointDir: folder });
    const path = join(folder, 'tiny.checkpoint');
    const good = await readFile(path);
    const options = { checkpointDir: folder, resume: true };
    for (let i = 0; i < 40; i++) {
      const bytes = Uint8Array.from(good);
      bytes[Math.floor(((bytes.length - 1) * i) / 39)]! ^= 1 << (i % 8);
      await writeFile(path, bytes);
      await expect(train(recipeOf(1), part, options), `byte ${i}`).rejects.toThrow('checkpoint-damaged');
    }
    await writeFile(path, new Packr({ moreTypes: true, useRecords: false }).pack({ recipe: '{}', version: 1 }));
    await expect(train(recipeOf(1), part, options)).rejects.toThrow(/checkpoint-version.*without a checksum/);
    await writeFile(path, good);
    await train(recipeOf(1), part, options);
    expect((await readdir(folder)).filter((name) => !name.endsWith('.checkpoint'))).toEqual([]);
  });

  it('finds out before the first epoch that checkpoints cannot be written', async () => {
    const part = sliceDataset(data, 0, 200);
    const file = join(folder, 'file');
    await writeFile(file, '');
    let trained = false;
    const onProgress = (): void => {
      trained = true;
    };
    const checkpointDir = join(file, 'below');
    await expect(train(recipeOf(1), part, { checkpointDir, onProgress })).rejects.toThrow(
      /unwritable-output.*not a folder[^]*--checkpoint/,
    );
    await expect(train(recipeOf(1), part, { checkpointDir, resume: true })).rejects.toThrow(/file-unreadable/);
    expect(trained).toBe(false);
    await rm(file);
  });

  it('turns its learning rate down along half a cosine by default', () => {
    expect(mlp.training.schedule).toBe('cosine');
    const rates = [0, 1 / 3, 1 / 2, 2 / 3, 1].map((done) => learningRateAt(mlp, done));
    [0.01, 0.0075, 0.005, 0.0025, 0].forEach((rate, i) => {
      expect(rates[i]).toBeCloseTo(rate, 12);
    });
  });

  it('goes through its schedule once in all epochs together, not once in each', async () => {
    const part = sliceDataset(data, 0, 150);
    const lossesOf = async (schedule: Recipe['training']['schedule']): Promise<readonly number[]> => {
      // One step an epoch: the loss of the third is that after two steps.
      const training = { ...mlp.training, epochs: 3, batchSize: 100, validationImages: 50, schedule };
      const { history } = await train({ ...mlp, training }, part);
      return history.map(({ loss }) => loss);
    };
    // The rates of the cosine are 1, 3/4 and 1/4: an exponential that falls by a quarter a step begins alike.
    const cosine = await lossesOf('cosine');
    const falling = await lossesOf({ kind: 'exponential', finalRate: 0.01 * 0.75 ** 3 });
    cosine.forEach((loss, i) => {
      expect(loss).toBeCloseTo(falling[i]!, 5);
    });
    const constant = await lossesOf('constant');
    expect(Math.abs(constant[2]! - cosine[2]!)).toBeGreaterThan(1e-4);
  });

  it('keeps the first of the epochs that are equally good', async () => {
    const part = sliceDataset(data, 0, 120);
    // Blank images to validate on, two of each class: whatever the network says, it is right on two of them.
    const images = part.images.slice().fill(0, 100 * 784);
    const labels = part.labels.map((label, i) => (i < 100 ? label : i % 10));
    const networkOf = async (epochs: number): Promise<Uint8Array> => {
      const training = { ...mlp.training, epochs, validationImages: 20, schedule: 'constant' as const };
      const { network, history } = await train({ ...mlp, training }, { ...part, images, labels });
      expect(history.map(({ validationAccuracy }) => validationAccuracy)).toEqual(Array(epochs).fill(0.1));
      return encodeNetwork(network);
    };
    expect(await networkOf(2)).toEqual(await networkOf(1));
  });

  it('leaves no tensors behind', async () => {
    await backendName();
    const { numTensors } = tf.memory();
    await train(recipeOf(1), sliceDataset(data, 0, 200));
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('refuses data with nothing left to train on', async () => {
    await expect(train(recipeOf(1), sliceDataset(data, 0, 110))).rejects.toThrow('too-few-images');
  });
});
