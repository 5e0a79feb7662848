import { describe, expect, it } from 'vitest';
import {
  DIVIDE_CYCLES,
  mainOperands,
  residentBytes,
  ROOT_CYCLES,
  sequenceChannels,
  sequenceResult,
  sequenceSweep,
} from '../../../src/hw-models/northpole/sequence.js';
import { present } from '../../../src/common/assert.js';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { countEvents, countLayer } from '../../../src/hw-models/northpole/counters.js';
import { noEvents } from '../../../src/hw-models/northpole/events.js';
import { countSequence } from '../../../src/hw-models/northpole/sequence-events.js';
import { randomTransformer } from '../../support/random-transformer.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type {
  NorthPoleLayer,
  NorthPoleSpec,
  NorthPoleTensor,
  SequenceLayer,
  SequenceOperation,
} from '../../../src/ir/program/northpole.js';

/** 8 outputs, vectors of 64 bits, ports of 8 bytes, 8 lanes, VMM latency 4: numbers to count by hand. */
const spec: NorthPoleSpec = {
  ...NORTHPOLE_SMALL,
  vmm: { outputs: 8, vectorBits: 64, latency: 4 },
  memory: { bytes: 65_536, activationPortBytes: 8, weightPortBytes: 8, dataPortBytes: 8 },
  vector: { lanes: 8, latency: 4 },
};

const tensor = (channels: number): NorthPoleTensor => ({
  ...{ node: 'x', shape: [1, 1, channels], bits: 8, signed: true, parts: [] },
});
const chip = { spec, tensors: [tensor(24), tensor(24), tensor(24), tensor(24)] };
const layerOf = (
  operation: SequenceOperation,
): { operation: SequenceOperation; operands: number[]; output: number } => ({
  operation,
  operands: operation.kind === 'attention' ? [0, 1, 2] : [0],
  output: 3,
});
const attention = (heads: number, context: number): SequenceOperation => ({
  ...{ kind: 'attention', heads, context, multiplier: 1, shift: 0, expTable: new Uint8Array(256) },
});
const norm: SequenceOperation = { kind: 'rmsNorm', gain: new Int32Array(24), fraction: 8, min: -128, max: 127 };
const table: SequenceOperation = { kind: 'embedding', by: 'value', table: new Int8Array(10 * 24) };

const isSequence = (layer: NorthPoleLayer): layer is SequenceLayer => layer.kind === 'sequence';

describe('operands of sequence models', () => {
  it('are query, key and value for attention, one for every other operation, and the rest is added', () => {
    expect([attention(2, 16), norm, table].map(mainOperands)).toEqual([3, 1, 1]);
  });
});

describe('cycles of layers of sequence models', () => {
  it('norm: three blocks squared, eight lanes added in three steps, the root; then operand, gains, product, division', () => {
    expect(sequenceSweep(chip, layerOf(norm))).toBe(3 * 1 + 3 + ROOT_CYCLES);
    // 8 values of 8 bits in 1 cycle, 8 gains of 32 bits in 4.
    expect(sequenceResult(spec, norm)).toBe(1 + 4 + 1 + DIVIDE_CYCLES);
  });

  it('embedding: the token, then the part of the row', () => {
    expect(sequenceSweep(chip, layerOf(table))).toBe(0);
    expect(sequenceResult(spec, table)).toBe(2);
  });

  it('attention with heads as wide as a block', () => {
    // Keys and values: read and written, 1 cycle each way and vector; the query is read: 5.
    // Scores: 16 positions are 2 blocks, 8 deep is 1: 2 blocks of 64 bytes at 8 per cycle, latency 4: 20.
    // Maximum 2 + 3; difference, product, table 3 x 2; sum 2 + 3. Values: 2 blocks of 8 positions, latency 4: 20.
    expect(sequenceSweep(chip, layerOf(attention(3, 16)))).toBe(5 + 20 + 5 + 6 + 5 + 20);
    expect(sequenceResult(spec, attention(3, 16))).toBe(DIVIDE_CYCLES);
  });

  it('attention reads and writes a head of 80 channels in ten cycles of eight bytes', () => {
    const wide = { spec, tensors: [tensor(80), tensor(80), tensor(80), tensor(80)] };
    // Scores: one block of 8 positions, 80 deep is 10 blocks of 8 cycles; values: one block.
    const each = 10 * 8 + 4 + (1 + 3) + 3 * 1 + (1 + 3) + 8 + 4;
    expect(sequenceSweep(wide, layerOf(attention(1, 8)))).toBe(2 * 10 + 2 * 1 + 10 + each);
  });

  it('attention with a block over two heads does both', () => {
    // Heads of 12: channels 8..16 belong to heads 0 and 1. Keys of 24 channels take 3 cycles, as the query does.
    const each = 2 * 2 * 8 + 4 + 5 + 6 + 5 + 20;
    expect(sequenceSweep(chip, layerOf(attention(2, 16)))).toBe(2 * 3 + 2 * 1 + 3 + 2 * each);
  });
});

