import { describe, expect, it } from 'vitest';
import { loadExample } from '../../examples/networks.js';
import { UserError } from '../../src/common/diagnostics.js';
import { type Distortion, distortWeights } from '../../src/compiler/passes/distort-weights.js';
import { toInteger } from '../../src/flow.js';
import type { Conv2dNode, DenseNode, NetworkGraph, Weights } from '../../src/ir/network/types.js';
import { verifyNetwork } from '../../src/ir/network/verify.js';

/** Two inputs per output, a dense layer and an output. */
function networkOf(weights: Weights, extra: Partial<DenseNode> = {}, nOut = weights.length / 2): NetworkGraph {
  return {
    name: 'tiny',
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'in', shape: [weights.length / nOut] },
      { kind: 'encode', id: 'code', input: 'in', code: { kind: 'threshold', level: 128 } },
      { kind: 'dense', id: 'd', input: 'code', nOut, weights, ...extra },
      { kind: 'scores', id: 's', input: 'd' },
    ],
  };
}

function layerOf(graph: NetworkGraph): DenseNode | Conv2dNode {
  const node = graph.nodes[2];
  if (node?.kind !== 'dense' && node?.kind !== 'conv2d') throw new Error('no layer of weights');
  return node;
}

const weightsAfter = (graph: NetworkGraph, distortion: Distortion, chipSeed = 1): number[] => [
  ...layerOf(distortWeights(graph, distortion, chipSeed)).weights,
];

function check(weights: Weights, distortion: Distortion, expected: readonly number[]): void {
  expect(weightsAfter(networkOf(weights), distortion)).toEqual(expected.map(Math.fround));
}

function codesOf(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map((d) => `${d.code} ${d.place}`);
    throw error;
  }
  return [];
}

const N = 20000;
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((v) => (v - centre) ** 2)));
}

/** Weights 3 and -1.5 in turn: a = 3. */
const many = networkOf(
  Int8Array.from({ length: N }, (_, k) => (k % 2 === 0 ? 2 : -1)),
  { scale: Float64Array.of(1.5) },
);
const even = (values: readonly number[]): readonly number[] => values.filter((_, k) => k % 2 === 0);
const odd = (values: readonly number[]): readonly number[] => values.filter((_, k) => k % 2 === 1);

