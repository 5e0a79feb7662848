/** What happens on one on-chip network. */
export interface NetworkTraffic {
  /** Bytes that enter the network, each once. */
  readonly bytes: number;
  /** Bytes times links crossed; on a bus, bytes times cores of the segment or row it reaches (also those that ignore it). */
  readonly byteHops: number;
}

/** Events by the width of the wider operand's container. */
export type ByPrecision = Readonly<Record<8 | 4 | 2 | 1, number>>;

/**
 * Events of one batch on a NorthPole-style chip, summed over cores. They follow from the static schedule alone, so they are the same
 * counted from the program (hw-models/northpole/counters.ts) or by the cycle-by-cycle engine. Energy is events times the
 * spec's cost table (hw-models/northpole/costs.ts).
 */
export interface NorthPoleCounters {
  /** Frames of the batch. */
  readonly frames: number;
  /** Cycles of the batch, from the first step to the last write (program.cycles). */
  readonly cycles: number;
  /**
   * Multiply-accumulates the network asks for: per position of an output, the operands each channel is connected to - those of its convolution
   * group or block. Taps that fall on padding are multiplied too; lanes, groups and blocks filled up with zeros do not count.
   */
  readonly macs: ByPrecision;
  /** Core-cycles in which a VMM multiplies a block. */
  readonly vmmCycles: ByPrecision;
  /** Bytes through the ports of the unified memories. The data port also writes the results kept for the host. */
  readonly memoryBytes: {
    readonly activationRead: number;
    readonly weightRead: number;
    readonly dataRead: number;
    readonly dataWrite: number;
  };
  readonly networks: {
    readonly model: NetworkTraffic;
    readonly partialSum: NetworkTraffic;
    readonly activation: NetworkTraffic;
    readonly instruction: NetworkTraffic;
  };
  /** Lane operations of the vector unit: lanes in use times epilogue steps and taps of a window. */
  readonly vectorOperations: number;
  /** Packets of the activation network. */
  readonly packets: number;
}
