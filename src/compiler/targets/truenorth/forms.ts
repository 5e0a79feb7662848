/**
 * Affine forms: every value of an integer network, element by element, as a constant and a sum of integer weights times counts of wires. Linear layers,
 * sums of branches, concatenation, slices, padding and products with constants only change the form; no core is needed before a function
 * is applied or the value is read.
 */
import { assert } from '../../../common/assert.js';
import type { SparseRows } from '../../../ir/network/linear.js';
import type { WireTable } from './wires.js';

/** Element e is constant[e] + sum over k in [rowStart[e], rowStart[e + 1]) of weight[k] times the count of wire[k]; wires of a row ascend. */
export interface Form {
  readonly rowStart: Int32Array;
  readonly wire: Int32Array;
  readonly weight: Int32Array;
  readonly constant: Float64Array;
  /** [elements] elements of one group read (nearly) the same wires. */
  readonly group: Int32Array;
  /** [groups, 2] row and column of a group in the image; empty when groups have no place. */
  readonly groupPlace: Int32Array;
}

/** Number of elements. */
export const elementsOf = ({ constant }: Form): number => constant.length;

/** Smallest and largest value of an element over all counts of its wires. */
export function formRange(
  { rowStart, wire, weight, constant }: Form,
  e: number,
  wires: WireTable,
): readonly [low: number, high: number] {
  let low = constant[e]!;
  let high = low;
  for (let k = rowStart[e]!; k < rowStart[e + 1]!; k++) {
    const w = weight[k]! * wires.max(wire[k]!);
    if (w < 0) low += w;
    else high += w;
  }
  return [low, high];
}

/** Collects a form row by row. */
export class FormRows {
  #wire = new Int32Array(1024);
  #weight = new Int32Array(1024);
  #n = 0;
  readonly #rowStart: Int32Array;
  readonly #constant: Float64Array;
  #row = 0;

  constructor(nElements: number) {
    this.#rowStart = new Int32Array(nElements + 1);
    this.#constant = new Float64Array(nElements);
  }

  /** A term of the open row; wires ascend. A weight of 0 is none. */
  term(wire: number, weight: number): void {
    if (weight === 0) return;
    assert(Math.abs(weight) <= 2 ** 31 - 1, 'a weight of a form fits 32 bits');
    if (this.#n === this.#wire.length) {
      this.#wire = grown(this.#wire);
      this.#weight = grown(this.#weight);
    }
    this.#wire[this.#n] = wire;
    this.#weight[this.#n++] = weight;
  }

  /** Ends the open row. */
  end(constant: number): void {
    this.#constant[this.#row++] = constant;
    this.#rowStart[this.#row] = this.#n;
  }

  form(groups?: Pick<Form, 'group' | 'groupPlace'>): Form {
    const n = this.#constant.length;
    assert(this.#row === n, 'every row of a form was ended');
    return {
      rowStart: this.#rowStart,
      wire: this.#wire.slice(0, this.#n),
      weight: this.#weight.slice(0, this.#n),
      constant: this.#constant,
      group: groups?.group ?? Int32Array.from({ length: n }, (_, e) => e),
      groupPlace: groups?.groupPlace ?? new Int32Array(0),
    };
  }
}

function grown(from: Int32Array): Int32Array<ArrayBuffer> {
  const to = new Int32Array(2 * from.length);
  to.set(from);
  return to;
}

/** Elements that are a wire each, the count of it. */
export function wireForm(wires: readonly number[]): Form {
  const rows = new FormRows(wires.length);
  for (const wire of wires) {
    rows.term(wire, 1);
    rows.end(0);
  }
  return rows.form();
}

/** Adds up terms of one row that come in any order. */
class Accumulator {
  readonly #sum: Float64Array;
  readonly #seen: Uint8Array;
  #touched: number[] = [];

  constructor(nWires: number) {
    this.#sum = new Float64Array(nWires);
    this.#seen = new Uint8Array(nWires);
  }

