/** Spikes of a file as structure of arrays, whatever the encoding. */

/** Most spikes of a file: 24 bytes each in memory. */
export const MAX_SPIKES = 100_000_000;
/** Last tick of a spike: three days of the chip. A tick and a neuron fit a float64 together. */
export const MAX_TICK = 2 ** 28;
/** A source or destination that a record does not name. */
export const NOT_NAMED = -(2 ** 31);

/** One spike. A neuron fired in `tick`, or the host sent it then; it acts on the axon in `tick + delay`. */
export interface Spike {
  readonly tick: number;
  /** Core id and neuron; NOT_NAMED if the file does not say. */
  readonly srcCore: number;
  readonly srcNeuron: number;
  /** Core id (or pin group of the host) and axon; NOT_NAMED if the file does not say. */
  readonly destCore: number;
  readonly destAxon: number;
  readonly delay: number;
}

/** Spikes in the order of the file, [n] each. */
export interface SpikeRecords {
  readonly n: number;
  readonly tick: Int32Array;
  readonly srcCore: Int32Array;
  readonly srcNeuron: Int32Array;
  readonly destCore: Int32Array;
  readonly destAxon: Int32Array;
  readonly delay: Uint8Array;
  /** Ticks that the recording covers: above the last spike where the file has empty frames. */
  readonly nTicks: number;
}

/** Grows as spikes come. */
export class SpikeBuilder {
  #n = 0;
  #nTicks = 0;
  #words = new Int32Array(5 * 1024);
  #delays = new Uint8Array(1024);

  get n(): number {
    return this.#n;
  }

  /** Adds a spike. */
  add(tick: number, srcCore: number, srcNeuron: number, destCore: number, destAxon: number, delay: number): void {
    if (this.#n === this.#delays.length) {
      const words = new Int32Array(this.#words.length * 2);
      words.set(this.#words);
      this.#words = words;
      const delays = new Uint8Array(this.#delays.length * 2);
      delays.set(this.#delays);
      this.#delays = delays;
    }
    const at = 5 * this.#n;
    const words = this.#words;
    words[at] = tick;
    words[at + 1] = srcCore;
    words[at + 2] = srcNeuron;
    words[at + 3] = destCore;
    words[at + 4] = destAxon;
    this.#delays[this.#n] = delay;
    this.#n++;
    this.covers(tick);
  }

  /** The recording goes at least to the end of this tick. */
  covers(tick: number): void {
    if (tick >= this.#nTicks) this.#nTicks = tick + 1;
  }

  /** The spikes so far. */
  build(): SpikeRecords {
    const n = this.#n;
    const column = (offset: number): Int32Array => {
      const values = new Int32Array(n);
      for (let i = 0; i < n; i++) values[i] = this.#words[5 * i + offset]!;
      return values;
    };
    return {
      n,
      tick: column(0),
      srcCore: column(1),
      srcNeuron: column(2),
      destCore: column(3),
      destAxon: column(4),
      delay: this.#delays.slice(0, n),
      nTicks: this.#nTicks,
    };
  }
}

/** Spikes from a list, for tests and small programs. */
export function spikeRecords(spikes: readonly Partial<Spike>[], nTicks = 0): SpikeRecords {
  const builder = new SpikeBuilder();
  for (const spike of spikes) {
    const { tick = 0, srcCore = NOT_NAMED, srcNeuron = NOT_NAMED, destCore = NOT_NAMED } = spike;
    builder.add(tick, srcCore, srcNeuron, destCore, spike.destAxon ?? NOT_NAMED, spike.delay ?? 1);
  }
  if (nTicks > 0) builder.covers(nTicks - 1);
  return builder.build();
}
