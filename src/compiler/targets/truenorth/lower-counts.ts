/** Layers whose sums leave as spike counts: class scores on pins, and sums over windows. */
import type { ChipLayer } from './chip-layers.js';
import { buildCounting, countingProblem, packCounting, type RoutedLane, tooWide } from './counting-cores.js';
import { isProblem, type LoweringPlan, type LoweringProblem, planOf } from './lowered.js';
import type { LoweringContext } from './lowering-context.js';
import type { GroupPlan, RowPlan } from './counted-sets.js';
import { partialSums } from './partial-sums.js';

/** Lowers an output layer: signed counts go to pins, the host adds them. */
export function lowerScores(layer: ChipLayer, context: LoweringContext): LoweringPlan | LoweringProblem {
  const missing = countingProblem(context.size);
  if (missing !== undefined) return missing;
  const found = partialSums(layer, context, { allowShared: false, digits: true });
  if (isProblem(found)) return found;
  const count = (plan: GroupPlan, chunk: number): number =>
    plan.rows.reduce((n, { lanes }) => n + lanes[chunk]!.length, 0);
  const packing = found.pack(count);
  if (packing === undefined || packing === 'too-many') return tooWide(layer, context);
  const { window } = context;
  return planOf(packing.cores.length, () => {
    const pins: { row: number; coefficient: number }[] = [];
    const lanesOf = (plan: GroupPlan, chunk: number): readonly RoutedLane[] =>
      plan.rows.flatMap(({ row, lanes }) =>
        lanes[chunk]!.map((lane) => {
          pins.push({ row, coefficient: lane.sign * lane.worth });
          return { lane, destination: { kind: 'pin', pin: pins.length - 1 } as const };
        }),
      );
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
  const plans = groups.map((group): GroupPlan => {
    const rows = group.rows.map((row): RowPlan => {
      const inputs = Array.from(matrix.column.subarray(matrix.rowStart[row]!, matrix.rowEnd[row]!));
      widest = Math.max(widest, inputs.length);
      const demand = { low: 0, high: inputs.length, theta: 0 };
      return {
        row,
        outputs: [{ output: row, sign: 1, extra: [[]], demand }],
        lanes: [[{ inputs, sign: 1, worth: 1 }]],
        own: 1,
        shared: 0,
      };
    });
    return { group, chunks: [Array.from(group.inputs)], shared: [[]], rows };
  });
  const { copies, arrival } = context;
  const lanesOf = (plan: GroupPlan): readonly RoutedLane[] =>
    plan.rows.flatMap(({ row, lanes }) =>
      Array.from({ length: copies[row]! }, (_, copy) => ({
        lane: lanes[0]![0]!,
        destination: { kind: 'copy', output: row, copy } as const,
      })),
    );
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
