/**
 * The rhythm of a layer. All shares work in lock step, in passes: one pass is one block of output channels on up to `positions` positions.
 *
 * ```
 *  pass j       |slot 0 |slot 1 | ... |slot nK-1|            slot k: block k, position p at + p, one position per cycle
 *  weights          |blk 1|            |blk k+1|             a block arrives in the weight buffer during the slot before its own
 *  results                             |lead: VMM latency, chain|p=0|p=1|...   vector unit, `interval` cycles per position
 *  packets                                                   |one vector of <= vmm.outputs results, when the schedule says
 * ```
 * With T = passPeriod, S = slot: pass j, slot k, position p is in the VMM in cycle start + j T + k S + p. Its finished sum enters the vector unit in
 * cycle start + j T + lead + p interval, and the results are in the output buffer `interval` + vector.latency cycles later. Pass j
 * is chunk floor(j / outBlocks), output-channel block j mod outBlocks of the group.
 *
 * Sequence layers first sweep over their operands (lead), then give their results (interval); the sweep owns the data port.
 *
 * Vector layers read one operand vector per tap and cycle: position p of pass j starts in cycle start + j T + p interval (lead = 0).
 */
import type { LayerMapping, NorthPoleLayer, NorthPoleProgram, NorthPoleSpec } from '../../ir/program/northpole.js';
import { blockBytes, blocksPerPass } from './blocks.js';
import { operandTensor, tensorAt } from './regions.js';
import { stepOperations } from './vector-unit.js';
import { sequenceResult, sequenceSweep } from './sequence.js';

/** What a layer's mapping implies for its passes. */
export interface PassShape {
  readonly nPasses: number;
  /** Weight blocks per pass; 0 for vector layers. */
  readonly nK: number;
  /** Cycles in which one weight block comes in. */
  readonly weightPeriod: number;
  /** Cycles of one weight block in the VMM. */
  readonly slot: number;
  /** Cycles of the vector unit per position. */
  readonly interval: number;
  /** From the start of a pass to the first finished sum. */
  readonly lead: number;
  /** The shortest legal pass period. */
  readonly minPeriod: number;
}

/** Everything but the mapping's freedom; see the file comment. */
export function passShape(
  program: Pick<NorthPoleProgram, 'spec' | 'batch' | 'tensors'>,
  layer: Omit<NorthPoleLayer, 'timing' | 'memory'> & Pick<NorthPoleLayer, 'kind'>,
): PassShape {
  const { spec, batch } = program;
  const { mapping } = layer;
  const { positions } = mapping;
  const chunks = Math.ceil((batch * mapping.tileHeight * mapping.tileWidth) / positions);
  const nPasses = chunks * mapping.outBlocks;
  const interval = vectorInterval(program, layer);
  if (isSequence(layer)) {
    // Sweep and results take turns on the vector unit.
    const lead = sequenceSweep(program, layer);
    const slot = lead + positions * interval;
    return { nPasses, nK: 0, weightPeriod: 0, slot, interval, lead, minPeriod: slot };
  }
  if (!isVmm(layer)) {
    const slot = positions * interval;
    return { nPasses, nK: 0, weightPeriod: 0, slot, interval, lead: 0, minPeriod: slot };
  }
  const input = operandTensor(program, layer, 0);
  const nK = blocksPerPass(layer, input, tensorAt(program, layer.output).shape[2], spec);
  const { period } = weightStream(spec, mapping, blockBytes(spec, layer.weightBits, input.bits));
  const slot = Math.max(positions, period);
  const chain = (mapping.inGroups - 1) * (spec.networks.partialSum.hopCycles + 1);
  const lead = (nK - 1) * slot + spec.vmm.latency + chain;
  // A half of the partial-sum buffer is free again when its sums have left; two passes later it is needed.
  const twoPasses = Math.ceil((lead + positions * interval) / 2);
  const minPeriod = Math.max(nK * slot, positions * interval, twoPasses);
  return { nPasses, nK, weightPeriod: period, slot, interval, lead, minPeriod };
}

type LayerShape = Omit<NorthPoleLayer, 'timing' | 'memory'>;
type VmmShape = Omit<Extract<NorthPoleLayer, { kind: 'vmm' }>, 'timing' | 'memory'>;

