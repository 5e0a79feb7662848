import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { codedSamples } from '../../src/evaluation/coded-samples.js';
import { createFloatEngine } from '../../src/evaluation/float/engine.js';
import { type FloatMachine, machineOf } from '../../src/evaluation/float/machine.js';
import { evaluateNetwork } from '../../src/evaluation/interpreter/evaluate.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import type { DenseNode, InputCode, NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';
import { randomPixels } from '../support/random-network.js';
import { randomSeeds } from '../support/random-runs.js';

const calls = new Set<string>();

/** A machine that notes which sums it was asked for. */
function listening({ kernel, ...machine }: FloatMachine): FloatMachine {
  const noted = new Proxy(kernel, {
    get: (target, name, receiver) => {
      calls.add(String(name));
      return Reflect.get(target, name, receiver);
    },
  });
  return { ...machine, kernel: noted };
}

const machine = listening(machineOf(1 << 24, undefined));
const SUMS = ['dense', 'denseBits', 'denseWords', 'convolve', 'convolveBits', 'convolveWords'];

/** Bits of every score are the interpreter's; gives the kernels of sums that ran. */
async function sumsOf(network: NetworkGraph, seed = 1, n = 5): Promise<readonly string[]> {
  const [input, code] = network.nodes;
  if (input?.kind !== 'input' || code?.kind !== 'encode') throw new Error('no input');
  const nPixels = sizeOf(input.shape);
  const images = randomPixels(seed, n * nPixels);
  const expected = await evaluateNetwork(network, { images, labels: new Uint8Array(n) }, { seed: 0 });
  calls.clear();
  const engine = createFloatEngine(network, { atHand: machine });
  if (engine === undefined) throw new Error('no engine');
  const scores = new Float64Array(n * engine.nClasses);
  engine.run({ coded: codedSamples(code.code, images, nPixels, 0), first: 0, n }, scores);
  expect(new BigUint64Array(scores.buffer), `${network.name}, seed ${seed}`).toEqual(
    new BigUint64Array(expected.scores.slice().buffer),
  );
  return SUMS.filter((name) => calls.has(name));
}

const RATE: InputCode = { kind: 'rate', bits: 8 };
const ONES: InputCode = { kind: 'threshold', level: 100 };
const START = { kind: 'encode', id: 'code', input: 'x' } as const;
const network = (shape: number[], code: InputCode, ...layers: readonly NetworkNode[]): NetworkGraph => ({
  name: layers.map(({ kind }) => kind).join('-'),
  dialect: 'float',
  nodes: [
    { kind: 'input', id: 'x', shape },
    { ...START, code },
    ...layers,
    { kind: 'scores', id: 'scores', input: layers.at(-1)?.id ?? '' },
  ],
});
const dense = (nIn: number, nOut: number, draw: () => number): DenseNode => ({
  ...{ kind: 'dense', id: 'd', input: 'code', nOut },
  weights: Int8Array.from({ length: nIn * nOut }, draw),
});

const random = sequence(3, PURPOSE.test, 8);
const sign = (): number => 2 * random.below(2) - 1;
const ternary = (): number => random.below(3) - 1;
const byte = (): number => random.below(256) - 128;

describe('dense sums that are exact in any order', () => {
  it.each([1, 7, 63, 64, 65, 128, 200])('are those of the interpreter with %i inputs', async (nIn) => {
    for (const nOut of [1, 3, 4, 5, 18]) {
      expect(await sumsOf(network([nIn], ONES, dense(nIn, nOut, sign)), nOut)).toEqual(['denseBits']);
      expect(await sumsOf(network([nIn], ONES, dense(nIn, nOut, ternary)), nOut)).toEqual(['denseBits']);
      expect(await sumsOf(network([nIn], RATE, dense(nIn, nOut, byte)), nOut)).toEqual(['denseWords']);
    }
  });

  it('are taken for blocks that list their inputs, and single samples', async () => {
    const block = (nOut: number, draw: () => number) => ({
      inputs: Int32Array.from({ length: 70 }, () => random.below(90)),
      nOut,
      weights: Int8Array.from({ length: 70 * nOut }, draw),
    });
    const blocks = (draw: () => number): NetworkNode => ({
      ...{ kind: 'blockDense', id: 'b', input: 'code' },
      blocks: [block(3, draw), block(6, draw)],
    });
    for (const n of [1, 2, 5]) {
      expect(await sumsOf(network([90], ONES, blocks(ternary)), n, n)).toEqual(['denseBits']);
      expect(await sumsOf(network([90], RATE, blocks(ternary)), n, n)).toEqual(['denseWords']);
    }
  });

  it('have weights less their zero points', async () => {
    const layer = { ...dense(70, 5, byte), weightZeroPoint: Int8Array.of(-128, 127, 3, 0, -7) };
    expect(await sumsOf(network([70], RATE, layer))).toEqual(['denseWords']);
    expect(await sumsOf(network([70], ONES, layer))).toEqual(['denseWords']);
  });

  it('are given up where an integer sum could leave 32 bits', async () => {
    const steps = (nIn: number): NetworkGraph =>
      network(
        [nIn],
        RATE,
        dense(nIn, 2, () => 127),
      );
    // 4 * 255 * 127 * n reaches 2^31 between 16,577 and 16,579 inputs.
    expect(await sumsOf(steps(16_500), 1, 2)).toEqual(['denseWords']);
    expect(await sumsOf(steps(16_600), 1, 2)).toEqual(['dense']);
  });

  it('are given up for real weights and for real inputs', async () => {
    const real: NetworkNode = {
      ...{ kind: 'dense', id: 'r', input: 'code', nOut: 4 },
      weights: Float32Array.from({ length: 20 }, () => random.uniform()),
    };
    expect(await sumsOf(network([5], RATE, real))).toEqual(['dense']);
    expect(await sumsOf(network([5], RATE, real, { ...dense(4, 3, sign), id: 'e', input: 'r' }))).toEqual(['dense']);
  });
});

