import { describe, expect, it } from 'vitest';
import {
  operandRegion,
  outputRegion,
  readersOf,
  regionSize,
  elementIndex,
  shareAt,
  shareIndex,
} from '../../../src/hw-models/northpole/regions.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import {
  dataReadCycles,
  dataReads,
  lineAddress,
  lineCycle,
  operandCycles,
  passShape,
  portCycles,
  programBytesFor,
  programCycles,
  readyCycle,
  weightBytesPerShare,
  weightStream,
} from '../../../src/hw-models/northpole/timing.js';
import type { NorthPoleProgram } from '../../../src/ir/program/northpole.js';
import { oneLayer, ONE_PIXEL, scaledAdd, square, tensor, vectorLayer } from '../../support/northpole-cases.js';
import { handProgram } from '../../support/northpole-program.js';

/** 8 outputs, 64 bits of operands, ports and lines of 8 bytes, 16 bytes into a weight buffer, model bus of 32 bytes, flits of 16. */
const spec = NORTHPOLE_SMALL;

const first = (program: NorthPoleProgram) => program.layers[0]!;

/** Tiles in rows and columns, in-groups, and the size of the segment. */
const mapped = (rows: number, columns: number, inGroups = 1, [width, height] = [columns, rows]) => ({
  ...first(oneLayer({ input: tensor([8, 8, 8]), nOut: 8, geometry: ONE_PIXEL })).mapping,
  rows,
  columns,
  inGroups,
  segments: Int32Array.of(0, 0, width!, height!),
});

describe('weights on their way', () => {
  it('come a line a cycle from the memory of a core that shares them with nobody', () => {
    expect(weightStream(spec, mapped(1, 1), 64)).toEqual({
      lines: 8,
      linesPerCycle: 1,
      cyclesPerLine: 1,
      period: 8,
      latency: 1,
    });
    expect(weightStream(spec, mapped(1, 1), 65).lines).toBe(9);
  });

  it('come as fast as buffer, bus and memories allow where several cores hold them', () => {
    const { hopCycles } = spec.networks.model;
    // Two lines of 8 bytes fill what a buffer takes in a cycle.
    expect(weightStream(spec, mapped(2, 3), 64)).toEqual({
      ...{ lines: 8, linesPerCycle: 2, cyclesPerLine: 1, period: 4 },
      latency: 5 * hopCycles,
    });
    expect(weightStream(spec, mapped(2, 3), 72).period).toBe(5);
    // A buffer that takes four lines gets one from each of three memories.
    expect(weightStream({ ...spec, weightFillBytes: 32 }, mapped(1, 3), 64)).toMatchObject({
      linesPerCycle: 3,
      period: 3,
    });
    // The bus of 32 bytes is shared by the in-groups: three of them have ten bytes each, five less than a line.
    expect(weightStream(spec, mapped(1, 2, 3), 64)).toMatchObject({ linesPerCycle: 1, cyclesPerLine: 1, period: 8 });
    expect(weightStream(spec, mapped(1, 2, 5), 64)).toMatchObject({ linesPerCycle: 1, cyclesPerLine: 2, period: 16 });
  });

  it('are there in the cycle before their slot, the lines of several in-groups in turn', () => {
    const fast = { lines: 5, linesPerCycle: 2, cyclesPerLine: 1, period: 3, latency: 4 };
    expect([0, 1, 2, 3, 4].map((i) => lineCycle(fast, 100, i, 1))).toEqual([93, 93, 94, 94, 95]);
    const slow = { lines: 2, linesPerCycle: 1, cyclesPerLine: 3, period: 6, latency: 4 };
    expect([0, 1, 2, 3, 4].map((inGroup) => lineCycle(slow, 100, 1, inGroup))).toEqual([93, 94, 95, 93, 94]);
    expect(lineCycle(slow, 100, 0, 0)).toBe(90);
  });

  it('lie line by line in the memories of the tiles, block after block', () => {
    // 3 lines a block, 4 blocks of 2 output blocks, over 2 x 2 tiles.
    const at = (ob: number, k: number, i: number) => lineAddress(spec, { rows: 2, columns: 2 }, 3, 4, { ob, k, i });
    expect(at(0, 0, 0)).toEqual({ tile: 0, offset: 0 });
    expect(at(0, 1, 2)).toEqual({ tile: 1, offset: 8 });
    expect(at(1, 2, 1)).toEqual({ tile: 3, offset: 32 });
    expect(weightBytesPerShare(spec, { rows: 2, columns: 2, outBlocks: 2 }, 3, 4)).toBe(6 * 8);
    expect(weightBytesPerShare(spec, { rows: 1, columns: 3, outBlocks: 2 }, 5, 1)).toBe(4 * 8);
  });
});

