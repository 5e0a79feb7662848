import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cifar10Recipe, scaledRecipe } from '../../examples/cifar10-scaled.js';
import { loadTrainingImages } from '../../src/data/samples.js';
import { encodeNetwork } from '../../src/ir/network/file.js';
import { shapeAfter, sizeOf } from '../../src/ir/network/shapes.js';
import { parseRecipe, type Recipe, train } from '../../src/training/index.js';
import { planNetwork } from '../../src/training/plan.js';

/** 5,000 images of CIFAR-10 beside the repository; where they are missing these tests are skipped. */
const FOLDERS = ['../../../shared/data/cifar10', '../../../../shared/data/cifar10'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
const folder = FOLDERS.find((path) => existsSync(path));

const TINY = { divisor: 32, epochs: 2, batchSize: 10, validationImages: 20, finalRate: 0.001, zcaWindow: 3 };

/** Layers with weights, and how often each weight of a layer is used in an image. */
const weightedOf = (recipe: Recipe) =>
  planNetwork(recipe, [32, 32, 3], 10).flatMap(({ node, inputs, weights }) => {
    if (node.kind !== 'dense' && node.kind !== 'conv2d') return [];
    const { id, kind, nOut } = node;
    const nWeights = node.weights.length;
    const nPositions = sizeOf(shapeAfter(node, inputs)) / nOut;
    return [{ id, kind, nOut, weights, nWeights, nPositions, fanIn: nWeights / nOut }];
  });

describe('the recipe for CIFAR-10', () => {
  it('has the multiplications and weights of the published structure', async () => {
    const layers = weightedOf(await cifar10Recipe());
    // 3x3 convolutions 3-128-128-256-256-512-512, dense 8192-1024-1024-10.
    const sizes = [27 * 128, 1152 * 128, 1152 * 256, 2304 * 256, 2304 * 512, 4608 * 512, 8192 * 1024, 1024 ** 2, 10240];
    expect(layers.map(({ nWeights }) => nWeights)).toEqual(sizes);
    expect(layers.reduce((sum, { nWeights, nPositions }) => sum + nWeights * nPositions, 0)).toBe(616966144);
  });

  it('bounds every weight by the rule of Glorot, and so does a smaller one', async () => {
    const recipe = await cifar10Recipe();
    for (const divisor of [1, 8]) {
      for (const { id, kind, weights, fanIn, nOut } of weightedOf(scaledRecipe(recipe, { ...TINY, divisor }))) {
        const fanOut = kind === 'conv2d' ? 9 * nOut : nOut;
        const rule = Math.sqrt(1.5 / (fanIn + fanOut));
        // The first and the last layer keep their 3 channels and 10 classes when the others shrink.
        const isOuter = divisor > 1 && (fanIn === 27 || nOut === 10);
        const bound = typeof weights === 'object' && weights.kind === 'sign' ? weights.bound : Number.NaN;
        expect(Math.abs(bound / rule - 1), `${id} / ${divisor}`).toBeLessThan(isOuter ? 0.15 : 0.005);
      }
    }
  });

  it('is stochastic with one word replaced', async () => {
    const recipe = await cifar10Recipe();
    const text = JSON.stringify(recipe).replaceAll('"kind":"sign"', '"kind":"stochastic"');
    const weights = parseRecipe(text, 'stochastic').layers.flatMap((layer) =>
      layer.kind === 'dense' || layer.kind === 'conv2d' ? [layer.weights] : [],
    );
    expect(weights.every((w) => typeof w === 'object' && w.kind === 'stochastic')).toBe(true);
  });
});

describe.skipIf(folder === undefined)('a 32nd of it on images of CIFAR-10', () => {
  it('learns, and goes on from a checkpoint to the same bytes', async () => {
    const recipe = { ...scaledRecipe(await cifar10Recipe(), TINY), dataset: folder ?? '' };
    const { data, recorded } = await loadTrainingImages(recipe, undefined, 220);
    expect(recorded.preprocessing?.map(({ kind }) => kind)).toEqual(['gcn', 'zca', 'requantise']);
    const checkpointDir = await mkdtemp(join(tmpdir(), 'lodestone-'));
    try {
      const unbroken = await train(recipe, data);
      const [first, second] = unbroken.history;
      expect(second?.loss).toBeLessThan(0.9 * first!.loss);
      const controller = new AbortController();
      const broken = train(recipe, data, {
        checkpointDir,
        signal: controller.signal,
        onProgress: ({ epoch, step }) => {
          if (epoch === 2 && step === 3) controller.abort(new Error('stopped by hand'));
        },
      });
      await expect(broken).rejects.toThrow('stopped by hand');
      const resumed = await train(recipe, data, { checkpointDir, resume: true });
      expect(resumed.history).toEqual(unbroken.history);
      expect(encodeNetwork(resumed.network)).toEqual(encodeNetwork(unbroken.network));
    } finally {
      await rm(checkpointDir, { recursive: true });
    }
  });
});
