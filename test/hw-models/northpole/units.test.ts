import { describe, expect, it } from 'vitest';
import { DelayLine } from '../../../src/hw-models/northpole/delay-line.js';
import { OutputBuffer } from '../../../src/hw-models/northpole/output-buffer.js';
import { addExact, PartialSums } from '../../../src/hw-models/northpole/partial-sums.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import {
  applyEpilogue,
  averageSums,
  combineTaps,
  stepOperations,
} from '../../../src/hw-models/northpole/vector-unit.js';
import { decodeBlock, laneRange, multiply } from '../../../src/hw-models/northpole/vmm.js';
import { WeightBuffer } from '../../../src/hw-models/northpole/weight-buffer.js';
import { dataReadBytes, passShape } from '../../../src/hw-models/northpole/timing.js';
import type { EpilogueStep, RequantiseStep, VectorLayer } from '../../../src/ir/program/northpole.js';
import { everyKind, tensor, toBits } from '../../support/northpole-cases.js';

const at = (cycle: number) => ({ cycle, core: 0 });

describe('the VMM', () => {
  it('sums the products of each output with the same operands', () => {
    const weights = Int8Array.of(1, 2, 3, -4, 5, -6);
    expect(multiply(weights, Int32Array.of(7, 8, 9), 2)).toEqual(Int32Array.of(7 + 16 + 27, -28 + 40 - 54));
  });

  it('reads two weights of four bits from a byte', () => {
    expect(decodeBlock(Uint8Array.of(0x2f, 0x81), { outputs: 2, lanes: 2, bits: 4 }, [])).toEqual(
      Int8Array.of(-1, 2, 1, -8),
    );
  });

  it('has no weight outside the lanes of an output where one bit has no code for zero', () => {
    const weights = decodeBlock(Uint8Array.of(0b0101_0101), { outputs: 2, lanes: 4, bits: 1 }, [
      [1, 3],
      [0, 0],
    ]);
    expect(weights).toEqual(Int8Array.of(0, -1, 1, 0, 0, 0, 0, 0));
  });

  it('connects an output to the lanes of its group', () => {
    const block = { ky: 0, kx: 0, c0: 4, length: 8 };
    const channels = { groups: 4, nIn: 16, nOut: 8 };
    expect([1, 2, 3, 4, 6].map((o) => laneRange(channels, block, o))).toEqual([
      [0, 0],
      [0, 4],
      [0, 4],
      [4, 8],
      [0, 0],
    ]);
    expect(laneRange({ ...channels, groups: 1 }, block, 7)).toEqual([0, 8]);
    expect(laneRange(channels, block, undefined)).toEqual([0, 0]);
  });
});

describe('the weight buffer', () => {
  const line = (slot: number, n: number) => ({ slot, line: n, lines: 2, bytes: Uint8Array.of(slot, n) });

  it('fills one half while the other is in use', () => {
    const buffer = new WeightBuffer(NORTHPOLE_SMALL);
    buffer.fill(at(0), line(4, 0));
    buffer.fill(at(1), line(4, 1));
    buffer.fill(at(2), line(5, 1));
    expect(buffer.block(at(3), 4, 2)).toEqual(Uint8Array.of(4, 0, 4, 1));
    expect(() => buffer.block(at(3), 5, 2)).toThrow('1 of 2 lines of slot 5 are missing');
    buffer.fill(at(3), line(6, 0));
    expect(() => buffer.block(at(4), 4, 2)).toThrow('the block of slot 4 is needed, its half holds that of slot 6');
  });

  it('refuses a line twice and more bytes than it can take in a cycle', () => {
    const buffer = new WeightBuffer(NORTHPOLE_SMALL);
    buffer.fill(at(0), line(0, 0));
    expect(() => buffer.fill(at(1), line(0, 0))).toThrow('line 0 arrives twice');
    expect(() => buffer.fill(at(2), { slot: 0, line: 1, lines: 2, bytes: new Uint8Array(17) })).toThrow(
      '17 bytes in one cycle, 16 fit',
    );
  });
});

