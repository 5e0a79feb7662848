import { describe, expect, it } from 'vitest';
import { loadExample } from '../../examples/networks.js';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { distortWeights } from '../../src/compiler/passes/distort-weights.js';
import { lowerToInteger } from '../../src/compiler/pipelines.js';
import { loadDataset } from '../../src/data/index.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import type { InputCode, NetworkGraph } from '../../src/ir/network/types.js';
import { codedSamples } from '../../src/evaluation/coded-samples.js';
import { createFloatEngine, type FloatEngine } from '../../src/evaluation/float/engine.js';
import type { FloatMachine } from '../../src/evaluation/float/machine.js';
import { panelWidths } from '../../src/evaluation/float/panels.js';
import { evaluateNetwork } from '../../src/evaluation/interpreter/evaluate.js';
import { randomIntegerNetwork } from '../../src/chips/northpole/kit/random-network.js';
import { randomNetwork, randomPixels } from '../support/random-network.js';
import { randomQuantisedNetwork } from '../support/random-quantised-network.js';
import { randomSeeds } from '../support/random-runs.js';

/** One machine for all networks of this file: what one leaves in the memory must not reach the next. */
let machine: FloatMachine | undefined;

function engineOf(network: NetworkGraph): FloatEngine {
  const engine = createFloatEngine(network, { atHand: machine });
  if (engine === undefined) throw new Error(`${network.name} has no engine`);
  machine = engine.machine;
  return engine;
}

/** Bits, so that -0 and +0 differ. */
const bitsOf = (scores: Float64Array): BigUint64Array => new BigUint64Array(scores.slice().buffer);

async function check(network: NetworkGraph, images: Uint8Array, seed = 1): Promise<void> {
  const [input, code] = network.nodes;
  if (input?.kind !== 'input' || code?.kind !== 'encode') throw new Error('no input');
  const nPixels = sizeOf(input.shape);
  const coded = codedSamples(code.code, images, nPixels, seed);
  const nSamples = images.length / nPixels;
  const expected = await evaluateNetwork(
    network,
    { images, labels: new Uint8Array(nSamples), transforms: [] },
    { seed },
  );
  const engine = engineOf(network);
  const scores = new Float64Array(nSamples * engine.nClasses);
  // Tiles that are not full, too.
  const n = Math.max(1, Math.min(engine.tile, 3));
  for (let first = 0; first < nSamples; first += n) {
    const count = Math.min(n, nSamples - first);
    engine.run({ coded, first, n: count }, scores.subarray(first * engine.nClasses));
  }
  const differs = bitsOf(scores).findIndex((bits, i) => bits !== bitsOf(expected.scores)[i]);
  expect(differs, `score of ${network.name}: ${scores[differs]} for ${expected.scores[differs]}`).toBe(-1);
}

const pixelsFor = (network: NetworkGraph, seed: number, n: number): Uint8Array => {
  const input = network.nodes[0];
  return randomPixels(seed, n * sizeOf(input?.kind === 'input' ? input.shape : []));
};

const NETWORKS = 60;
const CODES: readonly InputCode['kind'][] = ['threshold', 'thermometer', 'rate', 'bernoulli', 'integer'];

