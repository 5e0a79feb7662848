import { describe, expect, it } from 'vitest';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { verifyNorthPole } from '../../../src/compiler/targets/northpole/verify.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import { decodeProgram, encodeProgram } from '../../../src/ir/program/file.js';
import { NORTHPOLE_FORMAT } from '../../../src/ir/program/northpole-schema.js';
import type { Conv2dNode, NetworkGraph, NetworkNode } from '../../../src/ir/network/types.js';
import { verifyNetwork } from '../../../src/ir/network/verify.js';
import { randomPixels } from '../../support/random-network.js';
import { agreedScores } from '../../support/three-engines.js';

/** Every pixel of eight bits, 4 x 4 x 2. */
const shape = [4, 4, 2] as const;
const images = [0, 1, 2].map((seed) => randomPixels(seed, 32));

function network(zeroPoint: number, layers: readonly NetworkNode[], out = layers.at(-1)?.id ?? 'code'): NetworkGraph {
  return {
    name: `zero point ${zeroPoint}`,
    dialect: 'integer',
    nodes: [
      { kind: 'input', id: 'image', shape },
      { kind: 'encode', id: 'code', input: 'image', code: { kind: 'integer', bits: 8, zeroPoint, step: 1 } },
      ...layers,
      { kind: 'flatten', id: 'flat', input: out },
      { kind: 'scores', id: 'scores', input: 'flat' },
    ],
  };
}

const conv = (id: string, input: string, padValue: number, fields: Partial<Conv2dNode> = {}): NetworkNode => ({
  ...{ kind: 'conv2d', id, input, window: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1], nOut: 4, groups: 2 },
  ...{ weights: Int8Array.from({ length: 36 }, (_, k) => ((k * 37) % 255) - 127), padValue },
  bias: Float64Array.of(3, -4, 100, 0),
  ...fields,
});

const window = { window: [2, 2], stride: [1, 1], padding: [1, 0, 1, 0] } as const;

