/** Rows to compare the elements of a form with numbers; where weights are too large for cores, in digits (see digits.ts). */
import { present } from '../../../common/assert.js';
import { baseFor, splitForm } from './digits.js';
import { addForms, elementsOf, type Form, formRange, FormRows } from './forms.js';
import type { LayerBook } from './layer-book.js';
import { type Compare, LayerRows, type Rename } from './layer-rows.js';
import { groupSteps } from './pointwise.js';

/** Calls back for every element and number that are going to be compared. */
export type Visit = (compare: (e: number, x: number) => void) => void;

/** Rows of a form, or of what is left of it when layers of its digits were added to the book; `visit` names all comparisons beforehand. Bases are smaller than `below`. */
export function comparison(book: LayerBook, form: Form, name: string, visit: Visit, below = Infinity): LayerRows {
  const { wires, limits } = book;
  const base = baseFor(form, wires, limits, below);
  if (base === undefined) return new LayerRows(form);
  const [low, high] = splitForm(form, base);
  const q = quotientOf(book, low, base, name).form(form);
  /** x less the constant, as base * high + low with low in 0..base - 1. */
  const parts = (e: number, x: number): { readonly high: number; readonly low: number } => {
    const own = x - form.constant[e]!;
    const quotient = Math.floor(own / base);
    return { high: quotient, low: own - base * quotient };
  };
  // What is left of the low part, 0..base - 1: the comparisons that are asked for. With smaller and smaller bases, so that there is an end to it.
  const digit = addForms(low, q, wires.size, -base);
  const visitDigits: Visit = (compare) =>
    visit((e, x) => {
      if (parts(e, x).low > 0) compare(e, parts(e, x).low);
    });
  const digits = comparison(book, digit, `${name}-digit`, visitDigits, base);
  wires.startBlock();
  const digitWire = new Map<number, number>();
  visitDigits((e, x) => {
    const key = e * base + x;
    if (digitWire.has(key)) return;
    digitWire.set(key, book.bitWire([{ layer: book.next, output: digits.add(e, x, false), lag: 0 }], 0));
  });
  book.add(digits, book.fresh(`${name}-digit`));
  const rest = addForms(high, q, wires.size);
  const compared: Compare = (e, x) => {
    const { high: at, low: digitOfX } = parts(e, x);
    if (digitOfX === 0) return { at, extra: -1 };
    return { at: at + 1, extra: present(digitWire.get(e * base + digitOfX), 'comparison that was not named') };
  };
  if (baseFor(rest, wires, limits) === undefined) return new LayerRows(rest, compared);
  return comparisonOfRest(book, rest, name, compared, visit);
}

/** The quotient of the low part: a step at every multiple of the base. */
function quotientOf(book: LayerBook, low: Form, base: number, name: string): FormRows {
  const n = elementsOf(low);
  const least = Array.from({ length: n }, (_, e) => formRange(low, e, book.wires)[0]);
  const multiples = least.map((from, e) => {
    const [, greatest] = formRange(low, e, book.wires);
    const at: number[] = [];
    for (let x = base * (Math.floor(from / base) + 1); x <= greatest; x += base) at.push(x);
    return at;
  });
  const rows = comparison(book, low, `${name}-low`, (compare) =>
    multiples.forEach((at, e) => at.forEach((x) => compare(e, x))),
  );
  book.wires.startBlock();
  const quotient = new FormRows(n);
  multiples.forEach((of, e) => {
    for (const { at } of groupSteps({ base: 0, at: of, rise: of.map(() => 1) }, book.limits.maxCount)) {
      const steps = at.map((x) => [{ layer: book.next, output: rows.add(e, x, false), lag: 0 }]);
      quotient.term(book.countWire(steps, 0), 1);
    }
    quotient.end(Math.floor(least[e]! / base));
  });
  book.add(rows, book.fresh(`${name}-quotient`));
  return quotient;
}

/** The same where what is left has large weights, too: every comparison becomes an element of its own, with its digit. */
function comparisonOfRest(book: LayerBook, rest: Form, name: string, compared: Compare, visit: Visit): LayerRows {
  const elements: { readonly e: number; readonly extra: number }[] = [];
  const elementOf = new Map<string, number>();
  visit((e, x) => {
    const { extra } = compared(e, x);
    const key = `${e}/${extra}`;
    if (elementOf.has(key)) return;
    elementOf.set(key, elements.length);
    elements.push({ e, extra });
  });
  const rows = new FormRows(elements.length);
  for (const { e, extra } of elements) {
    for (let k = rest.rowStart[e]!; k < rest.rowStart[e + 1]!; k++) rows.term(rest.wire[k]!, rest.weight[k]!);
    if (extra >= 0) rows.term(extra, 1);
    rows.end(rest.constant[e]!);
  }
  const group = Int32Array.from(elements, ({ e }) => rest.group[e]!);
  const form = rows.form({ group, groupPlace: rest.groupPlace });
  const at: Rename = (e, x) => {
    const { at: threshold, extra } = compared(e, x);
    return [present(elementOf.get(`${e}/${extra}`), 'comparison that was not named'), threshold];
  };
  return comparison(book, form, `${name}-high`, (compare) => visit((e, x) => compare(...at(e, x)))).renamed(at);
}