describe('the engine of float networks gives the bits of the interpreter', () => {
  it('on random networks of small integers, and on the same with real weights', async () => {
    for (const seed of randomSeeds(NETWORKS)) {
      const network = randomNetwork(seed, {
        codes: CODES,
        averagePool: true,
        overlappingPool: true,
        maxChannels: 1 + (seed % 20),
        maxDense: 40,
      });
      const pixels = pixelsFor(network, seed, 5);
      await check(network, pixels, seed);
      const kind = seed % 2 === 0 ? 'additive' : 'multiplicative';
      await check(distortWeights(network, { kind, sigma: 0.3 }, seed), pixels, seed);
    }
  });

  it('on random quantised networks with branches, as trained and lowered', async () => {
    for (const seed of randomSeeds(NETWORKS)) {
      const network = randomQuantisedNetwork(seed, { oneStep: seed % 2 === 0, powersOfTwo: seed % 3 === 0 });
      const pixels = pixelsFor(network, seed, 4);
      await check(network, pixels);
      if (seed % 4 === 0) await check(lowerToInteger(network), pixels);
    }
  });

  it('on random networks of 8 bits with any zero point and averages of partial windows', async () => {
    for (const seed of randomSeeds(NETWORKS / 2)) {
      const network = randomIntegerNetwork(seed, { int8: true, maxSide: 8 });
      await check(network, pixelsFor(network, seed, 4));
    }
  });

  it('on random lowered networks of thresholds', async () => {
    for (const seed of randomSeeds(NETWORKS / 2)) {
      const network = randomNetwork(seed, { codes: CODES.slice(0, 4), maxDense: 40 });
      await check(lowerToInteger(network), pixelsFor(network, seed, 4));
    }
  });

  it('channel by channel, with dilation, padding of a value and groups', async () => {
    for (const seed of randomSeeds(NETWORKS)) {
      const network = windowsNetwork(seed);
      await check(network, pixelsFor(network, seed, 3));
    }
  });

  it('in the order of its sums: real activations, of which no other order gives the same bits', async () => {
    for (let seed = 0; seed < 5; seed++) {
      const network = realNetwork(seed);
      await check(network, pixelsFor(network, seed, 4));
    }
  });

  it.each(['mnist-mlp', 'mnist-conv', 'mnist-30core', 'mnist-resnet-4bit'] as const)(
    'on MNIST with %s',
    async (name) => {
      const network = await loadExample(name);
      const images = (await loadDataset('mnist', 'test')).images.subarray(0, 12 * 784);
      await check(network, images);
    },
  );

  it('with numbers at the ends of float64: overflow to infinity and NaN spread alike', async () => {
    const huge = 1e308;
    const dense = (weights: number[], scale?: number): NetworkGraph => ({
      name: 'ends',
      dialect: 'float',
      nodes: [
        { kind: 'input', id: 'x', shape: [3] },
        { kind: 'encode', id: 'code', input: 'x', code: { kind: 'rate', bits: 8 } },
        {
          ...{ kind: 'dense', id: 'a', input: 'code', nOut: 2, weights: Float32Array.from(weights) },
          ...(scale === undefined ? {} : { scale: Float64Array.of(scale) }),
        },
        { kind: 'dense', id: 'b', input: 'a', nOut: 2, weights: Float32Array.of(1, -1, -3, 1e-38) },
        { kind: 'scores', id: 'out', input: 'b' },
      ],
    });
    const pixels = Uint8Array.of(0, 255, 1, 0, 0, 0, 255, 255, 255);
    await check(dense([1e38, -1e38, 3e38, 1e-45, -1e-45, 2e-38]), pixels);
    await check(dense([1, -1, 2, -1, 1, 0], huge), pixels);
  });
});

describe('an engine of float networks', () => {
  it('is not made for networks with state, nor for weights that are not finite', () => {
    const nodes = (weights: Float32Array): NetworkGraph => ({
      name: 'small',
      dialect: 'float',
      nodes: [
        { kind: 'input', id: 'x', shape: [2] },
        { kind: 'encode', id: 'code', input: 'x', code: { kind: 'threshold', level: 1 } },
        { kind: 'dense', id: 'a', input: 'code', nOut: 1, weights },
        { kind: 'scores', id: 'out', input: 'a' },
      ],
    });
    expect(createFloatEngine(nodes(Float32Array.of(1, 2)))).toBeDefined();
    expect(createFloatEngine(nodes(Float32Array.of(1, Infinity)))).toBeUndefined();
    expect(createFloatEngine(nodes(Float32Array.of(NaN, 1)))).toBeUndefined();
    const state: NetworkGraph = {
      name: 'tokens',
      dialect: 'float',
      nodes: [
        { kind: 'input', id: 'x', shape: [1] },
        { kind: 'encode', id: 'code', input: 'x', code: { kind: 'rate', bits: 8 } },
        { kind: 'embedding', id: 'e', input: 'code', by: 'position', nOut: 2, table: Int8Array.of(1, 2) },
        { kind: 'scores', id: 'out', input: 'e' },
      ],
    };
    expect(createFloatEngine(state)).toBeUndefined();
  });

  it('lays outputs out in panels with at most one place to spare', () => {
    for (let nOut = 1; nOut < 70; nOut++) {
      const places = panelWidths(nOut).reduce((sum, width) => sum + width, 0);
      expect([0, 1]).toContain(places - nOut);
    }
    expect(panelWidths(31)).toEqual([16, 16]);
    expect(panelWidths(30)).toEqual([16, 8, 4, 2]);
  });
});

