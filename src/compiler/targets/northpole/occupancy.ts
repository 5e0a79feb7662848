/** Which cycles resources are taken in: a row of bits per resource, 32 cycles a word. */
export class Occupancy {
  private readonly nResources: number;
  private words: number;
  private bits: Int32Array;

  /** `cycles` is a guess; the table grows. */
  constructor(nResources: number, cycles: number) {
    this.nResources = nResources;
    this.words = (cycles >> 5) + 3;
    this.bits = new Int32Array(nResources * this.words);
  }

  /** Marks [from, from + n) of a resource. */
  take(resource: number, from: number, n: number): void {
    const to = from + n;
    while (to + 64 >= this.words * 32) this.grow();
    const row = resource * this.words;
    for (let t = from; t < to;) {
      const shift = t & 31;
      const count = Math.min(32 - shift, to - t);
      const mask = count === 32 ? -1 : ((1 << count) - 1) << shift;
      this.bits[row + (t >> 5)]! |= mask;
      t += count;
    }
  }

  /**
   * The first cycle t >= from in which every entry k of [first, last) is free: resource[k] in [t + delay[k], t + delay[k] + duration[k]).
   * Looks at 32 candidates at a time.
   */
  earliest(
    from: number,
    resource: Int32Array,
    delay: Int32Array,
    duration: Int32Array,
    first: number,
    last: number,
  ): number {
    for (let t = from; ; t += 32) {
      let busy = 0;
      for (let k = first; k < last && busy !== -1; k++) {
        const at = t + delay[k]!;
        const n = duration[k]!;
        while (at + n + 64 >= this.words * 32) this.grow();
        const row = resource[k]! * this.words;
        for (let i = 0; i < n; i++) {
          const word = row + ((at + i) >> 5);
          const shift = (at + i) & 31;
          busy |= this.bits[word]! >>> shift;
          if (shift !== 0) busy |= this.bits[word + 1]! << (32 - shift);
        }
      }
      if (busy !== -1) {
        const free = ~busy;
        return t + 31 - Math.clz32(free & -free);
      }
    }
  }

  private grow(): void {
    const words = this.words * 2;
    const bits = new Int32Array(this.nResources * words);
    for (let r = 0; r < this.nResources; r++) {
      bits.set(this.bits.subarray(r * this.words, (r + 1) * this.words), r * words);
    }
    this.words = words;
    this.bits = bits;
  }
}
