/**
 * What the vector unit does in the interval of one position: operand vectors come in over the data port, one flit per cycle - the taps of the
 * window, then the added operands - and the epilogue makes the result.
 */
import { present } from '../../common/assert.js';
import type { NorthPoleProgram, VectorLayer } from '../../ir/program/northpole.js';
import type { Position } from './exchange.js';
import { tapAt } from './layer-plan.js';
import type { LayerWork } from './layer-work.js';
import type { CoreMemory } from './memory.js';
import { elementIndex, operandTensor, tensorAt } from './regions.js';
import { portCycles } from './timing.js';
import { applyEpilogue, averageSums, combineTaps, stepOperations } from './vector-unit.js';
import { violation, type Place } from './violation.js';

/** One access of the data port: channels [c0, c1) of a pixel of an operand into `into`, whose first channel is `from`. */
interface OperandRead {
  readonly operand: number;
  readonly y: number;
  readonly x: number;
  readonly c0: number;
  readonly c1: number;
  readonly from: number;
  readonly into: Int32Array;
  /** Comes off what is read. */
  readonly zeroPoint: number;
}

/** A position in work. */
export interface VectorJob {
  readonly work: LayerWork;
  readonly pass: number;
  readonly position: number;
  readonly at: Position;
  /** Output channels [c0, c1). */
  readonly c0: number;
  readonly c1: number;
  /** [step] undefined: the port is free, the tap lies in the padding. */
  readonly reads: readonly (OperandRead | undefined)[];
  /** The sums, or the taps of the window. */
  readonly inputs: readonly Int32Array[];
  readonly added: ReadonlyMap<number, Int32Array>;
}

/** Channels of one flit, or of one access of the data port, in containers of `bits`. */
export function flitChannels({ spec }: Pick<NorthPoleProgram, 'spec'>, bits: number): number {
  return Math.floor((Math.min(spec.memory.dataPortBytes, spec.networks.activation.wires / 8) * 8) / bits);
}

/** Prepares a position; `sums` are those of its channels, undefined for vector layers. */
export function vectorJob(
  program: NorthPoleProgram,
  work: LayerWork,
  where: Pick<VectorJob, 'pass' | 'position' | 'at' | 'c0' | 'c1'>,
  sums: Int32Array | undefined,
): VectorJob {
  const { layer } = work.plan;
  const { at, c0, c1 } = where;
  const reads: (OperandRead | undefined)[] = [];
  const fetch = (operand: number, y: number, x: number): Int32Array => {
    const into = new Int32Array(c1 - c0);
    const { bits, zeroPoint = 0 } = operandTensor(program, layer, operand);
    const n = flitChannels(program, bits);
    for (let f = 0; f < portCycles(program.spec, bits); f++) {
      const from = Math.min(c1, c0 + f * n);
      const to = Math.min(c1, from + n);
      reads.push(from < to ? { operand, y, x, c0: from, c1: to, from: c0, into, zeroPoint } : undefined);
    }
    return into;
  };
  const inputs: Int32Array[] = sums === undefined ? [] : [sums.slice(0, c1 - c0)];
  if (layer.kind === 'vector') {
    const [height, width] = operandTensor(program, layer, 0).shape;
    for (let ky = 0; ky < layer.geometry.window[0]; ky++) {
      for (let kx = 0; kx < layer.geometry.window[1]; kx++) {
        const y = tapAt(layer, 0, at.y, ky);
        const x = tapAt(layer, 1, at.x, kx);
        const inside = y >= 0 && y < height && x >= 0 && x < width;
        if (inside) inputs.push(fetch(0, y, x));
        else idle(reads, portCycles(program.spec, operandTensor(program, layer, 0).bits));
      }
    }
  }
  const added = new Map<number, Int32Array>();
  for (const step of layer.epilogue) {
    if (step.kind === 'add') added.set(step.operand, fetch(step.operand, at.y, at.x));
  }
  return { ...where, work, reads, inputs, added };
}

function idle(reads: (OperandRead | undefined)[], cycles: number): void {
  for (let n = 0; n < cycles; n++) reads.push(undefined);
}

/** Does the read of a step; returns the bytes it took. */
export function readStep(place: Place, memory: CoreMemory, job: VectorJob, step: number): number {
  const read = job.reads[step];
  if (read === undefined) return 0;
  const { work, at } = job;
  const region = present(work.share.operands[read.operand], `region of operand ${read.operand}`);
  const buffer = present(work.operands[read.operand], `buffer of operand ${read.operand}`);
  const bytes = Math.ceil(((read.c1 - read.c0) * buffer.bits) / 8);
  memory.dataPort.use(place, bytes);
  for (let c = read.c0; c < read.c1; c++) {
    const outside = read.y < region.y0 || read.y >= region.y1 || read.x < region.x0 || read.x >= region.x1;
    if (outside || c < region.c0 || c >= region.c1) {
      throw violation(place, 'data port', `element ${read.y},${read.x},${c} is not in this memory`);
    }
    const index = elementIndex(region, at.frame, read.y, read.x, c);
    read.into[c - read.from] = memory.read(place.cycle, buffer, index) - read.zeroPoint;
  }
  return bytes;
}

/** The result as it is stored, and the lane operations it took. */
export function finish(
  program: NorthPoleProgram,
  job: VectorJob,
): { readonly values: Int32Array; readonly operations: number } {
  const { layer } = job.work.plan;
  const { shape, zeroPoint = 0 } = tensorAt(program, layer.output);
  const input = layer.kind === 'vector' ? windowResult(program, layer, job) : present(job.inputs[0], 'sums');
  const place = { y: job.at.y, x: job.at.x, c0: job.c0, shape };
  const values = applyEpilogue(layer.epilogue, input, place, job.added).map((value) => value + zeroPoint);
  const taps = layer.kind === 'vector' ? job.inputs.length : 0;
  return { values, operations: (job.c1 - job.c0) * (taps + stepOperations(layer)) };
}

function windowResult(program: NorthPoleProgram, layer: VectorLayer, { inputs, at, c0, c1 }: VectorJob): Int32Array {
  const combined = combineTaps(layer, inputs, c0, c1 - c0);
  if (layer.average === undefined) return combined;
  const [height, width] = operandTensor(program, layer, 0).shape;
  const [top, bottom, left, right] = layer.average.counted;
  const countOf = (axis: 0 | 1, o: number, from: number, to: number): number => {
    let n = 0;
    for (let k = 0; k < layer.geometry.window[axis]; k++) {
      const tap = tapAt(layer, axis, o, k);
      if (tap >= from && tap < to) n++;
    }
    return n;
  };
  const count = countOf(0, at.y, -top, height + bottom) * countOf(1, at.x, -left, width + right);
  return averageSums(layer.average, combined, count);
}
