/** Functions become layers of threshold neurons, a neuron for every place where the function changes. */
import { present } from '../../../common/assert.js';
import { SENSE } from '../../../ir/network/types.js';
import { channelsOf } from '../../../ir/network/shapes.js';
import { comparison } from './comparison.js';
import { type CountedElement, CountedSteps } from './counted-steps.js';
import { addForms, elementsOf, type Form, formRange, FormRows } from './forms.js';
import type { LayerBook } from './layer-book.js';
import type { LayerRows } from './layer-rows.js';
import { type Steps, stepsOf } from './pointwise.js';
import { type Layout, PLAIN, type Pointwise, type Threshold, type Value } from './values.js';
import type { Driver } from './wires.js';

/** Largest range of a value that is looked at integer by integer to see whether it can pass as it is. */
const MAX_PASSED = 1024;
/** Most integers of a value that is compared with each of them. */
const MAX_LEVELS = 65_536;

type Span = readonly [low: number, high: number];

/** The form of a value, whose neurons are made now if there are none yet. */
export function formOf(book: LayerBook, value: Value, layout: Layout = PLAIN): Form {
  value.form ??= makeFunction(book, value, present(value.function, 'function of a value without form'), layout);
  return value.form;
}

/** A value of its own that is equal to this one, from neurons that fire for each of its values. */
export function relay(book: LayerBook, value: Value, layout: Layout): Form {
  // Neurons are what is asked for: the value must not pass on as it is.
  const of = copied(book, value, false);
  return makeFunction(book, value, { kind: 'function', of, apply: (x) => x, keyOf: () => 0, rising: true }, layout);
}

/** A neuron for every bit, those that never change too. */
export function relayBits(book: LayerBook, value: Value): Form {
  const of = copied(book, value, true);
  const threshold = { kind: 'threshold', of, keyOf: () => 0, thetaOf: () => 1, senseOf: () => SENSE.atLeast } as const;
  return makeFunction(book, value, threshold, PLAIN);
}

function copied(book: LayerBook, value: Value, isHeld: boolean): Value {
  book.relays++;
  return { ...value, name: book.fresh(`${value.node}-relay`), form: formOf(book, value), isHeld };
}

/** The layer of a function, and what its value is made of; `value` is named in findings. */
export function makeFunction(book: LayerBook, value: Value, f: Pointwise | Threshold, layout: Layout): Form {
  const form = formOf(book, f.of);
  const spans = Array.from({ length: elementsOf(form) }, (_, e): Span => {
    const [low, high] = formRange(form, e, book.wires);
    const [least, most] = f.of.range(e);
    return [Math.max(low, least), Math.min(high, most)];
  });
  if (f.kind === 'function' && !layout.uniform && f.of.isHeld) {
    const rest = differenceFrom(f, spans);
    if (rest !== undefined) return addForms(form, makeFunction(book, value, rest, PLAIN), book.wires.size);
  }
  const stepsAt = stepsByElement(book, value, f, spans);
  const name = f.of.name ?? value.node;
  const rows = comparison(book, form, name, (compare) =>
    spans.forEach(([low], e) => {
      if (layout.uniform) compare(e, low);
      for (const x of stepsAt(e).at) compare(e, x);
    }),
  );
  const made = new FormRows(spans.length);
  const channels = channelsOf(value.shape);
  book.wires.startBlock();
  if (f.kind === 'threshold') thresholdElements(book, rows, { stepsAt, layout, channels, made, spans });
  else if (layout.uniform) uniformElements(book, rows, { stepsAt, layout, channels, made, spans });
  else countedElements(book, rows, form, { stepsAt, layout, channels, made, spans });
  book.add(rows, name);
  const result = made.form();
  if (hasOneRisePerElement(result)) book.nested.add(result);
  return result;
}

/** Whether all steps of an element change it by the same: then they were put on wires in their order. */
const hasOneRisePerElement = ({ rowStart, weight }: Form): boolean =>
  rowStart.every((from, e) => weight.subarray(from, rowStart[e + 1] ?? from).every((w) => w === weight[from]));

/** The steps of every element, found once for elements that have the same function over the same span. */
function stepsByElement(
  book: LayerBook,
  value: Value,
  f: Pointwise | Threshold,
  spans: readonly Span[],
): (e: number) => Steps {
  const known = new Map<string, Steps>();
  return (e) => {
    const [low, high] = spans[e]!;
    const key = `${f.keyOf(e)}/${low}/${high}`;
    let steps = known.get(key);
    if (steps !== undefined) return steps;
    if (f.kind === 'function' && !f.rising && high - low > MAX_LEVELS) {
      const message = `its function has to be known for ${high - low + 1} values, which do not rise from one to the next`;
      book.refuse('too-many-values', `layer "${value.node}"`, message, 'quantise what it reads first');
      steps = { base: 0, at: [], rise: [] };
    } else if (f.kind === 'threshold') steps = thresholdSteps(f, e, low, high);
    else steps = stepsOf((x) => f.apply(x, e), low, high, f.rising);
    known.set(key, steps);
    return steps;
  };
}

/** The one step of a threshold, within the range of the sum or one beyond it. */
function thresholdSteps({ thetaOf, senseOf }: Threshold, e: number, low: number, high: number): Steps {
  const theta = thetaOf(e);
  switch (senseOf(e)) {
    case SENSE.atLeast:
      return { base: 0, at: [Math.min(Math.max(theta, low), high + 1)], rise: [1] };
    case SENSE.atMost:
      // x <= t is not x >= t + 1.
      return { base: 1, at: [Math.min(Math.max(theta + 1, low), high + 1)], rise: [-1] };
    case SENSE.always:
      return { base: 0, at: [low], rise: [1] };
    default:
      return { base: 0, at: [high + 1], rise: [1] };
  }
}

