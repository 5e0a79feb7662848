import { describe, expect, it } from 'vitest';
import { sequenceLimits } from '../../../src/compiler/targets/northpole/sequence-layer.js';
import { northPoleVerdict } from '../../../src/compiler/targets/northpole/verify.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type { EpilogueStep, NorthPoleProgram, VmmLayer } from '../../../src/ir/program/northpole.js';
import { oneLayer, ONE_PIXEL, square, tensor, vectorLayer } from '../../support/northpole-cases.js';
import { handProgram } from '../../support/northpole-program.js';

/** Limits that a program exceeds, as `code: message`. */
const limitsOf = (program: NorthPoleProgram): readonly string[] =>
  northPoleVerdict(program).limits.map(({ code, message }) => `${code}: ${message}`);

describe('a matrix layer keeps to the limits of the chip up to the last unit:', () => {
  const changed = (program: NorthPoleProgram, change: Partial<VmmLayer>): readonly string[] =>
    limitsOf({
      ...program,
      layers: program.layers.map((layer) => (layer.kind === 'vmm' ? { ...layer, ...change } : layer)),
    });
  const matrix = (bits: 1 | 2 | 4 | 8, signed = false, geometry = ONE_PIXEL) =>
    oneLayer({ input: tensor([3, 3, 2], bits, signed), nOut: 1, geometry, outBits: 32 });

  it('weights', () => {
    const spec = { ...NORTHPOLE_SMALL, precisions: [8, 4, 2, 1] as const };
    const program = { ...matrix(4), spec };
    const withWeights = (weightBits: 1 | 4, ...weights: number[]) =>
      changed(program, { weightBits, weights: Int8Array.from(weights) });
    expect(withWeights(4, -8, 7)).toEqual([]);
    expect(withWeights(4, -9, 7)).toEqual(['weight-range: 1 of 2 weights do not fit 4 bits (-8..7)']);
    expect(withWeights(4, -9, 8)).toEqual(['weight-range: 2 of 2 weights do not fit 4 bits (-8..7)']);
    expect(withWeights(1, -1, 1)).toEqual([]);
    expect(withWeights(1, 0, 1)).toEqual(['weight-range: 1 of 2 weights do not fit 1 bits (-1..1)']);
  });

  it('padding, where there is any', () => {
    const padded = matrix(4, false, square(3));
    const signed = matrix(4, true, square(3));
    const weights = new Int8Array(18).fill(1);
    const pad = (program: NorthPoleProgram, padValue: number) => changed(program, { padValue, weights });
    expect([0, 15].flatMap((value) => pad(padded, value))).toEqual([]);
    expect([-1, 16].flatMap((value) => pad(padded, value))).toEqual([
      'pad-range: its padding -1 does not fit 4 bits (0..15)',
      'pad-range: its padding 16 does not fit 4 bits (0..15)',
    ]);
    expect([-8, 7].flatMap((value) => pad(signed, value))).toEqual([]);
    expect([-9, 8].flatMap((value) => pad(signed, value))).toHaveLength(2);
    expect(changed(matrix(4), { padValue: 99 })).toEqual([]);
  });

  it('sums of whatever the operand holds', () => {
    const most = 2 ** 31 - 1;
    const sums = (signed: boolean, weights: readonly number[], bias: number) =>
      changed(matrix(8, signed), { weights: Int8Array.from(weights), bias: Int32Array.of(bias) });
    // Unsigned operands reach 255, signed ones -128 and 127.
    expect(sums(false, [2, -3], most - 2 * 255)).toEqual([]);
    expect(sums(false, [2, -3], most - 2 * 255 + 1)).toEqual([
      'sum-overflow: a sum can reach 2147483648, partial sums hold up to 2147483647',
    ]);
    expect(sums(false, [2, -3], -most - 1 + 3 * 255)).toEqual([]);
    expect(sums(false, [2, -3], -most - 2 + 3 * 255)).toHaveLength(1);
    expect(sums(true, [2, -3], most - 2 * 127 - 3 * 128)).toEqual([]);
    expect(sums(true, [2, -3], most - 2 * 127 - 3 * 128 + 1)).toHaveLength(1);
    expect(sums(true, [2, -3], -most - 1 + 2 * 128 + 3 * 127)).toEqual([]);
    expect(sums(true, [2, -3], -most - 2 + 2 * 128 + 3 * 127)).toHaveLength(1);
  });

  it('the largest sum is that of any output', () => {
    const program = oneLayer({ input: tensor([1, 1, 2], 8), nOut: 3, geometry: ONE_PIXEL, outBits: 32 });
    const bias = Int32Array.of(0, 2 ** 31 - 1 - 255, 0);
    const of = (...weights: number[]) => changed(program, { weights: Int8Array.from(weights), bias });
    expect(of(9, 9, 1, 0, 9, 9)).toEqual([]);
    expect(of(9, 9, 1, 1, 9, 9)).toHaveLength(1);
  });

  it('widths of operands and weights', () => {
    const program = matrix(4);
    const wide = { ...program, tensors: [tensor([3, 3, 2], 32, true), program.tensors[1]!] };
    expect(limitsOf(wide)).toEqual(['operand-too-wide: its input "t3x3x2" has 32 bits, the VMM takes up to 8']);
    const spec = { ...NORTHPOLE_SMALL, precisions: [8, 4] as const };
    expect(changed({ ...program, spec }, { weightBits: 2 })).toContain(
      'unsupported-width: its weights have 2 bits, "northpole-small" has 8, 4',
    );
    const two = { ...program, spec, tensors: [tensor([3, 3, 2], 2), program.tensors[1]!] };
    expect(limitsOf(two).filter((text) => text.includes('is stored with 2 bits'))).toHaveLength(1);
  });

  it('tables, also those of an added operand', () => {
    const entries = NORTHPOLE_SMALL.tableEntries;
    const table = (n: number) => ({ kind: 'lookup', inputMin: 0, table: new Int16Array(n) }) as const;
    const steps = (...epilogue: EpilogueStep[]) => changed(matrix(4), { epilogue });
    const added = (n: number): EpilogueStep => ({ kind: 'add', operand: 0, steps: [table(n)] });
    expect(steps(table(entries), added(entries))).toEqual([]);
    const message = `a table of ${entries + 1} entries, the activation unit holds ${entries}`;
    expect(steps(table(entries + 1))).toEqual([`table-too-large: ${message}`]);
    expect(steps(table(entries), added(entries + 1))).toEqual([`table-too-large: ${message}`]);
  });
});

