/** Layers whose sums leave as spike counts: class scores on pins, and sums over windows. */
import type { ChipLayer } from './chip-layers.js';
import { buildCounting, countingProblem, packCounting, type RoutedLanes, tooWide } from './counting-cores.js';
import { isProblem, type LoweringPlan, type LoweringProblem, planOf } from './lowered.js';
import type { LoweringContext } from './lowering-context.js';
import type { GroupPlan, LanesOfChunks, RowPlan } from './counted-sets.js';
import { partialSums } from './partial-sums.js';

/** Lowers an output layer: signed counts go to pins, the host adds them. */
export function lowerScores(layer: ChipLayer, context: LoweringContext): LoweringPlan | LoweringProblem {
  const missing = countingProblem(context.size);
  if (missing !== undefined) return missing;
  const found = partialSums(layer, context, { allowShared: false, digits: true });
  if (isProblem(found)) return found;
  const count = (plan: GroupPlan, chunk: number): number =>
    plan.lanes.reduce((n, ofRow) => n + ofRow[chunk]!.length, 0);
  const packing = found.pack(count);
  if (packing === undefined || packing === 'too-many') return tooWide(layer, context);
  const { window } = context;
  return planOf(packing.cores.length, () => {
    const pins: { row: number; coefficient: number }[] = [];
    const lanesOf = (plan: GroupPlan, chunk: number): RoutedLanes => {
      const first = pins.length;
      const lanes = plan.lanes.flatMap((ofRow) => ofRow[chunk]!);
      plan.rows.forEach(({ row }, r) =>
        plan.lanes[r]![chunk]!.forEach(({ sign, worth }) => pins.push({ row, coefficient: sign * worth })),
      );
      return { lanes, destination: (k) => ({ kind: 'pin', pin: first + k }) };
    };
    return {
      scheme: 'count',
      ...found.build(packing, lanesOf),
      timers: [],
      window,
      latency: 0,
      departure: { maxCount: 1, span: window, aligned: false },
      minPeriod: window,
      limitedBy: packing.limitedBy,
      pins,
    };
  });
}

/** Lowers sums of non-negative inputs that leave as spike counts: one counting neuron per output; the window does not matter. */
export function lowerCount(layer: ChipLayer, context: LoweringContext): LoweringPlan | LoweringProblem {
  const missing = countingProblem(context.size);
  if (missing !== undefined) return missing;
  const groups = context.memo.groups(layer, context.copies);
  const { matrix } = layer;
  let widest = 0;
  const placeOf = new Int32Array(matrix.nIn);
  const plans = groups.map((group): GroupPlan => {
    group.inputs.forEach((input, k) => (placeOf[input] = k));
    const lanes = group.rows.map((row): LanesOfChunks => {
      const columns = matrix.column.subarray(matrix.rowStart[row]!, matrix.rowEnd[row]!);
      widest = Math.max(widest, columns.length);
      return [[{ inputs: Array.from(columns, (input) => placeOf[input]!), sign: 1, worth: 1 }]];
    });
    const rows = group.rows.map((row, r): RowPlan => {
      const demand = { low: 0, high: lanes[r]![0]![0]!.inputs.length, theta: 0 };
      return { row, outputs: [{ output: row, sign: 1, extra: [[]], demand }], own: 1, shared: 0 };
    });
    return { group, chunks: [group.inputs], shared: [[]], rows, lanes };
  });
  const { copies, arrival } = context;
  const lanesOf = (plan: GroupPlan): RoutedLanes => {
    const routed = plan.rows.flatMap(({ row }, r) =>
      Array.from({ length: copies[row]! }, (_, copy) => ({ lane: plan.lanes[r]![0]![0]!, row, copy })),
    );
    return {
      lanes: routed.map(({ lane }) => lane),
      destination: (k) => ({ kind: 'copy', output: routed[k]!.row, copy: routed[k]!.copy }),
    };
  };
  const packing = packCounting(layer, plans, context, (plan) => plan.rows.reduce((n, { row }) => n + copies[row]!, 0));
  if (packing === undefined || packing === 'too-many') return tooWide(layer, context);
  const maxCount = widest * arrival.maxCount;
  const span = arrival.aligned ? maxCount : arrival.span - 1 + maxCount;
  return planOf(packing.cores.length, () => ({
    scheme: 'count',
    ...buildCounting(plans, packing, layer, context, lanesOf),
    timers: [],
    window: span,
    latency: 0,
    departure: { maxCount, span, aligned: arrival.aligned },
    minPeriod: span,
    limitedBy: packing.limitedBy,
    pins: [],
  }));
}
