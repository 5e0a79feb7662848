/**
 * Rows as signed sums of chunks of inputs, for lowerings that stand bit errors. A chunk is read by two counters per row on pairs of axons: one emits the
 * positive part of the row's sum over the chunk as spikes, the other the magnitude of the negative part. Almost every axon of a core then belongs
 * to every neuron of it, with one sign or the other, so that flipped bits move sums both ways.
 */
import { type ChipLayer, rowRange } from './chip-layers.js';
import type { CoreSize } from './drafts.js';
import type { GroupPlan, Lane, LanesOfChunks, RowPlan } from './counted-sets.js';
import type { RowGroup } from './groups.js';
import type { LoweringContext } from './lowering-context.js';
import { boundedOutputs, type Bundle, bundlesOf, chunksOf, rowWeights, type RowWeights } from './partial-plan.js';

/**
 * Rows of one gated core. A wrong bit among the partial sums of other rows adds one of them, so that what goes wrong grows with the rows. What fewer
 * buy and cost is measured in docs/faults.md.
 */
export const ROBUST_ROWS = 8;

/**
 * Sizes of chunks to choose from, in units of the inputs whose weights add up to the window: in a chunk of twice the window the positive weights of a row
 * fill the window if they are half of all.
 */
const SIZES = [1, 1.25, 1.5, 1.75, 2];

/**
 * The rows of every group as signed sums, in chunks that need the fewest cores; or undefined where inputs do not come in one tick, one input alone is
 * too much for a window or a core, or the chip cannot forget a negative sum.
 */
export function planSigned(layer: ChipLayer, context: LoweringContext): readonly GroupPlan[] | undefined {
  const { arrival, memo, copies, size } = context;
  const { fireOffset, negativeSaturate } = size.rules;
  // A negative sum is forgotten by saturating at 0 (a reset of neurons that subtract their threshold would keep it), which is where counters that fire
  // above their threshold do not rest.
  if (arrival.span > 1 || fireOffset !== 0 || !negativeSaturate || size.axonTypes < 2) return undefined;
  const weightsOf = rowWeights(layer);
  const plans: GroupPlan[] = [];
  const groups = memo.groups(layer, copies);
  for (const group of groups) {
    const plan = groupPlan(layer, group, context, weightsOf, groups.length === 1);
    if (plan === undefined) return undefined;
    plans.push(plan);
  }
  return plans;
}

function groupPlan(
  layer: ChipLayer,
  group: RowGroup,
  { window, size }: LoweringContext,
  weightsOf: RowWeights,
  alone: boolean,
): GroupPlan | undefined {
  const { rowStart, rowEnd, weight } = layer.matrix;
  let total = 0;
  for (const row of group.rows) for (let k = rowStart[row]!; k < rowEnd[row]!; k++) total += Math.abs(weight[k]!);
  const perInput = Math.max(1, total / Math.max(1, group.rows.length * group.inputs.length));
  const bundles = bundlesOf(layer, group);
  const placeOf = new Map(Array.from(group.inputs, (input, k) => [input, k]));
  let best: GroupPlan | undefined;
  let least = Infinity;
  let tried = -1;
  for (const factor of SIZES) {
    const inputs = Math.max(1, Math.floor((factor * window) / perInput));
    const chunks = fittingChunks(layer, group, inputs, size.axons, alone);
    if (chunks === undefined) return undefined;
    if (chunks.length === tried) continue;
    tried = chunks.length;
    const rows = bundles.map((bundle) => rowPlan(layer, bundle, weightsOf, chunks, { window, placeOf }));
    if (rows.includes(undefined)) return undefined;
    const found = rows.filter((row) => row !== undefined);
    const lanes = found.map((row) => row.lanes);
    const cost = coresOf(lanes, chunks.length, size, alone);
    if (cost >= least) continue;
    least = cost;
    const parts = chunks.map((chunk) => Int32Array.from(chunk));
    best = { group, chunks: parts, shared: chunks.map(() => []), rows: found.map(({ plan }) => plan), lanes };
  }
  return best;
}

