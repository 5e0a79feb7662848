/** How rows become sets of inputs that counting neurons count. */
import { type ChipLayer, rowRange } from './chip-layers.js';
import type { BundledOutput, GroupPlan, GroupSums, Lane, LanesOfChunks, RowPlan, SetsOfGroup } from './counted-sets.js';
import type { RowGroup } from './groups.js';
import { stairDemand } from './lower-direct.js';
import type { Arrival, LoweringProblem } from './lowered.js';
import type { LoweringContext } from './lowering-context.js';
import { shapesOf } from './row-shapes.js';

/** Longest count a lane may have so that it is out by the end of the window. */
export function laneBound(window: number, arrival: Arrival): number {
  return arrival.aligned ? window : window - arrival.span + 1;
}

/**
 * Splits every row into sets, chunk by chunk. `allowShared`: rows of all +-1 weights may share the count of all inputs. `digits`: whoever adds the
 * counts up can double them, so that a weight is as many sets as it has binary digits, not as many as it is large.
 */
export function planLayer(
  layer: ChipLayer,
  context: LoweringContext,
  { allowShared, digits }: { readonly allowShared: boolean; readonly digits: boolean },
): { plans: readonly GroupPlan[] } | LoweringProblem {
  const bound = laneBound(context.window, context.arrival);
  if (bound < context.arrival.maxCount) {
    return {
      code: 'window-too-short',
      message: `a window of ${context.window} ticks cannot carry counts up to ${context.arrival.maxCount}`,
      remedy: `use a window of at least ${context.arrival.maxCount + (context.arrival.aligned ? 0 : context.arrival.span - 1)} ticks`,
    };
  }
  const { memo, copies, size } = context;
  const groups = memo.groups(layer, copies);
  const { sums, shapes } = memo.sums(groups, allowShared, () => ({
    sums: sumsOf(layer, groups, allowShared, size.axons),
    shapes: shapesOf(layer, groups),
  }));
  const plans = memo.sets(groups, bound, allowShared, () => {
    const weightsOf = rowWeights(layer);
    /** By shape. */
    const known = new Map<number, SetsOfGroup>();
    return sums.map((ofGroup, g): GroupPlan => {
      const sets = known.get(shapes[g]!) ?? setsOf(layer, ofGroup, weightsOf, { bound, digits });
      known.set(shapes[g]!, sets);
      return { ...ofGroup, ...sets };
    });
  });
  return { plans };
}

/** The sums of every group: rows of +-1 that may share the count of all inputs, or of any weights. */
function sumsOf(
  layer: ChipLayer,
  groups: readonly RowGroup[],
  allowShared: boolean,
  axons: number,
): readonly GroupSums[] {
  const weightsOf = rowWeights(layer);
  const placeOf = new Int32Array(layer.matrix.nIn);
  return groups.map((group) => {
    group.inputs.forEach((input, k) => (placeOf[input] = k));
    const bundles = bundlesOf(layer, group);
    const chunks = partsOf(layer, group, bundles, axons);
    const makeRow = allowShared && group.binary && bundles.length > 1 ? sharedRow : signedRow;
    return {
      group,
      chunks: chunks.map((chunk) => Int32Array.from(chunk)),
      rows: bundles.map((bundle) => makeRow(layer, group, bundle, { chunks, weightsOf, placeOf })),
    };
  });
}

/** Outputs of a bundle, without their bounds. */
export type Bundle = readonly { readonly output: number; readonly sign: 1 | -1 }[];

/** The outputs of a group by the sums that they compare. */
export function bundlesOf(layer: ChipLayer, group: RowGroup): readonly Bundle[] {
  const { bundle } = layer;
  const bundles = new Map<number, { output: number; sign: 1 | -1 }[]>();
  for (const output of group.rows) {
    const known = bundles.get(bundle[output]!);
    if (known === undefined) bundles.set(bundle[output]!, [{ output, sign: 1 }]);
    else {
      const first = known[0]!.output;
      known.push({ output, sign: layer.turned[output] === layer.turned[first] ? 1 : -1 });
    }
  }
  return [...bundles.values()];
}

/** Inputs of a group in chunks, and what rows of it need to be looked at. */
interface Parts {
  readonly chunks: readonly (readonly number[])[];
  readonly weightsOf: RowWeights;
  /** [nIn] places of inputs in the inputs of the group. */
  readonly placeOf: Int32Array;
}