  /** Adds `factor` times row `e` of a form; returns its share of the constant. */
  add({ rowStart, wire, weight, constant }: Form, e: number, factor: number): number {
    for (let k = rowStart[e]!; k < rowStart[e + 1]!; k++) {
      const w = wire[k]!;
      if (this.#seen[w] === 0) {
        this.#seen[w] = 1;
        this.#touched.push(w);
      }
      this.#sum[w]! += factor * weight[k]!;
    }
    return factor * constant[e]!;
  }

  /** Hands the sum over as a row and starts again. */
  finish(rows: FormRows, constant: number): void {
    const touched = Int32Array.from(this.#touched).sort();
    for (const w of touched) {
      rows.term(w, this.#sum[w]!);
      this.#sum[w] = 0;
      this.#seen[w] = 0;
    }
    this.#touched = [];
    rows.end(constant);
  }
}

/** Rows of weights applied to a form; `constantOf` is added to each. */
export function applyRows(
  { rowStart, column, weight, group, groupPlace, nOut }: SparseRows,
  form: Form,
  nWires: number,
  constantOf: (row: number) => number,
): Form {
  const rows = new FormRows(nOut);
  const sum = new Accumulator(nWires);
  for (let o = 0; o < nOut; o++) {
    let constant = constantOf(o);
    for (let k = rowStart[o]!; k < rowStart[o + 1]!; k++) constant += sum.add(form, column[k]!, weight[k]!);
    sum.finish(rows, constant);
  }
  return rows.form({ group, groupPlace });
}

/** Element by element a sum of two forms, the second times `factor`. Groups are those of the form that has fewer. */
export function addForms(a: Form, b: Form, nWires: number, factor = 1, indexOfB = (e: number): number => e): Form {
  const n = elementsOf(a);
  const rows = new FormRows(n);
  const sum = new Accumulator(nWires);
  for (let e = 0; e < n; e++) sum.finish(rows, sum.add(a, e, 1) + sum.add(b, indexOfB(e), factor));
  const groupsOf = ({ group }: Form): number => group.reduce((most, g) => Math.max(most, g), 0);
  return rows.form(elementsOf(b) === n && groupsOf(b) < groupsOf(a) ? b : a);
}

/** Sums of elements one after the other: row e of those from start[e] to start[e + 1] - 1. */
export function sumElements(form: Form, start: Int32Array, nWires: number): Form {
  const n = start.length - 1;
  const rows = new FormRows(n);
  const sum = new Accumulator(nWires);
  for (let e = 0; e < n; e++) {
    let constant = 0;
    for (let i = start[e]!; i < start[e + 1]!; i++) constant += sum.add(form, i, 1);
    sum.finish(rows, constant);
  }
  return rows.form();
}

/** Every element of a form times a factor of its own. */
export function scaleForm(form: Form, factorOf: (element: number) => number): Form {
  const rows = new FormRows(elementsOf(form));
  for (let e = 0; e < elementsOf(form); e++) {
    const factor = factorOf(e);
    for (let k = form.rowStart[e]!; k < form.rowStart[e + 1]!; k++) rows.term(form.wire[k]!, factor * form.weight[k]!);
    rows.end(factor * form.constant[e]!);
  }
  return rows.form(form);
}

/** Elements of forms in another order: element e is element index[e] of the forms one after the other, or `fill` where that is -1. */
export function selectElements(forms: readonly Form[], index: Int32Array, fill: number): Form {
  const starts = [0];
  for (const form of forms) starts.push(starts.at(-1)! + elementsOf(form));
  const rows = new FormRows(index.length);
  let f = 0;
  for (const from of index) {
    if (from < 0) {
      rows.end(fill);
      continue;
    }
    if (from < starts[f]! || from >= starts[f + 1]!)
      f = starts.findIndex((start, i) => from >= start && from < starts[i + 1]!);
    const form = forms[f]!;
    const e = from - starts[f]!;
    for (let k = form.rowStart[e]!; k < form.rowStart[e + 1]!; k++) rows.term(form.wire[k]!, form.weight[k]!);
    rows.end(form.constant[e]!);
  }
  return rows.form();
}