/** Two convolutions of real or small weights: dilation, padding of 0 or a value, groups up to one per channel. */
function windowsNetwork(seed: number): NetworkGraph {
  const r = sequence(seed, PURPOSE.test, 7);
  const side = 6 + r.below(5);
  const nIn = 1 + r.below(5);
  const groups = r.below(2) === 0 ? nIn : 1;
  const nOut = groups * (r.below(2) === 0 ? 1 : 1 + r.below(18));
  const weights = (n: number): Int8Array | Float32Array =>
    r.below(3) === 0
      ? Int8Array.from({ length: n }, () => r.below(9) - 4)
      : Float32Array.from({ length: n }, () => r.normal());
  const window = [1 + r.below(3), 1 + r.below(3)] as const;
  const inner = 1 + r.below(3);
  const padValue = [0, 0, 1, -1, 7].at(r.below(5))!;
  const step = r.below(2) === 0 ? 0.1 : 1;
  return {
    name: `windows-${seed}`,
    dialect: 'float',
    nodes: [
      { kind: 'input', id: 'image', shape: [side, side, nIn] },
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint: r.below(99), step } },
      {
        ...{ kind: 'conv2d', id: 'first', input: 'code', nOut, groups, padValue, window },
        ...{ stride: [1 + r.below(2), 1], padding: [r.below(3), r.below(2), r.below(3), 1] },
        dilation: [1 + r.below(2), 1],
        weights: weights((nOut * window[0] * window[1] * nIn) / groups),
        ...(r.below(2) === 0 ? {} : { bias: Float64Array.from({ length: nOut }, () => r.normal()) }),
      },
      { kind: r.below(2) === 0 ? 'relu' : 'sign', id: 'act', input: 'first' },
      {
        ...{ kind: 'conv2d', id: 'second', input: 'act', nOut: inner, groups: 1, padValue: -1, window: [2, 2] },
        ...{ stride: [1, 1], padding: [1, 1, 0, 0], weights: weights(inner * 4 * nOut) },
      },
      { kind: 'flatten', id: 'flat', input: 'second' },
      { kind: 'scores', id: 'scores', input: 'flat' },
    ],
  };
}

/** Dense layers of real weights with rectifiers, more inputs than the kernel takes at once, and an odd number of outputs. */
function realNetwork(seed: number): NetworkGraph {
  const r = sequence(seed, PURPOSE.test, 8);
  const normals = (n: number): Float32Array => Float32Array.from({ length: n }, () => r.normal());
  const layers = [300, 151, 37, 11].map((nIn, i, widths) => ({ nIn, nOut: widths[i + 1] ?? 5, id: `dense${i}` }));
  const nodes: NetworkGraph['nodes'] = [
    { kind: 'input', id: 'x', shape: [300] },
    { kind: 'encode', id: 'relu', input: 'x', code: { kind: 'integer', bits: 8, zeroPoint: 100, step: 0.37 } },
    ...layers.flatMap(({ nIn, nOut, id }, i) => [
      { kind: 'dense' as const, id, input: i === 0 ? 'relu' : `relu${i - 1}`, nOut, weights: normals(nOut * nIn) },
      { kind: 'relu' as const, id: `relu${i}`, input: id },
    ]),
    { kind: 'scores', id: 'scores', input: 'relu3' },
  ];
  return { name: `real-${seed}`, dialect: 'float', nodes };
}