function isSequence(
  layer: LayerShape,
): layer is Omit<Extract<NorthPoleLayer, { kind: 'sequence' }>, 'timing' | 'memory'> {
  return layer.kind === 'sequence';
}

function isVmm(layer: LayerShape): layer is VmmShape {
  return layer.kind === 'vmm';
}

/**
 * Cycles of the vector unit per position: one per operand vector it reads (data port), those in which its lanes do all epilogue steps of
 * all channels, and not less than the cycles its result needs on the data port.
 */
function vectorInterval(program: Pick<NorthPoleProgram, 'spec' | 'tensors'>, layer: LayerShape): number {
  const { spec } = program;
  const out = portCycles(spec, tensorAt(program, layer.output).bits);
  // One operation of a lane each, as the chip counts them.
  const steps = stepOperations(layer);
  // Pipelined: lanes that one step leaves free begin the next.
  const work = Math.ceil((steps * spec.vmm.outputs) / spec.vector.lanes);
  return Math.max(1, out, tapReads(program, layer) + Math.max(work, addedReads(program, layer)));
}

/** Cycles of the data port to read one vector of an operand. */
export function operandCycles(
  program: Pick<NorthPoleProgram, 'spec' | 'tensors'>,
  layer: LayerShape,
  operand: number,
): number {
  return portCycles(program.spec, operandTensor(program, layer, operand).bits);
}

/** Cycles of the data port, and flits of the activation network, for a vector of vmm.outputs values of this width. */
export function portCycles(spec: NorthPoleSpec, bits: number): number {
  const bytes = (spec.vmm.outputs * bits) / 8;
  return Math.ceil(bytes / Math.min(spec.memory.dataPortBytes, spec.networks.activation.wires / 8));
}

/** How the weights of one in-group reach the cores that share them. */
export interface WeightStream {
  /** Lines of `weightPortBytes` of a block. */
  readonly lines: number;
  /** Line q leaves in cycle floor(q / linesPerCycle), or q * cyclesPerLine + inGroup mod cyclesPerLine where that is above 1. */
  readonly linesPerCycle: number;
  readonly cyclesPerLine: number;
  /** Cycles from the first line to the last of a block. */
  readonly period: number;
  /** From the memory of the source to the weight buffers. */
  readonly latency: number;
}

/**
 * The cores with the same weights (the tiles of one out-group and in-group) hold them together: line q of the group's blocks, in order (block of
 * output channels, block), lies in core q mod nTiles. The segment's bus is shared by the in-groups in equal parts; a core that shares
 * with nobody reads its own memory without a bus.
 */
export function weightStream(spec: NorthPoleSpec, mapping: LayerMapping, bytes: number): WeightStream {
  const { weightPortBytes } = spec.memory;
  const { model } = spec.networks;
  const nTiles = mapping.rows * mapping.columns;
  const lines = Math.ceil(bytes / weightPortBytes);
  if (nTiles === 1) return { lines, linesPerCycle: 1, cyclesPerLine: 1, period: lines, latency: 1 };
  const share = Math.min(model.wires / 8 / mapping.inGroups, spec.weightFillBytes);
  const latency = ((mapping.segments[2] ?? 0) + (mapping.segments[3] ?? 0)) * model.hopCycles;
  const linesPerCycle = Math.min(nTiles, Math.floor(share / weightPortBytes));
  if (linesPerCycle >= 1) {
    return { lines, linesPerCycle, cyclesPerLine: 1, period: Math.ceil(lines / linesPerCycle), latency };
  }
  const cyclesPerLine = Math.ceil(weightPortBytes / share);
  return { lines, linesPerCycle: 1, cyclesPerLine, period: lines * cyclesPerLine, latency };
}

/**
 * Cycle in which line i of a weight block leaves the memory that holds it; it reaches the weight buffers `latency` cycles later. The
 * last line is there in the cycle before the slot. `slotStart` is the first cycle in which the VMM uses the block.
 */
export function lineCycle(stream: WeightStream, slotStart: number, i: number, inGroup: number): number {
  const { cyclesPerLine, linesPerCycle, period, latency } = stream;
  const offset = cyclesPerLine > 1 ? i * cyclesPerLine + (inGroup % cyclesPerLine) : Math.floor(i / linesPerCycle);
  return slotStart - period - latency + offset;
}