describe('ports', () => {
  it('take a vector in as many cycles as its bytes fill the narrower of port and link', () => {
    expect([1, 4, 8, 32].map((bits) => portCycles(spec, bits))).toEqual([1, 1, 1, 4]);
    expect(portCycles({ ...spec, memory: { ...spec.memory, dataPortBytes: 32 } }, 32)).toBe(2);
    expect(portCycles({ ...spec, memory: { ...spec.memory, dataPortBytes: 3 } }, 8)).toBe(3);
  });

  it('read a vector for every tap of a window without matrix, and one for every operand that is added', () => {
    const input = tensor([8, 8, 8], 8);
    const { layer, output } = vectorLayer({ input, geometry: square(3), combine: 'max' }, [0, 1]);
    const pool = handProgram({ spec, batch: 1, tensors: [input, output], layers: [layer] });
    expect(dataReadCycles(pool, first(pool))).toBe(9);
    expect(dataReads(pool, first(pool), { lead: 7 })).toEqual({ offset: 7, cycles: 9 });
    const matrix = oneLayer({ input, nOut: 8, geometry: ONE_PIXEL });
    const added = { ...first(matrix), operands: [0, 2], epilogue: [scaledAdd(1)] };
    const wide = { ...matrix, tensors: [...matrix.tensors, tensor([8, 8, 8], 32, true)] };
    expect(dataReadCycles(wide, first(matrix))).toBe(0);
    expect(dataReadCycles(wide, added)).toBe(4);
    expect(operandCycles(wide, added, 1)).toBe(4);
  });
});

describe('the passes of a layer', () => {
  const shapeOf = (program: NorthPoleProgram) => passShape(program, first(program));

  it('of a matrix: blocks in slots, chunks of positions, a lead of all slots but the last, latency and chain', () => {
    // 20 channels in three blocks of 64 bytes; alone, a block comes in 8 cycles. 4 positions of 6 x 6 pixels: 9 chunks.
    const program = oneLayer({ input: tensor([6, 6, 20]), nOut: 12, geometry: ONE_PIXEL, split: { positions: 4 } });
    const { latency } = spec.vmm;
    expect(shapeOf(program)).toEqual({
      ...{ nPasses: 9 * 2, nK: 3, weightPeriod: 8, slot: 8, interval: 1 },
      lead: 2 * 8 + latency,
      minPeriod: 24,
    });
    const wide = { ...program, layers: [{ ...first(program), mapping: { ...first(program).mapping, positions: 10 } }] };
    // Ten positions take longer than a block comes in; 36 pixels are four chunks of ten.
    expect(shapeOf(wide)).toMatchObject({ nPasses: 4 * 2, slot: 10, lead: 20 + latency, minPeriod: 30 });
  });

  it('of a matrix in in-groups add the links of the chain', () => {
    const program = oneLayer({
      input: tensor([4, 4, 16]),
      nOut: 8,
      geometry: ONE_PIXEL,
      split: { inGroups: 2, positions: 4 },
    });
    const { latency } = spec.vmm;
    expect(shapeOf(program).lead).toBe(latency + spec.networks.partialSum.hopCycles + 1);
  });

  it('are as far apart as half of the partial sums need to leave', () => {
    const program = oneLayer({
      input: tensor([4, 4, 8]),
      nOut: 8,
      geometry: ONE_PIXEL,
      outBits: 32,
      split: { positions: 16 },
    });
    const slow = { ...program, spec: { ...spec, vmm: { ...spec.vmm, latency: 99 } } };
    // A lead of 99 and 16 positions of 4 cycles: 163 in two passes.
    expect(shapeOf(slow)).toMatchObject({ interval: 4, lead: 99, minPeriod: 82 });
    expect(shapeOf(program).minPeriod).toBe(16 * 4);
  });

  it('without a matrix follow the vector unit', () => {
    const input = tensor([4, 4, 8], 8);
    const { layer, output } = vectorLayer(
      { input, geometry: square(2, 2, 0), combine: 'sum', split: { positions: 3 } },
      [0, 1],
    );
    const program = handProgram({ spec, batch: 2, tensors: [input, output], layers: [layer] });
    // 2 frames of 2 x 2 pixels in chunks of 3; four taps a position.
    expect(shapeOf(program)).toEqual({
      nPasses: 3,
      nK: 0,
      weightPeriod: 0,
      slot: 12,
      interval: 4,
      lead: 0,
      minPeriod: 12,
    });
  });

  it('have their results after interval and latency', () => {
    const at = (pass: number, p: number) =>
      readyCycle(spec, { start: 50, passPeriod: 20 }, { lead: 7, interval: 3 }, pass, p);
    expect([at(0, 0), at(0, 2), at(3, 1)]).toEqual(
      [50 + 7 + 3, 50 + 7 + 9, 110 + 7 + 6].map((n) => n + spec.vector.latency),
    );
  });
});

