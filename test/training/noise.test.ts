import { beforeAll, describe, expect, it } from 'vitest';
import { PURPOSE } from '../../src/common/rng.js';
import { backendName } from '../../src/training/index.js';
import { denseLayer } from '../../src/training/layers/dense.js';
import type { Gradients, Layer } from '../../src/training/layers/layer.js';
import { quantiseLayer } from '../../src/training/layers/quantise.js';
import { activationLayer } from '../../src/training/layers/simple.js';
import { withDroppedSpikes, withWeightNoise } from '../../src/training/noise.js';
import type { LayerNoise } from '../../src/training/noise-spec.js';
import { addNormals, multiplyNormals } from '../../src/training/normals.js';
import { adamStep, createParameter, createSize, type Parameter, withNoise } from '../../src/training/parameter.js';
import { levelsOf, type Projection } from '../../src/training/projection.js';

const draws = { seed: 3, layerIdx: 7 };
const N = 20000;

/** Latents evenly spread over -reach..reach. */
const spread = (n: number, reach: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => reach * ((2 * i + 1) / n - 1));

interface Noisy {
  readonly layer: Layer;
  readonly weights: Parameter;
}

/** A dense layer [nIn, 2] whose weights have the noise. */
function noisyDense(projection: Projection, noise: LayerNoise, latent: Float32Array, own = draws): Noisy {
  const nIn = latent.length / 2;
  const weights = withNoise(createParameter('w', [nIn, 2], projection, latent.slice()));
  const node = { kind: 'dense', id: 'd', input: 'x', nOut: 2, weights: new Int8Array(2 * nIn) } as const;
  return { layer: withWeightNoise(denseLayer(node, nIn, weights), [weights], noise, own), weights };
}

/** What the passes see under the noise of a step. */
function seenWith(projection: Projection, noise: LayerNoise, latent: Float32Array, step = 0): Float32Array {
  const { layer, weights } = noisyDense(projection, noise, latent);
  layer.perturb?.(step);
  return weights.seen;
}

/** Mean and root mean square. */
function momentsOf(values: Float32Array): { readonly mean: number; readonly rms: number } {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return { mean: sum / values.length, rms: Math.sqrt(squares / values.length) };
}

const difference = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, i) => value - b[i]!);

beforeAll(async () => {
  await backendName();
});

describe('normal numbers for noise', () => {
  const source = { seed: 1, purpose: PURPOSE.test, stream: 2, step: 3 };
  const normals = new Float32Array(100000);
  addNormals(normals, 1, source);

  it('have the moments and quantiles of a standard normal', () => {
    const n = normals.length;
    const { mean, rms } = momentsOf(normals);
    // Five standard errors each: 1 / sqrt(n) of the mean, 1 / sqrt(2 n) of the root mean square.
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(rms - 1)).toBeLessThan(5 / Math.sqrt(2 * n));
    for (const [limit, share] of [
      [-1.6449, 0.05],
      [-0.6745, 0.25],
      [0, 0.5],
      [1, 0.841345],
      [3, 0.99865],
    ] as const) {
      const below = normals.filter((value) => value < limit).length / n;
      expect(Math.abs(below - share), `below ${limit}`).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / n));
    }
  });

  it('do not depend on each other, nor on those of another step', () => {
    const later = new Float32Array(normals.length);
    addNormals(later, 1, { ...source, step: 4 });
    const n = normals.length;
    const correlation = (b: (i: number) => number): number =>
      normals.reduce((sum, value, i) => sum + value * b(i), 0) / n;
    for (const other of [(i: number) => normals[(i + 1) % n]!, (i: number) => later[i]!]) {
      expect(Math.abs(correlation(other))).toBeLessThan(5 / Math.sqrt(n));
    }
  });

  it('multiply as they add', () => {
    const product = new Float32Array(normals.length).fill(2);
    multiplyNormals(product, 0.25, source);
    expect(product).toEqual(normals.map((n) => 2 * (1 + 0.25 * n)));
  });
});