describe('a distortion', () => {
  it('power, round and sign are relative to the largest weight of the layer', () => {
    const real = Float32Array.of(-4, -1, 0, 0.25);
    check(real, { kind: 'power', beta: 0.5 }, [-4, -2, 0, 1]);
    check(real, { kind: 'power', beta: 0 }, [-4, -4, 4, 4]);
    check(real, { kind: 'sign' }, [-4, -4, 4, 4]);
    check(real, { kind: 'round', bits: 2 }, [-4, 0, 0, 0]);
    check(real, { kind: 'round', bits: 3 }, [-4, -4 / 3, 0, 0]);
  });

  it('acts on integers times their scale, one per output', () => {
    const graph = networkOf(Int8Array.of(1, -2, 1, 2), { scale: Float64Array.of(2, 0.5), weightBits: 4 });
    // Real weights 2, -4, 0.5, 1: a = 4.
    expect(weightsAfter(graph, { kind: 'sign' })).toEqual([4, -4, 4, 4]);
    const { scale, weightBits, weights } = layerOf(distortWeights(graph, { kind: 'power', beta: 2 }, 1));
    expect([...weights]).toEqual([1, -4, 0.0625, 0.25]);
    expect([scale, weightBits]).toEqual([undefined, undefined]);
  });

  it('additive has a standard deviation of sigma a, whatever the weight', () => {
    const noisy = weightsAfter(many, { kind: 'additive', sigma: 0.5 });
    // Five standard errors of a mean of N / 2 values, and of their standard deviation.
    for (const [values, w] of [
      [even(noisy), 3],
      [odd(noisy), -1.5],
    ] as const) {
      expect(Math.abs(mean(values) - w)).toBeLessThan((5 * 1.5) / Math.sqrt(N / 2));
      expect(Math.abs(deviation(values) - 1.5)).toBeLessThan((5 * 1.5) / Math.sqrt(N));
    }
  });

  it('multiplicative has a standard deviation of sigma |w|', () => {
    const noisy = weightsAfter(many, { kind: 'multiplicative', sigma: 0.5 });
    expect(Math.abs(deviation(even(noisy)) - 1.5)).toBeLessThan((5 * 1.5) / Math.sqrt(N));
    expect(Math.abs(deviation(odd(noisy)) - 0.75)).toBeLessThan((5 * 0.75) / Math.sqrt(N));
  });

  it('uniformLog keeps the sign and has a factor uniform in gamma..1/gamma', () => {
    const factors = weightsAfter(many, { kind: 'uniformLog', gamma: 0.5 }).map((w, k) => w / (k % 2 === 0 ? 3 : -1.5));
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.5);
    expect(Math.max(...factors)).toBeLessThanOrEqual(2);
    expect(Math.abs(mean(factors) - 1.25)).toBeLessThan((5 * 1.5) / Math.sqrt(12 * N));
    expect(Math.abs(deviation(factors) - 1.5 / Math.sqrt(12))).toBeLessThan(0.01);
  });

  it('stochastic gives -a or +a, with the mean of the weight', () => {
    const drawn = weightsAfter(many, { kind: 'stochastic' });
    expect(new Set(even(drawn))).toEqual(new Set([3]));
    expect(new Set(odd(drawn))).toEqual(new Set([3, -3]));
    expect(Math.abs(mean(odd(drawn)) + 1.5)).toBeLessThan((5 * 3) / Math.sqrt(N / 2));
  });

  it('is a chip of its own for every seed, and the same one for the same', () => {
    const distortion = { kind: 'additive', sigma: 0.1 } as const;
    expect(weightsAfter(many, distortion, 4)).toEqual(weightsAfter(many, distortion, 4));
    expect(weightsAfter(many, distortion, 5)).not.toEqual(weightsAfter(many, distortion, 4));
  });

  it('is the same chip at every level: the noise grows in proportion', () => {
    const graph = networkOf(Float32Array.of(1, -1, 0.5, 0));
    const noise = (sigma: number): number[] =>
      weightsAfter(graph, { kind: 'additive', sigma }).map((w, k) => w - [1, -1, 0.5, 0][k]!);
    const once = noise(0.25);
    noise(0.5).forEach((n, k) => expect(n).toBeCloseTo(2 * once[k]!, 5));
  });

  it.each<Distortion>([
    { kind: 'additive', sigma: 0 },
    { kind: 'multiplicative', sigma: 0 },
    { kind: 'uniformLog', gamma: 1 },
    { kind: 'power', beta: 1 },
  ])('$kind at the end of its range gives the network itself', (distortion) => {
    expect(distortWeights(many, distortion, 1)).toBe(many);
  });

  it('leaves weights -a and +a alone where it is a sign in the limit', () => {
    const graph = networkOf(Int8Array.of(1, -1, -1, 1), { scale: Float64Array.of(0.25), weightBits: 1 });
    for (const distortion of [
      { kind: 'sign' },
      { kind: 'stochastic' },
      { kind: 'round', bits: 5 },
      { kind: 'power', beta: 0.3 },
    ] as const) {
      expect(weightsAfter(graph, distortion), distortion.kind).toEqual([0.25, -0.25, -0.25, 0.25]);
    }
  });

  it('keeps everything else of a convolution', () => {
    const conv: Conv2dNode = {
      kind: 'conv2d',
      id: 'c',
      input: 'code',
      window: [2, 1],
      stride: [2, 1],
      padding: [1, 0, 1, 0],
      padValue: -1,
      groups: 2,
      dilation: [2, 1],
      nOut: 2,
      weights: Float32Array.of(0.5, -0.5, 0.5, -0.5),
      bias: Float64Array.of(0.1, 0.2),
    };
    const graph: NetworkGraph = { ...many, nodes: [...many.nodes.slice(0, 2), conv] };
    expect(layerOf(distortWeights(graph, { kind: 'sign' }, 1))).toEqual(conv);
  });

  it('gives a network the verifier accepts', async () => {
    const noisy = distortWeights(await loadExample('mnist-conv'), { kind: 'additive', sigma: 0.3 }, 1);
    expect(verifyNetwork(noisy, 'noisy')).toEqual([]);
  });

  it('refuses levels out of range, integer networks and layers without real weights', async () => {
    for (const distortion of [
      { kind: 'additive', sigma: -1 },
      { kind: 'multiplicative', sigma: Infinity },
      { kind: 'uniformLog', gamma: 0 },
      { kind: 'power', beta: NaN },
      { kind: 'round', bits: 1 },
      { kind: 'round', bits: 2.5 },
    ] as const) {
      expect(codesOf(() => distortWeights(many, distortion, 1))).toEqual([
        `bad-distortion distortion ${distortion.kind}`,
      ]);
    }
    const integer = toInteger(await loadExample('mnist-mlp'));
    expect(codesOf(() => distortWeights(integer, { kind: 'sign' }, 1))).toEqual([
      'integer-dialect network "mnist-mlp"',
    ]);
    const blocks = await loadExample('mnist-5core');
    expect(codesOf(() => distortWeights(blocks, { kind: 'sign' }, 1))).toContain(
      'not-distorted network "mnist-5core": layer "blockDense1" (blockDense)',
    );
  });
});