describe('cycles of layers of sequence models in other widths', () => {
  const withBits = (...bits: readonly NorthPoleTensor['bits'][]) => ({
    spec,
    tensors: [...bits, 8 as const].map((width) => ({ ...tensor(24), bits: width })),
  });

  it('attention: vectors as deep as the wider of query and key, caches in their own widths', () => {
    // Two heads of 12 in a block. Scores: 3 blocks of 19 positions, one 16 deep, keys of 2 bits: 8 x 16 in 32 bytes, 4 cycles.
    const scores = 3 * 1 * 4 + 4;
    // Maximum, three steps a weight, sum: 3 vectors of 8 lanes, 3 steps to add lanes up. Values: 3 blocks of 8 positions, 8 cycles each.
    const rest = 3 + 3 + 3 * 3 + 3 + 3 + (3 * 8 + 4);
    // Keys: 24 of 2 bits are 6 bytes, read and written. Values: a block of 8 bytes. Query: 12 bytes, two cycles.
    expect(sequenceSweep(withBits(4, 2, 8), layerOf(attention(2, 19)))).toBe(2 + 2 + 2 + 2 * (scores + rest));
    // Keys of 4 bits, query of 2: as deep, twice the bytes of keys.
    expect(sequenceSweep(withBits(2, 4, 8), layerOf(attention(2, 19)))).toBe(4 + 2 + 1 + 2 * (3 * 8 + 4 + rest));
    // Values of 4 bits come in half the time.
    expect(sequenceSweep(withBits(4, 2, 4), layerOf(attention(2, 19)))).toBe(6 + 2 * (scores + rest - 3 * 4));
    // Heads of 24 and keys of 8 bits: 3 blocks of 8 deep.
    expect(sequenceSweep(withBits(8, 8, 8), layerOf(attention(1, 19)))).toBe(6 + 2 + 3 + 3 * 3 * 8 + 4 + rest);
  });

  it('norm: lanes or port, whichever is slower, for every begun block', () => {
    const odd = (lanes: number, dataPortBytes: number, channels = 21) => ({
      spec: { ...spec, vector: { lanes, latency: 4 }, memory: { ...spec.memory, dataPortBytes } },
      tensors: [4, 8, 8, 8].map((bits) => ({ ...tensor(channels), bits: bits === 4 ? (4 as const) : (8 as const) })),
    });
    // Three lanes: 3 rounds a block, two steps to add three lanes up.
    expect(sequenceSweep(odd(3, 8), layerOf(norm))).toBe(3 * 3 + 2 + ROOT_CYCLES);
    expect(sequenceResult(odd(3, 8).spec, norm)).toBe(1 + 4 + 3 * (1 + DIVIDE_CYCLES));
    // A port of one byte: 8 values of 4 bits in 4 cycles.
    expect(sequenceSweep(odd(8, 1), layerOf(norm))).toBe(3 * 4 + 3 + ROOT_CYCLES);
    expect(sequenceSweep(odd(8, 1, 24), layerOf(norm))).toBe(3 * 4 + 3 + ROOT_CYCLES);
    expect(sequenceSweep(odd(8, 1, 25), layerOf(norm))).toBe(4 * 4 + 3 + ROOT_CYCLES);
    // One lane has nobody to add to.
    expect(sequenceSweep(odd(1, 8), layerOf(norm))).toBe(3 * 8 + ROOT_CYCLES);
    expect(sequenceResult(odd(8, 3).spec, norm)).toBe(3 + 11 + 1 + DIVIDE_CYCLES);
    expect(sequenceResult(odd(8, 3).spec, table)).toBe(1 + 3);
    expect(sequenceResult(odd(3, 8).spec, attention(2, 16))).toBe(3 * DIVIDE_CYCLES);
  });

  it('caches keep keys and values in whole bytes each', () => {
    expect(residentBytes(withBits(8, 2, 4), layerOf(attention(2, 5)), [8, 16])).toBe(5 * (6 + 4));
    expect(residentBytes(withBits(8, 2, 2), layerOf(attention(24, 5)), [0, 3])).toBe(5 * (1 + 1));
    expect(residentBytes(withBits(8, 8, 8), layerOf(attention(2, 5)), [12, 24])).toBe(5 * (12 + 12));
  });
});

