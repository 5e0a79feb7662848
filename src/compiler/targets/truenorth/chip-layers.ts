/**
 * Chip layers: what a network is made of on the chip. A chip layer is a sparse integer matrix on wires, with one rule for all of its outputs: fire when the
 * sum reaches a threshold, emit the sum as a number of spikes, or report it as a class score.
 */
import type { InputDigits } from '../../../ir/network/input-code.js';
import type { CompleteReadout } from '../../../ir/network/readout.js';
import type { InputCode, NodeId, Shape } from '../../../ir/network/types.js';
import type { Form } from './forms.js';
import type { Matrix } from './matrix.js';
import type { WireTable } from './wires.js';

/** What the outputs of a chip layer do with their sum S. */
export type OutputRule = 'threshold' | 'count' | 'score';

/** Outputs of a `threshold` layer that emit more than one spike, or may: output o emits min(most, max(0, floor((scale S + offset) / rise))). */
export interface LayerStairs {
  /** Spikes of the longest, which are those ticks one after the other. */
  readonly most: number;
  /** [nOut] spikes at most; 1: a threshold. */
  readonly steps: Uint8Array;
  /** [nOut] */
  readonly scale: Uint8Array;
  /** [nOut] */
  readonly rise: Int32Array;
  /** [nOut] */
  readonly offset: Int32Array;
}

/** One layer as the chip computes it. */
export interface ChipLayer {
  readonly name: string;
  readonly rule: OutputRule;
  /** [outputs, inputs] */
  readonly matrix: Matrix;
  /** [nOut] for `threshold`: fire iff S >= theta, with theta in min(S)..max(S)+1; of several steps the first. */
  readonly theta: Int32Array;
  /** Absent where every output fires once at most. */
  readonly stairs?: LayerStairs;
  /** [nOut] for `score`: constant to add to the sum. */
  readonly constant: Int32Array;
  /** [nOut] outputs of one bundle are one sum: their rows are the same, or the same with all signs turned. */
  readonly bundle: Int32Array;
  /** [nOut] 1: all signs of the row are turned. */
  readonly turned: Uint8Array;
  /** [nOut] an input that only this output of its bundle reads, with weight 1 or, where signs are turned, -1; -1: none. */
  readonly extra: Int32Array;
  /** [nIn] the wire of every input. */
  readonly inputs: Int32Array;
  /** [nIn] largest count of every input. */
  readonly max: Uint16Array;
  /** [nIn] channel of every input, for splitting a fan-in by channel. */
  readonly inputChannel: Int32Array;
}

/** Chip layers, every one after those whose outputs it reads. */
export interface ChipNetwork {
  readonly code: InputCode;
  /** How integers come from the host; absent for codes of spikes. */
  readonly digits?: InputDigits;
  readonly inputShape: Shape;
  readonly layers: readonly ChipLayer[];
  readonly wires: WireTable;
  /** Names of max pools that cost nothing: their maxima merge on the axons of the layer with this index. */
  readonly merges: readonly {
    readonly name: string;
    readonly layer: number;
    readonly nIn: number;
    readonly nOut: number;
  }[];
  readonly nClasses: number;
  /** [number of outputs of the last layer] class of each. */
  readonly outputClass: Int32Array;
  readonly readout: CompleteReadout;
  /** Values of the integer network that leave cores, in the order of its nodes. */
  readonly held: readonly HeldValue[];
}

/** Where the values of a node of the integer network are on the chip. */
export interface HeldValue {
  readonly node: NodeId;
  readonly form: Form;
}

/** Smallest and largest sum of an output over all counts of its inputs. */
export function rowRange({ matrix, max }: Pick<ChipLayer, 'matrix' | 'max'>, row: number): readonly [number, number] {
  let low = 0;
  let high = 0;
  for (let k = matrix.rowStart[row]!; k < matrix.rowEnd[row]!; k++) {
    const w = matrix.weight[k]! * max[matrix.column[k]!]!;
    if (w < 0) low += w;
    else high += w;
  }
  return [low, high];
}

/** Inputs of the widest row. */
export function widestRow({ rowStart, rowEnd, nOut }: Matrix): number {
  let widest = 0;
  for (let o = 0; o < nOut; o++) widest = Math.max(widest, rowEnd[o]! - rowStart[o]!);
  return widest;
}