describe('an average keeps to 32 bits, and to products below 2^52:', () => {
  const average = (
    bits: 8 | 32,
    window: readonly [number, number],
    factor: number,
    { zeroPoint = 0, signed = false } = {},
  ): readonly string[] => {
    const input = tensor([2, 2, 8], bits, signed || bits === 32);
    const { layer, output } = vectorLayer({ input, geometry: ONE_PIXEL, combine: 'sum', outBits: 32 }, [0, 1]);
    const program = handProgram({ spec: NORTHPOLE_SMALL, batch: 1, tensors: [input, output], layers: [layer] });
    const counted = [0, 0, 0, 0] as const;
    return limitsOf({
      ...program,
      tensors: [{ ...input, zeroPoint }, output],
      layers: program.layers.map((each) =>
        each.kind === 'vector' ? { ...each, geometry: { ...ONE_PIXEL, window }, average: { counted, factor } } : each,
      ),
    });
  };
  const most = 2 ** 31 - 1;

  it('a value times the factor', () => {
    const factor = Math.floor(most / 255);
    expect(average(8, [1, 1], factor)).toEqual([]);
    expect(average(8, [1, 1], factor + 1)).toEqual([
      `average-overflow: values up to 255 in windows of 1 times ${factor + 1} leave 32 bits, or products below 2^52`,
    ]);
  });

  it('a sum, alone and times the factor', () => {
    const taps = Math.floor(most / 255);
    expect(average(8, [taps, 1], 1)).toEqual([]);
    expect(average(8, [1, taps + 1], 1)).toEqual([
      `average-overflow: values up to 255 in windows of ${taps + 1} times 1 leave 32 bits, or products below 2^52`,
    ]);
    const factor = Math.floor(most / 255);
    const exact = Math.floor((2 ** 52 - 1) / (255 * factor));
    expect(average(8, [1, exact], factor)).toEqual([]);
    expect(average(8, [exact + 1, 1], factor)).toHaveLength(1);
    // 128 is the largest magnitude of eight signed bits.
    expect(average(8, [1, 2], Math.floor(most / 128), { signed: true })).toEqual([]);
    expect(average(8, [1, 2], Math.floor(most / 128) + 1, { signed: true })).toHaveLength(1);
  });

  it('with the zero point taken off the stored values', () => {
    // Stored 0..255 with 100 added: values -100..155.
    const factor = Math.floor(most / 155);
    expect(average(8, [1, 1], factor, { zeroPoint: 100 })).toEqual([]);
    expect(average(8, [1, 1], factor + 1, { zeroPoint: 100 })).toHaveLength(1);
    const below = Math.floor(most / 200);
    expect(average(8, [1, 1], below, { zeroPoint: 200 })).toEqual([]);
    expect(average(8, [1, 1], below + 1, { zeroPoint: 200 })).toHaveLength(1);
  });

  it('values of 32 bits are those the network was verified with', () => {
    expect(average(32, [64, 64], most)).toEqual([]);
  });
});

