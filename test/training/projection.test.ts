import { beforeAll, describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import type { BitWidth } from '../../src/ir/network/types.js';
import { backendName } from '../../src/training/index.js';
import { denseLayer } from '../../src/training/layers/dense.js';
import { adamStep, createParameter, type Parameter, projectParameter, restore } from '../../src/training/parameter.js';
import { deployWeights, latentBound, type Projection, pullBack } from '../../src/training/projection.js';

const SEED = 11;
const draws = { seed: 3, stream: 7 };

const parameterOf = (projection: Projection, latent: ArrayLike<number>): Parameter =>
  createParameter('w', [latent.length], projection, Float32Array.from(latent));

function checkProjected(projection: Projection, latent: readonly number[], expected: readonly number[]): void {
  expect([...parameterOf(projection, latent).deployed]).toEqual(expected.map(Math.fround));
}

const FAMILIES: readonly Projection[] = [
  { kind: 'clip', bound: 0.5 },
  { kind: 'sign', bound: 0.5 },
  { kind: 'round', bound: 0.5, bits: 3 },
  { kind: 'power', bound: 0.5, beta: 0.5 },
  { kind: 'stochastic', bound: 0.5, draws },
  { kind: 'stochasticMultiplicative', bound: 0.5, gamma: 0.5, draws },
];

beforeAll(async () => {
  await backendName();
});

describe('a projection of weights', () => {
  it('clip leaves what is inside of the bound', () => {
    checkProjected({ kind: 'clip', bound: 0.5 }, [-3, -0.5, -0.2, 0, 0.5, 0.6], [-0.5, -0.5, -0.2, 0, 0.5, 0.5]);
  });

  it('sign takes 0 for positive', () => {
    checkProjected({ kind: 'sign', bound: 0.25 }, [-1, -1e-30, 0, 1e-30, 1], [-0.25, -0.25, 0.25, 0.25, 0.25]);
  });

  it('round of 2 bits is ternary, ties away from 0', () => {
    const latent = [-2, -0.5, -0.49, 0, 0.49, 0.5, 2];
    checkProjected({ kind: 'round', bound: 1, bits: 2 }, latent, [-1, -1, 0, 0, 0, 1, 1]);
  });

  it('round of 3 bits has the seven levels k / 3 of the bound', () => {
    const levels = [-0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75];
    const projection = { kind: 'round', bound: 0.75, bits: 3 } as const;
    checkProjected(projection, levels, levels);
    checkProjected(
      projection,
      levels.map((level) => level + 0.12),
      levels,
    );
    const many = Array.from({ length: 1001 }, (_, i) => (i - 500) / 400);
    expect(new Set(parameterOf(projection, many).deployed).size).toBe(7);
  });

  it('power is the clip at beta 1 and the sign at beta 0, and keeps 0 in between', () => {
    const latent = [-2, -0.3, -0.01, 0, 0.01, 0.3, 2];
    const bound = 0.5;
    const deployedOf = (projection: Projection): number[] => [...parameterOf(projection, latent).deployed];
    const clip = deployedOf({ kind: 'clip', bound });
    deployedOf({ kind: 'power', bound, beta: 1 }).forEach((w, i) => expect(w).toBeCloseTo(clip[i]!, 7));
    expect(deployedOf({ kind: 'power', bound, beta: 0 })).toEqual(deployedOf({ kind: 'sign', bound }));
    checkProjected({ kind: 'power', bound: 4, beta: 0.5 }, [-4, -1, -0.25, 0, 1, 9], [-4, -2, -1, 0, 2, 4]);
    checkProjected({ kind: 'power', bound: 1, beta: 2 }, [-0.5, 0.25], [-0.25, 0.0625]);
    // Whatever is not 0 goes to the sign as beta goes to 0.
    const near = deployedOf({ kind: 'power', bound, beta: 1e-9 });
    deployedOf({ kind: 'sign', bound }).forEach((w, i) => expect(near[i]).toBeCloseTo(latent[i] === 0 ? 0 : w, 6));
  });

  it.each([-1, -0.5, 0, 0.3, 1])('stochastic signs of a latent of %d have its mean', (w) => {
    const n = 20000;
    const { deployed } = parameterOf({ kind: 'stochastic', bound: 2, draws }, new Float32Array(n).fill(2 * w));
    expect(new Set(deployed).size).toBe(Math.abs(w) === 1 ? 1 : 2);
    const mean = deployed.reduce((sum, value) => sum + value, 0) / n;
    // Five standard deviations of the mean of n signs.
    expect(Math.abs(mean - 2 * w)).toBeLessThanOrEqual(1e-6 + 10 * Math.sqrt((1 - w * w) / n));
  });

  it('stochastic factors lie in gamma..1/gamma around their mean', () => {
    const n = 20000;
    const gamma = 0.5;
    const projection = { kind: 'stochasticMultiplicative', bound: 1, gamma, draws } as const;
    const { deployed } = parameterOf(projection, new Float32Array(n).fill(1));
    expect(Math.min(...deployed)).toBeGreaterThanOrEqual(0.5);
    expect(Math.max(...deployed)).toBeLessThanOrEqual(2);
    expect(Math.max(...deployed) - Math.min(...deployed)).toBeGreaterThan(1.49);
    // Mean 1.25; five standard deviations of the mean of n numbers uniform over a width of 1.5.
    const mean = deployed.reduce((sum, value) => sum + value, 0) / n;
    expect(Math.abs(mean - 1.25)).toBeLessThan((5 * 1.5) / Math.sqrt(12 * n));
    expect([...parameterOf({ ...projection, gamma: 1 }, [2, -2]).deployed]).toEqual([1, -1]);
  });
});

describe('the probability of a synapse', () => {
  const n = 20000;
  const signs = Int8Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1));
  const projection: Projection = { kind: 'probability', signs, draws };

  it.each([-1, -0.4, 0, 0.7, 1])('of a latent of %d is half of it and one half', (w) => {
    const { deployed } = parameterOf(projection, new Float32Array(n).fill(w));
    expect(deployed.every((value, i) => value === 0 || value === signs[i])).toBe(true);
    const share = deployed.filter((value) => value !== 0).length / n;
    const c = (w + 1) / 2;
    expect(Math.abs(share - c)).toBeLessThanOrEqual(5 * Math.sqrt((c * (1 - c)) / n));
  });

  it('is drawn anew in every step, and learned through the fixed sign', () => {
    const parameter = parameterOf(projection, new Float32Array(n));
    const first = parameter.deployed.slice();
    projectParameter(parameter, 1);
    expect(parameter.deployed).not.toEqual(first);
    projectParameter(parameter, 0);
    expect(parameter.deployed).toEqual(first);
    const gradient = new Float32Array(n).fill(2);
    pullBack(projection, parameter.latent, undefined, gradient, undefined);
    expect([...gradient.subarray(0, 4)]).toEqual([2, -2, 2, -2]);
    expect(latentBound(projection)).toBe(1);
  });

  it('deploys without chance: the bit is set from one half on', () => {
    const few: Projection = { kind: 'probability', signs: Int8Array.of(1, -1, -1, 1), draws };
    const { latent, deployed } = parameterOf(few, [0, 0.9, -0.001, -1]);
    expect(deployWeights(few, { latent, own: undefined, deployed })).toEqual({ values: Int8Array.of(1, -1, 0, 0) });
  });
});