it('a program of 64 bytes and 4 a packet passes all cores of a row', () => {
  expect(programBytesFor(10)).toBe(104);
  const wide = {
    ...spec,
    gridWidth: 6,
    networks: { ...spec.networks, instruction: { ...spec.networks.instruction, wires: 32, hopCycles: 3 } },
  };
  expect(programCycles(wide, 104)).toBe((6 * 104) / 4 + 18);
  expect(programCycles(wide, 105)).toBe(158 + 18);
});

describe('who works on what', () => {
  const program = oneLayer({
    input: tensor([7, 9, 20]),
    nOut: 20,
    geometry: { window: [3, 2], stride: [2, 1], dilation: [1, 2], padding: [1, 1, 0, 2] },
    split: { rows: 2, columns: 2, outGroups: 2, inGroups: 2 },
  });
  const layer = first(program);
  const region = (
    row: number,
    column: number,
    outGroup: number,
    inGroup: number,
    operand?: number,
  ): readonly number[] => {
    const share = { row, column, outGroup, inGroup };
    const { y0, y1, x0, x1, c0, c1 } =
      operand === undefined ? outputRegion(program, layer, share) : operandRegion(program, layer, share, operand);
    return [y0, y1, x0, x1, c0, c1];
  };

  it('shares are numbered by row, column, out-group and in-group', () => {
    const all = Array.from(layer.mapping.cores, (_, s) => shareAt(layer.mapping, s));
    expect(all.map((share) => shareIndex(layer.mapping, share))).toEqual(all.map((_, s) => s));
    expect(all[7]).toEqual({ row: 0, column: 1, outGroup: 1, inGroup: 1 });
    expect(all[10]).toEqual({ row: 1, column: 0, outGroup: 1, inGroup: 0 });
  });

  it('a share has a tile of the output and the blocks of its out-group, as far as there are any', () => {
    // 4 x 9 pixels of 20 channels: tiles of 2 x 5, groups of two blocks of 8.
    expect(region(0, 0, 0, 0)).toEqual([0, 2, 0, 5, 0, 16]);
    expect(region(1, 1, 1, 1)).toEqual([2, 4, 5, 9, 16, 20]);
    expect(region(2, 3, 2, 0)).toEqual([4, 4, 9, 9, 20, 20]);
  });

  it('and reads what its windows see inside the image, in the channels of its in-group', () => {
    // Rows 0-1 see rows -1..3; columns 0-4 see columns 0..6; blocks of 8 channels, two a group.
    expect(region(0, 0, 0, 0, 0)).toEqual([0, 4, 0, 7, 0, 16]);
    expect(region(1, 1, 1, 1, 0)).toEqual([3, 7, 5, 9, 16, 20]);
    // Nothing where there is no output.
    expect(
      region(2, 3, 0, 0, 0)
        .filter((_, i) => i % 2 === 1)
        .slice(0, 2),
    ).toEqual([0, 0]);
    expect(region(0, 0, 2, 0, 0).slice(4)).toEqual([0, 0]);
  });

  it('the last core of a chain holds what is added', () => {
    expect(region(0, 0, 0, 1, 1)).toEqual([0, 2, 0, 5, 0, 16]);
    expect(region(0, 0, 0, 0, 1)).toEqual([0, 2, 0, 5, 0, 0]);
  });

  it('regions count their elements, and say where each lies: frames, rows, columns, channels', () => {
    const box = { y0: 2, y1: 4, x0: 1, x1: 4, c0: 8, c1: 10 };
    expect(regionSize(box)).toBe(12);
    expect(regionSize({ ...box, c1: 7 })).toBe(0);
    expect(regionSize({ ...box, y1: 1, x1: 0 })).toBe(0);
    expect(elementIndex(box, 0, 2, 1, 8)).toBe(0);
    expect(elementIndex(box, 3, 3, 2, 9)).toBe(3 * 12 + 6 + 2 + 1);
  });

  it('a tensor is read by layers, and through concatenations at the channels of its part', () => {
    const tensors = [
      tensor([1, 1, 4]),
      tensor([1, 1, 3]),
      tensor([1, 1, 7], 8, false, [0, 1]),
      tensor([1, 1, 10], 8, false, [1, 2]),
    ];
    const read = (l: number, ...operands: number[]) => ({ ...layer, name: String(l), operands });
    const whole = { ...program, tensors, layers: [read(0, 3), read(1, 1, 2), read(2, 0)] };
    expect(readersOf(whole, 1)).toEqual([
      { layer: 0, operand: 0, offset: 0 },
      { layer: 0, operand: 0, offset: 7 },
      { layer: 1, operand: 0, offset: 0 },
      { layer: 1, operand: 1, offset: 4 },
    ]);
    expect(readersOf(whole, 0)).toEqual([
      { layer: 0, operand: 0, offset: 3 },
      { layer: 1, operand: 1, offset: 0 },
      { layer: 2, operand: 0, offset: 0 },
    ]);
  });
});
