/** Layers without a unit of their own on NorthPole, on interpreter, functional engine and cycle by cycle. */
import { describe, expect, it } from 'vitest';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { sizeOf } from '../../../src/ir/network/shapes.js';
import type { NetworkGraph, NetworkNode, RearrangeNode, Shape } from '../../../src/ir/network/types.js';
import { agreedScores } from '../../support/three-engines.js';

const r = sequence(5, PURPOSE.test, 3);
const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, () => r.below(256));
const weights = (n: number): Int8Array => Int8Array.from({ length: n }, () => r.below(255) - 127);

/** A network over an image with this zero point; scores are the last layer, flat. */
function network(shape: Shape, zeroPoint: number, layers: readonly NetworkNode[]): NetworkGraph {
  const last = layers.at(-1)?.id ?? 'code';
  return {
    name: 'net',
    dialect: 'integer',
    nodes: [
      { kind: 'input', id: 'image', shape },
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint, step: 1 } },
      ...layers,
      { kind: 'flatten', id: 'flat', input: last },
      { kind: 'scores', id: 'scores', input: 'flat' },
    ],
  };
}

const convolution = (
  id: string,
  input: string,
  fields: { readonly padding?: readonly [number, number, number, number]; readonly padValue?: number } = {},
): NetworkNode => ({
  ...{ kind: 'conv2d', id, input, window: [3, 3], stride: [2, 1], groups: 1, nOut: 3, weights: weights(3 * 9 * 2) },
  padding: fields.padding ?? [0, 0, 0, 0],
  padValue: fields.padValue ?? 0,
});

/** Padding as a move of elements. */
function padded(
  id: string,
  input: string,
  [h = 0, w = 0, c = 0]: Shape,
  [top, bottom, left, right, front, back]: readonly [number, number, number, number, number, number],
  fill: number,
): RearrangeNode {
  const shape = [h + top + bottom, w + left + right, c + front + back];
  const index = Int32Array.from({ length: sizeOf(shape) }, (_, e) => {
    const [y, x, k] = [
      Math.floor(e / shape[2]! / shape[1]!) - top,
      (Math.floor(e / shape[2]!) % shape[1]!) - left,
      (e % shape[2]!) - front,
    ];
    return y >= 0 && y < h && x >= 0 && x < w && k >= 0 && k < c ? (y * w + x) * c + k : -1;
  });
  return { kind: 'rearrange', id, input, shape, index, fill };
}

/** Names of the layers on the chip, after all engines agreed. */
function layersOf(graph: NetworkGraph): readonly string[] {
  const input = graph.nodes[0];
  const size = input?.kind === 'input' ? sizeOf(input.shape) : 0;
  const { program } = agreedScores(graph, [bytes(size), bytes(size)], NORTHPOLE_SMALL);
  return program.layers.map(({ name }) => name);
}