describe('noise on weights', () => {
  it.each<[string, Projection, number]>([
    ['the bound', { kind: 'sign', bound: 0.5 }, 0.5],
    ['1 where weights are -1 and +1', { kind: 'binary' }, 1],
    ['the largest weight where nothing bounds them', { kind: 'real' }, 3 * (1 - 1 / N)],
  ])('additive is relative to %s', (_, projection, bound) => {
    const { layer, weights } = noisyDense(projection, { additive: { sigma: 0.2 } }, spread(N, 3));
    layer.perturb?.(0);
    const { mean, rms } = momentsOf(difference(weights.seen, weights.deployed));
    expect(Math.abs(rms / (0.2 * bound) - 1)).toBeLessThan(5 / Math.sqrt(2 * N));
    expect(Math.abs(mean)).toBeLessThan((5 * 0.2 * bound) / Math.sqrt(N));
  });

  it('multiplicative is relative to each weight, and leaves 0 as it is', () => {
    const latent = spread(N, 1);
    latent[5] = 0;
    const seen = seenWith({ kind: 'real' }, { multiplicative: { sigma: 0.3 } }, latent);
    expect(seen[5]).toBe(0);
    const factors = seen.map((w, i) => (i === 5 ? 0 : w / latent[i]! - 1));
    expect(Math.abs(momentsOf(factors).rms / 0.3 - 1)).toBeLessThan(5 / Math.sqrt(2 * N) + 1e-3);
  });

  it('is drawn anew in every step, and the same for the same step', () => {
    const noise = { additive: { sigma: 0.2 }, multiplicative: { sigma: 0.1 }, bitErrors: { rate: 0.1 } };
    const { layer, weights } = noisyDense({ kind: 'sign', bound: 1 }, noise, spread(200, 1));
    const seenAt = (step: number): number[] => {
      layer.perturb?.(step);
      return [...weights.seen];
    };
    const first = seenAt(5);
    expect(seenAt(6)).not.toEqual(first);
    expect(seenAt(5)).toEqual(first);
    const other = noisyDense({ kind: 'sign', bound: 1 }, noise, spread(200, 1), { ...draws, seed: 4 });
    other.layer.perturb?.(5);
    expect([...other.weights.seen]).not.toEqual(first);
  });

  it('never reaches what is stored and deployed, and is gone without a step', () => {
    const { layer, weights } = noisyDense({ kind: 'clip', bound: 1 }, { additive: { sigma: 1 } }, spread(20, 1));
    const before = layer.deploy();
    layer.perturb?.(3);
    expect([...weights.seen]).not.toEqual([...weights.deployed]);
    expect(layer.deploy()).toEqual(before);
    layer.perturb?.(undefined);
    expect([...weights.seen]).toEqual([...weights.deployed]);
    layer.perturb?.(3);
    adamStep(weights, new Float32Array(20), 0.1, 1);
    expect([...weights.seen]).toEqual([...weights.deployed]);
  });
});

describe('bit errors of stored weights', () => {
  const all = { bitErrors: { rate: 1 } };

  it('of one bit turn the sign', () => {
    expect([...seenWith({ kind: 'binary' }, all, Float32Array.of(-1, 0, 0.5, 1))]).toEqual([1, -1, -1, -1]);
    const scaled = seenWith({ kind: 'sign', bound: 0.25 }, all, Float32Array.of(-1, 1));
    expect([...scaled]).toEqual([0.25, -0.25]);
  });

  it('of a crossbar switch a synapse of the fixed sign on or off', () => {
    const signs = Int8Array.of(1, -1, 1, -1);
    expect([...seenWith({ kind: 'masked', signs }, all, Float32Array.of(1, 1, -1, -1))]).toEqual([0, 0, 1, -1]);
  });

  it("of more bits are those of two's complement", () => {
    // All three bits of -3..3: -1 - level.
    const levels = Float32Array.of(-3, -2, -1, 0, 1, 2, 3, 0);
    expect([...seenWith({ kind: 'round', bound: 3, bits: 3 }, all, levels)]).toEqual([2, 1, 0, -1, -2, -3, -4, -1]);
    expect([...seenWith({ kind: 'ternary' }, all, Float32Array.of(-1, 0, 1, 0))]).toEqual([0, -1, -2, -1]);
  });

  it('of a learned step are worth that step', () => {
    const { layer, weights } = noisyDense({ kind: 'lsq', bits: 4 }, all, spread(40, 1));
    const step = weights.own!.latent[0]!;
    const levels = weights.deployed.map((w) => Math.round(w / step));
    layer.perturb?.(0);
    weights.seen.forEach((w, i) => expect(w).toBe(Math.fround(step * (-1 - levels[i]!))));
  });

  it('hit every bit with the rate, once at most', () => {
    const [bits, rate] = [4, 0.05] as const;
    const { layer, weights } = noisyDense({ kind: 'round', bound: 7, bits }, { bitErrors: { rate } }, spread(N, 7));
    layer.perturb?.(2);
    const flips = new Float64Array(bits);
    const [low, high] = levelsOf(bits, true);
    expect(Math.min(...weights.seen)).toBe(low);
    expect(Math.max(...weights.seen)).toBe(high);
    weights.seen.forEach((w, i) => {
      const flipped = (w ^ weights.deployed[i]!) & 15;
      for (let bit = 0; bit < bits; bit++) flips[bit]! += (flipped >> bit) & 1;
    });
    const deviation = Math.sqrt(N * rate * (1 - rate));
    flips.forEach((count) => expect(Math.abs(count - N * rate)).toBeLessThan(5 * deviation));
  });
});