describe('attention keeps to the limits of the chip up to the last unit:', () => {
  const limits = (
    bits: readonly [8 | 4 | 32, 8 | 4, 8 | 4],
    { signed = true, depth = 16, heads = 2, context = 8, batch = 1, table = 16, sumBits = 32 } = {},
  ): readonly string[] => {
    const tensors = [
      ...bits.map((width) => tensor([1, 1, depth * heads], width, signed)),
      tensor([1, 1, depth * heads]),
    ];
    const spec = { ...NORTHPOLE_SMALL, partialSums: { ...NORTHPOLE_SMALL.partialSums, bits: sumBits } };
    const operation = {
      kind: 'attention' as const,
      heads,
      context,
      multiplier: 1,
      shift: 0,
      expTable: new Uint8Array(table),
    };
    return sequenceLimits({ spec, tensors, batch }, { operation, operands: [0, 1, 2], output: 3 }).map(
      ([code, message]) => `${code}: ${message}`,
    );
  };

  it('one sequence at a time', () => {
    expect(limits([8, 8, 8])).toEqual([]);
    expect(limits([8, 8, 8], { batch: 2 })).toEqual([
      'sequence-batch: a batch of 2 frames, its state is that of one sequence',
    ]);
  });

  it('widths of query, key and value', () => {
    expect(limits([32, 8, 4])).toEqual(['operand-too-wide: query, key and value have up to 32 bits, the VMM takes 8']);
  });

  it('the table of its exponential', () => {
    const entries = NORTHPOLE_SMALL.tableEntries;
    expect(limits([8, 8, 8], { table: entries })).toEqual([]);
    expect(limits([8, 8, 8], { table: entries + 1 })).toEqual([
      `table-too-large: a table of ${entries + 1} entries, the activation unit holds ${entries}`,
    ]);
  });

  it('sums of scores: the depth of a head times the largest query and key', () => {
    // Signed 8 and 4 bits: 128 x 8 for each of 31 dimensions is 31744, of 32 is 32768; 16 bits hold 32767.
    const narrow = { sumBits: 16, heads: 2, context: 1 };
    expect(limits([8, 4, 4], { ...narrow, depth: 31 })).toEqual([]);
    expect(limits([8, 4, 4], { ...narrow, depth: 32 })).toEqual([
      'sum-overflow: sums of scores reach 32768, partial sums have 16 bits',
    ]);
    // Unsigned: 255 x 15.
    expect(limits([8, 4, 4], { ...narrow, signed: false, depth: 8 })).toEqual([]);
    expect(limits([8, 4, 4], { ...narrow, signed: false, depth: 9 })).toEqual([
      `sum-overflow: sums of scores reach ${9 * 255 * 15}, partial sums have 16 bits`,
    ]);
  });

  it('sums of weighted values: weights up to 255 over the whole context', () => {
    const narrow = { sumBits: 16, depth: 1, heads: 1 };
    expect(limits([4, 4, 4], { ...narrow, context: 16 })).toEqual([]);
    expect(limits([4, 4, 4], { ...narrow, context: 17 })).toEqual([
      `sum-overflow: sums of weighted values reach ${17 * 255 * 8}, partial sums have 16 bits`,
    ]);
  });
});