describe('a value whose integers fit 8 bits only with a zero point', () => {
  it.each([1, 100, 114, 127, 129, 200, 255])('is the input of a convolution: %d', (zeroPoint) => {
    for (const padValue of [0, -zeroPoint < -128 ? -128 : -zeroPoint, 255 - zeroPoint]) {
      const { program } = agreedScores(network(zeroPoint, [conv('conv', 'code', padValue)]), images);
      expect(program.tensors[0]).toMatchObject({ bits: 8, signed: false, zeroPoint });
    }
  });

  it('is pooled, averaged, added, compared and looked up besides', () => {
    const pools: NetworkNode[] = [
      { kind: 'maxPool', id: 'max', input: 'code', ...window, minChannels: Uint8Array.of(0, 1) },
      { kind: 'sumPool', id: 'sum', input: 'code', ...window },
      { kind: 'avgPool', id: 'average', input: 'code', ...window, counted: [0, 0, 0, 0] },
      {
        kind: 'lookup',
        id: 'table',
        input: 'code',
        inputMin: -114,
        table: Int16Array.from({ length: 256 }, (_, k) => (k * 7) % 31),
      },
      { kind: 'threshold', id: 'on', input: 'code', theta: Int32Array.of(-20, 30), sense: Uint8Array.of(0, 1) },
      { kind: 'concat', id: 'all', inputs: ['max', 'sum', 'average', 'table', 'on'] },
      { kind: 'sumPool', id: 'again', input: 'all', window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
    ];
    const matrix = conv('conv', 'code', 5, {
      nOut: 10,
      groups: 1,
      weights: new Int8Array(180).fill(3),
      bias: new Float64Array(10),
    });
    const { program } = agreedScores(
      network(114, [matrix, ...pools, { kind: 'add', id: 'both', inputs: ['conv', 'again'] }]),
      images,
    );
    expect(program.tensors[0]?.zeroPoint).toBe(114);
  });

  it('comes out of a requantisation, is added to a sum, and is read by the next convolution', () => {
    const requantise = (id: string, input: string, min: number): NetworkNode => ({
      ...{ kind: 'requantise', id, input, inputZeroPoint: 0, leftShift: 0, zeroPoint: 7, rounding: 'halfUp' },
      ...{ multiplier: Int32Array.of(1), shift: Uint8Array.of(5), min, max: min + 255 },
    });
    const { program } = agreedScores(
      network(0, [
        conv('a', 'code', 0),
        requantise('q', 'a', -200),
        conv('b', 'q', -9, { groups: 4, weights: Int8Array.from({ length: 36 }, (_, k) => k - 18) }),
        { kind: 'add', id: 'residual', inputs: ['b', 'q'] },
      ]),
      images,
    );
    expect(program.tensors.find(({ node }) => node === 'q')).toMatchObject({ bits: 8, signed: false, zeroPoint: 200 });
  });

  it('is concatenated with others under one zero point', () => {
    const { program } = agreedScores(
      network(100, [
        { kind: 'maxPool', id: 'max', input: 'code', window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
        { kind: 'concat', id: 'both', inputs: ['code', 'max'] },
        conv('conv', 'both', 0, { weights: Int8Array.from({ length: 72 }, (_, k) => k - 36) }),
      ]),
      images,
    );
    expect(new Set(program.tensors.filter(({ node }) => node !== 'conv').map(({ zeroPoint }) => zeroPoint))).toEqual(
      new Set([100]),
    );
  });

  it('goes into a program file and back', () => {
    const graph = network(114, [conv('conv', 'code', 0)]);
    const { program } = compileNorthPole(graph, { spec: NORTHPOLE_SMALL });
    const read = decodeProgram(encodeProgram({ program, integer: graph }), 'file', [NORTHPOLE_FORMAT]);
    expect(read.program).toEqual(program);
    expect(verifyNorthPole(program)).toEqual([]);
  });

  it('is averaged within what is exact: another program is refused', () => {
    const average: NetworkNode = { kind: 'avgPool', id: 'average', input: 'code', ...window, factor: 1000 };
    const { program } = compileNorthPole(network(114, [average]), { spec: NORTHPOLE_SMALL });
    expect(verifyNorthPole(program)).toEqual([]);
    const withFactor = (factor: number): readonly string[] =>
      verifyNorthPole({
        ...program,
        tensors: program.tensors.map((tensor, t) =>
          t === 0 ? { ...tensor, bits: 8, signed: false, zeroPoint: 114 } : tensor,
        ),
        layers: program.layers.map((layer) =>
          layer.kind === 'vector' && layer.average !== undefined
            ? { ...layer, average: { ...layer.average, factor } }
            : layer,
        ),
      }).map(({ code }) => code);
    // 141 times the factor has to fit 32 bits.
    expect(withFactor(Math.floor((2 ** 31 - 1) / 141))).not.toContain('average-overflow');
    expect(withFactor(Math.floor((2 ** 31 - 1) / 141) + 1)).toEqual(['average-overflow']);
  });

  it('with a bias that leaves 32 bits together with it is refused', () => {
    // On an image of one pixel eight taps see nothing but padding: 0, stored as 255.
    const graph = network(255, [
      { kind: 'maxPool', id: 'pixel', input: 'code', window: [4, 4], stride: [1, 1], padding: [0, 0, 0, 0] },
      conv('conv', 'pixel', 0, {
        weights: Int8Array.from({ length: 36 }, (_, k) => (k % 9 === 4 ? 0 : -127)),
        bias: Float64Array.of(2 ** 31 - 1000, 0, 0, 0),
      }),
    ]);
    expect(verifyNetwork(graph)).toEqual([]);
    expect(() => compileNorthPole(graph, { spec: NORTHPOLE_SMALL })).toThrow('its bias becomes 2147741728');
  });
});
