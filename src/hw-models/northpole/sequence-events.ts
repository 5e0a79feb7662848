/**
 * Events of the layers of sequence models, one token, from the formulas of sequence.ts. As the cycles, they are those of a full context: the schedule
 * does all of it for every token. The cycle-by-cycle chip does not run these layers, so nothing but the formulas stands behind the numbers.
 * Left out: the steps that add the lanes of a vector up, and the root.
 */
import { assertNever } from '../../common/assert.js';
import type { NorthPoleProgram, SequenceLayer, SequenceOperation } from '../../ir/program/northpole.js';
import { type Events, precisionClass } from './events.js';
import { operandTensor, tensorAt } from './regions.js';
import { sequenceChannels } from './sequence.js';

/** Adds what one pass does for the output channels [c0, c1), up to the epilogue. */
export function countSequence(
  events: Events,
  program: NorthPoleProgram,
  layer: SequenceLayer,
  [c0, c1]: readonly [number, number],
): void {
  const { operation } = layer;
  const input = operandTensor(program, layer, 0);
  const bytes = (n: number, bits: number): number => Math.ceil((n * bits) / 8);
  switch (operation.kind) {
    case 'embedding':
      // The token, and one byte per channel of its row.
      events.memoryBytes.dataRead += bytes(1, input.bits) + (c1 - c0);
      return;
    case 'rmsNorm': {
      const n = input.shape[2];
      events.memoryBytes.dataRead += bytes(n, input.bits) + bytes(c1 - c0, input.bits) + bytes(c1 - c0, 32);
      // Square and add; product and division.
      events.vectorOperations += 2 * n + 2 * (c1 - c0);
      return;
    }
    case 'attention':
      countAttention(events, program, layer, operation, [c0, c1]);
      return;
    default:
      assertNever(operation);
  }
}

function countAttention(
  events: Events,
  program: NorthPoleProgram,
  layer: SequenceLayer,
  { heads, context }: Extract<SequenceOperation, { kind: 'attention' }>,
  [c0, c1]: readonly [number, number],
): void {
  const { spec } = program;
  const { outputs, vectorBits } = spec.vmm;
  const bitsOf = (operand: number) => operandTensor(program, layer, operand).bits;
  const bits = { query: bitsOf(0), key: bitsOf(1), value: bitsOf(2) };
  const depth = tensorAt(program, layer.output).shape[2] / heads;
  const [k0, k1] = sequenceChannels(program, layer, [c0, c1], 1);
  const nHeads = (k1 - k0) / depth;
  const bytes = (n: number, width: number): number => Math.ceil((n * width) / 8);
  const lines = (lanes: number, width: number): number =>
    Math.ceil((outputs * lanes * width) / 8 / spec.memory.weightPortBytes) * spec.memory.weightPortBytes;
  const { memoryBytes, macs, vmmCycles } = events;
  const written = bytes(k1 - k0, bits.key) + bytes(c1 - c0, bits.value);
  memoryBytes.dataRead += bytes(k1 - k0, bits.query) + written;
  memoryBytes.dataWrite += written;
  // Scores: positions are outputs, depth is summed over.
  const scoreClass = precisionClass(bits.key, bits.query);
  const scoreLanes = vectorBits / scoreClass;
  const positionBlocks = Math.ceil(context / outputs);
  const scoreBlocks = nHeads * positionBlocks * Math.ceil(depth / scoreLanes);
  vmmCycles[scoreClass] += scoreBlocks;
  macs[scoreClass] += nHeads * context * depth;
  memoryBytes.weightRead += scoreBlocks * lines(scoreLanes, bits.key);
  memoryBytes.activationRead += nHeads * positionBlocks * bytes(depth, bits.query);
  // Weighted values: channels are outputs, positions are summed over; weights have 8 bits.
  const sumLanes = vectorBits / 8;
  const sumBlocks = nHeads * Math.ceil(context / sumLanes);
  vmmCycles[8] += sumBlocks;
  macs[8] += context * (c1 - c0);
  memoryBytes.weightRead += sumBlocks * lines(sumLanes, bits.value);
  memoryBytes.activationRead += nHeads * context;
  // Maximum; difference, product, table; sum. Then a division per channel.
  events.vectorOperations += nHeads * context * 5 + (c1 - c0);
}