/** f(x) - x, where that changes in fewer places than f does: then x itself passes on, and neurons add what is missing (a clip, a zero point). */
function differenceFrom(f: Pointwise, spans: readonly Span[]): Pointwise | undefined {
  const of = { ...f.of, isHeld: false };
  const difference: Pointwise = { ...f, of, apply: (x, e) => f.apply(x, e) - x, rising: false };
  let own = 0;
  let different = 0;
  const known = new Map<string, readonly [own: number, different: number]>();
  for (const [e, [low, high]] of spans.entries()) {
    if (high - low > MAX_PASSED) return undefined;
    const key = `${f.keyOf(e)}/${low}/${high}`;
    let counts = known.get(key);
    if (counts === undefined) {
      const countOf = (apply: Pointwise['apply']): number => stepsOf((x) => apply(x, e), low, high, false).at.length;
      counts = [countOf(f.apply), countOf(difference.apply)];
      known.set(key, counts);
    }
    own += counts[0];
    different += counts[1];
  }
  return 2 * different < own ? difference : undefined;
}

/** What the elements of a function are made from. */
interface Making {
  readonly stepsAt: (e: number) => Steps;
  readonly layout: Layout;
  readonly channels: number;
  readonly spans: readonly Span[];
  /** The form that is made. */
  readonly made: FormRows;
}

/** A neuron for every element; a complement is 1 - x. */
function thresholdElements(book: LayerBook, rows: LayerRows, { stepsAt, layout, channels, made, spans }: Making): void {
  for (const e of spans.keys()) {
    const { at, rise } = stepsAt(e);
    const turn = layout.complemented(e);
    const output = rows.add(e, at[0]!, rise[0]! < 0 !== turn);
    const wire = book.bitWire([{ layer: book.next, output, lag: 0 }], e % channels);
    book.mergeable.add(wire);
    made.term(wire, turn ? -1 : 1);
    made.end(turn ? 1 : 0);
  }
}

/** The steps of every element on as few wires as can count them. */
function countedElements(
  book: LayerBook,
  rows: LayerRows,
  form: Form,
  { stepsAt, channels, made, spans }: Making,
): void {
  const elementAt = (e: number): CountedElement => ({ steps: stepsAt(e), high: spans[e]![1] });
  const counted = new CountedSteps(book, rows, form, elementAt);
  for (const e of spans.keys()) {
    const element = elementAt(e);
    counted.add(e, element, e % channels, made);
    made.end(element.steps.base);
  }
}

/** Wires that say for each value of a channel whether an element reaches it, the same for all of its elements. Rising functions only. */
function uniformElements(book: LayerBook, rows: LayerRows, { stepsAt, layout, channels, made, spans }: Making): void {
  const levelsOf = valuesByChannel(stepsAt, spans.length, channels);
  for (const [e, [low, high]] of spans.entries()) {
    const [least, greatest] = levelsOf(e);
    const reaches = reachedFrom(stepsAt(e), least, greatest, low, high);
    const turn = layout.complemented(e);
    const levels = greatest - least;
    for (let from = 0; from < levels; from += book.limits.maxCount) {
      const steps: (readonly Driver[])[] = [];
      for (let j = from; j < Math.min(levels, from + book.limits.maxCount); j++) {
        // Plain: reached value least + 1 + j. Complemented: count down, value greatest - j is not reached.
        const x = turn ? reaches[levels - j]! : reaches[j + 1]!;
        const never = turn ? x <= low : x > high;
        steps.push(never ? [] : [{ layer: book.next, output: rows.add(e, x, turn), lag: 0 }]);
      }
      const wire = book.countWire(steps, e % channels);
      book.mergeable.add(wire);
      made.term(wire, turn ? -1 : 1);
    }
    made.end(turn ? greatest : least);
  }
}

/** Smallest and largest value of the channel of an element. */
function valuesByChannel(stepsAt: (e: number) => Steps, n: number, channels: number): (e: number) => Span {
  const least = new Float64Array(channels).fill(Infinity);
  const greatest = new Float64Array(channels).fill(-Infinity);
  for (let e = 0; e < n; e++) {
    let value = stepsAt(e).base;
    const c = e % channels;
    for (const rise of [0, ...stepsAt(e).rise]) {
      value += rise;
      least[c] = Math.min(least[c]!, value);
      greatest[c] = Math.max(greatest[c]!, value);
    }
  }
  return (e) => [least[e % channels]!, greatest[e % channels]!];
}

/** By value from `least` on, the smallest x at which the function reaches it: low where it always does, high + 1 where it never does. */
function reachedFrom(
  { base, at, rise }: Steps,
  least: number,
  greatest: number,
  low: number,
  high: number,
): readonly number[] {
  const reaches: number[] = [];
  let value = base;
  for (let v = least; v <= value; v++) reaches[v - least] = low;
  at.forEach((x, j) => {
    const before = value;
    value += rise[j]!;
    for (let v = before + 1; v <= value; v++) reaches[v - least] = x;
  });
  for (let v = value + 1; v <= greatest; v++) reaches[v - least] = high + 1;
  return reaches;
}
