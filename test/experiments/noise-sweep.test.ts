import { describe, expect, test } from 'vitest';
import { EXAMPLES, loadExample } from '../../examples/networks.js';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { northPole } from '../../src/chips/northpole/chip.js';
import { addWeightNoise } from '../../src/compiler/passes/weight-noise.js';
import { loadDataset } from '../../src/data/index.js';
import { chipSeedOf, sweepNoise } from '../../src/experiments/noise-sweep.js';
import { compileNetwork, runCompiled } from '../../src/flow.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';

const model = await loadExample('mnist-5core');
const data = await loadDataset('mnist', 'test');
const runnable = { ...compileNetwork(model, { chip: trueNorth }), float: model };
const resnet = await loadExample('mnist-resnet-4bit');
const onNorthPole = { ...compileNetwork(resnet, { chip: northPole }), float: resnet };
const common = { chips: 3, limit: 200, workers: 1, seed: 3 };

describe('a sweep', () => {
  test('starts at the golden accuracy and falls towards chance', async () => {
    const points = await sweepNoise(runnable, data, { ...common, distortion: 'ber', levels: [0, 0.02, 0.5] });
    const golden = await runCompiled(compileNetwork(model, { chip: trueNorth }), data, {
      limit: 200,
      workers: 1,
      seed: 1,
      noise: NO_NOISE,
      engine: 'reference',
    });
    expect(points[0]?.accuracies).toEqual([golden.accuracy, golden.accuracy, golden.accuracy]);
    expect(points[0]?.accuracyStd).toBe(0);
    expect(points[1]!.accuracyMean).toBeGreaterThan(0.8);
    expect(points[2]!.accuracyMean).toBeLessThan(0.4);
    expect(new Set(points[2]?.accuracies).size).toBeGreaterThan(1);
  });

  test('gives the same points for any number of workers', async () => {
    const options = { ...common, levels: [0.05] };
    for (const distortion of ['ber', 'drop', 'additive'] as const) {
      const one = await sweepNoise(runnable, data, { ...options, distortion });
      const two = await sweepNoise(runnable, data, { ...options, distortion, workers: 2 });
      expect(two).toEqual(one);
    }
  });

  test('dropping every spike leaves the class that wins ties', async () => {
    const [point] = await sweepNoise(runnable, data, { ...common, distortion: 'drop', levels: [1] });
    const zeros = data.labels.subarray(0, 200).filter((label) => label === 0).length / 200;
    expect(point?.accuracies).toEqual([zeros, zeros, zeros]);
  });
});

describe('a sweep on a NorthPole-style chip', () => {
  const northpole = { ...common, limit: 60 };
  const levels = [0, 0.002, 0.05];

  test('has the accuracies of single runs of its chips, for any number of workers', async () => {
    const points = await sweepNoise(onNorthPole, data, {
      ...northpole,
      distortion: 'ber',
      levels,
      scope: { protectedBits: [3] },
    });
    for (const [i, ber] of levels.entries()) {
      const accuracies: number[] = [];
      for (let chip = 0; chip < common.chips; chip++) {
        const seed = chipSeedOf(common.seed, chip);
        const options = { limit: 60, workers: 1, seed, noise: { ...NO_NOISE, ber } } as const;
        accuracies.push((await runCompiled(onNorthPole, data, { ...options, scope: { protectedBits: [3] } })).accuracy);
      }
      expect(points[i]).toMatchObject({ target: 'northpole', level: ber, accuracies });
    }
    expect(points[2]!.accuracyMean).toBeLessThan(points[0]!.accuracyMean);
    for (const { interval } of points) expect(interval[0] >= 0 && interval[1] <= 1).toBe(true);
    const two = { ...northpole, distortion: 'ber', levels, scope: { protectedBits: [3] }, workers: 2 } as const;
    const counted: [number, number][] = [];
    const onProgress = (done: number, total: number) => counted.push([done, total]);
    expect(await sweepNoise(onNorthPole, data, { ...two, onProgress })).toEqual(points);
    const total = levels.length * common.chips;
    expect(counted.at(-1)).toEqual([total, total]);
    expect(await sweepNoise(onNorthPole, data, { ...two, signal: AbortSignal.abort('enough') }).catch(String)).toBe(
      'enough',
    );
  });

  test('takes weight noise before deployment', async () => {
    const [none, much] = await sweepNoise(onNorthPole, data, {
      ...{ ...northpole, chips: 2, distortion: 'additive', levels: [0, 1] },
    });
    expect(much!.accuracyMean).toBeLessThan(none!.accuracyMean);
  });

  test('is refused for noise it does not have', async () => {
    const drop = sweepNoise(onNorthPole, data, { ...northpole, distortion: 'drop', levels: [0, 0.1] });
    await expect(drop).rejects.toThrow(/noise-not-modelled.*noise\.drop: NorthPole/);
  });
});

describe('weight noise before deployment', () => {
  test('keeps the structure: the noisy network still fits the same cores', () => {
    const clean = compileNetwork(model, { chip: trueNorth }).program;
    const noisy = compileNetwork(addWeightNoise(model, { additive: 0.4, multiplicative: 0.2 }, 5), {
      chip: trueNorth,
    }).program;
    expect(noisy.cores.nCores).toBe(clean.cores.nCores);
    expect(noisy.timing).toEqual(clean.timing);
    expect(noisy.cores.synapses).not.toEqual(clean.cores.synapses);
  });

  test.each(EXAMPLES)('projects to weights the layer had: %s', async (name) => {
    const graph = await loadExample(name);
    const noisy = addWeightNoise(graph, { additive: 1, multiplicative: 0.5 }, 9);
    graph.nodes.forEach((node, i) => {
      const after = noisy.nodes[i];
      if (node.kind !== 'dense' || after?.kind !== 'dense') return;
      // -1/+1 stay so; other weights are rounded to integers up to the largest of the layer.
      const largest = Float64Array.from(node.weights).reduce((most, w) => Math.max(most, Math.abs(w)), 0);
      const bipolar = node.weights.every((w) => Math.abs(w) === largest);
      expect(after.weights.every((w) => (bipolar ? Math.abs(w) === largest : Math.abs(w) <= largest))).toBe(true);
      expect(after.weights.every((w) => Number.isInteger(w))).toBe(true);
      expect(after.weights).not.toEqual(node.weights);
    });
  });

  test('zero noise is the same network; a level flips the share of signs that the normal distribution says', async () => {
    const mlp = await loadExample('mnist-mlp');
    expect(addWeightNoise(mlp, { additive: 0, multiplicative: 0 }, 1)).toBe(mlp);
    const noisy = addWeightNoise(mlp, { additive: 1, multiplicative: 0 }, 1);
    let flipped = 0;
    let total = 0;
    mlp.nodes.forEach((node, i) => {
      const after = noisy.nodes[i];
      if (node.kind !== 'dense' || after?.kind !== 'dense') return;
      node.weights.forEach((w, k) => (flipped += w === after.weights[k] ? 0 : 1));
      total += node.weights.length;
    });
    // P(1 + n < 0) = 0.15866 for a standard normal n; 269,000 weights give a standard error of 0.0007.
    expect(Math.abs(flipped / total - 0.15866)).toBeLessThan(0.003);
  });

  test('needs the model: a program file alone is refused with a remedy', async () => {
    const file = compileNetwork(model, { chip: trueNorth });
    const noise = { ...NO_NOISE, additive: 0.1 };
    await expect(runCompiled(file, data, { limit: 1, workers: 1, seed: 1, noise, engine: 'fast' })).rejects.toThrow(
      /noise-needs-model/,
    );
  });
});
