/** Rows as sums of counts of sets of inputs. */
import type { GateDemand } from './drafts.js';
import type { RowGroup } from './groups.js';

/** A set of inputs that one counting neuron counts. */
export interface Lane {
  /** Places in the inputs of the group. */
  readonly inputs: readonly number[];
  /** +1 or -1: how the count enters the row's sum (score layers) or which axon type it arrives on. */
  readonly sign: 1 | -1;
  /** Signed sums: the row whose sum over the inputs the neuron emits, its positive part or the magnitude of its negative one, by the sign. */
  readonly row?: number;
  /** What a spike of the count is worth, 1 or, for digits of weights, a power of two; spikes of layers that fire are worth 1. */
  readonly worth: number;
}

/** [chunk] sets of inputs. */
export type LanesOfChunks = readonly (readonly Lane[])[];

/** An output of a bundle: its row is that of the bundle, or with `sign` -1 the same with all signs turned. */
export interface BundledOutput {
  readonly output: number;
  readonly sign: 1 | -1;
  /** Sets that this output counts and no other of the bundle. */
  readonly extra: LanesOfChunks;
  readonly demand: GateDemand;
}

/** How one sum, which one or several outputs compare with their thresholds, is put together from counts. */
export interface RowPlan {
  /** The first of the outputs, whose row it is. */
  readonly row: number;
  readonly outputs: readonly BundledOutput[];
  /** Weight of a spike of the row's own lanes with sign +1 and -1, and of the shared lanes of its group. */
  readonly own: number;
  readonly shared: number;
}

/** The sums of a group, before it is said in which sets their inputs are counted: that depends on the window. */
export interface GroupSums {
  readonly group: RowGroup;
  /** [chunk] inputs of the group in that chunk. */
  readonly chunks: readonly Int32Array[];
  readonly rows: readonly RowPlan[];
}

/** The sets of a group. Groups whose rows are the same but for the place of their inputs, such as those of a convolution, have the same ones. */
export interface SetsOfGroup {
  /** Shared lanes; empty where rows share none. */
  readonly shared: LanesOfChunks;
  /** [row] those of every row. */
  readonly lanes: readonly LanesOfChunks[];
}

/** A group whose sums are counted in sets. */
export interface GroupPlan extends GroupSums, SetsOfGroup {}