/** The outputs of a bundle with what only they read, and the bounds of their sums in any order of arrival. */
const completeOutputs = (
  layer: ChipLayer,
  bundle: Bundle,
  { chunks, placeOf }: Pick<Parts, 'chunks' | 'placeOf'>,
  boundsOf: (output: number, sign: 1 | -1) => readonly [low: number, high: number],
): readonly BundledOutput[] =>
  bundle.map(({ output, sign }) => {
    const [low, high] = boundsOf(output, sign);
    const input = layer.extra[output]!;
    // The weights of its neuron have its own sign; those of the sets that of the first output.
    const extraSign: 1 | -1 = layer.turned[bundle[0]!.output] === 1 ? -1 : 1;
    const extra = chunks.map((chunk) =>
      input >= 0 && chunk.includes(input) ? [{ sign: extraSign, worth: 1, inputs: [placeOf[input]!] }] : [],
    );
    // Partial sums arrive over a window.
    const demand = { low, high, theta: layer.theta[output]!, ...stairDemand(layer, output, true) };
    return { output, sign, extra, demand };
  });

/** The same where no output reads anything of its own. */
export const boundedOutputs = (
  layer: ChipLayer,
  bundle: Bundle,
  nChunks: number,
  [low, high]: readonly [low: number, high: number],
): readonly BundledOutput[] => {
  const chunks = Array.from({ length: nChunks }, (): readonly number[] => []);
  const parts = { chunks, placeOf: new Int32Array(0) };
  return completeOutputs(layer, bundle, parts, (_, sign) => (sign > 0 ? [low, high] : [0 - high, 0 - low]));
};

/**
 * Inputs of a group in chunks that fit the axons of a core. Those that one sum alone reads, such as the quotient of its low part, are chunks of their own, so
 * that a sum has no partial sums in the chunks of the others.
 */
function partsOf(
  layer: ChipLayer,
  group: RowGroup,
  bundles: readonly Bundle[],
  axons: number,
): readonly (readonly number[])[] {
  if (bundles.length === 1 || group.inputs.length <= axons) return chunksOf(group, layer.inputChannel, axons);
  const { rowStart, rowEnd, column } = layer.matrix;
  // The first bundle that reads an input, -2 where several do.
  const reader = new Int32Array(layer.matrix.nIn).fill(-1);
  bundles.forEach((bundle, b) => {
    for (const { output } of bundle) {
      for (let k = rowStart[output]!; k < rowEnd[output]!; k++) {
        const i = column[k]!;
        if (reader[i] === -1) reader[i] = b;
        else if (reader[i] !== b) reader[i] = -2;
      }
    }
  });
  const own = Array.from(group.inputs).filter((i) => reader[i] !== -2);
  if (own.length === 0) return chunksOf(group, layer.inputChannel, axons);
  const shared = { ...group, inputs: group.inputs.filter((i) => reader[i] === -2) };
  own.sort((a, b) => reader[a]! - reader[b]! || a - b);
  const chunks = [...chunksOf(shared, layer.inputChannel, axons)];
  for (let from = 0; from < own.length; from += axons) chunks.push(own.slice(from, from + axons));
  return chunks;
}

/** Inputs of a group in as few equal chunks as fit the axons of a core; images are split by channel, so that places still overlap. */
export function chunksOf(group: RowGroup, channel: Int32Array, axons: number): readonly (readonly number[])[] {
  const inputs = Array.from(group.inputs);
  const n = Math.max(1, Math.ceil(inputs.length / axons));
  if (n === 1) return [inputs];
  const present = [...new Set(inputs.map((i) => channel[i]!))].sort((a, b) => a - b);
  if (present.length > 1 && present.length >= n) {
    for (let parts = n; parts <= present.length; parts++) {
      const partOf = new Map(present.map((c, rank) => [c, Math.floor((rank * parts) / present.length)]));
      const chunks = Array.from({ length: parts }, (_, p) => inputs.filter((i) => partOf.get(channel[i]!) === p));
      if (chunks.every((chunk) => chunk.length <= axons)) return chunks;
    }
  }
  return Array.from({ length: n }, (_, p) =>
    inputs.slice(Math.floor((p * inputs.length) / n), Math.floor(((p + 1) * inputs.length) / n)),
  );
}

/** Cuts a set, given by places in all inputs, into lanes whose counts are at most `bound`, as equal as possible. */
function cut(
  inputs: readonly number[],
  all: Int32Array,
  { bound, max }: { readonly bound: number; readonly max: Uint16Array },
  sign: 1 | -1,
  worth = 1,
): readonly Lane[] {
  if (inputs.length === 0) return [];
  const maxOf = (place: number): number => max[all[place]!]!;
  const first = maxOf(inputs[0]!);
  if (inputs.every((k) => maxOf(k) === first)) {
    const n = Math.ceil(inputs.length / Math.floor(bound / Math.max(1, first)));
    return Array.from({ length: n }, (_, p) => ({
      sign,
      worth,
      inputs: inputs.slice(Math.floor((p * inputs.length) / n), Math.floor(((p + 1) * inputs.length) / n)),
    }));
  }
  const lanes: { sign: 1 | -1; worth: number; inputs: number[] }[] = [];
  let count = Infinity;
  for (const k of inputs) {
    if (count + maxOf(k) > bound) {
      lanes.push({ sign, worth, inputs: [] });
      count = 0;
    }
    lanes.at(-1)!.inputs.push(k);
    count += maxOf(k);
  }
  return lanes;
}

