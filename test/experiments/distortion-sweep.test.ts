import { describe, expect, it } from 'vitest';
import { loadExample } from '../../examples/networks.js';
import { loadDataset } from '../../src/data/index.js';
import { sweepDistortions } from '../../src/experiments/distortion-sweep.js';
import { evaluateNetwork } from '../../src/evaluation/interpreter/evaluate.js';

const model = await loadExample('mnist-mlp');
const data = await loadDataset('mnist', 'test');
const common = { chips: 3, limit: 60, seed: 2 };

describe('a sweep over distortions', () => {
  it('starts at the undistorted accuracy, one chip for all, and falls towards chance', async () => {
    const points = await sweepDistortions(model, data, {
      ...common,
      distortions: [0, 0.4, 30].map((sigma) => ({ kind: 'additive', sigma })),
    });
    const { correct, nSamples } = await evaluateNetwork(model, data, { limit: 60, seed: 1 });
    expect(points.map(({ chips, samples }) => [chips, samples])).toEqual([
      [1, 60],
      [3, 60],
      [3, 60],
    ]);
    expect(points[0]?.accuracies).toEqual([correct / nSamples]);
    expect(points[1]!.accuracyMean).toBeGreaterThan(0.8);
    expect(points[2]!.accuracyMean).toBeLessThan(0.4);
    expect(new Set(points[2]?.accuracies).size).toBeGreaterThan(1);
    const [low, high] = points[2]!.interval;
    expect(low).toBeLessThan(points[2]!.accuracyMean);
    expect(high).toBeGreaterThan(points[2]!.accuracyMean);
  });

  it('finds binary weights unmoved by the sign, on the one chip there is', async () => {
    const [golden, sign] = await sweepDistortions(model, data, {
      ...common,
      distortions: [{ kind: 'power', beta: 1 }, { kind: 'sign' }],
    });
    expect(sign?.accuracies).toEqual(golden?.accuracies);
    expect(sign?.chips).toBe(1);
  });

  it('is a function of its seed, and counts chips', async () => {
    const seen: string[] = [];
    const options = {
      ...common,
      chips: 2,
      distortions: [{ kind: 'multiplicative', sigma: 3 }, { kind: 'sign' }] as const,
    };
    const first = await sweepDistortions(model, data, {
      ...options,
      onProgress: (done, total) => seen.push(`${done}/${total}`),
    });
    expect(seen).toEqual(['1/3', '2/3', '3/3']);
    expect(await sweepDistortions(model, data, options)).toEqual(first);
    expect((await sweepDistortions(model, data, { ...options, seed: 3 }))[0]).not.toEqual(first[0]);
  });

  it('says everything that is out of range before it runs', async () => {
    const distortions = [{ kind: 'round', bits: 9 }, { kind: 'sign' }, { kind: 'additive', sigma: -1 }] as const;
    await expect(sweepDistortions(model, data, { ...common, distortions })).rejects.toThrow(
      /bits is 9[\s\S]*sigma is -1/,
    );
  });
});