describe('what a block of channels of a sequence layer needs', () => {
  it('reads whole heads of query and key, its own channels of the value', () => {
    const layer = layerOf(attention(2, 16));
    expect(sequenceChannels(chip, layer, [8, 16], 0)).toEqual([0, 24]);
    expect(sequenceChannels(chip, layer, [0, 8], 1)).toEqual([0, 12]);
    expect(sequenceChannels(chip, layer, [0, 8], 2)).toEqual([0, 8]);
    expect(sequenceChannels(chip, layerOf(norm), [8, 16], 0)).toEqual([0, 24]);
    expect(sequenceChannels(chip, layer, [24, 24], 0)).toEqual([0, 0]);
  });

  it('keeps its part of the table, its gains, its keys and values', () => {
    expect(residentBytes(chip, layerOf(table), [0, 8])).toBe(10 * 8);
    expect(residentBytes(chip, layerOf(norm), [0, 8])).toBe(4 * 8);
    expect(residentBytes(chip, layerOf(attention(3, 16)), [8, 16])).toBe(16 * (8 + 8));
    expect(residentBytes(chip, layerOf(attention(2, 16)), [8, 16])).toBe(16 * (24 + 8));
    expect(residentBytes(chip, layerOf(norm), [24, 24])).toBe(0);
  });
});