describe('dropped spikes', () => {
  const x = spread(N, 0.9);
  const probability = 0.2;
  const step = createSize('step', Float32Array.of(0.1));
  const quantise = { kind: 'quantise', id: 'a', input: 'x', step: 0.1, bits: 3, signed: false } as const;
  const CASES: readonly [string, Layer, number][] = [
    ['sign', activationLayer({ kind: 'sign', id: 'a', input: 'x' }), -1],
    ['step', activationLayer({ kind: 'step', id: 'a', input: 'x' }), 0],
    ['quantise', quantiseLayer(quantise, N, { step, started: undefined }), 0],
  ];

  it.each(CASES)('of %s are as if none had been sent', (_, exact, silence) => {
    const sent = exact.forward(x, 1).slice();
    const layer = withDroppedSpikes(exact, silence, probability, draws);
    layer.perturb?.(4);
    const arrived = layer.forward(x, 1).slice();
    let nSent = 0;
    let nLost = 0;
    let nOther = 0;
    sent.forEach((value, i) => {
      if (value !== silence) nSent++;
      if (arrived[i] === value) return;
      if (arrived[i] === silence) nLost++;
      else nOther++;
    });
    expect(nOther).toBe(0);
    const deviation = Math.sqrt(nSent * probability * (1 - probability));
    expect(Math.abs(nLost - probability * nSent)).toBeLessThan(5 * deviation);
    layer.perturb?.(5);
    expect(layer.forward(x, 1)).not.toEqual(arrived);
    layer.perturb?.(undefined);
    expect(layer.forward(x, 1)).toEqual(sent);
  });

  it.each(CASES)('of %s leave the gradient as it is', (_, exact, silence) => {
    const dy = spread(N, 1);
    exact.forward(x, 1);
    const expected = exact.backward(dy, new Map(), true)!.slice();
    const layer = withDroppedSpikes(exact, silence, probability, draws);
    layer.perturb?.(4);
    layer.forward(x, 1);
    expect(layer.backward(dy, new Map(), true)).toEqual(expected);
  });
});

describe('the gradient under noise', () => {
  it.each<[string, Projection]>([
    ['clip', { kind: 'clip', bound: 0.5 }],
    ['sign', { kind: 'sign', bound: 0.5 }],
    ['stochastic', { kind: 'stochastic', bound: 0.5, draws: { seed: 3, stream: 1 } }],
  ])('is that of the noisy pass, and moves the stored weights: %s', (_, projection) => {
    const noise = { additive: { sigma: 0.5 }, multiplicative: { sigma: 0.3 } };
    const { layer, weights } = noisyDense(projection, noise, spread(12, 0.4));
    const x = spread(6 * 3, 1);
    const r = spread(2 * 3, 1);
    const loss = (): number => layer.forward(x, 3).reduce((sum, value, i) => sum + value * value * r[i]!, 0);
    layer.perturb?.(9);
    const dy = layer.forward(x, 3).map((value, i) => 2 * value * r[i]!);
    const gradients: Gradients = new Map();
    const dx = layer.backward(dy, gradients, true)!.slice();
    const check = (values: Float32Array, gradient: Float32Array): void =>
      gradient.forEach((g, i) => {
        const value = values[i]!;
        values[i] = value + 0.01;
        const above = loss();
        values[i] = value - 0.01;
        const below = loss();
        values[i] = value;
        expect(g).toBeCloseTo((above - below) / 0.02, 3);
      });
    check(weights.seen, gradients.get(weights)!);
    check(x, dx);
    // Straight through: the first step of Adam is one learning rate against the sign of that gradient, from the stored weight.
    const [latent, gradient] = [weights.latent.slice(), gradients.get(weights)!.slice()];
    adamStep(weights, gradients.get(weights)!, 0.01, 1);
    gradient.forEach((g, i) => {
      if (Math.abs(g) > 1e-3) expect(weights.latent[i]).toBeCloseTo(latent[i]! - 0.01 * Math.sign(g), 4);
    });
  });
});
