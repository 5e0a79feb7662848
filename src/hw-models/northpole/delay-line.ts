/** Registers between blocks: what is pushed for a cycle comes out in that cycle, in the order of pushing. */

const NOTHING: readonly never[] = [];

/** A pipeline of any depth; items may be due in different cycles. */
export class DelayLine<T> {
  readonly #due = new Map<number, T[]>();

  /** `item` comes out in cycle `cycle`. */
  push(cycle: number, item: T): void {
    const items = this.#due.get(cycle);
    if (items === undefined) this.#due.set(cycle, [item]);
    else items.push(item);
  }

  /** Takes out everything due in `cycle`. */
  take(cycle: number): readonly T[] {
    if (this.#due.size === 0) return NOTHING;
    const items = this.#due.get(cycle);
    if (items === undefined) return NOTHING;
    this.#due.delete(cycle);
    return items;
  }

  /** True if nothing is on its way. */
  get empty(): boolean {
    return this.#due.size === 0;
  }
}
