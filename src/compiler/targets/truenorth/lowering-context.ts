import type { CoreSize } from './drafts.js';
import type { Arrival } from './lowered.js';
import type { LoweringMemo } from './lowering-memo.js';

/** What a lowering needs to know besides the layer. */
export interface LoweringContext {
  readonly layer: number;
  readonly size: CoreSize;
  /** One frame per tick: bias in the leak, no timer. */
  readonly streaming: boolean;
  /** Longest window of partial sums, in ticks. */
  readonly window: number;
  /** [nOut] physical copies of every output; 0 = nobody reads it. */
  readonly copies: Int32Array;
  /** The input elements arrive as `maxCount` spikes at most, in ticks 0..span-1 of the frame. */
  readonly arrival: Arrival;
  /** Inputs come from the host: copies cost nothing. */
  readonly fromHost: boolean;
  /** Lowerings that stand bit errors, whatever they cost; not without it. */
  readonly robust?: boolean;
  /** A plan of so many cores or more is of no use: another one has fewer. It need not be made, only counted that far. */
  readonly fewerThan?: number;
  /** What other windows and fan-outs have found out. */
  readonly memo: LoweringMemo;
}
