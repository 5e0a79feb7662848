/** Groups of rows that are the same but for the place of their inputs, such as those of the positions of a convolution: what is found out for one holds for all. */
import type { ChipLayer } from './chip-layers.js';
import type { RowGroup } from './groups.js';

/**
 * The shape of every group, by the number of the first group that has it. Groups of one shape have as many inputs and rows, with the same largest counts,
 * channels, weights and bundles, input by input and row by row in their order.
 */
export function shapesOf(layer: ChipLayer, groups: readonly RowGroup[]): Int32Array {
  const shapes = Int32Array.from(groups.keys());
  if (groups.length < 2) return shapes;
  const text = new Description(layer);
  /** By hash: groups of different shapes, with their descriptions. */
  const known = new Map<number, { readonly group: number; readonly description: Int32Array }[]>();
  groups.forEach((group, g) => {
    const description = text.of(group);
    const hash = hashOf(description);
    const alike = known.get(hash) ?? [];
    const same = alike.find((other) => isEqual(other.description, description));
    if (same !== undefined) shapes[g] = same.group;
    else known.set(hash, [...alike, { group: g, description: description.slice() }]);
  });
  return shapes;
}

/** Groups as lists of numbers, everything about them that is no place. */
class Description {
  readonly #layer: ChipLayer;
  /** [nIn] */
  readonly #rank: Int32Array;
  #numbers = new Int32Array(1024);
  #n = 0;

  constructor(layer: ChipLayer) {
    this.#layer = layer;
    this.#rank = new Int32Array(layer.matrix.nIn);
  }

  /** Good until the next one is asked for. */
  of({ rows, inputs }: RowGroup): Int32Array {
    const { matrix, max, inputChannel, bundle, turned, extra } = this.#layer;
    const rank = this.#rank;
    this.#n = 0;
    this.#add(inputs.length);
    for (let k = 0; k < inputs.length; k++) {
      const i = inputs[k]!;
      rank[i] = k;
      this.#add(max[i]!);
      this.#add(inputChannel[i]!);
    }
    /** The first row of every bundle, and of equal rows. */
    const firstOf = new Map<number, number>();
    const firstAt = new Map<number, number>();
    rows.forEach((row, r) => {
      const start = matrix.rowStart[row]!;
      const end = matrix.rowEnd[row]!;
      this.#add(firstIn(firstOf, bundle[row]!, r));
      this.#add(turned[row]!);
      this.#add(extra[row]! < 0 ? -1 : rank[extra[row]!]!);
      this.#add(end - start);
      const first = start === end ? r : firstIn(firstAt, start, r);
      this.#add(first);
      if (first !== r && matrix.rowEnd[rows[first]!] === end) return;
      for (let k = start; k < end; k++) {
        this.#add(rank[matrix.column[k]!]!);
        this.#add(matrix.weight[k]!);
      }
    });
    return this.#numbers.subarray(0, this.#n);
  }

  #add(value: number): void {
    if (this.#n === this.#numbers.length) {
      const longer = new Int32Array(2 * this.#n);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.#n++] = value;
  }
}

/** What is known of a key, `value` from now on where nothing is. */
function firstIn(known: Map<number, number>, key: number, value: number): number {
  const first = known.get(key);
  if (first !== undefined) return first;
  known.set(key, value);
  return value;
}

/** FNV-1a over the numbers; equal ones are compared. */
function hashOf(numbers: Int32Array): number {
  let hash = 0x811c9dc5;
  for (let k = 0; k < numbers.length; k++) hash = Math.imul(hash ^ numbers[k]!, 0x01000193);
  return hash;
}

function isEqual(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}
