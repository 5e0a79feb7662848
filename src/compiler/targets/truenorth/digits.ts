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

/** Low parts of more units, in those of a part, are taken apart by their inputs: a few may be too many for one window, and not for a longer one. */
const TOO_MUCH = 4;
/** Largest base of low parts that are taken apart input by input. */
const LARGEST_PART_BASE = 32;

/**
 * Largest units of a low part that one core takes twice, as a sum and less the multiples of its base: partial sums take some 250th of them, gate and clear
 * as much again.
 */
const unitsOfPart = ({ axonsPerCore, weightMax }: SumLimits): number => Math.floor((axonsPerCore * weightMax) / 32);

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
    const inParts = ofLow.units > TOO_MUCH * unitsOfPart({ axonsPerCore, weightMax });
    if (inParts && base > LARGEST_PART_BASE) continue;
    // Partial sums of both parts, the low one twice; neurons of the quotient and of the digit.
    const cost =
      ((inParts ? 4 : 2) * ofLow.units + ofHigh.units) / PLANNED_WINDOW +
      2 * ofLow.levels +
      ofHigh.levels +
      ofLow.range / base +
      base;
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

/** Rows in parts of their inputs. */
export interface InputParts {
  /** The parts, those of a row one after the other, without constants. */
  readonly form: Form;
  /** [rows + 1] where those of a row begin. */
  readonly start: Int32Array;
  /** The rows that need none. */
  readonly left: Form;
}

/** Takes rows that are too much for a core apart into parts; rows of one group in the same places, so that they are of the same inputs. Undefined where there are none. */
export function partsOfInputs(form: Form, wires: WireTable, limits: SumLimits): InputParts | undefined {
  const most = unitsOfPart(limits);
  const { rowStart, wire, weight, group, groupPlace } = form;
  const n = elementsOf(form);
  const unitsOf = (k: number): number => Math.abs(weight[k]!) * wires.max(wire[k]!);
  const isHeavy = Uint8Array.from({ length: n }, (_, e) => {
    let units = 0;
    for (let k = rowStart[e]!; k < rowStart[e + 1]!; k++) units += unitsOf(k);
    return units > TOO_MUCH * most ? 1 : 0;
  });
  if (!isHeavy.includes(1)) return undefined;
  /** By group: the heaviest use of every wire in it. */
  const used = new Map<number, Map<number, number>>();
  for (let e = 0; e < n; e++) {
    if (isHeavy[e] === 0) continue;
    const ofGroup = used.get(group[e]!) ?? new Map<number, number>();
    used.set(group[e]!, ofGroup);
    for (let k = rowStart[e]!; k < rowStart[e + 1]!; k++)
      ofGroup.set(wire[k]!, Math.max(ofGroup.get(wire[k]!) ?? 0, unitsOf(k)));
  }
  const partOf = new Map([...used].map(([g, ofGroup]) => [g, partByWire(ofGroup, most)]));
  const parts: { readonly from: number; readonly to: number }[] = [];
  const groupOfPart: number[] = [];
  const place: number[] = [];
  const numberOf = new Map<string, number>();
  const start = new Int32Array(n + 1);
  const left = new FormRows(n);
  for (let e = 0; e < n; e++) {
    if (isHeavy[e] === 0) for (let k = rowStart[e]!; k < rowStart[e + 1]!; k++) left.term(wire[k]!, weight[k]!);
    left.end(0);
    const ofWire = partOf.get(group[e]!);
    for (let from = rowStart[e]!; isHeavy[e] === 1 && from < rowStart[e + 1]!;) {
      const part = ofWire!.get(wire[from]!)!;
      let to = from + 1;
      while (to < rowStart[e + 1]! && ofWire!.get(wire[to]!) === part) to++;
      const key = `${group[e]}/${part}`;
      const number = numberOf.get(key) ?? numberOf.size;
      if (number === numberOf.size) place.push(...groupPlace.subarray(2 * group[e]!, 2 * group[e]! + 2));
      numberOf.set(key, number);
      parts.push({ from, to });
      groupOfPart.push(number);
      from = to;
    }
    start[e + 1] = parts.length;
  }
  const rows = new FormRows(parts.length);
  for (const { from, to } of parts) {
    for (let k = from; k < to; k++) rows.term(wire[k]!, weight[k]!);
    rows.end(0);
  }
  const groups = { group: Int32Array.from(groupOfPart), groupPlace: Int32Array.from(place) };
  return { form: rows.form(groups), start, left: left.form(form) };
}

/** Wires in their order, in runs of at most `most` units. */
function partByWire(units: ReadonlyMap<number, number>, most: number): ReadonlyMap<number, number> {
  const partOf = new Map<number, number>();
  let part = 0;
  let open = 0;
  for (const wire of Int32Array.from(units.keys()).sort()) {
    const own = units.get(wire)!;
    if (open > 0 && open + own > most) {
      part++;
      open = 0;
    }
    open += own;
    partOf.set(wire, part);
  }
  return partOf;
}
