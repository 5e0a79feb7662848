/**
 * Wires: what travels between chip layers. A wire is heard on one axon as a number of spikes per frame, its count. It comes from outputs of chip
 * layers or from the host; where several drive it, their spikes of one tick merge into one, which is how maxima cost nothing.
 */

/** The producer of what the host sends. */
export const HOST = -1;

/** An output that drives a wire. Its spikes act `lag` ticks after the start of the window of the layer that reads the wire. */
export interface Driver {
  /** Index of the chip layer, or {@link HOST}. */
  readonly layer: number;
  readonly output: number;
  readonly lag: number;
}

/** How the spikes of a wire arrive. */
export interface WireTiming {
  /** Largest count. */
  readonly max: number;
  /** Ticks in which they may come, from the first tick of the window on. */
  readonly span: number;
  /** A count c comes as spikes in ticks 0..c-1 exactly. */
  readonly aligned: boolean;
}

/** Wires of one value, in the order of its elements. */
export interface WireBlock {
  readonly from: number;
  readonly n: number;
}

/** All wires of a network, by number. */
export class WireTable {
  readonly #drivers: (readonly Driver[])[] = [];
  readonly #max: number[] = [];
  readonly #span: number[] = [];
  readonly #aligned: boolean[] = [];
  readonly #channel: number[] = [];
  readonly #block: number[] = [];
  readonly #blocks: { from: number; n: number }[] = [];

  /** Wires that are added until the next call are of one value. */
  startBlock(): void {
    this.#blocks.push({ from: this.size, n: 0 });
  }

  /** The number of the new wire; `channel` is that of its element. */
  add(drivers: readonly Driver[], { max, span, aligned }: WireTiming, channel: number): number {
    const block = this.#blocks.at(-1)!;
    block.n++;
    this.#drivers.push(drivers);
    this.#max.push(max);
    this.#span.push(span);
    this.#aligned.push(aligned);
    this.#channel.push(channel);
    this.#block.push(this.#blocks.length - 1);
    return this.#drivers.length - 1;
  }

  get size(): number {
    return this.#drivers.length;
  }

  drivers(wire: number): readonly Driver[] {
    return this.#drivers[wire]!;
  }

  max(wire: number): number {
    return this.#max[wire]!;
  }

  timing(wire: number): WireTiming {
    return { max: this.#max[wire]!, span: this.#span[wire]!, aligned: this.#aligned[wire]! };
  }

  channel(wire: number): number {
    return this.#channel[wire]!;
  }

  /** The value that a wire is of: its number, and its wires. */
  blockOf(wire: number): WireBlock & { readonly index: number } {
    const index = this.#block[wire]!;
    return { index, ...this.#blocks[index]! };
  }
}

/** How wires arrive together: the largest count, the longest span, aligned if all are. */
export function timingOf(wires: WireTable, read: Iterable<number>): WireTiming {
  let max = 1;
  let span = 1;
  let aligned = true;
  for (const wire of read) {
    const timing = wires.timing(wire);
    max = Math.max(max, timing.max);
    span = Math.max(span, timing.span);
    aligned &&= timing.aligned;
  }
  return { max, span, aligned };
}
