/**
 * Which cycles resources cannot take one more packet in: a row of bits per resource, 32 cycles a word, and the room that is left. All packets
 * of a table need the same room, so a bit says everything a search wants to know.
 */
export class Occupancy {
  private readonly nResources: number;
  private readonly need: number;
  private words: number;
  private full: Int32Array;
  /** [nResources, words * 32] room that is taken. */
  private taken: Uint16Array;
  /** [nResources] most that may be taken before a packet more. */
  private readonly limit: Int32Array;

  /** `cycles` is a guess; the table grows. `need` is the room of one packet, `capacity` [nResources] what there is per cycle. */
  constructor(capacity: Int32Array, cycles: number, need: number) {
    const nResources = capacity.length;
    this.nResources = nResources;
    this.need = need;
    this.limit = capacity.map((room) => room - need);
    this.words = (cycles >> 5) + 3;
    this.full = new Int32Array(nResources * this.words);
    this.taken = new Uint16Array(nResources * this.words * 32);
  }

  /** Takes `room` of a resource in [from, from + n). */
  take(resource: number, from: number, n: number, room = this.need): void {
    const to = from + n;
    while (to + 64 >= this.words * 32) this.grow();
    const limit = this.limit[resource]!;
    const row = resource * this.words;
    for (let t = from; t < to; t++) {
      const taken = this.taken[row * 32 + t]! + room;
      this.taken[row * 32 + t] = taken;
      if (taken > limit) this.full[row + (t >> 5)]! |= 1 << (t & 31);
    }
  }

  /**
   * The first cycle t >= from in which every entry k of [first, last) has room: resource[k] in [t + delay[k], t + delay[k] + duration[k]).
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
          busy |= this.full[word]! >>> shift;
          if (shift !== 0) busy |= this.full[word + 1]! << (32 - shift);
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
    const full = new Int32Array(this.nResources * words);
    const taken = new Uint16Array(this.nResources * words * 32);
    for (let r = 0; r < this.nResources; r++) {
      full.set(this.full.subarray(r * this.words, (r + 1) * this.words), r * words);
      taken.set(this.taken.subarray(r * this.words * 32, (r + 1) * this.words * 32), r * words * 32);
    }
    this.words = words;
    this.full = full;
    this.taken = taken;
  }
}
