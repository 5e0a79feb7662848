/** Rows to compare the elements of a form with numbers; where weights are too large for cores, in digits (see digits.ts). */
import { present } from '../../../common/assert.js';
import { CountedSteps } from './counted-steps.js';
import { baseFor, partsOfInputs, splitForm, weightOf } from './digits.js';
import { addForms, elementsOf, type Form, formRange, FormRows, sumElements } from './forms.js';
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
  const [low, high] = lightParts(book, form, base, name);
  const q = quotientOf(book, low, base, name);
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

/** The low and the high part; a low part that is too much for a core gives its multiples of the base to the high one, part by part of its inputs. */
function lightParts(book: LayerBook, form: Form, base: number, name: string): readonly [low: Form, high: Form] {
  const { wires, limits } = book;
  let [low, high] = splitForm(form, base);
  // A wire of many spikes is not divided: then parts are no lighter than the whole.
  for (let units = Infinity; ;) {
    const now = weightOf(low, wires, limits.axonsPerCore).units;
    const found = now < units ? partsOfInputs(low, wires, limits) : undefined;
    if (found === undefined) return [low, high];
    units = now;
    const { form: parts, start, left } = found;
    const q = quotientOf(book, parts, base, `${name}-part`);
    const digits = countOf(book, addForms(parts, q, wires.size, -base), `${name}-part-digit`, () => {
      return { from: 0, by: 1, n: base - 1, base: 0, high: base - 1, channel: 0 };
    });
    low = addForms(left, sumElements(digits, start, wires.size), wires.size);
    high = addForms(high, sumElements(q, start, wires.size), wires.size);
  }
}

/** Evenly spaced steps of an element: n of them, at from + by, from + 2 by and so on. */
export interface EvenSteps {
  readonly from: number;
  readonly by: number;
  readonly n: number;
  /** Value below the first step. */
  readonly base: number;
  /** Largest value of the element that is counted. */
  readonly high: number;
  readonly channel: number;
}

/** A layer that counts steps of every element, and the counts. */
export function countOf(book: LayerBook, form: Form, name: string, stepsAt: (e: number) => EvenSteps): Form {
  const elements = Array.from({ length: elementsOf(form) }, (_, e) => {
    const { from, by, n, base, high, channel } = stepsAt(e);
    const at = Array.from({ length: n }, (_, j) => from + by * (j + 1));
    return { steps: { base, at, rise: at.map(() => 1) }, high, channel };
  });
  const rows = comparison(book, form, name, (compare) =>
    elements.forEach(({ steps }, e) => steps.at.forEach((x) => compare(e, x))),
  );
  const counted = new CountedSteps(book, rows, form, (e) => elements[e]!);
  const made = new FormRows(elements.length);
  book.wires.startBlock();
  elements.forEach((element, e) => {
    counted.add(e, element, element.channel, made);
    made.end(element.steps.base);
  });
  book.add(rows, book.fresh(name));
  return made.form(form);
}

/** The quotient of the low part: a step at every multiple of the base. */
function quotientOf(book: LayerBook, low: Form, base: number, name: string): Form {
  const spans = Array.from({ length: elementsOf(low) }, (_, e) => formRange(low, e, book.wires));
  return countOf(book, low, `${name}-quotient`, (e) => {
    const [least, high] = spans[e]!;
    const first = Math.floor(least / base);
    return { from: base * first, by: base, n: Math.floor(high / base) - first, base: first, high, channel: 0 };
  });
}
