import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import type { RequantiseStep } from '../../../src/ir/program/northpole.js';
import { createNorthPoleEngine } from '../../../src/simulator/engines/northpole/engine.js';
import { createNorthPoleRunner } from '../../../src/simulator/parallel/northpole-runner.js';
import { runNorthPole } from '../../../src/simulator/run-northpole.js';
import { faultsOf } from '../../support/northpole-faults.js';
import { programOf, tensor, vmm } from './program-builder.js';

const r = sequence(5, PURPOSE.test, 80);
const requantise: RequantiseStep = {
  ...{ kind: 'requantise', inputZeroPoint: 0, leftShift: 0, multiplier: Int32Array.of(5), shift: Uint8Array.of(9) },
  ...{ zeroPoint: 0, min: 0, max: 255, rounding: 'halfUp' },
};
const weights = (n: number): Int8Array => Int8Array.from({ length: n }, () => r.below(256) - 128);
const program = {
  ...programOf(
    [tensor(0, [6, 6, 3], 8, { signed: true }), tensor(1, [6, 6, 10], 8), tensor(2, [1, 1, 4], 32)],
    [
      vmm({
        ...{ operands: [0], output: 1, weights: weights(270), bias: new Int32Array(10), epilogue: [requantise] },
        geometry: { window: [3, 3], padding: [1, 1, 1, 1] },
      }),
      vmm({ operands: [1], output: 2, geometry: { window: [6, 6] }, weights: weights(1440), bias: new Int32Array(4) }),
    ],
    { inputCode: { kind: 'integer', bits: 8, zeroPoint: 128, step: 1 } },
  ),
  ...{ batch: 4, cycles: 1000 },
};
const N = 205;
const data = {
  name: 'random',
  shape: [6, 6, 3],
  images: Uint8Array.from({ length: N * 108 }, () => r.below(256)),
  labels: new Uint8Array(N),
  nClasses: 4,
};

describe('runner of NorthPole-style chips', () => {
  it('gives the same scores with 1, 2 and 3 workers, those of the engine', async () => {
    const engine = createNorthPoleEngine(program);
    const expected: number[] = [];
    for (let s = 0; s < N; s++) {
      expected.push(...engine.run(Int16Array.from(data.images.subarray(s * 108, (s + 1) * 108), (x) => x - 128)));
    }
    for (const workers of [1, 2, 3]) {
      const output = await runNorthPole(program, data, { workers, seed: 1 });
      expect(Array.from(output.scores), `${workers} workers`).toEqual(expected);
      expect(output).toMatchObject({ nSamples: N, nClasses: 4, batches: 52, cycles: 52_000 });
    }
  });

  it('runs a part of the data set and tells how far it is', async () => {
    const seen: number[] = [];
    const output = await runNorthPole(program, data, {
      ...{ workers: 1, seed: 1, limit: 10 },
      onProgress: (done) => {
        seen.push(done);
      },
    });
    expect(output.scores.length).toBe(40);
    expect(seen.at(-1)).toBe(10);
  });

  it('loads the weights of a chip for one evaluation and its own for the next', async () => {
    const runner = createNorthPoleRunner(program, 2);
    try {
      const own = await runner.run(data, { seed: 1, limit: 20 });
      const faults = faultsOf({ stuckAt0: 1 }, { layers: ['layer2'] });
      const zero = await runner.run(data, { seed: 1, limit: 20, faults });
      const again = await runner.run(data, { seed: 1, limit: 20 });
      expect(zero.scores.every((score) => score === 0)).toBe(true);
      expect(own.scores.every((score) => score === 0)).toBe(false);
      expect(Array.from(again.scores)).toEqual(Array.from(own.scores));
    } finally {
      await runner.close();
    }
  });

  it('stops when asked to, and refuses data of another shape', async () => {
    const controller = new AbortController();
    const stopped = runNorthPole(program, data, {
      ...{ workers: 2, seed: 1, signal: controller.signal },
      onProgress: () => {
        controller.abort(new Error('enough'));
      },
    });
    await expect(stopped).rejects.toThrow('enough');
    const wrong = { ...data, shape: [3, 6, 6] };
    await expect(runNorthPole(program, wrong, { workers: 1, seed: 1 })).rejects.toThrow(/3 x 6 x 6|\[3, 6, 6\]|3,6,6/);
    await expect(runNorthPole(program, data, { workers: 1, seed: -1 })).rejects.toThrow(/not a seed/);
  });
});
