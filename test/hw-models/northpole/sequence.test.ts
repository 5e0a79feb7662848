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
import type { NorthPoleSpec, NorthPoleTensor, SequenceOperation } from '../../../src/ir/program/northpole.js';

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
