import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { present } from '../../../src/common/assert.js';
import {
  costOf,
  layerFacts,
  maxPackets,
  maxPositions,
  type Target,
} from '../../../src/compiler/targets/northpole/layer-costs.js';
import { layOut } from '../../../src/hw-models/northpole/layout.js';
import { operandRegion, regionSize, shareAt, type Region } from '../../../src/hw-models/northpole/regions.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import {
  passShape,
  programBytesFor,
  programCycles,
  weightBytesPerShare,
  weightStream,
} from '../../../src/hw-models/northpole/timing.js';
import { blockBytes } from '../../../src/hw-models/northpole/blocks.js';
import type { NorthPoleLayer, NorthPoleProgram } from '../../../src/ir/program/northpole.js';
import { oneLayer, ONE_PIXEL, scaledAdd, square, tensor, vectorLayer } from '../../support/northpole-cases.js';
import { handProgram } from '../../support/northpole-program.js';

const spec = NORTHPOLE_SMALL;

/** The program with the layer split as the candidate says. */
function mapped(program: NorthPoleProgram, split: NonNullable<ReturnType<typeof costOf>>['split']): NorthPoleProgram {
  const { rows, columns, outGroups, inGroups } = split;
  const layout = present(layOut(program.spec, { tiles: rows * columns, outGroups, inGroups }), 'layout');
  const layers = program.layers.map((layer): NorthPoleLayer => ({ ...layer, mapping: { ...split, ...layout } }));
  return { ...program, layers };
}

/** Largest of what `of` says of any share's part of an operand. */
function most(program: NorthPoleProgram, operand: number, of: (region: Region) => number): number {
  const layer = program.layers[0]!;
  return Array.from(layer.mapping.cores, (_, s) =>
    of(operandRegion(program, layer, shareAt(layer.mapping, s), operand)),
  ).reduce((a, b) => Math.max(a, b), 0);
}

const cases = fc.record({
  height: fc.integer({ min: 3, max: 9 }),
  width: fc.integer({ min: 3, max: 9 }),
  nIn: fc.integer({ min: 1, max: 40 }),
  nOut: fc.integer({ min: 1, max: 40 }),
  k: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 2 }),
  batch: fc.integer({ min: 1, max: 3 }),
  bits: fc.constantFrom<4 | 8>(4, 8),
  tile: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  out: fc.integer({ min: 1, max: 5 }),
  into: fc.integer({ min: 1, max: 5 }),
});