describe('maximum and minimum of two values', () => {
  it.each(['max', 'min'] as const)('%s: additions and a clip', (of) => {
    const shift = (id: string, input: string, by: number): NetworkNode => ({
      ...{
        kind: 'requantise',
        id,
        input,
        inputZeroPoint: 0,
        leftShift: 0,
        zeroPoint: by,
        min: -128,
        max: 127,
        rounding: 'gemmlowp',
      },
      ...{ multiplier: Int32Array.of(1 << 30), shift: Uint8Array.of(38) },
    });
    const graph = network([6, 5, 2], 100, [
      convolution('a', 'code'),
      shift('qa', 'a', 3),
      convolution('b', 'code'),
      shift('qb', 'b', -20),
      { kind: 'extremum', id: 'both', of, inputs: ['qa', 'qb'] },
    ]);
    expect(layersOf(graph)).toHaveLength(2);
  });

  it('of a value with itself, and of wide sums with a value of 8 bits in either order', () => {
    layersOf(network([4, 3, 2], 128, [{ kind: 'extremum', id: 'same', of: 'max', inputs: ['code', 'code'] }]));
    for (const inputs of [
      ['wide', 'few'],
      ['few', 'wide'],
    ] as const) {
      layersOf(
        network([3, 3, 2], 128, [
          {
            ...{
              kind: 'conv2d',
              id: 'wide',
              input: 'code',
              window: [1, 1],
              stride: [1, 1],
              padding: [0, 0, 0, 0],
              groups: 1,
            },
            nOut: 2,
            weights: weights(4),
            padValue: 0,
          },
          { kind: 'maxPool', id: 'few', input: 'code', window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
          { kind: 'extremum', id: 'least', of: 'min', inputs },
        ]),
      );
    }
  });

  it('is refused where both have more than 256 values', () => {
    const sums = (id: string): NetworkNode => convolution(id, 'code');
    const graph = network([6, 5, 2], 100, [
      sums('a'),
      sums('b'),
      { kind: 'extremum', id: 'both', of: 'max', inputs: ['a', 'b'] },
    ]);
    expect(() => compileNorthPole(graph, { spec: NORTHPOLE_SMALL })).toThrow(
      'only where one of them has at most 256 values',
    );
  });
});

describe('padding', () => {
  it.each([
    ['rows and columns', [1, 2, 0, 3, 0, 0], -100],
    ['the zero point', [2, 0, 1, 1, 0, 0], 0],
    ['channels in front and behind', [0, 0, 0, 0, 2, 1], 55],
    ['all of them', [1, 1, 2, 0, 0, 2], -7],
    ['nothing', [0, 0, 0, 0, 0, 0], 9],
  ] as const)('of %s is a layer of its own where the host reads it', (_, amounts, fill) => {
    expect(layersOf(network([4, 3, 2], 120, [padded('padded', 'code', [4, 3, 2], amounts, fill)]))).toEqual(['padded']);
  });

  it('goes into the convolutions that read it where theirs has the same value, or they have none', () => {
    const around = padded('padded', 'code', [5, 4, 2], [1, 0, 2, 1, 0, 0], -9);
    const plain = network([5, 4, 2], 120, [around, convolution('a', 'padded')]);
    expect(layersOf(plain)).toEqual(['a']);
    const alike = network([5, 4, 2], 120, [
      around,
      convolution('a', 'padded', { padding: [1, 1, 1, 1], padValue: -9 }),
    ]);
    expect(layersOf(alike)).toEqual(['a']);
    const other = network([5, 4, 2], 120, [around, convolution('a', 'padded', { padding: [1, 1, 1, 1], padValue: 4 })]);
    expect(layersOf(other)).toEqual(['padded', 'a']);
    const both = network([5, 4, 2], 120, [
      around,
      convolution('a', 'padded'),
      { kind: 'maxPool', id: 'b', input: 'padded', window: [3, 3], stride: [2, 1], padding: [0, 0, 0, 0] },
      { kind: 'concat', id: 'joined', inputs: ['a', 'b'] },
    ]);
    expect(layersOf(both)).toContain('padded');
  });

  it('twice around an image keeps the inner one as a layer', () => {
    const graph = network([5, 4, 2], 120, [
      padded('inner', 'code', [5, 4, 2], [1, 0, 0, 0, 0, 0], -9),
      padded('outer', 'inner', [6, 4, 2], [0, 1, 1, 1, 0, 0], -9),
      convolution('a', 'outer'),
    ]);
    expect(layersOf(graph)).toContain('inner');
  });

  it('is told from other moves, which are refused', () => {
    const move = (index: Int32Array, shape: Shape): NetworkGraph =>
      network([2, 2, 2], 120, [{ kind: 'rearrange', id: 'moved', input: 'code', shape, index }]);
    const compile = (graph: NetworkGraph): unknown => compileNorthPole(graph, { spec: NORTHPOLE_SMALL });
    const turned = Int32Array.of(0, 2, 1, 3, 4, 5, 6, 7);
    expect(() => compile(move(turned, [2, 2, 2]))).toThrow('but to put padding around them');
    expect(() => compile(move(Int32Array.of(0, 1, 2, 3, -1, -1, 4, 5, 6, 7), [5, 1, 2]))).toThrow(
      'but to put padding around them',
    );
    expect(() =>
      compile(network([2, 2, 2], 120, [{ kind: 'rearrange', id: 'shaped', input: 'code', shape: [4, 1, 2] }])),
    ).toThrow('unsupported-layer');
  });
});

describe('another shape of the same image', () => {
  it('costs nothing', () => {
    const graph = network([12], 100, [
      { kind: 'rearrange', id: 'pixel', input: 'code', shape: [1, 1, 12] },
      {
        ...{
          kind: 'conv2d',
          id: 'conv',
          input: 'pixel',
          window: [1, 1],
          stride: [1, 1],
          padding: [0, 0, 0, 0],
          groups: 1,
        },
        nOut: 4,
        weights: weights(48),
        padValue: 0,
      },
    ]);
    expect(layersOf(graph)).toEqual(['conv']);
  });
});
