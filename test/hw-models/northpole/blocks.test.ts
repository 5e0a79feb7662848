import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blockBytes,
  blocksPerPass,
  channelRange,
  kBlocks,
  lanesOf,
  macsPerPosition,
  outBlockCount,
} from '../../../src/hw-models/northpole/blocks.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type { Precision } from '../../../src/ir/program/northpole.js';
import { ONE_PIXEL, tensor } from '../../support/northpole-cases.js';

/** 8 outputs of 64 bits of operands. */
const spec = NORTHPOLE_SMALL;

interface Shape {
  readonly nIn: number;
  readonly nOut: number;
  readonly window?: readonly [number, number];
  readonly groups?: number;
  readonly bits?: Precision;
  readonly inGroups?: number;
  readonly inBlocks?: number;
  readonly packed?: boolean;
}

function layerOf({ window = [1, 1], groups = 1, bits = 8, inGroups = 1, inBlocks = 99, packed = false }: Shape) {
  return { groups, geometry: { ...ONE_PIXEL, window }, weightBits: bits, mapping: { inGroups, inBlocks, packed } };
}

const blocksOf = (shape: Shape, ob = 0, ig = 0): readonly string[] =>
  kBlocks(layerOf(shape), tensor([9, 9, shape.nIn], shape.bits ?? 8), shape.nOut, spec, ob, ig).map(
    ({ ky, kx, c0, length }) => `${ky}${kx}:${c0}+${length}`,
  );

describe('weight blocks', () => {
  it('have as many operands as the wider width leaves, and the bytes of their weights', () => {
    expect([lanesOf(spec, 8, 8), lanesOf(spec, 2, 4), lanesOf(spec, 4, 2), lanesOf(spec, 1, 1)]).toEqual([
      8, 16, 16, 64,
    ]);
    expect([blockBytes(spec, 8, 8), blockBytes(spec, 2, 4), blockBytes(spec, 4, 8)]).toEqual([64, 32, 32]);
    expect([0, 1, 8, 9].map((nOut) => outBlockCount(spec, nOut))).toEqual([0, 1, 1, 2]);
  });

  it('go by channels, then by window row, then by window column', () => {
    expect(blocksOf({ nIn: 12, nOut: 8, window: [2, 3] })).toEqual([
      ...['00:0+8', '01:0+8', '02:0+8', '10:0+8', '11:0+8', '12:0+8'],
      ...['00:8+4', '01:8+4', '02:8+4', '10:8+4', '11:8+4', '12:8+4'],
    ]);
  });

  it('run over the pixels of a window row where they are packed', () => {
    expect(blocksOf({ nIn: 3, nOut: 8, window: [2, 3], packed: true })).toEqual([
      '00:0+8',
      '00:8+1',
      '10:0+8',
      '10:8+1',
    ]);
    expect(blocksOf({ nIn: 4, nOut: 8, window: [1, 2], packed: true })).toEqual(['00:0+8']);
  });

  it('are dealt out to in-groups by channels', () => {
    const shape = { nIn: 36, nOut: 8, window: [1, 2], inGroups: 3, inBlocks: 2 } as const;
    expect([0, 1, 2].map((ig) => blocksOf(shape, 0, ig))).toEqual([
      ['00:0+8', '01:0+8', '00:8+8', '01:8+8'],
      ['00:16+8', '01:16+8', '00:24+8', '01:24+8'],
      ['00:32+4', '01:32+4'],
    ]);
  });

  it('of a convolution in groups read the channels of their groups only', () => {
    // 4 groups of 3 inputs and 4 outputs: block 0 holds the outputs of groups 0 and 1.
    expect(blocksOf({ nIn: 12, nOut: 16, groups: 4 }, 0)).toEqual(['00:0+6']);
    expect(blocksOf({ nIn: 12, nOut: 16, groups: 4 }, 1)).toEqual(['00:6+6']);
    // 2 groups of 10 outputs: block 1 has outputs of both, block 2 the last four of the second.
    const range = (ob: number) =>
      channelRange(layerOf({ nIn: 6, nOut: 20, groups: 2 }), { nIn: 6, nOut: 20 }, spec, ob);
    expect([0, 1, 2].map(range)).toEqual([
      [0, 3],
      [0, 6],
      [3, 6],
    ]);
  });

  it('cover every weight of the window once, over all in-groups', () => {
    const shapes = fc.record({
      nIn: fc.integer({ min: 1, max: 40 }),
      bits: fc.constantFrom<Precision>(2, 4, 8),
      window: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      inGroups: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(shapes, ({ nIn, bits, window, inGroups }) => {
        const inBlocks = Math.ceil(Math.ceil(nIn / (64 / bits)) / inGroups);
        const shape = { nIn, nOut: 8, bits, window, inGroups, inBlocks };
        const seen = new Map<string, number>();
        let most = 0;
        for (let ig = 0; ig < inGroups; ig++) {
          const blocks = kBlocks(layerOf(shape), tensor([9, 9, nIn], bits), 8, spec, 0, ig);
          most = Math.max(most, blocks.length);
          for (const { ky, kx, c0, length } of blocks) {
            for (let c = c0; c < c0 + length; c++)
              seen.set(`${ky} ${kx} ${c}`, (seen.get(`${ky} ${kx} ${c}`) ?? 0) + 1);
          }
        }
        expect(seen.size).toBe(window[0] * window[1] * nIn);
        expect([...seen.values()].every((n) => n === 1)).toBe(true);
        expect(blocksPerPass(layerOf(shape), tensor([9, 9, nIn], bits), 8, spec)).toBe(most);
      }),
    );
  });

  it('of a pass are those of the share with the most', () => {
    const perPass = (shape: Shape) => blocksPerPass(layerOf(shape), tensor([9, 9, shape.nIn], 8), shape.nOut, spec);
    // Outputs 0-7 read channels 0-11 (two blocks), 8-15 channels 0-23 (three), 16-23 channels 12-23 (two).
    expect(perPass({ nIn: 24, nOut: 24, groups: 2 })).toBe(3);
    expect(perPass({ nIn: 17, nOut: 8, inGroups: 2, inBlocks: 2 })).toBe(2);
  });
});

describe('multiply-accumulates of a position', () => {
  const layer = { weights: new Int8Array(24), bias: new Int32Array(4) };

  it('are all weights of its outputs', () => {
    expect(macsPerPosition(layer)).toBe(24);
    expect(macsPerPosition(layer, [1, 3])).toBe(12);
  });

  it('are the connections of its outputs where the matrix is filled up', () => {
    expect(macsPerPosition({ ...layer, fanIn: Int32Array.of(2) }, [1, 4])).toBe(6);
    expect(macsPerPosition({ ...layer, fanIn: Int32Array.of(1, 2, 4, 6) })).toBe(13);
    expect(macsPerPosition({ ...layer, fanIn: Int32Array.of(1, 2, 4, 6) }, [1, 3])).toBe(6);
  });
});
