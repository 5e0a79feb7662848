/**
 * The scheduler of one core: a ring of maxDelay + 1 slots of one bit per axon. Two spikes to one axon in one tick set the
 * same bit and collapse into one.
 */
export interface Scheduler {
  /** Marks the axon active in `tick`; whether it was not yet. */
  schedule(axon: number, tick: number): boolean;
  /** The axons active in `tick`, ascending; empties the slot. */
  take(tick: number): number[];
  /** The axons that are marked for a tick, which is less than maxDelay + 1 ticks ahead, ascending; nothing is emptied. */
  axonsOf(tick: number): number[];
  /** Empties every slot. */
  clear(): void;
}

/** The ring. */
export class AxonScheduler implements Scheduler {
  readonly #nSlots: number;
  readonly #words: number;
  readonly #slots: Uint32Array;

  constructor(nAxons: number, maxDelay: number) {
    this.#nSlots = maxDelay + 1;
    this.#words = Math.ceil(nAxons / 32);
    this.#slots = new Uint32Array(this.#nSlots * this.#words);
  }

  /** `tick` must be less than maxDelay + 1 ticks ahead of the next `take`. */
  schedule(axon: number, tick: number): boolean {
    const word = (tick % this.#nSlots) * this.#words + (axon >>> 5);
    const bit = 1 << (axon & 31);
    const isNew = (this.#slots[word]! & bit) === 0;
    this.#slots[word] = this.#slots[word]! | bit;
    return isNew;
  }

  take(tick: number): number[] {
    const axons: number[] = [];
    const start = (tick % this.#nSlots) * this.#words;
    for (let word = 0; word < this.#words; word++) {
      let bits = this.#slots[start + word]!;
      while (bits !== 0) {
        const bit = 31 - Math.clz32(bits & -bits);
        axons.push(word * 32 + bit);
        bits &= bits - 1;
      }
      this.#slots[start + word] = 0;
    }
    return axons;
  }

  axonsOf(tick: number): number[] {
    const start = (tick % this.#nSlots) * this.#words;
    return Array.from({ length: this.#words * 32 }, (_, axon) => axon).filter(
      (axon) => ((this.#slots[start + (axon >>> 5)]! >>> (axon & 31)) & 1) === 1,
    );
  }

  clear(): void {
    this.#slots.fill(0);
  }
}
