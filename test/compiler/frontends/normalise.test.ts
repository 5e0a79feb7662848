/** Rearrangements are taken out without a change of what the network computes. */
import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { withBinaryInput } from '../../../src/compiler/frontends/binary-input.js';
import { normalise } from '../../../src/compiler/frontends/normalise.js';
import { createInterpreter } from '../../../src/evaluation/interpreter/network.js';
import type { NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { verifyNetwork } from '../../../src/ir/network/verify.js';

const START: readonly NetworkNode[] = [
  { kind: 'input', id: 'image', shape: [2, 3, 2] },
  {
    kind: 'encode',
    id: 'code',
    input: 'image',
    code: { kind: 'integer', bits: 8, zeroPoint: 128, step: 1 / 64 },
  },
];
const graph = (nodes: readonly NetworkNode[]): NetworkGraph => ({
  name: 'n',
  dialect: 'float',
  nodes: [...START, ...nodes],
});

/** [2, 3, 2] with channels last to channels first, and back. */
const FIRST = Int32Array.from({ length: 12 }, (_, e) => (e % 6) * 2 + Math.floor(e / 6));
const LAST = Int32Array.from({ length: 12 }, (_, e) => (e % 2) * 6 + Math.floor(e / 2));
const toFirst = (id: string, input: string): NetworkNode => ({
  kind: 'rearrange',
  id,
  input,
  shape: [2, 2, 3],
  index: FIRST,
});
const toLast = (id: string, input: string): NetworkNode => ({
  kind: 'rearrange',
  id,
  input,
  shape: [2, 3, 2],
  index: LAST,
});
const END = (input: string): readonly NetworkNode[] => [
  { kind: 'flatten', id: 'flat', input },
  { kind: 'scores', id: 'scores', input: 'flat' },
];
const norm = (id: string, input: string, gamma: readonly number[]): NetworkNode => ({
  kind: 'batchNorm',
  id,
  input,
  gamma: Float64Array.from(gamma),
  beta: new Float64Array(gamma.length).fill(0.25),
  mean: new Float64Array(gamma.length),
  variance: new Float64Array(gamma.length).fill(1),
  epsilon: 0,
});
const weights = (n: number): Int8Array => Int8Array.from({ length: n }, (_, i) => ((i * 37) % 15) - 7);

/** Normalises, and compares every score on random inputs. */
function expectSame(before: NetworkGraph): NetworkGraph {
  expect(verifyNetwork(before)).toEqual([]);
  const after = normalise(before);
  expect(verifyNetwork(after)).toEqual([]);
  const [a, b] = [before, after].map((network) => createInterpreter(network));
  const draw = sequence(3, PURPOSE.test);
  for (let i = 0; i < 20; i++) {
    const counts = Array.from({ length: 12 }, () => draw.below(256) - 128);
    expect(Array.from(b!.run(counts))).toEqual(Array.from(a!.run(counts)));
  }
  return after;
}

const kinds = ({ nodes }: NetworkGraph): string[] => nodes.slice(2).map(({ kind }) => kind);

describe('normalise', () => {
  it('drops what turns channels there and back, also around activations and quantisers', () => {
    const after = expectSame(
      graph([
        toFirst('a', 'code'),
        { kind: 'relu', id: 'r', input: 'a' },
        { kind: 'quantise', id: 'q', input: 'r', step: 0.25, bits: 3, signed: false },
        toLast('b', 'q'),
        norm('n', 'b', [2, -1]),
        toFirst('c', 'n'),
        { kind: 'sign', id: 's', input: 'c' },
        toLast('d', 's'),
        ...END('d'),
      ]),
    );
    expect(kinds(after)).toEqual(['relu', 'quantise', 'batchNorm', 'sign', 'flatten', 'scores']);
  });

  it('a batch norm of flat features behind channels first is one in the order of the image', () => {
    const after = expectSame(
      graph([
        toFirst('a', 'code'),
        { kind: 'flatten', id: 'f', input: 'a' },
        norm(
          'n',
          'f',
          Array.from({ length: 12 }, (_, i) => i + 1),
        ),
        { kind: 'dense', id: 'd', input: 'n', nOut: 3, weights: weights(36) },
        { kind: 'scores', id: 'scores', input: 'd' },
      ]),
    );
    expect(kinds(after)).toEqual(['flatten', 'batchNorm', 'dense', 'scores']);
  });

  it('a border of zeros becomes the padding of the convolution behind it, another value its pad value', () => {
    const bordered = Int32Array.from({ length: 4 * 4 * 2 }, (_, e) => {
      const [y, x] = [Math.floor(e / 8) - 1, Math.floor((e % 8) / 2) - 1];
      return y >= 0 && y < 2 && x >= 0 && x < 3 ? (y * 3 + x) * 2 + (e % 2) : -1;
    });
    for (const fill of [0, -1]) {
      const after = expectSame(
        graph([
          {
            kind: 'rearrange',
            id: 'p',
            input: 'code',
            shape: [4, 4, 2],
            index: bordered,
            ...(fill === 0 ? {} : { fill }),
          },
          {
            kind: 'conv2d',
            id: 'c',
            input: 'p',
            window: [2, 2],
            stride: [1, 1],
            padding: [0, 0, 0, 0],
            nOut: 3,
            groups: 1,
            padValue: 0,
            weights: weights(24),
          },
          ...END('c'),
        ]),
      );
      expect(after.nodes[2]).toMatchObject({ kind: 'conv2d', padding: [1, 1, 1, 0], padValue: fill });
    }
  });

  it('joins values that are viewed alike before the view; others keep their rearrangement', () => {
    const both = (second: NetworkNode): NetworkGraph =>
      graph([
        toFirst('a', 'code'),
        { kind: 'relu', id: 'r', input: 'code' },
        second,
        { kind: 'add', id: 's', inputs: ['a', 'b'] },
        ...END('s'),
      ]);
    expect(kinds(expectSame(both(toFirst('b', 'r'))))).toEqual(['relu', 'add', 'rearrange', 'scores']);
    const unlike = both({ kind: 'rearrange', id: 'b', input: 'r', shape: [2, 2, 3] });
    expect(kinds(expectSame(unlike)).filter((kind) => kind === 'rearrange')).toHaveLength(2);
  });

  it('parts of a value, and what is filled in, stay as they are', () => {
    const part = Int32Array.from([3, -1, 5, 0, -1, 1]);
    const after = expectSame(
      graph([
        { kind: 'rearrange', id: 'p', input: 'code', shape: [6], index: part, fill: 0.5 },
        { kind: 'function', id: 'f', input: 'p', function: 'sigmoid' },
        { kind: 'scores', id: 'scores', input: 'f' },
      ]),
    );
    expect(kinds(after)).toEqual(['rearrange', 'function', 'scores']);
  });

  it('a batch norm of equal parameters on one channel of a value has as many as that channel has columns', () => {
    const half: NetworkNode = {
      ...{ kind: 'rearrange', id: 'half', input: 'code', shape: [2, 3] },
      index: Int32Array.from({ length: 6 }, (_, e) => 2 * e + 1),
    };
    const { nodes } = expectSame(graph([half, norm('turned', 'half', [-1, -1, -1]), ...END('turned')]));
    expect(nodes.find(({ id }) => id === 'turned')).toMatchObject({ gamma: Float64Array.of(-1, -1, -1) });
  });

  it('leaves out layers that nothing reads', () => {
    const after = normalise(graph([{ kind: 'relu', id: 'unread', input: 'code' }, ...END('code')]));
    expect(kinds(after)).toEqual(['flatten', 'scores']);
  });
});

describe('withBinaryInput', () => {
  const binary = (gamma: readonly number[]): NetworkGraph =>
    graph([
      norm('n', 'code', gamma),
      { kind: 'sign', id: 's', input: 'n' },
      { kind: 'flatten', id: 'f', input: 's' },
      { kind: 'dense', id: 'd', input: 'f', nOut: 3, weights: weights(36), bias: Float64Array.of(1, -2, 3) },
      { kind: 'scores', id: 'scores', input: 'd' },
    ]);

  it('a first sign becomes a threshold on the byte; every score stays', () => {
    const before = binary([1, 1]);
    const after = withBinaryInput(before);
    // sign(b / 64 - 2 + 1/4) is +1 from 112 on.
    expect(after.nodes[1]).toMatchObject({ code: { kind: 'threshold', level: 112 } });
    expect(kinds(after)).toEqual(['flatten', 'dense', 'scores']);
    expect(verifyNetwork(after)).toEqual([]);
    const [a, b] = [before, after].map((network) => createInterpreter(network));
    const draw = sequence(4, PURPOSE.test);
    for (let i = 0; i < 50; i++) {
      const bytes = Array.from({ length: 12 }, () => 100 + draw.below(24));
      const bits = bytes.map((byte) => (byte >= 112 ? 1 : 0));
      expect(Array.from(b!.run(bits))).toEqual(Array.from(a!.run(bytes.map((byte) => byte - 128))));
    }
  });

  it('leaves channels with levels of their own, and levels that fall, as they are', () => {
    for (const gamma of [
      [1, 2],
      [-1, -1],
    ]) {
      const before = binary(gamma);
      expect(withBinaryInput(before)).toBe(before);
    }
  });
});
