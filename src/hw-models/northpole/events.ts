/** Event counters of the chip while it runs; meaning in ir/trace/northpole-counters.ts. */
import type { NorthPoleCounters } from '../../ir/trace/northpole-counters.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends number ? number : Mutable<T[K]> };

/** Counters that can still change. */
export type Events = Mutable<NorthPoleCounters>;

/** All zero but the frames. */
export function noEvents(frames: number): Events {
  const traffic = () => ({ bytes: 0, byteHops: 0 });
  return {
    frames,
    cycles: 0,
    macs: { 8: 0, 4: 0, 2: 0, 1: 0 },
    vmmCycles: { 8: 0, 4: 0, 2: 0, 1: 0 },
    memoryBytes: { activationRead: 0, weightRead: 0, dataRead: 0, dataWrite: 0 },
    networks: { model: traffic(), partialSum: traffic(), activation: traffic(), instruction: traffic() },
    vectorOperations: 0,
    packets: 0,
  };
}

/** The class of a VMM operation: the wider operand's container. */
export function precisionClass(weightBits: number, activationBits: number): 8 | 4 | 2 | 1 {
  const bits = Math.max(weightBits, activationBits);
  if (bits === 8 || bits === 4 || bits === 2 || bits === 1) return bits;
  throw new Error(`internal error: the VMM has no operands of ${bits} bits`);
}