describe('what a partition is said to cost', () => {
  it('is what its passes, programs, buffers and weights take once it is chosen', () => {
    let legal = 0;
    fc.assert(
      fc.property(cases, ({ height, width, nIn, nOut, k, stride, batch, bits, tile, out, into }) => {
        const program = {
          ...oneLayer({ input: tensor([height, width, nIn], bits), nOut, geometry: square(k, stride, 0) }),
          batch,
        };
        const layer = program.layers[0]!;
        const target: Target = program;
        const facts = layerFacts(target, layer);
        const [rows, columns] = facts.image;
        const split = {
          // A first tile that is whole.
          tileHeight: Math.min(rows, tile[0]),
          tileWidth: Math.min(columns, tile[1]),
          outBlocks: Math.min(facts.nOutBlocks, out),
          inBlocks: Math.min(facts.nInBlocks, into),
        };
        const found = costOf(target, facts, split);
        if (found === undefined) return;
        legal++;
        const whole = mapped(program, found.split);
        const own = whole.layers[0]!;
        const shape = passShape(whole, own);
        const burst = own.mapping.positions * shape.interval;
        expect(found).toMatchObject({
          nPasses: shape.nPasses,
          lead: shape.lead,
          burst,
          compute: (shape.nPasses - 1) * shape.minPeriod + shape.lead + burst + spec.vector.latency,
          packets: batch * split.tileHeight * split.tileWidth * split.outBlocks,
        });
        expect(found.programCycles).toBe(programCycles(spec, programBytesFor(found.packets)));
        if (layer.kind !== 'vmm') throw new Error('no matrix');
        const { lines } = weightStream(spec, own.mapping, blockBytes(spec, layer.weightBits, bits));
        const weights = weightBytesPerShare(spec, own.mapping, lines, shape.nK);
        expect(found.bytes).toBe(weights + Math.ceil((batch * bits * most(whole, 0, regionSize)) / 8));
        // A vector of 8 values has as many bytes as bits; the port takes 8 bytes a cycle.
        const vectors = most(whole, 0, (r) => (r.y1 - r.y0) * (r.x1 - r.x0) * Math.ceil((r.c1 - r.c0) / 8));
        expect(found.incoming).toEqual([(batch * vectors * bits) / 8]);
      }),
      { numRuns: 150 },
    );
    expect(legal).toBeGreaterThan(60);
  });

  it('has about the best number of positions of a pass', () => {
    fc.assert(
      fc.property(cases, ({ height, width, nIn, nOut, k, batch, bits }) => {
        const program = {
          ...oneLayer({ input: tensor([height, width, nIn], bits), nOut, geometry: square(k, 1, 0) }),
          batch,
        };
        const facts = layerFacts(program, program.layers[0]!);
        const [tileHeight, tileWidth] = facts.image;
        const found = costOf(program, facts, {
          tileHeight,
          tileWidth,
          outBlocks: facts.nOutBlocks,
          inBlocks: facts.nInBlocks,
        });
        if (found === undefined) return;
        const costWith = (positions: number): number => {
          const whole = mapped(program, { ...found.split, positions });
          const shape = passShape(whole, whole.layers[0]!);
          const compute =
            (shape.nPasses - 1) * shape.minPeriod + shape.lead + positions * shape.interval + spec.vector.latency;
          return compute + found.packets / shape.nPasses;
        };
        const total = batch * tileHeight * tileWidth;
        const all = Array.from({ length: Math.min(total, maxPositions(spec)) }, (_, i) => costWith(i + 1));
        expect(found.split.positions).toBeLessThanOrEqual(maxPositions(spec));
        expect(costWith(found.split.positions)).toBeLessThanOrEqual(1.15 * Math.min(...all));
      }),
      { numRuns: 60 },
    );
  });

  it('counts what is added, and reads of operands as far as they share the port', () => {
    const input = tensor([4, 4, 16], 4);
    const base = oneLayer({ input, nOut: 16, geometry: ONE_PIXEL });
    const program = {
      ...base,
      batch: 2,
      tensors: [...base.tensors, tensor([4, 4, 16], 4)],
      layers: [{ ...base.layers[0]!, operands: [0, 2], epilogue: [scaledAdd(1)] }],
    };
    const facts = layerFacts(program, program.layers[0]!);
    const found = costOf(program, facts, { tileHeight: 2, tileWidth: 4, outBlocks: 1, inBlocks: 2 })!;
    // 2 frames of 2 x 4 pixels: 16 vectors of 8 values of 4 bits; two fit a cycle of the port.
    expect(found).toMatchObject({ packets: 16, dataReads: 8, incoming: [16, 8] });
    const whole = mapped(program, found.split);
    const buffers = [0, 1].map((operand) => Math.ceil((2 * 4 * most(whole, operand, regionSize)) / 8));
    expect(buffers).toEqual([2 * 8 * 16 / 2, 2 * 8 * 8 / 2]); // prettier-ignore
    expect(found.bytes - buffers[0]! - buffers[1]!).toBeGreaterThan(0);
  });

  it('of a layer without a matrix is that of its taps', () => {
    const input = tensor([6, 6, 16], 8);
    const { layer, output } = vectorLayer({ input, geometry: square(2, 2, 0), combine: 'max' }, [0, 1]);
    const program = handProgram({ spec, batch: 1, tensors: [input, output], layers: [layer] });
    const facts = layerFacts(program, program.layers[0]!);
    expect(facts).toMatchObject({
      nOutBlocks: 2,
      nInBlocks: 1,
      nK: 0,
      blockBytes: 0,
      packed: false,
      readsPerPosition: 4,
    });
    const found = costOf(program, facts, { tileHeight: 3, tileWidth: 3, outBlocks: 2, inBlocks: 1 })!;
    expect(found).toMatchObject({ lead: 0, packets: 18, dataReads: 18 * 4, incoming: [72], bytes: 6 * 6 * 16 });
    expect(found.compute).toBe(18 * 4 + spec.vector.latency);
  });

  it('packs blocks where that takes fewer, never in groups or behind dilated columns', () => {
    const factsOf = (nIn: number, groups = 1, dilation = 1) => {
      const program = oneLayer({ input: tensor([9, 9, nIn]), nOut: 8, geometry: square(3, 1, 0, dilation), groups });
      return layerFacts(program, program.layers[0]!);
    };
    // 3 rows of 3 pixels of 3 channels: 9 blocks plain, 2 a row packed.
    expect(factsOf(3)).toMatchObject({ nK: 6, packed: true });
    expect(factsOf(8)).toMatchObject({ nK: 9, packed: false });
    expect(factsOf(3, 1, 2)).toMatchObject({ nK: 9, packed: false });
    expect(factsOf(4, 2)).toMatchObject({ nK: 9, packed: false, nInBlocks: 1 });
    expect(factsOf(17)).toMatchObject({ nInBlocks: 3, lanes: 8 });
  });
});

describe('a partition is refused', () => {
  const program = oneLayer({ input: tensor([8, 8, 16]), nOut: 16, geometry: ONE_PIXEL });
  const facts = layerFacts(program, program.layers[0]!);
  const whole = { tileHeight: 8, tileWidth: 8, outBlocks: 2, inBlocks: 2 };

  it('beyond the cores of the chip, or their arrangement', () => {
    // 4 x 4 cores.
    expect(costOf(program, facts, { ...whole, tileHeight: 2, tileWidth: 2 })).toBeDefined();
    expect(costOf(program, facts, { ...whole, tileHeight: 1, tileWidth: 4 })).toBeDefined();
    expect(costOf(program, facts, { ...whole, tileHeight: 2, tileWidth: 2, outBlocks: 1 })).toBeUndefined();
    expect(costOf(program, facts, { ...whole, tileHeight: 1, tileWidth: 2 })).toBeUndefined();
  });

  it('with more packets than half of a program buffer holds, or positions than half of the partial sums', () => {
    // 1024 bytes: 512 less 64, four a packet. 2048 bytes: 1024 of 8 sums of 4 bytes.
    const narrow = { ...spec, programBufferBytes: 1024, partialSums: { bits: 32, bufferBytes: 2048 } };
    expect(maxPackets(narrow)).toBe(112);
    expect(maxPositions(narrow)).toBe(32);
    // A position that only begins to fit does not.
    expect(maxPositions({ ...narrow, partialSums: { bits: 32, bufferBytes: 2110 } })).toBe(32);
    const on = (programBufferBytes: number) =>
      costOf({ ...program, spec: { ...spec, programBufferBytes } }, facts, whole);
    // 64 pixels of two blocks.
    expect(on(2 * (64 + 4 * 128))).toBeDefined();
    expect(on(2 * (64 + 4 * 128) - 2)).toBeUndefined();
  });
});
