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
    expect(() => compile(move(turned, [2, 2, 2]))).toThrow('does not put values between others');
    expect(() => compile(move(Int32Array.of(0, 1, 2, 3, -1, -1, 4, 5, 6, 7), [5, 1, 2]))).toThrow(
      'does not put values between others',
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

/** A move by what element (y, x, k) of the result is: an element of the image, or undefined for `fill`. */
function move(
  [h = 0, w = 0, c = 0]: Shape,
  shape: Shape,
  from: (y: number, x: number, k: number) => readonly [number, number, number] | undefined,
  fill = 0,
): RearrangeNode {
  const [, width = 0, channels = 0] = shape;
  const index = Int32Array.from({ length: sizeOf(shape) }, (_, e) => {
    const source = from(Math.floor(e / channels / width), Math.floor(e / channels) % width, e % channels);
    if (source === undefined) return -1;
    const [y, x, k] = source;
    expect(y < h && x < w && k < c).toBe(true);
    return (y * w + x) * c + k;
  });
  return { kind: 'rearrange', id: 'moved', input: 'code', shape, index, fill };
}

describe('moves of elements', () => {
  const image: Shape = [6, 5, 4];
  it.each<readonly [string, RearrangeNode]>([
    ['a crop', move(image, [3, 2, 4], (y, x, k) => [y + 2, x + 1, k])],
    ['every second row and third column', move(image, [3, 2, 4], (y, x, k) => [2 * y + 1, 3 * x, k])],
    ['a slice of the channels', move(image, [6, 5, 2], (y, x, k) => [y, x, k + 1])],
    ['shuffled channels', move(image, [6, 5, 4], (y, x, k) => [y, x, (3 * k + 1) % 4])],
    [
      'channels twice, and one of a number',
      move(image, [6, 5, 5], (y, x, k) => (k === 2 ? undefined : [y, x, k % 4]), -9),
    ],
    [
      'space to depth',
      move(image, [3, 2, 16], (y, x, k) => [2 * y + Math.floor(k / 8), 2 * x + (Math.floor(k / 4) % 2), k % 4]),
    ],
    ['one pixel', move(image, [1, 1, 4], (_, __, k) => [4, 3, k])],
  ])('%s are a convolution of ones', (_, node) => {
    expect(layersOf(network(image, 100, [node]))).toEqual(['moved']);
  });

  it.each<readonly [string, Shape, Shape]>([
    ['one pixel over an image', [1, 1, 3], [4, 5, 3]],
    ['one row over many', [1, 5, 2], [3, 5, 2]],
    ['one column over many', [4, 1, 2], [4, 3, 2]],
  ])('%s are a convolution of ones, whatever the zero point', (_, from, shape) => {
    const [h = 1, w = 1] = from;
    const node = move(from, shape, (y, x, k) => [h === 1 ? 0 : y, w === 1 ? 0 : x, k]);
    for (const zeroPoint of [0, 77, 255]) expect(layersOf(network(from, zeroPoint, [node]))).toEqual(['moved']);
  });

  it('that put values between others are refused: nearest neighbours, depth to space, transposed images', () => {
    const refused = (node: RearrangeNode): void =>
      expect(() => compileNorthPole(network([2, 3, 4], 100, [node]), { spec: NORTHPOLE_SMALL })).toThrow(
        'does not put values between others',
      );
    refused(move([2, 3, 4], [4, 6, 4], (y, x, k) => [y >> 1, x >> 1, k]));
    refused(move([2, 3, 4], [4, 6, 1], (y, x) => [y >> 1, x >> 1, 2 * (y & 1) + (x & 1)]));
    refused(move([2, 3, 4], [3, 2, 4], (y, x, k) => [x, y, k]));
    refused(move([2, 3, 4], [4, 3, 4], (y, x, k) => ((y & 1) === 0 ? [y >> 1, x, k] : undefined)));
  });
});

describe('products of two values', () => {
  /** A value of few bits: the code divided by 2^shift, and an offset. */
  const few = (id: string, shift: number, offset: number): NetworkNode => ({
    ...{ kind: 'requantise', id, input: 'code', inputZeroPoint: 0, leftShift: 0, zeroPoint: offset },
    ...{ multiplier: Int32Array.of(1), shift: Uint8Array.of(shift), min: -128, max: 255, rounding: 'floor' },
  });
  const product: NetworkNode = { kind: 'multiply', id: 'product', inputs: ['a', 'b'] };

  it.each([
    ['of few bits', 3, 0, 2, -5],
    ['of a byte and one bit', 0, 0, 7, 0],
    ['of two bytes', 0, 0, 0, 20],
  ] as const)('%s are sums of tables', (_, shiftA, offsetA, shiftB, offsetB) => {
    const layers = [few('a', shiftA, offsetA), few('b', shiftB, offsetB), product];
    expect(layersOf(network([3, 2, 2], 90, layers)).length).toBeGreaterThan(1);
  });

  it('of a value with itself, and of an image with one number per channel', () => {
    layersOf(network([3, 2, 2], 128, [{ kind: 'multiply', id: 'square', inputs: ['code', 'code'] }]));
    const gate: NetworkNode[] = [
      { kind: 'maxPool', id: 'pooled', input: 'code', window: [4, 3], stride: [1, 1], padding: [0, 0, 0, 0] },
      { kind: 'multiply', id: 'gated', inputs: ['code', 'pooled'] },
    ];
    layersOf(network([4, 3, 2], 100, gate));
    const [pool] = gate;
    const flat: NetworkNode[] = [
      ...(pool === undefined ? [] : [pool]),
      { kind: 'flatten', id: 'vector', input: 'pooled' },
      { kind: 'multiply', id: 'gated', inputs: ['code', 'vector'] },
    ];
    layersOf(network([4, 3, 2], 100, flat));
  });

  it('are all right, of every byte with eight others', () => {
    const pairs = network([256, 1, 2], 0, [
      {
        kind: 'rearrange',
        id: 'first',
        input: 'code',
        shape: [256, 1, 1],
        index: Int32Array.from({ length: 256 }, (_, i) => 2 * i),
      },
      {
        kind: 'rearrange',
        id: 'second',
        input: 'code',
        shape: [256, 1, 1],
        index: Int32Array.from({ length: 256 }, (_, i) => 2 * i + 1),
      },
      { kind: 'multiply', id: 'product', inputs: ['first', 'second'] },
    ]);
    const images = [0, 1, 15, 16, 127, 128, 254, 255].map((b) =>
      Uint8Array.from({ length: 512 }, (_, i) => (i % 2 === 0 ? i >> 1 : b)),
    );
    const { scores } = agreedScores(pairs, images, NORTHPOLE_SMALL);
    expect(scores.length).toBeGreaterThan(0);
  });

  it('of more than 256 values are refused', () => {
    const graph = network([6, 5, 2], 100, [
      convolution('a', 'code'),
      convolution('b', 'code'),
      { kind: 'multiply', id: 'both', inputs: ['a', 'b'] },
    ]);
    expect(() => compileNorthPole(graph, { spec: NORTHPOLE_SMALL })).toThrow('where both have at most 256 values');
  });
});
