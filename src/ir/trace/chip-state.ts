/**
 * The state of a chip of spiking cores between two ticks, the same whichever engine has it: what a checkpoint keeps. Draws are functions of seed, place
 * and tick, so nothing else has to be remembered.
 */
export interface ChipState {
  /** The tick that comes next. */
  readonly now: number;
  /** [nCores, nNeurons] */
  readonly potentials: Int32Array;
  /** [nPins] spikes per output pin since the caller last filled them with 0. */
  readonly pins: Int32Array;
  /** [n, 3] tick, core and axon of the spikes on their way, ascending; ticks from `now` on. */
  readonly spikes: Int32Array;
}

/** Ascending by tick, core, axon: [n, 3]. */
export function sortedSpikes(rows: readonly (readonly [tick: number, core: number, axon: number])[]): Int32Array {
  return Int32Array.from(rows.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]).flat());
}
