import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import type { BitWidth } from '../../src/ir/network/types.js';
import type { Gradients } from '../../src/training/layers/layer.js';
import { quantiseLayer } from '../../src/training/layers/quantise.js';
import { adamStep, createParameter, createSize } from '../../src/training/parameter.js';
import { deployWeights, initialStep, levelsOf, pullBack } from '../../src/training/projection.js';

const SEED = 11;

function normals(n: number, stream: number): Float32Array {
  const random = sequence(SEED, PURPOSE.test, stream);
  return Float32Array.from({ length: n }, () => random.normal());
}

/**
 * Sum of r * step * clip(x / step + what rounding at (x0, step0) added, low, high): the function whose exact gradients those of
 * LSQ are, rounding being straight-through.
 */
function surrogate(levels: readonly [number, number], x0: Float32Array, step0: number, r: Float32Array) {
  const rounding = x0.map((x) => Math.floor(x / step0 + 0.5) - x / step0);
  return (x: ArrayLike<number>, step: number): number =>
    r.reduce((sum, weight, i) => {
      const clipped = Math.abs(x0[i]! / step0 - Math.max(levels[0], Math.min(levels[1], x0[i]! / step0))) > 0;
      const level = clipped ? (x0[i]! < 0 ? levels[0] : levels[1]) : x[i]! / step + rounding[i]!;
      return sum + weight * step * level;
    }, 0);
}

const numeric = (f: (value: number) => number, at: number): number => (f(at + 1e-4) - f(at - 1e-4)) / 2e-4;

describe('activations with a learned step', () => {
  it.each<[BitWidth, boolean]>([
    [8, false],
    [4, false],
    [2, false],
    [1, false],
    [8, true],
    [4, true],
    [2, true],
  ])('of %i bits, signed: %s, have the gradients of their surrogate', (bits, signed) => {
    const n = 40;
    const step0 = 0.3;
    const x = normals(n, 1);
    const r = normals(n, 2);
    const step = createSize('step', Float32Array.of(step0));
    const layer = quantiseLayer({ kind: 'quantise', id: 'q', input: 'x', step: 1, bits, signed }, n / 2, {
      step,
      started: Float64Array.of(1),
    });
    const y = layer.forward(x, 2);
    const [low, high] = levelsOf(bits, signed);
    x.forEach((value, i) => {
      const level = Math.max(low, Math.min(high, Math.floor(value / step.deployed[0]! + 0.5)));
      expect(y[i]).toBe(Math.fround(step.deployed[0]! * level));
    });
    const gradients: Gradients = new Map();
    const dx = layer.backward(r, gradients, true)!;
    const f = surrogate([low, high], x, step.deployed[0]!, r);
    const byStep = numeric((s) => f(x, s), step.deployed[0]!) / Math.sqrt((n / 2) * high);
    expect(gradients.get(step)![0]).toBeCloseTo(byStep, 4);
    for (let i = 0; i < n; i++)
      expect(dx[i]).toBeCloseTo(
        numeric((v) => f(x.with(i, v), step0), x[i]!),
        2,
      );
  });

  it('take their first step from the first batch: 2 mean / sqrt(high), of the rectified values if unsigned', () => {
    expect(initialStep(Float32Array.of(1, -3), 4, true)).toBeCloseTo((2 * 2) / Math.sqrt(7), 10);
    expect(initialStep(Float32Array.of(1, -3), 4, false)).toBeCloseTo((2 * 0.5) / Math.sqrt(15), 10);
    const step = createSize('step', Float32Array.of(1));
    const started = new Float64Array(1);
    const layer = quantiseLayer({ kind: 'quantise', id: 'q', input: 'x', step: 1, bits: 4, signed: true }, 2, {
      step,
      started,
    });
    layer.forward(Float32Array.of(1, -3), 1);
    expect(step.deployed[0]).toBeCloseTo(4 / Math.sqrt(7), 6);
    layer.forward(Float32Array.of(100, 100), 1);
    expect(step.deployed[0]).toBeCloseTo(4 / Math.sqrt(7), 6);
    expect(started[0]).toBe(1);
  });
});

describe('weights with a learned step', () => {
  it.each<BitWidth>([8, 4, 3, 2])('of %i bits have the gradients of their surrogate', (bits) => {
    const x = normals(30, 3);
    const r = normals(30, 4);
    const step0 = 0.4;
    const gradient = r.slice();
    const own = new Float32Array(1);
    const [low, high] = levelsOf(bits, true);
    pullBack({ kind: 'lsq', bits }, x, Float32Array.of(step0), gradient, own);
    const f = surrogate([low, high], x, Math.fround(step0), r);
    expect(own[0]).toBeCloseTo(numeric((s) => f(x, s), Math.fround(step0)) / Math.sqrt(30 * high), 4);
    for (let i = 0; i < 30; i++)
      expect(gradient[i]).toBeCloseTo(
        numeric((v) => f(x.with(i, v), step0), x[i]!),
        2,
      );
  });

  it('of one bit are the sign times a step whose gradient is that of the sum', () => {
    const latent = Float32Array.of(0.5, -0.25, 0);
    const parameter = createParameter('w', [3], { kind: 'lsq', bits: 1 }, latent);
    const step = 0.25;
    expect([...parameter.deployed]).toEqual([step, -step, step]);
    const gradient = Float32Array.of(1, 2, 4);
    const own = new Float32Array(1);
    pullBack(parameter.projection, latent, parameter.own!.latent, gradient, own);
    expect(own[0]).toBeCloseTo((1 - 2 + 4) / Math.sqrt(3), 6);
    expect([...gradient]).toEqual([1, 2, 4]);
  });

  it.each<BitWidth>([8, 4, 3, 2, 1])('of %i bits deploy as integers of that width, times the step', (bits) => {
    const parameter = createParameter('w', [50], { kind: 'lsq', bits }, normals(50, 5));
    const { values, scale } = deployWeights(parameter.projection, {
      latent: parameter.latent,
      own: parameter.own!.latent,
      deployed: parameter.deployed,
    });
    const [low, high] = levelsOf(bits, true);
    values.forEach((value, i) => {
      expect(value).toBeGreaterThanOrEqual(low);
      expect(value).toBeLessThanOrEqual(high);
      if (bits === 1) expect(value).not.toBe(0);
      expect(parameter.deployed[i]).toBe(Math.fround(scale! * value));
    });
  });

  it('move their step in proportion to itself, and keep it positive', () => {
    const parameter = createParameter('w', [2], { kind: 'lsq', bits: 4 }, Float32Array.of(0.001, 0.002));
    const before = parameter.own!.latent[0]!;
    adamStep(parameter, Float32Array.of(1, 1), 0.01, 1);
    const after = parameter.own!.latent[0]!;
    expect(Math.abs(after / before - 1)).toBeCloseTo(0.01, 4);
    for (let step = 2; step < 50; step++) adamStep(parameter, Float32Array.of(1, 1), 1, step);
    expect(parameter.own!.latent[0]).toBeGreaterThan(0);
  });
});
