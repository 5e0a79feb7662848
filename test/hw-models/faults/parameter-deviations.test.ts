import { describe, expect, it } from 'vitest';
import { PURPOSE } from '../../../src/common/rng.js';
import {
  nearlyNormal,
  type ParameterDeviations,
  withDeviations,
} from '../../../src/hw-models/faults/parameter-deviations.js';
import type { CoreArrays, TrueNorthProgram } from '../../../src/ir/program/truenorth.js';
import { emptyCores, programOf } from '../../../src/chips/truenorth/kit/program-builder.js';
import { randomProgram } from '../../../src/chips/truenorth/kit/random-program.js';

const NONE: ParameterDeviations = { thresholdMismatch: 0, leakMismatch: 0, programmingError: 0, chipSeed: 11 };
const N = 8 * 256;

/** 8 cores with equal parameters, cores 0..3 in layer 0, 4..6 in layer 1, 7 the timer. */
function evenProgram(change: (cores: CoreArrays) => void): TrueNorthProgram {
  const cores = emptyCores(8);
  change(cores);
  return { ...programOf(cores), coreLayer: Int32Array.from([0, 0, 0, 0, 1, 1, 1, -1]) };
}

const deviate = (program: TrueNorthProgram, deviations: Partial<ParameterDeviations>): CoreArrays =>
  withDeviations(program, { ...NONE, ...deviations }).cores;

/** Mean 0 and the given standard deviation; standard errors for 2,000 values are sigma / 45 and sigma / 63. */
function expectSpread(values: readonly number[], sigma: number): void {
  const mean = values.reduce((sum, d) => sum + d, 0) / values.length;
  const found = Math.sqrt(values.reduce((sum, d) => sum + (d - mean) ** 2, 0) / values.length);
  expect(Math.abs(mean)).toBeLessThan(sigma / 10);
  expect(Math.abs(found - sigma)).toBeLessThan(sigma / 12);
}

describe('parameters that deviate', () => {
  it('are thresholds spread by the given share, within what the chip stores; 0 stays', () => {
    const program = evenProgram((cores) => {
      cores.threshold.fill(10_000);
      cores.threshold[0] = 0;
    });
    const { threshold } = deviate(program, { thresholdMismatch: 0.05 });
    expectSpread(
      Array.from(threshold.subarray(1), (alpha) => alpha / 10_000 - 1),
      0.05,
    );
    expect(threshold[0]).toBe(0);
    const n = nearlyNormal(11, PURPOSE.thresholdMismatch, 1, 44, 0);
    expect(threshold[300]).toBe(Math.round(10_000 * (1 + 0.05 * n)));
    const wild = deviate(program, { thresholdMismatch: 100 }).threshold;
    expect([Math.min(...wild), Math.max(...wild)]).toEqual([0, program.spec.thresholdMax]);
  });

  it('are leaks of either sign, within what the chip stores; 0 stays', () => {
    const program = evenProgram(({ leak }) => leak.forEach((_, i) => (leak[i] = [100, -100, 0][i % 3]!)));
    const { leak } = deviate(program, { leakMismatch: 0.1 });
    const moving = [...leak.keys()].filter((i) => i % 3 !== 2);
    expectSpread(
      moving.map((i) => leak[i]! / program.cores.leak[i]! - 1),
      0.1,
    );
    expect([...leak.keys()].every((i) => i % 3 !== 2 || leak[i] === 0)).toBe(true);
    expect(leak[301]).toBe(Math.round(-100 * (1 + 0.1 * nearlyNormal(11, PURPOSE.leakMismatch, 1, 45, 0))));
    const wild = deviate(program, { leakMismatch: 100 }).leak;
    expect([Math.min(...wild), Math.max(...wild)]).toEqual([-255, 255]);
  });

  it('are weights, relative to the largest of the layer', () => {
    const program = evenProgram(({ weights }) => {
      weights.forEach((_, i) => (weights[i] = i % 4 === 0 ? 10 : 0));
      weights[2 * 1024 + 7] = -100;
      weights[5 * 1024] = 200;
    });
    const { weights } = deviate(program, { programmingError: 0.1 });
    const spread = (core: number): number[] =>
      Array.from(weights.subarray(core * 1024 + 8, (core + 1) * 1024), (w, i) => w - (i % 4 === 0 ? 10 : 0));
    // The two layers have largest weights 100 and 200, the timer 10: its deviations of about 1 are rounded.
    expectSpread([0, 1, 2, 3].flatMap(spread), 10);
    expectSpread([4, 5, 6].flatMap(spread), 20);
    expectSpread(spread(7), Math.sqrt(1 + 1 / 12));
    const n = nearlyNormal(11, PURPOSE.neuronWeightError, 4, 3, 8);
    expect(weights[4 * 1024 + 3 * 4 + 2]).toBe(Math.round(20 * n));
    const wild = deviate(program, { programmingError: 100 }).weights;
    expect([Math.min(...wild), Math.max(...wild)]).toEqual([-255, 255]);
  });

  it('do not move weights of 1 while half of 1 is out of reach, and few of them above', () => {
    const program = evenProgram(({ weights }) => weights.fill(1));
    expect(deviate(program, { programmingError: 0.08 }).weights).toEqual(program.cores.weights);
    const moved = deviate(program, { programmingError: 0.2 }).weights.filter((w) => w !== 1).length;
    // P(|0.2 n| > 0.5) = 0.0124 for a normal n; 0.0112 to 0.0122 for the sum of twelve.
    expect(moved / (N * 4)).toBeGreaterThan(0.008);
    expect(moved / (N * 4)).toBeLessThan(0.015);
  });

  it('are other ones for every chip and leave the program alone', () => {
    const program = randomProgram({ seed: 5, nCores: 3, density: 0.1 });
    const before = structuredClone(program.cores);
    const all = { thresholdMismatch: 0.3, leakMismatch: 0.3, programmingError: 0.3 };
    const [one, again, two] = [1, 1, 2].map((chipSeed) => deviate(program, { ...all, chipSeed }));
    expect(one).toEqual(again);
    for (const field of ['threshold', 'leak', 'weights'] as const) {
      expect(one![field]).not.toEqual(two![field]);
      expect(one![field]).not.toEqual(program.cores[field]);
    }
    expect(one!.synapses).toBe(program.cores.synapses);
    expect(program.cores).toEqual(before);
    expect(withDeviations(program, NONE)).toBe(program);
  });

  it('are those of the cores at risk only', () => {
    const program = evenProgram((cores) => cores.leak.fill(100));
    const cores = Uint8Array.from([0, 1, 0, 0, 0, 0, 0, 1]);
    const { leak } = deviate(program, { leakMismatch: 0.3, cores });
    const everywhere = deviate(program, { leakMismatch: 0.3 }).leak;
    expect(leak).toEqual(everywhere.map((value, i) => (cores[i >> 8] === 1 ? value : 100)));
  });

  it('draw from nearly normal numbers', () => {
    const draws = Array.from({ length: 4000 }, (_, i) => nearlyNormal(2, PURPOSE.thresholdMismatch, i, 0, 0));
    const inside = draws.filter((n) => Math.abs(n) < 1).length;
    expect(Math.abs(inside - 4000 * 0.6827)).toBeLessThan(5 * Math.sqrt(4000 * 0.6827 * 0.3173));
  });
});