/** Weights of a row by input, [nIn], 0 where there is none or only this output of its bundle reads; those of one row at a time, until the next one is asked for. */
export type RowWeights = (row: number) => Int16Array;

/** The weights of the rows of a layer, in one array for all: a list for all inputs is faster than a map, and one for each row takes their square. */
export function rowWeights({ matrix: { nIn, rowStart, rowEnd, column, weight }, extra }: ChipLayer): RowWeights {
  const weights = new Int16Array(nIn);
  let shown = -1;
  return (row) => {
    if (shown >= 0) for (let k = rowStart[shown]!; k < rowEnd[shown]!; k++) weights[column[k]!] = 0;
    for (let k = rowStart[row]!; k < rowEnd[row]!; k++) weights[column[k]!] = weight[k]!;
    // What only one output of a bundle reads is counted apart.
    if (extra[row]! >= 0) weights[extra[row]!] = 0;
    shown = row;
    return weights;
  };
}

/** A row of any weights: S = P - N, the positive and the negative inputs counted apart. */
function signedRow(layer: ChipLayer, _: RowGroup, bundle: Bundle, parts: Parts): RowPlan {
  const outputs = completeOutputs(layer, bundle, parts, (output) => rowRange(layer, output));
  return { row: bundle[0]!.output, outputs, own: 1, shared: 0 };
}

/** A row of +-1 on all inputs of its group: S = 2P - X or S = X - 2N, X the sum of all inputs, whichever counts less. */
function sharedRow(layer: ChipLayer, group: RowGroup, bundle: Bundle, parts: Parts): RowPlan {
  const { max } = layer;
  const row = bundle[0]!.output;
  const weights = parts.weightsOf(row);
  const all = group.inputs.reduce((n, i) => n + max[i]!, 0);
  const positive = group.inputs.reduce((n, i) => n + (weights[i]! > 0 ? max[i]! : 0), 0);
  const countsPositive = 2 * positive <= all;
  const counted = countsPositive ? positive : all - positive;
  // In the worst order one part arrives whole before the other.
  const [low, high] = countsPositive ? [0 - all, 2 * counted] : [-2 * counted, all];
  const outputs = completeOutputs(layer, bundle, parts, (_, sign) => (sign > 0 ? [low, high] : [0 - high, 0 - low]));
  return countsPositive ? { row, outputs, own: 2, shared: -1 } : { row, outputs, own: -2, shared: 1 };
}

/** The sets in which the inputs of a group are counted. */
function setsOf(
  layer: ChipLayer,
  { group: { inputs: all }, chunks, rows }: GroupSums,
  weightsOf: RowWeights,
  { bound, digits }: { readonly bound: number; readonly digits: boolean },
): SetsOfGroup {
  const limits = { bound, max: layer.max };
  const placeOf = new Map(Array.from(all, (input, k) => [input, k]));
  const places = chunks.map((chunk) => Array.from(chunk, (input) => placeOf.get(input)!));
  const isShared = rows.some(({ shared }) => shared !== 0);
  const lanes = rows.map(({ row, own }): LanesOfChunks => {
    const weights = weightsOf(row);
    if (isShared) {
      const wanted = own > 0 ? 1 : -1;
      return places.map((chunk) => {
        const counted: number[] = [];
        for (const k of chunk) if (weights[all[k]!] === wanted) counted.push(k);
        return cut(counted, all, limits, 1);
      });
    }
    const widest = all.reduce((most, i) => Math.max(most, Math.abs(weights[i]!)), 0);
    return places.map((chunk) => {
      const found: Lane[] = [];
      const add = (has: (magnitude: number) => boolean, worth: number): void => {
        const [positive, negative]: [number[], number[]] = [[], []];
        // Both signs in one walk.
        for (const k of chunk) {
          const weight = weights[all[k]!]!;
          if (weight !== 0 && has(Math.abs(weight))) (weight > 0 ? positive : negative).push(k);
        }
        found.push(...cut(positive, all, limits, 1, worth), ...cut(negative, all, limits, -1, worth));
      };
      if (digits) {
        for (let worth = 1; worth <= widest; worth *= 2) add((w) => Math.floor(w / worth) % 2 === 1, worth);
      } else {
        for (let level = 1; level <= widest; level++) add((w) => w >= level, 1);
      }
      return found;
    });
  });
  return { shared: places.map((chunk) => (isShared ? cut(chunk, all, limits, 1) : [])), lanes };
}
