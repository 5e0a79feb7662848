/**
 * Layers whose fan-in exceeds a core: exact partial sums that travel as spike counts over a window.
 *
 * ```
 *  inputs -> [counting cores]  -- one spike per tick -->  [gated cores] -> outputs
 *             count a set of inputs,                      accumulate, decide at the gate,
 *             emit that many spikes                       forget at the clear one tick later
 * ```
 * A counting neuron has weight +1 on a set of inputs, alpha 1 and linear reset: it emits exactly as many spikes as inputs of
 * its set were on. Counts only ever grow within a frame, so nothing depends on the order of arrival, every input needs one
 * axon (not a +1 and a -1 axon), and there is no initial offset to set or residue to clear. A set of at most `window` inputs
 * is done within `window` ticks; smaller windows mean more, smaller sets.
 *
 * Rows become sets in one of two ways:
 * - `signed`: S = P - N, the positive and the negative inputs counted apart. Any small integer weights (a weight of 2 is
 *   two unit layers).
 * - `shared`: rows whose weights are all +-1 on the same inputs. With X = sum of all inputs, S = 2P - X = X - 2N: only the
 *   smaller of P and N is counted per row, and X is counted once for all rows of a gated core. Half the neurons.
 *
 * Period: window + 1 ticks (the gate acts together with the last partial sums, the clear in the next tick).
 */
import { assert } from '../../../common/assert.js';
import type { ChipLayer } from './chip-layers.js';
import {
  addAxon,
  type CoreDraft,
  counter,
  gateAmounts,
  gateAxonCounts,
  gated,
  type GateDemand,
  GATED_TYPE,
  type Destination,
  type TimerRequest,
} from './drafts.js';
import { type RowGroup, rowGroups } from './groups.js';
import { gateAxonsOf } from './lower-direct.js';
import {
  type Arrival,
  emptySinks,
  type LoweredLayer,
  type LoweringContext,
  type LoweringProblem,
  ONE_TICK,
} from './lowered.js';
import { bestPacking, groupOrders, type PackItem, packItems, type Packing } from './packing.js';

/** A set of inputs that one counting neuron counts. */
interface Lane {
  readonly inputs: readonly number[];
  /** +1 or -1: how the count enters the row's sum (score layers) or which axon type it arrives on. */
  readonly sign: 1 | -1;
}

/** How one row is put together from counts. */
interface RowPlan {
  readonly row: number;
  /** [chunk] sets of the row. */
  readonly lanes: readonly (readonly Lane[])[];
  /** Weight of a spike of the row's own lanes with sign +1 and -1, and of the shared lanes of its group. */
  readonly own: number;
  readonly shared: number;
  readonly demand: GateDemand;
}

interface GroupPlan {
  readonly group: RowGroup;
  /** [chunk] inputs of the group in that chunk. */
  readonly chunks: readonly (readonly number[])[];
  /** [chunk] shared lanes; empty in `signed` groups. */
  readonly shared: readonly (readonly Lane[])[];
  readonly rows: readonly RowPlan[];
}

/** Longest count a lane may have so that it is out by the end of the window. */
export function laneBound(window: number, arrival: Arrival): number {
  return arrival.aligned ? window : window - arrival.span + 1;
}

/** Lowers a threshold layer with partial sums. */
export function lowerPartial(layer: ChipLayer, context: LoweringContext): LoweredLayer | LoweringProblem {
  const found = planLayer(layer, context, true);
  if (isPlanProblem(found)) return found;
  const demands = found.plans.flatMap((plan) => plan.rows.map((row) => row.demand));
  const gates = gateAxonCounts(demands, context.size.weightMax);
  const gatedCores = packGated(found.plans, context, gates.gate + gates.clear);
  if (isPlanProblem(gatedCores)) return gatedCores;
  const built = buildGated(found.plans, gatedCores, context, gates);
  const packing = packCounting(layer, found.plans, context, (plan, chunk) => built.laneCount(plan, chunk));
  if (packing === undefined) return tooWide(layer, context);
  const counting = buildCounting(found.plans, packing, layer, context, (plan, chunk) => built.lanes(plan, chunk));
  const { window } = context;
  return {
    scheme: 'partial',
    cores: [...counting.cores, ...built.cores],
    inputSinks: counting.inputSinks,
    timers: built.timers,
    window,
    latency: window,
    departure: ONE_TICK,
    minPeriod: window + 1,
    limitedBy: packing.limitedBy === 'axons' ? 'axons of the counting cores' : 'neurons of the counting cores',
    pins: [],
  };
}

