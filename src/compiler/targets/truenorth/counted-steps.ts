/** Steps of sums on wires: as stairs where they lie evenly enough, else by a neuron each. */
import { weightOf } from './digits.js';
import { elementsOf, type Form, type FormRows } from './forms.js';
import type { LayerBook } from './layer-book.js';
import type { LayerRows } from './layer-rows.js';
import type { Driver } from './wires.js';
import { groupSteps, type Steps } from './pointwise.js';
import { cutRuns, neuronsOf, type Run, type StairLimits } from './stairs.js';

/** Elements whose runs are looked at to choose how long stairs are. */
const SAMPLED = 64;

/** The sum of an element and where its function changes. */
export interface CountedElement {
  readonly steps: Steps;
  /** Largest sum. */
  readonly high: number;
}

/** Runs of steps of one rise. */
interface WeightedRuns {
  readonly weight: number;
  readonly runs: readonly Run[];
}

/** Neurons for the steps of elements. */
export class CountedSteps {
  readonly #book: LayerBook;
  readonly #rows: LayerRows;
  readonly #limits: StairLimits | undefined;

  /** `form`: what the rows are of. */
  constructor(book: LayerBook, rows: LayerRows, form: Form, elementAt: (e: number) => CountedElement) {
    this.#book = book;
    this.#rows = rows;
    this.#limits = rows.isPlain ? longest(book, form, elementAt) : undefined;
  }

  /** Adds the wires of an element to the open row of a form. */
  add(e: number, element: CountedElement, channel: number, made: FormRows): void {
    const book = this.#book;
    const layer = book.next;
    for (const { weight, runs } of runsOf(element, this.#limits, book.limits.maxCount)) {
      let drivers: Driver[] = [];
      let n = 0;
      const end = (): void => {
        if (n > 0) made.term(book.wireOf(drivers, n, channel), weight);
        drivers = [];
        n = 0;
      };
      const longest = book.limits.maxCount;
      for (const { at, stair } of runs) {
        const parts = stair === undefined ? at.map((x) => [x]) : [at];
        for (const steps of parts) {
          if (n > 0 && n + steps.length > longest) end();
          const output =
            stair === undefined
              ? this.#rows.add(e, steps[0]!, false)
              : this.#rows.addStair(e, steps[0]!, stair, steps.length);
          drivers.push({ layer, output, lag: n });
          n += steps.length;
        }
      }
      end();
    }
  }
}

function runsOf(
  { steps, high }: CountedElement,
  limits: StairLimits | undefined,
  maxCount: number,
): readonly WeightedRuns[] {
  if (limits === undefined) {
    return groupSteps(steps, maxCount).map(({ at, weight }) => ({ weight, runs: [{ at, stair: undefined }] }));
  }
  return groupSteps(steps, Infinity).map(({ at, weight }) => ({ weight, runs: cutRuns(at, high, limits) }));
}

/** The length of stairs with which the elements take the fewest neurons. */
function longest(book: LayerBook, form: Form, elementAt: (e: number) => CountedElement): StairLimits | undefined {
  const sampled = new Set<CountedElement>();
  for (let e = 0; e < elementsOf(form); e++) {
    const element = elementAt(e);
    if (element.steps.at.length > 1 && sampled.size < SAMPLED) sampled.add(element);
  }
  if (sampled.size === 0) return undefined;
  const weight = weightOf(form, book.wires, book.limits.axonsPerCore);
  let best: { readonly limits: StairLimits; readonly neurons: number } | undefined;
  for (let most = book.limits.stairs?.most ?? 0; most > 1; most--) {
    const limits = book.stairLimits(weight, most);
    if (limits === undefined) return undefined;
    let neurons = 0;
    for (const element of sampled) {
      for (const { runs } of runsOf(element, limits, book.limits.maxCount)) neurons += neuronsOf(runs);
    }
    if (best === undefined || neurons < best.neurons) best = { limits, neurons };
  }
  return best?.limits;
}
