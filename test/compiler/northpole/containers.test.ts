import { describe, expect, it } from 'vitest';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import {
  containerOf,
  containerRange,
  operandContainer,
  weightContainer,
} from '../../../src/compiler/targets/northpole/containers.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import { requantise, weights } from './small-networks.js';

const chip = { precisions: [8, 4, 2, 1] as const };

describe('the container of values', () => {
  it('has two signs or none', () => {
    expect(containerRange({ bits: 4, signed: true })).toEqual([-8, 7]);
    expect(containerRange({ bits: 4, signed: false })).toEqual([0, 15]);
    expect(containerRange({ bits: 1, signed: false })).toEqual([0, 1]);
  });

  it('is the narrowest that the chip has', () => {
    const of = (low: number, high: number) => {
      const { bits, signed } = containerOf(chip, [low, high]);
      return `${signed ? 's' : 'u'}${bits}`;
    };
    expect([of(0, 1), of(0, 2), of(0, 3), of(0, 4), of(0, 15), of(0, 16), of(0, 255)]).toEqual([
      'u1',
      'u2',
      'u2',
      'u4',
      'u4',
      'u8',
      'u8',
    ]);
    expect([of(-1, 0), of(-2, 1), of(-2, 2), of(-8, 7), of(-9, 0), of(-128, 127)]).toEqual([
      's2',
      's2',
      's4',
      's4',
      's8',
      's8',
    ]);
    expect([of(0, 256), of(-129, 0), of(-1, 128)]).toEqual(['s32', 's32', 's32']);
    expect(containerOf({ precisions: [8, 4] }, [0, 1]).bits).toBe(4);
  });

  it('has a zero point where values fit the widest only then', () => {
    expect(operandContainer(chip, [-1, 128])).toEqual({ bits: 8, signed: false, zeroPoint: 1 });
    expect(operandContainer(chip, [-128, 127])).toEqual({ bits: 8, signed: true });
    expect(operandContainer(chip, [100, 355])).toEqual({ bits: 8, signed: false, zeroPoint: -100 });
    expect(operandContainer(chip, [100, 356])).toEqual({ bits: 32, signed: true });
    expect(operandContainer({ precisions: [4, 2] }, [-3, 12])).toEqual({ bits: 4, signed: false, zeroPoint: 3 });
  });

  it('of weights has at least the bits that are declared; one bit is for -1 and +1', () => {
    const of = (declared: number, ...values: number[]) => weightContainer(chip, Int8Array.from(values), declared);
    expect([
      of(1, 1, -1),
      of(1, 1, 0),
      of(2, 1, -1),
      of(1, -2, 1),
      of(1, 2),
      of(1, -8, 7),
      of(1, 8),
      of(1, -9),
    ]).toEqual([1, 2, 2, 2, 4, 4, 8, 8]);
    expect(weightContainer({ precisions: [4, 2] }, Int8Array.of(8), 1)).toBeUndefined();
    expect(weightContainer({ precisions: [4, 2] }, Int8Array.of(1), 8)).toBeUndefined();
  });

  it('of an input holds what the padding of a convolution contributes', () => {
    const graph = (padValue: number, margin: number): NetworkGraph => ({
      name: 'padded',
      dialect: 'integer',
      nodes: [
        { kind: 'input', id: 'in', shape: [4, 4, 2] },
        { kind: 'encode', id: 'code', input: 'in', code: { kind: 'integer', bits: 4, zeroPoint: 0, step: 1 } },
        {
          kind: 'conv2d',
          id: 'c',
          input: 'code',
          window: [3, 3],
          stride: [1, 1],
          padding: [margin, margin, margin, margin],
          nOut: 2,
          groups: 1,
          weights: weights(36),
          padValue,
        },
        requantise('q', 'c'),
        { kind: 'flatten', id: 'f', input: 'q' },
        { kind: 'scores', id: 'out', input: 'f' },
      ],
    });
    const inputOf = (padValue: number, margin = 1) => {
      const { bits, signed } = compileNorthPole(graph(padValue, margin), { spec: NORTHPOLE_SMALL }).program.tensors[0]!;
      return [bits, signed];
    };
    expect(inputOf(3)).toEqual([4, false]);
    expect(inputOf(16)).toEqual([8, false]);
    expect(inputOf(-1)).toEqual([8, true]);
    expect(inputOf(0, 0)).toEqual([4, false]);
  });
});

it('a value that fits its container with a zero point only has one, also where a pool reads it', () => {
  const graph: NetworkGraph = {
    name: 'pooled',
    dialect: 'integer',
    nodes: [
      { kind: 'input', id: 'in', shape: [4, 4, 2] },
      { kind: 'encode', id: 'code', input: 'in', code: { kind: 'integer', bits: 8, zeroPoint: 0, step: 1 } },
      requantise('q', 'code', { shift: Uint8Array.of(0), min: -100, max: 155, zeroPoint: -100 }),
      { kind: 'maxPool', id: 'p', input: 'q', window: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] },
      { kind: 'flatten', id: 'f', input: 'q' },
      { kind: 'dense', id: 'd', input: 'f', nOut: 8, weights: weights(256) },
      { kind: 'flatten', id: 'g', input: 'p' },
      { kind: 'dense', id: 'e', input: 'g', nOut: 8, weights: weights(64) },
      { kind: 'add', id: 's', inputs: ['d', 'e'] },
      { kind: 'scores', id: 'out', input: 's' },
    ],
  };
  const { tensors } = compileNorthPole(graph, { spec: NORTHPOLE_SMALL }).program;
  const stored = tensors.find(({ node }) => node === 'q');
  expect(stored).toMatchObject({ bits: 8, signed: false, zeroPoint: 100 });
});
