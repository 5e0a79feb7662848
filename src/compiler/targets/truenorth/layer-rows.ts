/** A chip layer under construction: rows of a form, each compared with numbers by outputs of its own. */
import type { ChipLayer } from './chip-layers.js';
import type { Form } from './forms.js';
import type { WireTable } from './wires.js';

/** Weights of rows with their inputs, as many as come. */
class StoredRows {
  #column = new Int32Array(1024);
  #weight = new Int16Array(1024);
  length = 0;

  add(column: number, weight: number): void {
    if (this.length === this.#column.length) {
      const [columns, weights] = [new Int32Array(2 * this.length), new Int16Array(2 * this.length)];
      columns.set(this.#column);
      weights.set(this.#weight);
      this.#column = columns;
      this.#weight = weights;
    }
    this.#column[this.length] = column;
    this.#weight[this.length++] = weight;
  }

  arrays(): { readonly column: Int32Array; readonly weight: Int16Array } {
    return { column: this.#column.slice(0, this.length), weight: this.#weight.slice(0, this.length) };
  }
}

/** Which number a row is compared with, and which wire (-1: none) comes beside it, to compare element e with x. */
export type Compare = (e: number, x: number) => { readonly at: number; readonly extra: number };
/** The element and the number that are compared in place of others. */
export type Rename = (e: number, x: number) => readonly [e: number, x: number];

/** The outputs of a chip layer under construction: rows of a form, with thresholds. */
export class LayerRows {
  readonly #form: Form;
  readonly #row: number[] = [];
  readonly #at: number[] = [];
  readonly #turned: boolean[] = [];
  readonly #extra: number[] = [];

  readonly #compare: Compare;
  readonly #name: Rename;

  constructor(form: Form, compare: Compare = (_, at) => ({ at, extra: -1 }), name: Rename = (e, x) => [e, x]) {
    this.#form = form;
    this.#compare = compare;
    this.#name = name;
  }

  /** The same rows by other names: `at` says which element is compared with which number. */
  renamed(at: Rename): LayerRows {
    // These may have other names already.
    return new LayerRows(this.#form, this.#compare, (e, x) => this.#name(...at(e, x)));
  }

  /** Output that fires when the value of element e is at least x, or, turned, when it is less. */
  add(e: number, x: number, turned: boolean): number {
    const [row, number] = this.#name(e, x);
    const { at, extra } = this.#compare(row, number);
    this.#row.push(row);
    this.#at.push(at);
    this.#turned.push(turned);
    this.#extra.push(extra);
    return this.#row.length - 1;
  }

  finish(
    wires: WireTable,
    name: string,
    rule: ChipLayer['rule'],
  ): { readonly layer: ChipLayer; readonly widest: number } {
    const { rowStart, wire, weight, constant, group, groupPlace } = this.#form;
    const extras = this.#extra;
    const inputs = inputsOfForm(readWires(this.#form.wire, extras), wires);
    const columnOf = new Int32Array(wires.size).fill(-1);
    inputs.forEach((w, i) => (columnOf[w] = i));
    const nOut = this.#row.length;
    const start = new Int32Array(nOut);
    const end = new Int32Array(nOut);
    const stored = new StoredRows();
    const theta = new Int32Array(nOut);
    const constants = new Int32Array(nOut);
    let widest = 0;
    // Outputs of one sum have one row.
    const known = new Map<number, number>();
    this.#row.forEach((e, o) => {
      const turned = this.#turned[o]!;
      const extra = extras[o]!;
      const key = 2 * e + (turned ? 1 : 0);
      const same = extra < 0 ? known.get(key) : undefined;
      if (same === undefined) {
        start[o] = stored.length;
        for (let k = rowStart[e]!; k < rowStart[e + 1]!; k++) {
          widest = Math.max(widest, Math.abs(weight[k]!));
          stored.add(columnOf[wire[k]!]!, turned ? -weight[k]! : weight[k]!);
        }
        if (extra >= 0) stored.add(columnOf[extra]!, turned ? -1 : 1);
        else known.set(key, o);
        end[o] = stored.length;
      } else {
        start[o] = start[same]!;
        end[o] = end[same]!;
      }
      const at = this.#at[o]! - constant[e]!;
      // Not S >= t is -S >= 1 - t.
      if (rule === 'threshold') theta[o] = turned ? 1 - at : at;
      if (rule === 'score') constants[o] = constant[e]!;
    });
    const layer: ChipLayer = {
      name,
      rule,
      matrix: {
        ...{ nIn: inputs.length, nOut, rowStart: start, rowEnd: end, ...stored.arrays() },
        group: Int32Array.from(this.#row, (e) => group[e]!),
        groupPlace,
      },
      theta,
      constant: constants,
      bundle: Int32Array.from(this.#row),
      turned: Uint8Array.from(this.#turned, Number),
      extra: Int32Array.from(extras, (w) => (w < 0 ? -1 : columnOf[w]!)),
      inputs,
      max: Uint16Array.from(inputs, (w) => wires.max(w)),
      inputChannel: channelsOfInputs(inputs, wires),
    };
    return { layer, widest };
  }
}

/** The wires of rows, those that single rows read beside it too. */
function* readWires(wire: Int32Array, extras: readonly number[]): Iterable<number> {
  yield* wire;
  for (const w of extras) if (w >= 0) yield w;
}

/** All wires of the values that a layer reads, in order: single elements that nobody reads keep the others in their places. */
function inputsOfForm(read: Iterable<number>, wires: WireTable): Int32Array {
  const blocks = new Map<number, { readonly from: number; readonly n: number }>();
  for (const w of read) {
    const { index, from, n } = wires.blockOf(w);
    blocks.set(index, { from, n });
  }
  const ordered = [...blocks.values()].sort((a, b) => a.from - b.from);
  const inputs = new Int32Array(ordered.reduce((n, block) => n + block.n, 0));
  let next = 0;
  for (const { from, n } of ordered) for (let w = from; w < from + n; w++) inputs[next++] = w;
  return inputs;
}

/** Channels of different values are different ones. */
function channelsOfInputs(inputs: Int32Array, wires: WireTable): Int32Array {
  let offset = 0;
  let block = -1;
  let most = 0;
  return inputs.map((w) => {
    const { index } = wires.blockOf(w);
    if (index !== block) {
      offset += most;
      most = 0;
      block = index;
    }
    most = Math.max(most, wires.channel(w) + 1);
    return offset + wires.channel(w);
  });
}