/**
 * Where line i of block k of output-channel block `ob` (counted in its group) lies: in the memory of tile `tile`, `offset` bytes after
 * the weightBase of that share. A group stores nK blocks per output-channel block; those it does not have are zero. Inside a
 * block weight (output o, operand e) is element o * lanes + e, the rest of the last line is zero.
 */
export function lineAddress(
  spec: NorthPoleSpec,
  mapping: Pick<LayerMapping, 'rows' | 'columns'>,
  lines: number,
  nK: number,
  at: { readonly ob: number; readonly k: number; readonly i: number },
): { readonly tile: number; readonly offset: number } {
  const nTiles = mapping.rows * mapping.columns;
  const q = (at.ob * nK + at.k) * lines + at.i;
  return { tile: q % nTiles, offset: Math.floor(q / nTiles) * spec.memory.weightPortBytes };
}

/** Bytes that one tile needs for its part of a group's weights (the same for all tiles, rounded up). */
export function weightBytesPerShare(
  spec: NorthPoleSpec,
  mapping: Pick<LayerMapping, 'rows' | 'columns' | 'outBlocks'>,
  lines: number,
  nK: number,
): number {
  return Math.ceil((mapping.outBlocks * nK * lines) / (mapping.rows * mapping.columns)) * spec.memory.weightPortBytes;
}

/** Cycles of the data port a position of a layer reads operands in, from the first cycle of its interval on. */
export function dataReadCycles(program: Pick<NorthPoleProgram, 'spec' | 'tensors'>, layer: LayerShape): number {
  return tapReads(program, layer) + addedReads(program, layer);
}

/** Of these, the reads of the main operand: a VMM has a port of its own for it. */
function tapReads(program: Pick<NorthPoleProgram, 'spec' | 'tensors'>, layer: LayerShape): number {
  if (isSequence(layer)) return sequenceResult(program.spec, layer.operation);
  const { window } = layer.geometry;
  return isVmm(layer) ? 0 : window[0] * window[1] * operandCycles(program, layer, 0);
}

/** Of these, the reads of added operands. */
const addedReads = (program: Pick<NorthPoleProgram, 'spec' | 'tensors'>, layer: LayerShape): number =>
  layer.epilogue.reduce((n, s) => n + (s.kind === 'add' ? operandCycles(program, layer, s.operand) : 0), 0);

/**
 * When the data port of a core reads operands for position p of pass j: from start + j T + offset + p interval on, for `cycles`. Sequence layers
 * own the port from the start of the pass.
 */
export function dataReads(
  program: Pick<NorthPoleProgram, 'spec' | 'tensors'>,
  layer: LayerShape,
  { lead }: Pick<PassShape, 'lead'>,
): { readonly offset: number; readonly cycles: number } {
  const cycles = dataReadCycles(program, layer);
  return isSequence(layer) ? { offset: 0, cycles: lead + cycles } : { offset: lead, cycles };
}

/** Bytes per cycle these reads take of the data port: those of the widest operand vector; sequence layers take all. */
export function dataReadBytes(program: Pick<NorthPoleProgram, 'spec' | 'tensors'>, layer: LayerShape): number {
  const { memory, vmm } = program.spec;
  if (isSequence(layer)) return memory.dataPortBytes;
  const read = layer.operands.filter((_, operand) => operand > 0 || layer.kind === 'vector');
  const bytes = read.map((t) => Math.ceil((vmm.outputs * tensorAt(program, t).bits) / 8));
  return Math.min(memory.dataPortBytes, Math.max(0, ...bytes));
}

/** The first cycle in which the result of position p of pass j can leave the output buffer. */
export function readyCycle(
  spec: NorthPoleSpec,
  layer: { readonly start: number; readonly passPeriod: number },
  { lead, interval }: Pick<PassShape, 'lead' | 'interval'>,
  pass: number,
  p: number,
): number {
  return layer.start + pass * layer.passPeriod + lead + (p + 1) * interval + spec.vector.latency;
}

/** Cycles of the instruction network to bring a program of `programBytes` to every core of a row. */
export function programCycles(spec: NorthPoleSpec, programBytes: number): number {
  const { wires, hopCycles } = spec.networks.instruction;
  return Math.ceil((spec.gridWidth * programBytes) / (wires / 8)) + spec.gridWidth * hopCycles;
}

/** Bytes of the program of one core for a layer in which no core sends more than `packets` packets. */
export const programBytesFor = (packets: number): number => 64 + 4 * packets;