/** Lowers an output layer: signed counts go to pins, the host adds them. */
export function lowerScores(layer: ChipLayer, context: LoweringContext): LoweredLayer | LoweringProblem {
  const found = planLayer(layer, context, false);
  if (isPlanProblem(found)) return found;
  const pins: { row: number; coefficient: number }[] = [];
  const lanesOf = (plan: GroupPlan, chunk: number): readonly RoutedLane[] =>
    plan.rows.flatMap(({ row, lanes }) =>
      lanes[chunk]!.map((lane) => {
        pins.push({ row, coefficient: lane.sign });
        return { lane, destination: { kind: 'pin', pin: pins.length - 1 } as const };
      }),
    );
  const count = (plan: GroupPlan, chunk: number): number =>
    plan.rows.reduce((n, { lanes }) => n + lanes[chunk]!.length, 0);
  const packing = packCounting(layer, found.plans, context, count);
  if (packing === undefined) return tooWide(layer, context);
  const counting = buildCounting(found.plans, packing, layer, context, lanesOf);
  const { window } = context;
  return {
    scheme: 'count',
    ...counting,
    timers: [],
    window,
    latency: 0,
    departure: { maxCount: 1, span: window, aligned: false },
    minPeriod: window,
    limitedBy: packing.limitedBy,
    pins,
  };
}

