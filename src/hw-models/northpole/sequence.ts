/**
 * Layers of sequence models on the units of a core: what a block of output channels depends on, what it keeps in memory, and its cycles. All cycles
 * are those of a full context: data-independent, as the static schedule needs them. O = vmm.outputs, L = vector.lanes.
 *
 * ```
 *  embedding   read the token; the row's part of this block comes through the data port
 *  rmsNorm     sweep: read x block by block, square and add per lane; add the lanes (log2 L); root, a bit per cycle
 *              per block: read x, times gain, divide
 *  attention   sweep: new key and value into the cache; per head q.k on the VMM (keys are the weights: O positions x lanes of depth), maximum over
 *              the lanes, subtract, multiply, table, sum; p.v on the VMM (values are the weights: O channels x lanes of positions)
 *              per block: divide
 * ```
 * No published machine description goes to this depth: the order of steps and the two constants are assumptions (A in facts about the chip), the
 * units and their widths are those of the spec.
 */
import { present } from '../../common/assert.js';
import type {
  NorthPoleProgram,
  NorthPoleSpec,
  NorthPoleTensor,
  SequenceLayer,
  SequenceOperation,
} from '../../ir/program/northpole.js';

/** Cycles of an integer square root: one bit of the result per cycle (assumed). */
export const ROOT_CYCLES = 32;
/** Cycles of a rounded division to 8 bits in all lanes: one bit of the quotient per cycle, sign, rounding, clip (assumed). */
export const DIVIDE_CYCLES = 12;

type Chip = Pick<NorthPoleProgram, 'spec' | 'tensors'>;
type Tensors = Pick<NorthPoleProgram, 'tensors'>;
type Layer = Pick<SequenceLayer, 'operation' | 'operands' | 'output'>;

/** Operands the operation itself reads; the others belong to add steps. */
export function mainOperands(operation: SequenceOperation): number {
  return operation.kind === 'attention' ? 3 : 1;
}

/** Channels [from, to) of main operand `operand` that the output channels [c0, c1) depend on. */
export function sequenceChannels(
  { tensors }: Pick<NorthPoleProgram, 'tensors'>,
  { operation, operands }: Pick<SequenceLayer, 'operation' | 'operands'>,
  [c0, c1]: readonly [number, number],
  operand: number,
): readonly [number, number] {
  if (c0 >= c1) return [0, 0];
  const channels = channelsOf({ tensors }, operands[operand]);
  if (operation.kind !== 'attention') return [0, channels];
  if (operand === 2) return [c0, c1];
  const depth = channels / operation.heads;
  return [Math.floor(c0 / depth) * depth, Math.ceil(c1 / depth) * depth];
}

/** Bytes a share with output channels [c0, c1) keeps for good: its part of the table, its gains (32 bits), its cache for one sequence. */
export function residentBytes(chip: Chip, layer: Layer, [c0, c1]: readonly [number, number]): number {
  const { operation } = layer;
  if (c0 >= c1) return 0;
  switch (operation.kind) {
    case 'embedding':
      return (operation.table.length / channelsOf(chip, layer.output)) * (c1 - c0);
    case 'rmsNorm':
      return 4 * (c1 - c0);
    case 'attention': {
      const [k0, k1] = sequenceChannels(chip, layer, [c0, c1], 1);
      const keyBits = bitsOf(chip, layer.operands[1]);
      const valueBits = bitsOf(chip, layer.operands[2]);
      return operation.context * (Math.ceil(((k1 - k0) * keyBits) / 8) + Math.ceil(((c1 - c0) * valueBits) / 8));
    }
  }
}

/** Cycles before the first result of a pass. */
export function sequenceSweep(chip: Chip, layer: Layer): number {
  const { spec } = chip;
  const { operation } = layer;
  const { outputs } = spec.vmm;
  switch (operation.kind) {
    case 'embedding':
      return 0;
    case 'rmsNorm': {
      const n = channelsOf(chip, layer.operands[0]);
      const block = Math.max(readCycles(spec, outputs, bitsOf(chip, layer.operands[0])), rounds(spec, outputs));
      return Math.ceil(n / outputs) * block + reduction(spec) + ROOT_CYCLES;
    }
    case 'attention':
      return attentionSweep(chip, layer, operation);
  }
}

function attentionSweep(
  chip: Chip,
  layer: Layer,
  { heads, context }: Extract<SequenceOperation, { kind: 'attention' }>,
): number {
  const { spec } = chip;
  const { outputs, vectorBits, latency } = spec.vmm;
  const channels = channelsOf(chip, layer.output);
  const depth = channels / heads;
  // The block of output channels with most heads decides: all cores keep step.
  let nHeads = 0;
  for (let c0 = 0; c0 < channels; c0 += outputs) {
    const c1 = Math.min(channels, c0 + outputs);
    nHeads = Math.max(nHeads, Math.ceil(c1 / depth) - Math.floor(c0 / depth));
  }
  const queryBits = bitsOf(chip, layer.operands[0]);
  const keyBits = bitsOf(chip, layer.operands[1]);
  const valueBits = bitsOf(chip, layer.operands[2]);
  // A block of keys or values comes from the core's own memory, one behind the other.
  const refill = (bits: number, lanes: number): number =>
    Math.ceil((outputs * lanes * bits) / 8 / spec.memory.weightPortBytes);
  const scoreLanes = vectorBits / Math.max(queryBits, keyBits);
  const scores = Math.ceil(context / outputs) * Math.ceil(depth / scoreLanes) * refill(keyBits, scoreLanes) + latency;
  const vectors = rounds(spec, context);
  const maximum = vectors + reduction(spec);
  const weights = 3 * vectors;
  const total = vectors + reduction(spec);
  const sumLanes = vectorBits / 8;
  const sums = Math.ceil(context / sumLanes) * refill(valueBits, sumLanes) + latency;
  const cached =
    2 * readCycles(spec, nHeads * depth, keyBits) +
    2 * readCycles(spec, outputs, valueBits) +
    readCycles(spec, nHeads * depth, queryBits);
  return cached + nHeads * (scores + maximum + weights + total + sums);
}

/** Cycles of the vector unit for the results of one block, before the epilogue. */
export function sequenceResult(spec: NorthPoleSpec, operation: SequenceOperation): number {
  const { outputs } = spec.vmm;
  switch (operation.kind) {
    case 'embedding':
      return 1 + readCycles(spec, outputs, 8);
    case 'rmsNorm':
      // Operand and gains (32 bits) come through the data port.
      return readCycles(spec, outputs, 8) + readCycles(spec, outputs, 32) + rounds(spec, outputs) * (1 + DIVIDE_CYCLES);
    case 'attention':
      return rounds(spec, outputs) * DIVIDE_CYCLES;
  }
}

const rounds = (spec: NorthPoleSpec, values: number): number => Math.ceil(values / spec.vector.lanes);
const reduction = (spec: NorthPoleSpec): number => 32 - Math.clz32(spec.vector.lanes - 1);
const readCycles = (spec: NorthPoleSpec, values: number, bits: number): number =>
  Math.ceil((values * bits) / 8 / spec.memory.dataPortBytes);

const tensorOf = ({ tensors }: Tensors, tensor: number | undefined): NorthPoleTensor =>
  present(tensors[present(tensor, 'operand')], 'tensor');
const channelsOf = (chip: Tensors, tensor: number | undefined): number => tensorOf(chip, tensor).shape[2];
const bitsOf = (chip: Tensors, tensor: number | undefined): number => tensorOf(chip, tensor).bits;