describe('random projections', () => {
  const latent = new Float32Array(101);
  const bitsOf = (own: Partial<typeof draws>, step: number): Float32Array => {
    const parameter = parameterOf({ kind: 'stochastic', bound: 1, draws: { ...draws, ...own } }, latent);
    projectParameter(parameter, step);
    return parameter.deployed;
  };

  it('draw the same from the same seed, layer and step, and other numbers from any other', () => {
    const first = bitsOf({}, 5);
    expect(bitsOf({}, 5)).toEqual(first);
    expect(bitsOf({}, 6)).not.toEqual(first);
    expect(bitsOf({ seed: 4 }, 5)).not.toEqual(first);
    expect(bitsOf({ stream: 8 }, 5)).not.toEqual(first);
  });

  it.each(['stochastic', 'stochasticMultiplicative'] as const)('%s goes on from saved state as if unbroken', (kind) => {
    const projection: Projection = { kind, bound: 1, gamma: 0.5, draws };
    const gradient = (step: number): Float32Array =>
      Float32Array.from(latent, (_, i) => Math.fround(((i + step) % 5) - 2));
    const unbroken = parameterOf(projection, latent);
    for (let step = 1; step <= 3; step++) adamStep(unbroken, gradient(step), 0.1, step);
    const resumed = parameterOf(projection, latent);
    restore(resumed, unbroken, 3);
    expect(resumed.deployed).toEqual(unbroken.deployed);
    adamStep(unbroken, gradient(4), 0.1, 4);
    adamStep(resumed, gradient(4), 0.1, 4);
    expect(resumed.deployed).toEqual(unbroken.deployed);
  });
});

