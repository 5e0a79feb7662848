/** How one form of a network differs from the form before it, layer by layer, over samples. */
import type { Cause, Deviation, Parting } from '../ir/trace/layer-comparison.js';

/** A layer as it is compared. */
export interface TalliedLayer {
  readonly id: string;
  readonly elements: number;
  readonly channels: number;
  /** The layers that it reads. */
  readonly inputs: readonly string[];
}

/** The values of one layer in both forms, where they part. */
export interface PartedValues {
  readonly layer: string;
  readonly before: ArrayLike<number>;
  readonly after: ArrayLike<number>;
  /** The first element that differs. */
  readonly element: number;
  /** Whether an element differs. */
  readonly differs: (element: number) => boolean;
}

/** Why the values part. */
export type CauseOf = (at: PartedValues) => { readonly cause: Cause; readonly note?: string };

/** Values of a layer; undefined where the form has none. */
export type ValuesOf = (layer: string) => ArrayLike<number> | undefined;

/** Numbers whose difference is below this share of them are one number computed in two orders. */
const EQUAL = 1e-9;

interface Sums {
  largest: number;
  sum: number;
  equal: number;
  compared: number;
  parts: Parting | undefined;
}

/** The differences of one step. */
export class StepTally {
  /** The first sample and, of it, the first layer in their order and its first element that differ. */
  first: Parting | null = null;
  readonly #layers: readonly TalliedLayer[];
  readonly #causeOf: CauseOf;
  readonly #isExact: boolean;
  readonly #sums = new Map<string, Sums>();
  #samples = 0;

  /** @param isExact whether numbers are equal to the bit, or up to the rounding of float64 */
  constructor(layers: readonly TalliedLayer[], causeOf: CauseOf, isExact = false) {
    this.#layers = layers;
    this.#causeOf = causeOf;
    this.#isExact = isExact;
  }

  /** Adds a sample. Elements that are NaN in either form are not compared. */
  add(sample: number, before: ValuesOf, after: ValuesOf): void {
    this.#samples++;
    // By layer whether everything up to it is equal: layers without values are as those that they read.
    const equal = new Map<string, boolean>();
    for (const layer of this.#layers) {
      const isFed = layer.inputs.every((id) => equal.get(id) ?? true);
      const [x, y] = [before(layer.id), after(layer.id)];
      if (x === undefined || y === undefined || x.length !== y.length) {
        equal.set(layer.id, isFed);
        continue;
      }
      const parting = this.#addLayer(layer, sample, x, y);
      equal.set(layer.id, parting === undefined);
      if (parting === undefined) continue;
      this.first ??= parting;
      if (isFed) this.#sumsOf(layer.id).parts ??= parting;
    }
  }

  /** What was found of a layer; undefined where no sample had it in both forms. */
  of(layer: string): Deviation | undefined {
    const sums = this.#sums.get(layer);
    if (sums === undefined || sums.compared === 0) return undefined;
    const { largest, sum, equal, compared, parts } = sums;
    return {
      ...{ largest, mean: sum / compared, equal: equal / compared, elements: Math.round(compared / this.#samples) },
      ...(parts === undefined ? {} : { parts }),
    };
  }

  #sumsOf(layer: string): Sums {
    let sums = this.#sums.get(layer);
    if (sums === undefined) {
      sums = { largest: 0, sum: 0, equal: 0, compared: 0, parts: undefined };
      this.#sums.set(layer, sums);
    }
    return sums;
  }

  #addLayer(
    { id, channels }: TalliedLayer,
    sample: number,
    before: ArrayLike<number>,
    after: ArrayLike<number>,
  ): Parting | undefined {
    const sums = this.#sumsOf(id);
    let element = -1;
    for (let e = 0; e < before.length; e++) {
      const [x, y] = [before[e]!, after[e]!];
      if (Number.isNaN(x) || Number.isNaN(y)) continue;
      sums.compared++;
      if (this.#isEqual(x, y)) {
        sums.equal++;
        continue;
      }
      const error = Math.abs(x - y);
      sums.largest = Math.max(sums.largest, error);
      sums.sum += error;
      if (element < 0) element = e;
    }
    if (element < 0) return undefined;
    // Only the first one of a layer is told: looking for causes takes longer than comparing.
    if (this.first !== null && sums.parts !== undefined) return this.first;
    const differs = (e: number): boolean => !Number.isNaN(before[e]!) && !this.#isEqual(before[e]!, after[e]!);
    const why = this.#causeOf({ layer: id, before, after, element, differs });
    const at = { sample, layer: id, channel: element % channels, element };
    return { ...at, before: before[element]!, after: after[element]!, ...why };
  }

  #isEqual(x: number, y: number): boolean {
    return this.#isExact ? x === y : Math.abs(x - y) <= EQUAL * Math.max(1, Math.abs(x));
  }
}