/**
 * About how many cores rows need: for their counters, of which those of a chunk that shares its inputs with nobody have cores to themselves, and for
 * adding them up.
 */
function coresOf(
  rows: readonly LanesOfChunks[],
  nChunks: number,
  { neurons, axons }: CoreSize,
  alone: boolean,
): number {
  const counters = new Array<number>(nChunks).fill(0);
  for (const lanes of rows) lanes.forEach((ofChunk, c) => (counters[c]! += ofChunk.length));
  const all = counters.reduce((a, b) => a + b, 0);
  const counting = alone ? counters.reduce((n, lanes) => n + Math.ceil(lanes / neurons), 0) : all / neurons;
  return counting + all / axons;
}

/** Chunks of about `inputs` inputs, of fewer where the pairs of one would not fit a core; undefined where one input does not. */
function fittingChunks(
  { inputChannel }: ChipLayer,
  group: RowGroup,
  inputs: number,
  axons: number,
  alone: boolean,
): readonly (readonly number[])[] | undefined {
  const pairs = new Map(Array.from(group.inputs, (input, k) => [input, group.excite[k]! + group.inhibit[k]!]));
  for (let size = inputs; size >= 1; size = Math.floor(size * 0.9)) {
    const chunks = alone ? interleaved(group.inputs, size) : chunksOf(group, inputChannel, size);
    if (chunks.every((chunk) => chunk.reduce((n, input) => n + pairs.get(input)!, 0) <= axons)) return chunks;
  }
  return undefined;
}

/**
 * Chunks whose inputs lie apart: weights of neighbours tend to have the same sign, and a chunk with as many of one sign as of the other fits a window
 * better. Groups that share inputs with others keep neighbours together instead.
 */
function interleaved(inputs: Int32Array, size: number): readonly (readonly number[])[] {
  const n = Math.ceil(inputs.length / size);
  return Array.from({ length: n }, (_, c) => Array.from(inputs).filter((_, k) => k % n === c));
}

/** A row's signed sums, chunk by chunk; a chunk in which it has more weights of one sign than the window has ticks is cut for it. */
function rowPlan(
  layer: ChipLayer,
  bundle: Bundle,
  weightsOf: RowWeights,
  chunks: readonly (readonly number[])[],
  how: { readonly window: number; readonly placeOf: ReadonlyMap<number, number> },
): { readonly plan: RowPlan; readonly lanes: LanesOfChunks } | undefined {
  const row = bundle[0]!.output;
  const weights = weightsOf(row);
  const lanes = chunks.map((chunk) => lanesOf(chunk, row, how, weights));
  if (lanes.includes(undefined)) return undefined;
  const [low, high] = rowRange(layer, row);
  const outputs = boundedOutputs(layer, bundle, chunks.length, [low, high]);
  return { plan: { row, outputs, own: 1, shared: 0 }, lanes: lanes.filter((ofChunk) => ofChunk !== undefined) };
}

function lanesOf(
  chunk: readonly number[],
  row: number,
  { window, placeOf }: { readonly window: number; readonly placeOf: ReadonlyMap<number, number> },
  weights: Int16Array,
): readonly Lane[] | undefined {
  const lanes: Lane[] = [];
  let inputs: number[] = [];
  let positive = 0;
  let negative = 0;
  const close = (): void => {
    if (positive > 0) lanes.push({ inputs, sign: 1, worth: 1, row });
    if (negative > 0) lanes.push({ inputs, sign: -1, worth: 1, row });
    inputs = [];
    positive = negative = 0;
  };
  for (const input of chunk) {
    const w = weights[input]!;
    if (w === 0) continue;
    if (Math.abs(w) > window) return undefined;
    if (positive + Math.max(w, 0) > window || negative + Math.max(-w, 0) > window) close();
    inputs.push(placeOf.get(input)!);
    if (w > 0) positive += w;
    else negative -= w;
  }
  close();
  return lanes;
}
