/** Values of many steps as two digits, for layers that would count each step as often as their weights say. */
import { countOf } from './comparison.js';
import { channelsOf } from '../../../ir/network/shapes.js';
import { addForms, elementsOf, type Form, FormRows } from './forms.js';
import { formOf } from './functions.js';
import type { LayerBook } from './layer-book.js';
import { LayerRows } from './layer-rows.js';
import type { Value } from './values.js';
import type { Driver } from './wires.js';

/** Steps of a value up to which a count or two do. */
const MOST_UNARY_LEVELS = 31;

/** What drives every step of an element, in their order. */
type ElementSteps = readonly (readonly Driver[])[];

/** Digits of values, made once for each. */
export class ValueDigits {
  readonly #book: LayerBook;
  readonly #known = new Map<Form, Form>();

  constructor(book: LayerBook) {
    this.#book = book;
  }

  /**
   * The high digit is every `radix`th step, the low one says how many of the steps after the last of those were reached. Undefined where single counts
   * do, and where a value is no count.
   */
  formOf(value: Value): Form | undefined {
    if (!value.isHeld) return undefined;
    const form = formOf(this.#book, value);
    const known = this.#known.get(form);
    if (known !== undefined) return known;
    const isCount = this.#book.nested.has(form) && form.weight.every((w) => w === 1);
    const levels = isCount ? this.#levelsOf(form) : 0;
    if (levels <= MOST_UNARY_LEVELS) return undefined;
    const radix = 2 ** Math.ceil(Math.log2(levels + 1) / 2);
    const steps = this.#book.limits.stairs === undefined ? this.#stepsOf(form) : undefined;
    const digits = steps === undefined ? this.#splitCounts(value, form, radix) : this.#split(value, form, steps, radix);
    this.#known.set(form, digits);
    return digits;
  }

  /** Largest count of an element. */
  #levelsOf(form: Form): number {
    let most = 0;
    for (let e = 0; e < elementsOf(form); e++) most = Math.max(most, this.#countOf(form, e));
    return most;
  }

  #countOf({ rowStart, wire }: Form, e: number): number {
    let count = 0;
    for (let k = rowStart[e]!; k < rowStart[e + 1]!; k++) count += this.#book.wires.max(wire[k]!);
    return count;
  }

  /** Of counts that have no single steps, the high digit is their quotient by the radix, the low one what is left. */
  #splitCounts(value: Value, form: Form, radix: number): Form {
    const { wires } = this.#book;
    const channels = channelsOf(value.shape);
    const high = countOf(this.#book, form, `${value.node}-high`, (e) => {
      const [from, count] = [form.constant[e]!, this.#countOf(form, e)];
      return { from, by: radix, n: Math.floor(count / radix), base: 0, high: from + count, channel: e % channels };
    });
    const rest = addForms(form, high, wires.size, -radix);
    const low = countOf(this.#book, rest, `${value.node}-low`, (e) => {
      const from = form.constant[e]!;
      const n = Math.min(radix - 1, this.#countOf(form, e));
      return { from, by: 1, n, base: from, high: from + n, channel: e % channels };
    });
    return addForms(low, high, wires.size, radix);
  }

  #split(value: Value, form: Form, steps: readonly ElementSteps[], radix: number): Form {
    const book = this.#book;
    const channels = channelsOf(value.shape);
    const low = this.#lowRows(steps, radix, channels);
    const made = new FormRows(steps.length);
    book.wires.startBlock();
    let row = 0;
    steps.forEach((ofElement, e) => {
      const count = (counted: ElementSteps, weight: number): void => {
        for (let from = 0; from < counted.length; from += book.limits.maxCount) {
          made.term(book.countWire(counted.slice(from, from + book.limits.maxCount), e % channels), weight);
        }
      };
      count(
        ofElement.slice(0, radix - 1).map(() => [{ layer: book.next, output: low.add(row++, 1, false), lag: 0 }]),
        1,
      );
      count(
        ofElement.filter((_, j) => (j + 1) % radix === 0),
        radix,
      );
      made.end(form.constant[e]!);
    });
    book.add(low, book.fresh(`${value.node}-low`));
    return made.form(form);
  }

  /** Low digit at least i: one more of the steps h radix + i than of the steps (h + 1) radix. */
  #lowRows(steps: readonly ElementSteps[], radix: number, channels: number): LayerRows {
    this.#book.wires.startBlock();
    const single = steps.map((of, e) => of.map((drivers) => this.#book.bitWire(drivers, e % channels)));
    const group = Int32Array.from(single.flatMap((of, e) => of.slice(0, radix - 1).map(() => e)));
    const rows = new FormRows(group.length);
    for (const wires of single) {
      for (let i = 1; i <= Math.min(radix - 1, wires.length); i++) {
        for (let at = i; at <= wires.length; at += radix) {
          rows.term(wires[at - 1]!, 1);
          const next = at - i + radix;
          if (next <= wires.length) rows.term(wires[next - 1]!, -1);
        }
        rows.end(0);
      }
    }
    return new LayerRows(rows.form({ group, groupPlace: new Int32Array(0) }));
  }

  /** The steps of every element; undefined where the host or a counting core sends counts, of which there are no single steps. */
  #stepsOf({ rowStart, wire, constant }: Form): readonly ElementSteps[] | undefined {
    const found: (readonly Driver[])[][] = [];
    for (let e = 0; e < constant.length; e++) {
      const ofElement: (readonly Driver[])[] = [];
      for (let k = rowStart[e]!; k < rowStart[e + 1]!; k++) {
        const drivers = this.#book.wires.drivers(wire[k]!);
        const { max } = this.#book.wires.timing(wire[k]!);
        for (let lag = 0; lag < max; lag++) {
          const ofStep = drivers.filter((driver) => driver.lag === lag);
          if (max > 1 && ofStep.length === 0) return undefined;
          ofElement.push(ofStep.map((driver) => ({ ...driver, lag: 0 })));
        }
      }
      found.push(ofElement);
    }
    return found;
  }
}