describe.each(FAMILIES)('the projection $kind', (projection) => {
  const random = sequence(SEED, PURPOSE.test, 1);
  const latent = Float32Array.from({ length: 21 }, () => 1.4 * random.uniform() - 0.7);

  it('passes the gradient straight through: that of a layer that moves its projected weights with the latents', () => {
    const weights = createParameter('w', [7, 3], projection, latent.slice());
    const node = { kind: 'dense', id: 'd', input: 'x', nOut: 3, weights: new Int8Array(21) } as const;
    const layer = denseLayer(node, 7, weights);
    const x = Float32Array.from({ length: 28 }, () => random.normal());
    const r = Float32Array.from({ length: 12 }, () => random.normal());
    const loss = (): number => layer.forward(x, 4).reduce((sum, y, i) => sum + y * r[i]!, 0);
    loss();
    const gradients = new Map<Parameter, Float32Array>();
    layer.backward(r, gradients, false);
    const gradient = gradients.get(weights)!;
    pullBack(projection, weights.latent, undefined, gradient, undefined);
    // The surrogate: project(w) + (v - w) as a function of v at v = w.
    const projected = weights.deployed.slice();
    gradient.forEach((g, i) => {
      weights.deployed[i] = projected[i]! + 0.5;
      const above = loss();
      weights.deployed[i] = projected[i]! - 0.5;
      const below = loss();
      weights.deployed[i] = projected[i]!;
      expect(g).toBeCloseTo(above - below, 4);
    });
  });

  it('clips the latents to its bound after a step', () => {
    expect(latentBound(projection)).toBe(0.5);
    const parameter = parameterOf(projection, [0.45, -0.45, 0.1]);
    adamStep(parameter, Float32Array.of(-1, 1, -1), 0.1, 1);
    expect(parameter.latent[0]).toBe(0.5);
    expect(parameter.latent[1]).toBe(-0.5);
    expect(parameter.latent[2]).toBeCloseTo(0.2, 5);
  });
});

describe('deployed weights', () => {
  const latent = [-0.5, -0.2, 0, 0.1, 0.5];
  const deployedOf = (projection: Projection): ReturnType<typeof deployWeights> => {
    const { deployed, latent: own } = parameterOf(projection, latent);
    return deployWeights(projection, { latent: own, own: undefined, deployed });
  };

  it('are real numbers where the projection is continuous', () => {
    expect(deployedOf({ kind: 'clip', bound: 0.25 })).toEqual({ values: Float32Array.of(-0.25, -0.2, 0, 0.1, 0.25) });
    const { values, scale } = deployedOf({ kind: 'power', bound: 0.5, beta: 0.5 });
    expect(values).toBeInstanceOf(Float32Array);
    expect(scale).toBeUndefined();
  });

  it('are signs of one bit, times the bound, without chance', () => {
    const values = Int8Array.of(-1, -1, 1, 1, 1);
    expect(deployedOf({ kind: 'sign', bound: 0.5 })).toEqual({ values, scale: 0.5, bits: 1 });
    expect(deployedOf({ kind: 'sign', bound: 1 })).toEqual({ values, bits: 1 });
    expect(deployedOf({ kind: 'stochastic', bound: 0.5, draws })).toEqual({ values, scale: 0.5, bits: 1 });
    const multiplicative = { kind: 'stochasticMultiplicative', bound: 0.5, gamma: 0.5, draws } as const;
    expect(deployedOf(multiplicative)).toEqual({ values, scale: 0.625, bits: 1 });
  });

  it.each<BitWidth>([2, 3, 8])('are levels of %i bits times a step that gives what was trained', (bits) => {
    const projection = { kind: 'round', bound: 0.75, bits } as const;
    const { values, scale, bits: width } = deployedOf(projection);
    expect(values).toBeInstanceOf(Int8Array);
    expect(width).toBe(bits);
    const trained = parameterOf(projection, latent).deployed;
    values.forEach((value, i) => expect(Math.fround(scale! * value)).toBe(trained[i]));
  });
});
