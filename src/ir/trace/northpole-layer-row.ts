/** One row of the per-layer table of a network on a NorthPole-style chip, per batch. */
export interface NorthPoleLayerRow {
  readonly name: string;
  readonly kind: string;
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly weightBits: number;
  readonly activationBits: number;
  readonly cores: number;
  readonly rows: number;
  readonly columns: number;
  readonly outGroups: number;
  readonly inGroups: number;
  readonly macs: number;
  /** From the start of this layer to the start of the next one (to the end of the batch for the last one). */
  readonly cycles: number;
  /** macs over what the whole array could do in `cycles` at this precision, 0..1; 0 for layers without a matrix. */
  readonly utilisation: number;
  /** What keeps it from being faster. */
  readonly bound: 'compute' | 'weights in' | 'activations in' | 'partial sums' | 'vector unit' | 'latency';
  /** Bytes over each network (once per byte, however many hops). */
  readonly modelBytes: number;
  readonly partialSumBytes: number;
  readonly activationBytes: number;
  readonly instructionBytes: number;
}