describe('events of layers of sequence models', () => {
  it('attention: every byte and operation of a token at full context', () => {
    const graph = randomTransformer(3, { heads: 2, depth: 8, context: 16, layers: 1 });
    const { program } = compileNorthPole(graph, { spec });
    const layer = present(
      program.layers.find(({ name }) => name === 'b1-attention'),
      'attention',
    );
    if (layer.kind !== 'sequence') throw new Error('not a sequence layer');
    const events = noEvents(1);
    countSequence(events, program, layer, [8, 16]);
    expect(events.macs).toEqual({ 8: 16 * 8 + 16 * 8, 4: 0, 2: 0, 1: 0 });
    // Two blocks of 8 positions for the scores, two for the values, 64 bytes each.
    expect(events.vmmCycles[8]).toBe(4);
    expect(events.memoryBytes).toEqual({
      activationRead: 2 * 8 + 16,
      weightRead: 4 * 64,
      dataRead: 8 + 8 + 8,
      dataWrite: 8 + 8,
    });
    expect(events.vectorOperations).toBe(16 * 5 + 8);
  });

  /** Events of a layer by hand: bits of its operands and its output, all of `channels`. */
  const eventsOf = (
    operation: SequenceOperation,
    channels: number,
    bits: readonly NorthPoleTensor['bits'][],
    block: readonly [number, number],
  ) => {
    const tensors = [...bits, 8 as const].map((width) => ({ ...tensor(channels), bits: width }));
    const program = { ...compileNorthPole(randomTransformer(3), { spec }).program, spec, tensors };
    const layer: SequenceLayer = {
      ...present(program.layers.find(isSequence), 'sequence layer'),
      ...{ operation, operands: bits.map((_, i) => i), output: bits.length },
    };
    const events = noEvents(1);
    countSequence(events, program, layer, block);
    return events;
  };

  it('embedding: the code of the token and a byte per channel of the block', () => {
    const { memoryBytes, vectorOperations, macs } = eventsOf(table, 24, [32], [8, 24]);
    expect(memoryBytes).toEqual({ activationRead: 0, weightRead: 0, dataRead: 4 + 16, dataWrite: 0 });
    expect([vectorOperations, macs[8]]).toEqual([0, 0]);
    // A token of 4 bits takes a byte.
    expect(eventsOf(table, 24, [4], [0, 8]).memoryBytes.dataRead).toBe(1 + 8);
  });

  it('norm: all of its operand, then its block and its gains; two operations a channel of each', () => {
    // 21 channels of 4 bits are 11 bytes; 5 of the block 3, its gains 20.
    const { memoryBytes, vectorOperations } = eventsOf(norm, 21, [4], [16, 21]);
    expect(memoryBytes).toEqual({ activationRead: 0, weightRead: 0, dataRead: 11 + 3 + 20, dataWrite: 0 });
    expect(vectorOperations).toBe(2 * 21 + 2 * 5);
  });

  it('attention: partial blocks count whole, heads that are touched count', () => {
    // Heads of 12 channels; channels 8..16 are of both. Query 4 bits, key 2, value 8; 19 positions.
    const { macs, vmmCycles, memoryBytes, vectorOperations } = eventsOf(attention(2, 19), 24, [4, 2, 8], [8, 16]);
    // Scores in 4 bits: 16 lanes take 12 channels at once; 19 positions are 3 blocks of 8. Values: 3 blocks of 8 positions.
    expect(macs).toEqual({ 8: 19 * 8, 4: 2 * 19 * 12, 2: 0, 1: 0 });
    expect(vmmCycles).toEqual({ 8: 2 * 3, 4: 2 * 3, 2: 0, 1: 0 });
    // A block of keys is 8 x 16 of 2 bits: 32 bytes; of values 8 x 8 of 8: 64. Queries: 12 of 4 bits for every block of positions.
    expect(memoryBytes).toEqual({
      activationRead: 2 * 3 * 6 + 2 * 19,
      weightRead: 6 * 32 + 6 * 64,
      // Queries 24 of 4 bits; keys 24 of 2 bits and values 8 of 8 on their way from operand to cache.
      dataRead: 12 + 6 + 8,
      dataWrite: 6 + 8,
    });
    expect(vectorOperations).toBe(2 * 19 * 5 + 8);
    // Lines of 7 bytes: 32 bytes are five of them.
    const odd = { ...spec, memory: { ...spec.memory, weightPortBytes: 7 } };
    const program = compileNorthPole(randomTransformer(3), { spec }).program;
    const layer = {
      ...present(program.layers.find(isSequence), 'sequence layer'),
      ...{ operation: attention(2, 19), operands: [0, 1, 2], output: 3 },
    };
    const events = noEvents(1);
    const tensors = ([4, 2, 8, 8] as const).map((bits) => ({ ...tensor(24), bits }));
    countSequence(events, { ...program, spec: odd, tensors }, layer, [8, 16]);
    expect(events.memoryBytes.weightRead).toBe(6 * 35 + 6 * 70);
  });

  it('are part of the counters of a program: each head is counted once', () => {
    const graph = randomTransformer(3, { heads: 2, depth: 8, context: 16, layers: 1, weightBits: 4 });
    const { program } = compileNorthPole(graph, { spec });
    const l = program.layers.findIndex(({ name }) => name === 'b1-attention');
    expect(countLayer(program, l).macs[8]).toBe(2 * (16 * 8 + 16 * 8));
    const total = countEvents(program);
    const layers = program.layers.map((_, i) => countLayer(program, i));
    expect(total.vectorOperations).toBe(layers.reduce((sum, c) => sum + c.vectorOperations, 0));
    expect(total.cycles).toBe(program.cycles);
  });
});