describe('the partial-sum buffer', () => {
  const ones = new Int32Array(8).fill(1);
  const bias = Int32Array.from({ length: 8 }, (_, o) => o);

  it('starts with the bias and adds block after block', () => {
    const sums = new PartialSums(NORTHPOLE_SMALL);
    sums.add(at(0), { pass: 0, position: 3 }, ones, bias);
    sums.add(at(1), { pass: 0, position: 3 }, ones, undefined);
    expect(() => sums.take(at(2), { pass: 0, position: 3 }, 3)).toThrow('position 3 of pass 0 has 2 of 3 blocks');
    expect(sums.take(at(3), { pass: 0, position: 3 }, 2)).toEqual(bias.map((b) => b + 2));
  });

  it('refuses a pass whose half still holds sums', () => {
    const sums = new PartialSums(NORTHPOLE_SMALL);
    sums.add(at(0), { pass: 0, position: 0 }, ones, bias);
    sums.add(at(1), { pass: 1, position: 0 }, ones, bias);
    expect(() => sums.add(at(2), { pass: 2, position: 0 }, ones, bias)).toThrow('still holds 1 sums of pass 0');
  });

  it('refuses positions beyond its half, blocks out of order and a second access in a cycle', () => {
    const sums = new PartialSums(NORTHPOLE_SMALL);
    // Half of 2048 bytes holds 32 positions of 8 sums of 4 bytes.
    sums.add(at(0), { pass: 0, position: 31 }, ones, bias);
    expect(() => sums.add(at(1), { pass: 0, position: 32 }, ones, bias)).toThrow(
      'position 32 lies beyond a half of 1024 bytes',
    );
    expect(() => sums.add(at(2), { pass: 0, position: 1 }, ones, undefined)).toThrow('lost its order of blocks');
    expect(() => sums.add(at(2), { pass: 0, position: 2 }, ones, bias)).toThrow('used twice in one cycle');
  });

  it('refuses sums that leave their width, at the edge', () => {
    const edge = Int32Array.of(2 ** 31 - 2, -(2 ** 31) + 1);
    addExact(at(0), edge, Int32Array.of(1, -1), 32);
    expect(edge).toEqual(Int32Array.of(2 ** 31 - 1, -(2 ** 31)));
    expect(() => addExact(at(0), edge, Int32Array.of(1, 0), 32)).toThrow('2147483648 of output 0 does not fit 32 bits');
    expect(() => addExact(at(0), Int32Array.of(0, -128), Int32Array.of(127, -1), 8)).toThrow(
      '-129 of output 1 does not fit 8 bits',
    );
  });
});

describe('the vector unit', () => {
  const place = { y: 1, x: 0, c0: 2, shape: [2, 2, 4] } as const;
  const none = new Map<number, Int32Array>();

  it('takes maxima, minima in their channels, and sums', () => {
    const layer = everyKind(1).layers[2]!;
    if (layer.kind !== 'vector') throw new Error('not a pool');
    const taps = [Int32Array.of(1, 5), Int32Array.of(4, -2), Int32Array.of(3, 3)];
    const max: VectorLayer = { ...layer, minChannels: Uint8Array.of(0, 0, 0, 1) };
    expect(combineTaps(max, taps, 2, 2)).toEqual(Int32Array.of(4, -2));
    expect(combineTaps({ ...layer, combine: 'sum' }, taps, 2, 2)).toEqual(Int32Array.of(8, 6));
    expect(combineTaps({ ...layer, combine: 'sum' }, [], 2, 2)).toEqual(Int32Array.of(0, 0));
    expect(() => combineTaps(max, [], 2, 2)).toThrow('sees only padding');
  });

  it('divides sums by the taps that count, half away from zero, and gives 0 where none does', () => {
    const counted = [0, 0, 0, 0] as const;
    const average = (factor: number, count: number, ...sums: number[]) => [
      ...averageSums({ counted, factor }, Int32Array.from(sums), count),
    ];
    expect(average(1, 2, 5, -5, 4, -1, 0)).toEqual([3, -3, 2, -1, 0]);
    expect(average(1, 3, 4, 5, -4, -5)).toEqual([1, 2, -1, -2]);
    expect(average(6, 4, 1, -1)).toEqual([2, -2]);
    expect(average(1, 0, 0, 0)).toEqual([0, 0]);
    // The largest sums of 32 bits.
    expect(average(1, 2, 2 ** 31 - 1, -(2 ** 31))).toEqual([2 ** 30, -(2 ** 30)]);
  });

  it('compares with thresholds of a channel or of an element', () => {
    const sense = Uint8Array.of(0, 0, 0, 1);
    const perChannel: EpilogueStep = { kind: 'threshold', theta: Int32Array.of(0, 0, 5, 5), sense };
    expect(applyEpilogue([perChannel], Int32Array.of(5, 5), place, none)).toEqual(Int32Array.of(1, 1));
    expect(applyEpilogue([perChannel], Int32Array.of(4, 6), place, none)).toEqual(Int32Array.of(0, 0));
    const theta = Int32Array.from({ length: 16 }, (_, n) => n);
    const perElement: EpilogueStep = { kind: 'threshold', theta, sense: new Uint8Array(16) };
    // Element 1,0,2 is number 10.
    expect(applyEpilogue([perElement], Int32Array.of(10, 10), place, none)).toEqual(Int32Array.of(1, 0));
  });

  it('adds an operand after its own steps, and counts those', () => {
    const negate: EpilogueStep = {
      kind: 'add',
      operand: 1,
      steps: [{ kind: 'lookup', inputMin: 0, table: Int16Array.of(0, -1, -2) }],
    };
    const added = new Map([[1, Int32Array.of(2, 0)]]);
    expect(applyEpilogue([negate], Int32Array.of(10, 20), place, added)).toEqual(Int32Array.of(8, 20));
    expect(stepOperations({ epilogue: [negate] })).toBe(2);
    expect(() => applyEpilogue([negate], Int32Array.of(1, 1), place, none)).toThrow('no value of operand 1');
    const outside = new Map([[1, Int32Array.of(3, 0)]]);
    expect(() => applyEpilogue([negate], Int32Array.of(1, 1), place, outside)).toThrow(
      '3 is outside the table for 0..2',
    );
  });
});