/** Lowers sums of non-negative inputs that leave as spike counts: one counting neuron per output. */
export function lowerCount(layer: ChipLayer, context: LoweringContext): LoweredLayer | LoweringProblem {
  const groups = rowGroups(layer, context.copies);
  const { matrix } = layer;
  let widest = 0;
  const plans = groups.map((group): GroupPlan => {
    const rows = group.rows.map((row): RowPlan => {
      const inputs = Array.from(matrix.column.subarray(matrix.rowStart[row]!, matrix.rowStart[row + 1]!));
      widest = Math.max(widest, inputs.length);
      return {
        row,
        lanes: [[{ inputs, sign: 1 }]],
        own: 1,
        shared: 0,
        demand: { low: 0, high: inputs.length, theta: 0 },
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
  if (packing === undefined) return tooWide(layer, context);
  const counting = buildCounting(plans, packing, layer, context, lanesOf);
  const maxCount = widest * arrival.maxCount;
  const span = arrival.aligned ? maxCount : arrival.span - 1 + maxCount;
  return {
    scheme: 'count',
    ...counting,
    timers: [],
    window: span,
    latency: 0,
    departure: { maxCount, span, aligned: arrival.aligned },
    minPeriod: span,
    limitedBy: packing.limitedBy,
    pins: [],
  };
}

function tooWide(layer: ChipLayer, context: LoweringContext): LoweringProblem {
  return {
    code: 'counting-core-too-small',
    message: `a set of inputs of layer "${layer.name}" does not fit the ${context.size.axons} axons of a core`,
    remedy: 'use a chip with larger cores or a smaller fan-in',
  };
}

const isPlanProblem = (value: object): value is LoweringProblem => 'remedy' in value;

/** Splits every row into sets, chunk by chunk. `allowShared`: rows of all +-1 weights may share the count of all inputs. */
function planLayer(
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
  const groups = rowGroups(layer, context.copies);
  const plans = groups.map((group) => {
    const chunks = chunksOf(group, layer.inputChannels, context.size.axons);
    return allowShared && group.binary && group.rows.length > 1
      ? sharedPlan(layer, group, chunks, perLane, context.arrival.maxCount)
      : signedPlan(layer, group, chunks, perLane, context.arrival.maxCount);
  });
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

/** The row's weights by input. */
function weightsOf(layer: ChipLayer, row: number): ReadonlyMap<number, number> {
  const { matrix } = layer;
  const weights = new Map<number, number>();
  for (let k = matrix.rowStart[row]!; k < matrix.rowStart[row + 1]!; k++)
    weights.set(matrix.column[k]!, matrix.weight[k]!);
  return weights;
}

function signedPlan(
  layer: ChipLayer,
  group: RowGroup,
  chunks: readonly (readonly number[])[],
  perLane: number,
  maxCount: number,
): GroupPlan {
  const rows = group.rows.map((row): RowPlan => {
    const weights = weightsOf(layer, row);
    const widest = Math.max(0, ...Array.from(weights.values(), Math.abs));
    let high = 0;
    let low = 0;
    for (const w of weights.values()) {
      if (w > 0) high += w * maxCount;
      else low += w * maxCount;
    }
    const lanes = chunks.map((chunk) => {
      const found: Lane[] = [];
      for (let level = 1; level <= widest; level++) {
        found.push(
          ...cut(
            chunk.filter((i) => (weights.get(i) ?? 0) >= level),
            perLane,
            1,
          ),
        );
        found.push(
          ...cut(
            chunk.filter((i) => (weights.get(i) ?? 0) <= -level),
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
    for (const w of weights.values()) if (w > 0) positive++;
    const countsPositive = 2 * positive <= weights.size;
    const counted = (countsPositive ? positive : weights.size - positive) * maxCount;
    const wanted = countsPositive ? 1 : -1;
    const lanes = chunks.map((chunk) =>
      cut(
        chunk.filter((i) => weights.get(i) === wanted),
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

/** Rows of one gated core: indices into plans and their rows. */
type GatedCore = readonly { readonly plan: number; readonly row: number }[];

/** Next fit in row order: axons = lanes of the rows + shared lanes of their groups + gates, neurons = copies. */
function packGated(
  plans: readonly GroupPlan[],
  context: LoweringContext,
  gateAxons: number,
): readonly GatedCore[] | LoweringProblem {
  const { size, copies } = context;
  const budget = size.axons - gateAxons;
  const cores: { plan: number; row: number }[][] = [];
  let open: { plan: number; row: number }[] = [];
  let axons = 0;
  let neurons = 0;
  let lastPlan = -1;
  for (const [p, plan] of plans.entries()) {
    const sharedLanes = plan.shared.reduce((n, lanes) => n + lanes.length, 0);
    for (const [r, rowPlan] of plan.rows.entries()) {
      const own = rowPlan.lanes.reduce((n, lanes) => n + lanes.length, 0);
      const rowCopies = copies[rowPlan.row]!;
      if (own + sharedLanes > budget || rowCopies > size.neurons) {
        return {
          code: 'fan-in-exceeds-gated-core',
          message: `an output needs ${own + sharedLanes} partial sums of at most ${context.window} ticks and ${rowCopies} copies, a core has ${budget} axons for them and ${size.neurons} neurons`,
          remedy: 'use a longer window (--window), a smaller fan-in, or a chip with larger cores',
        };
      }
      const extra = own + (p === lastPlan ? 0 : sharedLanes);
      if (axons + extra > budget || neurons + rowCopies > size.neurons) {
        if (open.length > 0) cores.push(open);
        open = [];
        axons = 0;
        neurons = 0;
        lastPlan = -1;
      }
      axons += own + (p === lastPlan ? 0 : sharedLanes);
      neurons += rowCopies;
      lastPlan = p;
      open.push({ plan: p, row: r });
    }
  }
  if (open.length > 0) cores.push(open);
  return cores;
}

/** A lane with the place its spikes go to. */
interface RoutedLane {
  readonly lane: Lane;
  readonly destination: Destination;
}

interface GatedCores {
  readonly cores: readonly CoreDraft[];
  readonly timers: readonly TimerRequest[];
  /** Counting neurons that (plan, chunk) needs, and the neurons themselves. */
  laneCount(plan: GroupPlan, chunk: number): number;
  lanes(plan: GroupPlan, chunk: number): readonly RoutedLane[];
}

function buildGated(
  plans: readonly GroupPlan[],
  packed: readonly GatedCore[],
  context: LoweringContext,
  gates: { gate: number; clear: number },
): GatedCores {
  const timers: TimerRequest[] = [];
  const routed = new Map<GroupPlan, RoutedLane[][]>(plans.map((plan) => [plan, plan.chunks.map(() => [])]));
  const cores = packed.map((members) => {
    const core: CoreDraft = { layer: context.layer, role: 'layer', axonType: [], neurons: [] };
    for (let n = 0; n < gates.gate; n++) {
      timers.push({ sink: { core, axon: addAxon(core, GATED_TYPE.gate) }, offset: context.window });
    }
    for (let n = 0; n < gates.clear; n++) {
      timers.push({ sink: { core, axon: addAxon(core, GATED_TYPE.clear) }, offset: context.window + 1 });
    }
    const gateAxons = gateAxonsOf(core);
    const sharedAxons = new Map<number, readonly number[]>();
    const connect = (plan: GroupPlan, lanes: readonly (readonly Lane[])[], typeOf: (lane: Lane) => number): number[] =>
      lanes.flatMap((ofChunk, chunk) =>
        ofChunk.map((lane) => {
          const axon = addAxon(core, typeOf(lane));
          routed.get(plan)![chunk]!.push({ lane, destination: { kind: 'axon', sink: { core, axon } } });
          return axon;
        }),
      );
    for (const member of members) {
      const plan = plans[member.plan]!;
      const row = plan.rows[member.row]!;
      const isShared = row.shared !== 0;
      if (!sharedAxons.has(member.plan)) {
        sharedAxons.set(
          member.plan,
          connect(plan, plan.shared, () => GATED_TYPE.inhibit),
        );
      }
      const own = connect(plan, row.lanes, (lane) =>
        isShared || lane.sign > 0 ? GATED_TYPE.excite : GATED_TYPE.inhibit,
      );
      const parameters = gated(row.demand, row.own, isShared ? row.shared : -row.own, gates.gate, gates.clear);
      assert(gateAmounts(row.demand).gate <= gates.gate * context.size.weightMax, 'gate weight in range');
      const axons = [...own, ...(isShared ? sharedAxons.get(member.plan)! : []), ...gateAxons];
      for (let copy = 0; copy < context.copies[row.row]!; copy++) {
        core.neurons.push({ ...parameters, axons, destination: { kind: 'copy', output: row.row, copy }, rate: 0.5 });
      }
    }
    return core;
  });
  return {
    cores,
    timers,
    laneCount: (plan, chunk) => routed.get(plan)![chunk]!.length,
    lanes: (plan, chunk) => routed.get(plan)![chunk]!,
  };
}

/** Counting cores: chunk by chunk, places of an image in the tile order that needs the fewest cores. Item = chunk * groups + group. */
function packCounting(
  layer: ChipLayer,
  plans: readonly GroupPlan[],
  context: LoweringContext,
  laneCount: (plan: GroupPlan, chunk: number) => number,
): Packing | undefined {
  const nChunks = Math.max(1, ...plans.map((plan) => plan.chunks.length));
  const items: PackItem[] = [];
  for (let chunk = 0; chunk < nChunks; chunk++) {
    for (const plan of plans) {
      const inputs = Int32Array.from(plan.chunks[chunk] ?? []);
      const lanes = plan.chunks[chunk] === undefined ? 0 : laneCount(plan, chunk);
      items.push({
        inputs,
        excite: new Uint8Array(inputs.length).fill(1),
        inhibit: new Uint8Array(inputs.length),
        neurons: new Array<number>(lanes).fill(1),
      });
    }
  }
  const orders = groupOrders(layer.matrix, plans.length).map((order) =>
    Array.from({ length: nChunks }, (_, chunk) => order.map((g) => chunk * plans.length + g)).flat(),
  );
  const axonCost = context.fromHost ? 0 : 1 / context.size.neurons;
  return bestPacking(orders, axonCost, (order) =>
    packItems(items, order, layer.matrix.nIn, context.size.axons, context.size.neurons),
  );
}

function buildCounting(
  plans: readonly GroupPlan[],
  packing: Packing,
  layer: ChipLayer,
  context: LoweringContext,
  lanesOf: (plan: GroupPlan, chunk: number) => readonly RoutedLane[],
): Pick<LoweredLayer, 'cores' | 'inputSinks'> {
  const inputSinks = emptySinks(layer.matrix.nIn);
  const known = new Map<number, readonly RoutedLane[]>();
  const lanesOfItem = (item: number): readonly RoutedLane[] => {
    const lanes = known.get(item) ?? lanesOf(plans[item % plans.length]!, Math.floor(item / plans.length));
    known.set(item, lanes);
    return lanes;
  };
  const role = layer.rule === 'threshold' ? 'partial' : 'layer';
  const cores = packing.cores.map((pieces) => {
    const core: CoreDraft = { layer: context.layer, role, axonType: [], neurons: [] };
    const axonOf = new Map<number, number>();
    for (const { item, from, to } of pieces) {
      for (const { lane, destination } of lanesOfItem(item).slice(from, to)) {
        const axons = lane.inputs.map((input) => {
          const axon = axonOf.get(input) ?? addAxon(core, 0);
          if (!axonOf.has(input)) {
            axonOf.set(input, axon);
            inputSinks[input]!.push({ core, axon });
          }
          return axon;
        });
        core.neurons.push({ ...counter(), axons, destination, rate: lane.inputs.length / 4 });
      }
    }
    return core;
  });
  return { cores, inputSinks };
}
