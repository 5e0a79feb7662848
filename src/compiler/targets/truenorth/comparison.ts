/** Rows to compare the elements of a form with numbers; where weights are too large for cores, in digits (see digits.ts). */
import { present } from '../../../common/assert.js';
import { type CountedElement, CountedSteps } from './counted-steps.js';
import { baseFor, splitForm } from './digits.js';
import { addForms, elementsOf, type Form, formRange, FormRows } from './forms.js';
import type { LayerBook } from './layer-book.js';
import { LayerRows, type Translate } from './layer-rows.js';

/** Calls back for every element and number that are going to be compared, with the wire (-1: none) that is added to the element. */
export type Visit = (compare: (e: number, x: number, extra?: number) => void) => void;

/**
 * Rows of a form, or of what is left of it when layers of its digits were added to the book; `visit` names all comparisons beforehand. Bases are smaller than
 * `below`.
 */
export function comparison(book: LayerBook, form: Form, name: string, visit: Visit, below = Infinity): LayerRows {
  const { wires, limits } = book;
  const base = baseFor(form, wires, limits, below);
  if (base === undefined) return new LayerRows(form);
  const [low, high] = splitForm(form, base);
  const q = quotientOf(book, low, base, name).form(form);
  /**
   * x less the constant is base * a + b with b in 0..base - 1. Without a bit that is added, the element is base * r + l, l in 0..base - 1, and reaches x iff
   * r + [l >= b] >= a + 1 or, for b = 0, r >= a. With a bit l may become base: for b = 0 that is r + [l + bit >= base] >= a.
   */
  const parts = (e: number, x: number, extra: number): { readonly rest: number; readonly digit: number } => {
    const own = x - form.constant[e]!;
    const a = Math.floor(own / base);
    const b = own - base * a;
    if (b > 0) return { rest: a + 1, digit: b };
    return { rest: a, digit: extra < 0 ? 0 : base };
  };
  // What is left of the low part, 0..base - 1: the comparisons that are asked for. With smaller and smaller bases, so that there is an end to it.
  const digit = addForms(low, q, wires.size, -base);
  const visitDigits: Visit = (compare) =>
    visit((e, x, extra = -1) => {
      const { digit: b } = parts(e, x, extra);
      if (b > 0) compare(e, b, extra);
    });
  const digits = comparison(book, digit, `${name}-digit`, visitDigits, base);
  wires.startBlock();
  const bits = new Map<number, number>();
  const nWires = wires.size;
  const keyOf = (e: number, b: number, extra: number): number => (e * (base + 1) + b) * (nWires + 1) + extra + 1;
  visitDigits((e, b, extra = -1) => {
    const key = keyOf(e, b, extra);
    if (bits.has(key)) return;
    bits.set(key, book.bitWire([{ layer: book.next, output: digits.add(e, b, false, extra), lag: 0 }], 0));
  });
  book.add(digits, book.fresh(`${name}-digit`));
  const compared: Translate = (e, x, extra) => {
    const { rest: at, digit: b } = parts(e, x, extra);
    return { e, at, extra: b === 0 ? -1 : present(bits.get(keyOf(e, b, extra)), 'comparison that was not named') };
  };
  const visitRest: Visit = (compare) =>
    visit((e, x, extra = -1) => {
      const inRest = compared(e, x, extra);
      compare(inRest.e, inRest.at, inRest.extra);
    });
  return comparison(book, addForms(high, q, wires.size), `${name}-high`, visitRest).translated(compared);
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
  const elements = multiples.map((at, e): CountedElement => ({
    steps: { base: Math.floor(least[e]! / base), at, rise: at.map(() => 1) },
    high: formRange(low, e, book.wires)[1],
  }));
  const counted = new CountedSteps(book, rows, low, (e) => elements[e]!);
  elements.forEach((element, e) => {
    counted.add(e, element, 0, quotient);
    quotient.end(element.steps.base);
  });
  book.add(rows, book.fresh(`${name}-quotient`));
  return quotient;
}
