import { afterAll, describe, expect, it } from 'vitest';
import { loadExample } from '../../examples/networks.js';
import { UserError } from '../../src/common/diagnostics.js';
import { distortWeights } from '../../src/compiler/passes/distort-weights.js';
import { loadDataset } from '../../src/data/index.js';
import { createDistortionRunner } from '../../src/experiments/distortion-runner.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { evaluateNetwork } from '../../src/evaluation/interpreter/evaluate.js';
import { createFloatRunner } from '../../src/evaluation/float/runner.js';

const data = await loadDataset('mnist', 'test');
const base = await loadExample('mnist-mlp');
const chip = (chipSeed: number): NetworkGraph => distortWeights(base, { kind: 'additive', sigma: 1 }, chipSeed);
const common = { limit: 150, seed: 1 };

describe('a runner of float networks', () => {
  const runners = [1, 2, 3].map((workers) => createFloatRunner(data, workers));
  afterAll(() => Promise.all(runners.map((runner) => runner.close())));

  it('gives what the interpreter gives, with any number of workers and calls under way', async () => {
    const networks = [chip(1), chip(2), base];
    const expected = await Promise.all(networks.map((network) => evaluateNetwork(network, data, common)));
    expect(new Set(expected.map(({ correct }) => correct)).size).toBe(3);
    for (const runner of runners) {
      const found = await Promise.all(networks.map((network) => runner.evaluate(network, common)));
      found.forEach(({ scores, predictions, correct, nSamples }, i) => {
        expect([correct, nSamples]).toEqual([expected[i]?.correct, 150]);
        expect(predictions).toEqual(expected[i]?.predictions);
        expect(Float64Array.from(scores)).toEqual(expected[i]?.scores);
      });
    }
  });

  it('can run the interpreter itself on its threads', async () => {
    const expected = await evaluateNetwork(base, data, common);
    const { scores } = await runners[1]!.evaluate(base, { ...common, interpreter: true });
    expect(Float64Array.from(scores)).toEqual(expected.scores);
  });

  it('runs what has no engine: weights that are not finite', async () => {
    const nodes = base.nodes.map((node) =>
      node.kind === 'dense'
        ? { ...node, weights: Float32Array.from(node.weights, (w, k) => (k === 5 ? Infinity : w)) }
        : node,
    );
    const network = { ...base, nodes };
    const expected = await evaluateNetwork(network, data, { ...common, limit: 20 });
    const { scores } = await runners[0]!.evaluate(network, { ...common, limit: 20 });
    expect(Float64Array.from(scores)).toEqual(expected.scores);
  });

  it('reports progress up to the end', async () => {
    const seen: number[] = [];
    await runners[1]!.correctOf(base, { ...common, onProgress: (done, total) => seen.push(done / total) });
    expect(seen.at(-1)).toBe(1);
    expect(seen.length).toBeGreaterThan(1);
  });

  it.each([0, 1])('stops with the reason of its signal (runner %i)', async (index) => {
    const controller = new AbortController();
    const run = runners[index]!.correctOf(base, {
      seed: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(run).rejects.toThrow('enough');
    // And goes on with the next call.
    expect((await runners[index]!.correctOf(base, { ...common, limit: 10 })).nSamples).toBe(10);
  });

  it('refuses data that do not fit, and a limit of no samples', async () => {
    const small = { ...data, shape: [27, 28, 1], images: data.images.subarray(0, 27 * 28 * 5) };
    const runner = createFloatRunner(small, 1);
    await expect(runner.correctOf(base, { seed: 1 })).rejects.toThrow(UserError);
    await expect(runners[0]!.correctOf(base, { seed: 1, limit: 0 })).rejects.toThrow(/no-samples/);
  });
});

describe('a runner of distorted networks', () => {
  it('draws each chip on its thread as distortWeights draws it', async () => {
    for (const workers of [1, 2]) {
      const runner = createDistortionRunner(data, workers);
      try {
        const found = await Promise.all(
          [1, 2].map((chipSeed) =>
            runner.correctOf(base, { ...common, variant: { distortion: { kind: 'additive', sigma: 1 }, chipSeed } }),
          ),
        );
        const expected = await Promise.all([1, 2].map((seed) => evaluateNetwork(chip(seed), data, common)));
        expect(found.map(({ correct }) => correct)).toEqual(expected.map(({ correct }) => correct));
      } finally {
        await runner.close();
      }
    }
  });
});