describe('sums of windows that are exact in any order', () => {
  const SHAPES = randomSeeds(60);

  /** A convolution of random geometry on what `values` makes of the input. */
  function windows(seed: number, values: 'bits' | 'signs' | 'levels' | 'steps', draw: () => number, pad: number) {
    const r = sequence(seed, PURPOSE.test, 9);
    const [height, width, channels] = [1 + r.below(7), 1 + r.below(9), 1 + r.below(40)];
    const window = [1 + r.below(4), 1 + r.below(4)] as const;
    const dilation = [1 + r.below(2), 1] as const;
    const span = (window[0] - 1) * dilation[0] + 1;
    const padding = [r.below(4), span + r.below(2), r.below(4), window[1] + r.below(2)] as const;
    const stride = [1 + r.below(3), 1 + r.below(3)] as const;
    const nOut = 1 + r.below(9);
    const own: readonly NetworkNode[] =
      values === 'signs'
        ? [
            {
              ...{ kind: 'batchNorm', id: 'n', input: 'code', epsilon: 0 },
              gamma: new Float64Array(channels).fill(1),
              beta: new Float64Array(channels),
              mean: new Float64Array(channels).fill(0.5),
              variance: new Float64Array(channels).fill(1),
            },
            { kind: 'sign', id: 's', input: 'n' },
          ]
        : values === 'steps'
          ? [{ kind: 'quantise', id: 's', input: 'code', step: 0.3, bits: 5, signed: true }]
          : [];
    const conv: NetworkNode = {
      ...{ kind: 'conv2d', id: 'c', input: own.at(-1)?.id ?? 'code', groups: 1, padValue: pad },
      ...{ window, stride, padding, nOut, dilation },
      weights: Int8Array.from({ length: nOut * window[0] * window[1] * channels }, draw),
    };
    const code: InputCode = values === 'bits' || values === 'signs' ? ONES : RATE;
    return network([height, width, channels], code, ...own, conv, { kind: 'flatten', id: 'f', input: 'c' });
  }

  it.each([
    ['0 and 1, signs as weights', 'bits', sign, 0, 'convolveBits'],
    ['0 and 1, padded with 1, weights with zeros', 'bits', ternary, 1, 'convolveBits'],
    ['-1 and 1, padded with -1', 'signs', sign, -1, 'convolveBits'],
    ['-1 and 1, padded with 1, weights with zeros', 'signs', ternary, 1, 'convolveBits'],
    ['-1 and 1, padded with what they are not', 'signs', sign, 0, 'convolveWords'],
    ['0 and 1, weights of a byte', 'bits', byte, 0, 'convolveWords'],
    ['many levels', 'levels', byte, 3, 'convolveWords'],
    ['levels of a quantiser, padded with 0', 'steps', byte, 0, 'convolveWords'],
    ['levels of a quantiser, padded off its grid', 'steps', byte, 0.5, 'convolve'],
  ] as const)('are those of the interpreter: %s', async (_, values, draw, pad, kernel) => {
    for (const seed of SHAPES) {
      const graph = windows(seed, values, draw, pad);
      // One channel in and out is a depthwise convolution, whose real sums have a kernel of their own.
      const isDepthwise = graph.nodes.some(
        (node) =>
          node.kind === 'conv2d' &&
          node.nOut === 1 &&
          graph.nodes[0]?.kind === 'input' &&
          graph.nodes[0].shape[2] === 1,
      );
      expect(await sumsOf(graph, seed, 3), `seed ${seed}`).toEqual(
        kernel === 'convolve' && isDepthwise ? [] : [kernel],
      );
    }
  });
});
