/** What became of a packet that reached a core. */
export type Delivery = 'stored' | 'dropped' | 'duplicate';

/**
 * The scheduler of one core: a ring of `maxTickOffset` words of one bit per axon, one of them the word of the running tick.
 *
 * ```
 *   word      current   current + 1   ...   current + d + 1
 *   offset       -           0                    d            modulo the ring: the last offset meets the current word
 * ```
 */
export class RancScheduler {
  readonly #nSlots: number;
  readonly #words: number;
  readonly #ring: Uint32Array;
  /** Before the first tick the last word is current, so that the first tick reads word 0. */
  #current: number;

  constructor(nAxons: number, maxTickOffset: number) {
    this.#nSlots = maxTickOffset;
    this.#words = Math.ceil(nAxons / 32);
    this.#ring = new Uint32Array(this.#nSlots * this.#words);
    this.#current = this.#nSlots - 1;
  }

  /** Begins a tick: the next word becomes the current one. */
  advance(): void {
    this.#current = (this.#current + 1) % this.#nSlots;
  }

  /** Stores a packet offset + 1 ticks ahead. One for the current word is dropped; one that is there already collapses with it. */
  receive(axon: number, offset: number): Delivery {
    const slot = (this.#current + offset + 1) % this.#nSlots;
    if (slot === this.#current) return 'dropped';
    const word = slot * this.#words + (axon >>> 5);
    const bit = 1 << (axon & 31);
    if ((this.#ring[word]! & bit) !== 0) return 'duplicate';
    this.#ring[word]! |= bit;
    return 'stored';
  }

  /** The current word, 32 axons an entry: a view that `clear` empties. */
  currentWord(): Uint32Array {
    return this.#ring.subarray(this.#current * this.#words, (this.#current + 1) * this.#words);
  }

  /** The axons that were received for the tick so many ticks after the running one, 1 and up; none beyond the ring. */
  axonsIn(ticks: number): number[] {
    if (ticks < 1 || ticks >= this.#nSlots) return [];
    const start = ((this.#current + ticks) % this.#nSlots) * this.#words;
    return Array.from({ length: this.#words * 32 }, (_, axon) => axon).filter(
      (axon) => ((this.#ring[start + (axon >>> 5)]! >>> (axon & 31)) & 1) === 1,
    );
  }

  /** Forgets everything, as before the first tick. */
  reset(): void {
    this.#ring.fill(0);
    this.#current = this.#nSlots - 1;
  }

  /** Ends a tick: empties the current word. */
  clear(): void {
    this.#ring.fill(0, this.#current * this.#words, (this.#current + 1) * this.#words);
  }
}