describe('the steps of the vector unit', () => {
  const inner: EpilogueStep = toBits(8, 4);
  const add = (...steps: readonly RequantiseStep[]): EpilogueStep => ({ kind: 'add', operand: 1, steps });

  it('are one for each step, and those inside an addition besides the addition itself', () => {
    if (inner.kind !== 'requantise') throw new Error('no requantisation');
    expect(stepOperations({ epilogue: [] })).toBe(0);
    expect(stepOperations({ epilogue: [add()] })).toBe(1);
    expect(stepOperations({ epilogue: [add(inner)] })).toBe(2);
    expect(stepOperations({ epilogue: [add(inner, inner)] })).toBe(3);
    expect(stepOperations({ epilogue: [inner, add(inner, inner), inner] })).toBe(5);
  });

  it('take as many cycles as their lanes need for all outputs of a position', () => {
    if (inner.kind !== 'requantise') throw new Error('no requantisation');
    const program = everyKind(1);
    const layer = program.layers.find(({ kind }) => kind === 'vmm')!;
    // 16 lanes do a step on 64 outputs in 4 cycles.
    const spec = {
      ...program.spec,
      vmm: { ...program.spec.vmm, outputs: 64 },
      vector: { ...program.spec.vector, lanes: 16 },
    };
    const intervalOf = (epilogue: readonly EpilogueStep[]): number =>
      passShape({ ...program, spec }, { ...layer, epilogue }).interval;
    expect(intervalOf([inner, inner, inner])).toBe(12);
    expect(intervalOf([inner, inner, inner, inner])).toBe(16);
    const wide = { ...spec, vector: { ...spec.vector, lanes: 48 } };
    // Three steps on 64 outputs are 4 rounds of 48 lanes: what one step leaves free begins the next.
    expect(passShape({ ...program, spec: wide }, { ...layer, epilogue: [inner, inner, inner] }).interval).toBe(4);
    // Five steps are six rounds and two thirds: the seventh is begun.
    const five = { ...layer, epilogue: [inner, inner, inner, inner, inner] };
    expect(passShape({ ...program, spec: wide }, five).interval).toBe(7);
  });
});

describe('the data port', () => {
  it('is read as wide as the widest operand that comes over it: of a VMM those that are added', () => {
    const program = everyKind(1);
    const spec = { ...program.spec, memory: { ...program.spec.memory, dataPortBytes: 4096 } };
    const tensors = [tensor([4, 4, 8], 8), tensor([4, 4, 8], 4), tensor([4, 4, 8], 2)];
    const bytesOf = (kind: 'vmm' | 'vector', operands: readonly number[]): number =>
      dataReadBytes({ spec, tensors }, { ...program.layers.find((layer) => layer.kind === kind)!, operands });
    const { outputs } = spec.vmm;
    expect(bytesOf('vmm', [0, 1])).toBe(outputs / 2);
    expect(bytesOf('vmm', [0, 2, 1])).toBe(outputs / 2);
    expect(bytesOf('vmm', [0])).toBe(0);
    expect(bytesOf('vector', [0, 1])).toBe(outputs);
    expect(dataReadBytes({ spec: program.spec, tensors }, { ...program.layers[0]!, operands: [0, 1] })).toBe(
      Math.min(program.spec.memory.dataPortBytes, outputs / 2),
    );
  });
});

describe('the output buffer', () => {
  const result = (position: number, bytes: number) => ({
    layer: 0,
    pass: 0,
    position,
    values: new Int32Array(0),
    bytes,
  });

  it('keeps results until their last flit has left', () => {
    const buffer = new OutputBuffer({ outputBufferBytes: 16 });
    const first = result(0, 8);
    buffer.put(at(0), first);
    buffer.put(at(1), result(1, 8));
    expect(() => buffer.put(at(2), result(2, 8))).toThrow('24 bytes wait, 16 fit');
    expect(buffer.peek(at(3), { layer: 0, pass: 0, position: 0 })).toBe(first);
    buffer.remove(first);
    expect(() => buffer.peek(at(4), { layer: 0, pass: 0, position: 0 })).toThrow('is sent before it is there');
  });
});

describe('a delay line', () => {
  it('gives each item in its cycle, in order, and only once', () => {
    const line = new DelayLine<string>();
    line.push(5, 'a');
    line.push(3, 'b');
    line.push(5, 'c');
    expect([line.take(3), line.take(4), line.empty, line.take(5), line.take(5), line.empty]).toEqual([
      ['b'],
      [],
      false,
      ['a', 'c'],
      [],
      true,
    ]);
  });
});
