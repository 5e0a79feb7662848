/**
 * Sums with large weights, in digits. F = sum of w c is B H + L with w = B h + l: the low part L is compared with the multiples of B, which gives its
 * quotient q = floor(L / B), and what is left, L - B q, with 1..B - 1. Then F >= B x1 + x0 is H + q + [L - B q >= x0] >= x1 + 1: a sum whose weights
 * are B times smaller. The quotient and the digit are values like others, counts of neurons that fire.
 */
import { elementsOf, type Form, formRange, FormRows } from './forms.js';
import type { WireTable } from './wires.js';

/** What a core can take of a sum. */
export interface SumLimits {
  readonly axonsPerCore: number;
  readonly weightMax: number;
}

/** Ticks of the window that costs are compared for, and of the longest that sums are left for as they are. */
const PLANNED_WINDOW = 64;
const LONGEST_WINDOW = 4 * PLANNED_WINDOW;
/** Share of the axons that gate and clear may take. */
const GATE_SHARE = 0.65;

/** What the widest rows of a form ask for. */
export interface Weight {
  /** Spikes that a frame can bring, each as often as its weight says. */
  readonly units: number;
  /** Largest minus smallest sum. */
  readonly range: number;
  /** Largest minus smallest weight, 0 among them, in every part of the fan-in that fits a core. */
  readonly levels: number;
}

/** The largest of each over all rows. */
export function weightOf(form: Form, wires: WireTable, axons: number): Weight {
  let units = 0;
  let range = 0;
  let levels = 0;
  const { rowStart, wire, weight } = form;
  for (let e = 0; e < elementsOf(form); e++) {
    let ofRow = 0;
    let least = 0;
    let most = 0;
    for (let k = rowStart[e]!; k < rowStart[e + 1]!; k++) {
      ofRow += Math.abs(weight[k]!) * wires.max(wire[k]!);
      least = Math.min(least, weight[k]!);
      most = Math.max(most, weight[k]!);
    }
    const [low, high] = formRange(form, e, wires);
    units = Math.max(units, ofRow);
    range = Math.max(range, high - low);
    levels = Math.max(levels, (most - least) * Math.ceil((rowStart[e + 1]! - rowStart[e]!) / axons));
  }
  return { units, range, levels };
}

/**
 * The base to split a form by, smaller than `below`; undefined where cores take it as it is, or no base makes it lighter. Limits of a gated core: about
 * two thirds of its axons for gate and clear, half of them for partial sums.
 */
export function baseFor(
  form: Form,
  wires: WireTable,
  { axonsPerCore, weightMax }: SumLimits,
  below = Infinity,
): number | undefined {
  const half = axonsPerCore / 2;
  const { units, range, levels } = weightOf(form, wires, axonsPerCore);
  // Gate and clear together move a potential about three times over its range.
  const fits = levels <= half && units <= half * LONGEST_WINDOW && 3 * range <= GATE_SHARE * axonsPerCore * weightMax;
  // Few inputs of single spikes are axons of their own, as many as their weights.
  if (fits || units <= half) return undefined;
  let best: { readonly base: number; readonly cost: number } | undefined;
  const widest = form.weight.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
  for (let base = 4; base <= widest && base < Math.min(below, 8192); base *= 2) {
    const [low, high] = splitForm(form, base);
    const ofLow = weightOf(low, wires, axonsPerCore);
    const ofHigh = weightOf(high, wires, axonsPerCore);
    // Both have to be lighter, or there is no end to it.
    if (ofHigh.units >= units || ofLow.units >= units) continue;
    // Partial sums of both parts, the low one twice; neurons of the quotient and of the digit.
    const cost =
      (2 * ofLow.units + ofHigh.units) / PLANNED_WINDOW + 2 * ofLow.levels + ofHigh.levels + ofLow.range / base + base;
    if (best === undefined || cost < best.cost) best = { base, cost };
  }
  return best?.base;
}

/** w = base h + l with -base / 2 <= l < base / 2: the form of l without its constant, and that of h. */
export function splitForm(form: Form, base: number): readonly [low: Form, high: Form] {
  const n = elementsOf(form);
  const low = new FormRows(n);
  const high = new FormRows(n);
  const half = base / 2;
  for (let e = 0; e < n; e++) {
    for (let k = form.rowStart[e]!; k < form.rowStart[e + 1]!; k++) {
      const h = Math.floor((form.weight[k]! + half) / base);
      low.term(form.wire[k]!, form.weight[k]! - base * h);
      high.term(form.wire[k]!, h);
    }
    low.end(0);
    high.end(0);
  }
  return [low.form(form), high.form(form)];
}
