/** One layer on one sample: reads its inputs, returns its own output buffer (overwritten by the next call). */
export type Layer = (inputs: readonly Float64Array[]) => Float64Array;

/** A layer of one input. */
export type UnaryLayer = (input: Float64Array) => Float64Array;

/** How many tokens of the sequence have gone by; shared by all layers of one interpreter. */
export interface Sequence {
  position: number;
}
