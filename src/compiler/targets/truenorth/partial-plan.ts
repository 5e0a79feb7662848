/** How rows become sets of inputs that counting neurons count. */
import type { ChipLayer } from './chip-layers.js';
import type { GroupPlan, Lane, RowPlan } from './counted-sets.js';
import type { RowGroup } from './groups.js';
import type { Arrival, LoweringProblem } from './lowered.js';
import type { LoweringContext } from './lowering-context.js';

/** Longest count a lane may have so that it is out by the end of the window. */
export function laneBound(window: number, arrival: Arrival): number {
  return arrival.aligned ? window : window - arrival.span + 1;
}

/** Splits every row into sets, chunk by chunk. `allowShared`: rows of all +-1 weights may share the count of all inputs. */
export function planLayer(
  layer: ChipLayer,
  context: LoweringContext,
  allowShared: boolean,
): { plans: readonly GroupPlan[] } | LoweringProblem {
  const bound = laneBound(context.window, context.arrival);
  const perLane = Math.floor(bound / context.arrival.maxCount);
  if (perLane < 1) {
    return {
      code: 'window-too-short',
      message: `a window of ${context.window} ticks cannot carry counts up to ${context.arrival.maxCount}`,
      remedy: `use a window of at least ${context.arrival.maxCount + (context.arrival.aligned ? 0 : context.arrival.span - 1)} ticks`,
    };
  }
  const { memo, copies, size, arrival } = context;
  const groups = memo.groups(layer, copies);
  const plans = memo.sets(groups, perLane, () =>
    groups.map((group) => {
      const chunks = chunksOf(group, layer.inputChannels, size.axons);
      return allowShared && group.binary && group.rows.length > 1
        ? sharedPlan(layer, group, chunks, perLane, arrival.maxCount)
        : signedPlan(layer, group, chunks, perLane, arrival.maxCount);
    }),
  );
  return { plans };
}

/** Inputs of a group in as few equal chunks as fit the axons of a core; images are split by channel, so that places still overlap. */
function chunksOf(group: RowGroup, channels: number, axons: number): readonly (readonly number[])[] {
  const inputs = Array.from(group.inputs);
  const n = Math.max(1, Math.ceil(inputs.length / axons));
  if (n === 1) return [inputs];
  const present = [...new Set(inputs.map((i) => i % channels))].sort((a, b) => a - b);
  if (channels > 1 && present.length >= n) {
    for (let parts = n; parts <= present.length; parts++) {
      const partOf = new Map(present.map((c, rank) => [c, Math.floor((rank * parts) / present.length)]));
      const chunks = Array.from({ length: parts }, (_, p) => inputs.filter((i) => partOf.get(i % channels) === p));
      if (chunks.every((chunk) => chunk.length <= axons)) return chunks;
    }
  }
  return Array.from({ length: n }, (_, p) =>
    inputs.slice(Math.floor((p * inputs.length) / n), Math.floor(((p + 1) * inputs.length) / n)),
  );
}

/** Cuts a set into lanes of at most `perLane` inputs, as equal as possible. */
function cut(inputs: readonly number[], perLane: number, sign: 1 | -1): readonly Lane[] {
  const n = Math.ceil(inputs.length / perLane);
  return Array.from({ length: n }, (_, p) => ({
    sign,
    inputs: inputs.slice(Math.floor((p * inputs.length) / n), Math.floor(((p + 1) * inputs.length) / n)),
  }));
}

/** The row's weights by input, [nIn], 0 where there is none. */
export function weightsOf({ matrix }: ChipLayer, row: number): Int16Array {
  const weights = new Int16Array(matrix.nIn);
  for (let k = matrix.rowStart[row]!; k < matrix.rowStart[row + 1]!; k++)
    weights[matrix.column[k]!] = matrix.weight[k]!;
  return weights;
}

/** The row's weights in the order of the matrix. */
const listed = ({ matrix }: ChipLayer, row: number): Int16Array =>
  matrix.weight.subarray(matrix.rowStart[row], matrix.rowStart[row + 1]);

function signedPlan(
  layer: ChipLayer,
  group: RowGroup,
  chunks: readonly (readonly number[])[],
  perLane: number,
  maxCount: number,
): GroupPlan {
  const rows = group.rows.map((row): RowPlan => {
    const weights = weightsOf(layer, row);
    const own = listed(layer, row);
    const widest = own.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    let high = 0;
    let low = 0;
    for (const w of own) {
      if (w > 0) high += w * maxCount;
      else low += w * maxCount;
    }
    const lanes = chunks.map((chunk) => {
      const found: Lane[] = [];
      for (let level = 1; level <= widest; level++) {
        found.push(
          ...cut(
            chunk.filter((i) => weights[i]! >= level),
            perLane,
            1,
          ),
        );
        found.push(
          ...cut(
            chunk.filter((i) => weights[i]! <= -level),
            perLane,
            -1,
          ),
        );
      }
      return found;
    });
    return { row, lanes, own: 1, shared: 0, demand: { high, low, theta: layer.theta[row]! } };
  });
  return { group, chunks, shared: chunks.map(() => []), rows };
}

function sharedPlan(
  layer: ChipLayer,
  group: RowGroup,
  chunks: readonly (readonly number[])[],
  perLane: number,
  maxCount: number,
): GroupPlan {
  const all = group.inputs.length * maxCount;
  const rows = group.rows.map((row): RowPlan => {
    const weights = weightsOf(layer, row);
    let positive = 0;
    const own = listed(layer, row);
    for (const w of own) if (w > 0) positive++;
    const countsPositive = 2 * positive <= own.length;
    const counted = (countsPositive ? positive : own.length - positive) * maxCount;
    const wanted = countsPositive ? 1 : -1;
    const lanes = chunks.map((chunk) =>
      cut(
        chunk.filter((i) => weights[i] === wanted),
        perLane,
        1,
      ),
    );
    const theta = layer.theta[row]!;
    // S = 2P - X or S = X - 2N; in the worst order one part arrives whole before the other.
    return countsPositive
      ? { row, lanes, own: 2, shared: -1, demand: { high: 2 * counted, low: -all, theta } }
      : { row, lanes, own: -2, shared: 1, demand: { high: all, low: -2 * counted, theta } };
  });
  return { group, chunks, shared: chunks.map((chunk) => cut(chunk, perLane, 1)), rows };
}
