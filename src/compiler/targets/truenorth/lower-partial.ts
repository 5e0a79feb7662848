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
 * Rows become sets in one of these ways:
 * - `signed`: S = P - N, the positive and the negative inputs counted apart. Any small integer weights (a weight of 2 is
 *   two unit layers).
 * - `shared`: rows whose weights are all +-1 on the same inputs. With X = sum of all inputs, S = 2P - X = X - 2N: only the
 *   smaller of P and N is counted per row, and X is counted once for all rows of a gated core. Half the neurons.
 *
 * - signed sums, where bit errors have to be stood: robust-plan.ts.
 *
 * Period: window + 1 ticks (the gate acts together with the last partial sums, the clear in the next tick).
 */
import { assert } from '../../../common/assert.js';
import type { ChipLayer } from './chip-layers.js';
import { countingProblem, type RoutedLanes, tooWide } from './counting-cores.js';
import {
  addAxon,
  addGates,
  type CoreDraft,
  type Destination,
  gateAmounts,
  gateAxonCounts,
  gated,
  type GateAxons,
  gateTimes,
  type GateTimes,
  GATED_TYPE,
  lazyNeurons,
  type NeuronDraft,
  type TimerRequest,
} from './drafts.js';
import { gatedProblem, isProblem, type LoweringPlan, type LoweringProblem, planOf } from './lowered.js';
import type { LoweringContext } from './lowering-context.js';
import type { GroupPlan, Lane, LanesOfChunks, RowPlan } from './counted-sets.js';
import { departureOf } from './lower-direct.js';
import { rowWeights } from './partial-plan.js';
import { partialSums } from './partial-sums.js';
import { ROBUST_ROWS } from './robust-plan.js';

/** Lowers a threshold layer with partial sums. */
export function lowerPartial(layer: ChipLayer, context: LoweringContext): LoweringPlan | LoweringProblem {
  const missing = gatedProblem(context.size) ?? countingProblem(context.size);
  if (missing !== undefined) return missing;
  // Rows that share a count weigh their own spikes twice.
  const found = partialSums(layer, context, { allowShared: context.size.weightMax >= 2, digits: false });
  if (isProblem(found)) return found;
  const demands = found.plans.flatMap((plan) =>
    plan.rows.flatMap(({ outputs }) => outputs.map(({ demand }) => demand)),
  );
  const gates = gateAxonCounts(demands, context.size.weightMax);
  const gatedCores = packGated(layer, found.plans, context, gates.gate + gates.clear);
  if (isProblem(gatedCores)) return gatedCores;
  const laneCounts = countLanes(found.plans, gatedCores);
  const { fewerThan = Infinity } = context;
  const laneCount = (plan: GroupPlan, chunk: number): number => laneCounts.get(plan)![chunk]!;
  const packing = found.pack(laneCount, fewerThan - 1 - gatedCores.length);
  if (packing === undefined) return tooWide(layer, context);
  if (packing === 'too-many') return planOf(fewerThan, notBuilt);
  const { window } = context;
  // Partial sums arrive in ticks 1..window.
  const times = gateTimes(Math.min(1, window - 1), window, layer.stairs?.most);
  return planOf(packing.cores.length + gatedCores.length, () => {
    const built = buildGated(layer, found.plans, gatedCores, context, { ...gates, times });
    const counting = found.build(packing, built.lanes);
    return {
      scheme: 'partial',
      cores: [...counting.cores, ...built.cores],
      inputSinks: counting.inputSinks,
      timers: built.timers,
      window,
      latency: window,
      departure: departureOf(layer),
      // The clear of one frame comes before the hold of the next.
      minPeriod: window + times.most + (times.hold === 0 ? 1 : 0),
      limitedBy: packing.limitedBy === 'axons' ? 'axons of the counting cores' : 'neurons of the counting cores',
      pins: [],
    };
  });
}

function notBuilt(): never {
  throw new Error('internal error: a plan is built that was counted only until it was too large');
}

/** Outputs of one gated core: indices into plans and their rows, and which outputs of the row. */
type GatedCore = readonly GatedMember[];

interface GatedMember {
  readonly plan: number;
  readonly row: number;
  readonly from: number;
  readonly to: number;
}

/** Next fit in row order: axons = lanes of the rows + shared lanes of their groups + gates, neurons = copies. */
function packGated(
  layer: ChipLayer,
  plans: readonly GroupPlan[],
  context: LoweringContext,
  gateAxons: number,
): readonly GatedCore[] | LoweringProblem {
  const { size, copies } = context;
  const budget = size.axons - gateAxons;
  const mostRows = context.robust === true ? ROBUST_ROWS : Infinity;
  const cores: GatedMember[][] = [];
  let open: GatedMember[] = [];
  let axons = 0;
  let neurons = 0;
  let lastPlan = -1;
  for (const [p, plan] of plans.entries()) {
    const sharedLanes = plan.shared.reduce((n, lanes) => n + lanes.length, 0);
    for (const [r, rowPlan] of plan.rows.entries()) {
      const own = nLanes(plan.lanes[r]!);
      const widest = rowPlan.outputs.reduce((most, { output }) => Math.max(most, copies[output]!), 0);
      const extras = rowPlan.outputs.reduce((most, { extra }) => Math.max(most, nLanes(extra)), 0);
      if (own + extras + sharedLanes > budget || widest > size.neurons) {
        const problem = weightsTooWide(layer, plan, rowPlan, budget);
        if (problem !== undefined) return problem;
        return {
          code: 'fan-in-exceeds-gated-core',
          message: `an output needs ${own + extras + sharedLanes} partial sums of at most ${context.window} ticks and ${widest} copies, a core has ${budget} axons for them and ${size.neurons} neurons`,
          remedy: 'use a longer window (--window), a smaller fan-in, or a chip with larger cores',
        };
      }
      // Outputs of one sum share its axons; more than a core has neurons for are cut.
      const room = { neurons: size.neurons, axons: budget - own - sharedLanes };
      for (const { from, to, nCopies, nExtra } of piecesOf(rowPlan, copies, room)) {
        const extra = own + nExtra + (p === lastPlan ? 0 : sharedLanes);
        if (axons + extra > budget || neurons + nCopies > size.neurons || open.length >= mostRows) {
          if (open.length > 0) cores.push(open);
          open = [];
          axons = 0;
          neurons = 0;
          lastPlan = -1;
        }
        axons += own + nExtra + (p === lastPlan ? 0 : sharedLanes);
        neurons += nCopies;
        lastPlan = p;
        open.push({ plan: p, row: r, from, to });
      }
    }
  }
  if (open.length > 0) cores.push(open);
  return cores;
}

/** A run of outputs of a row, with their copies and the sets that only they count. */
interface Piece {
  readonly from: number;
  to: number;
  nCopies: number;
  nExtra: number;
}

const nLanes = (lanes: LanesOfChunks): number => lanes.reduce((n, ofChunk) => n + ofChunk.length, 0);

/** Outputs of a row in runs that fit a core. */
function piecesOf(
  { outputs }: RowPlan,
  copies: Int32Array,
  room: { readonly neurons: number; readonly axons: number },
): readonly Readonly<Piece>[] {
  const pieces: Piece[] = [];
  outputs.forEach(({ output, extra }, o) => {
    const last = pieces.at(-1);
    const nCopies = copies[output]!;
    const nExtra = nLanes(extra);
    if (last === undefined || last.nCopies + nCopies > room.neurons || last.nExtra + nExtra > room.axons) {
      pieces.push({ from: o, to: o + 1, nCopies, nExtra });
      return;
    }
    last.to = o + 1;
    last.nCopies += nCopies;
    last.nExtra += nExtra;
  });
  return pieces;
}

/**
 * Where no window helps: a weight w is counted as |w| sets of inputs, so that a row takes at least its largest weight and its smallest
 * (without its sign) in every chunk of its inputs, one spike of each per input and frame.
 */
function weightsTooWide(
  layer: ChipLayer,
  { chunks }: GroupPlan,
  { row, shared }: RowPlan,
  budget: number,
): LoweringProblem | undefined {
  if (shared !== 0) return undefined;
  const weights = rowWeights(layer)(row);
  const spans = chunks.map((inputs) => {
    const own = Array.from(inputs, (i) => weights[i]!);
    return [own.reduce((a, b) => Math.min(a, b), 0), own.reduce((a, b) => Math.max(a, b), 0)] as const;
  });
  const least = spans.reduce((sum, [low, high]) => sum + high - low, 0);
  if (least <= budget) return undefined;
  const low = spans.reduce((a, [b]) => Math.min(a, b), 0);
  const high = spans.reduce((a, [, b]) => Math.max(a, b), 0);
  const share = Math.floor(budget / chunks.length);
  const parts = chunks.length === 1 ? '' : ` in ${chunks.length} parts of its fan-in`;
  return {
    code: 'weights-exceed-gated-core',
    message: `weights are counted one by one, a weight w as |w| partial sums: an output with weights ${low}..${high} takes ${least} of them${parts}, whatever the window; a core has ${budget} axons for them`,
    remedy: `keep largest minus smallest weight of an output within ${share} (weights of ${Math.floor(Math.log2(share + 1))} bits are): quantise the layer to fewer bits, or compile with --chip northpole`,
  };
}

/** [chunk] counting neurons that each plan needs: those of its rows once, the shared ones once per gated core. */
function countLanes(
  plans: readonly GroupPlan[],
  packed: readonly GatedCore[],
): ReadonlyMap<GroupPlan, readonly number[]> {
  const counts = new Map(plans.map((plan) => [plan, plan.chunks.map(() => 0)]));
  const add = (plan: GroupPlan, lanes: LanesOfChunks): void => {
    const ofPlan = counts.get(plan)!;
    lanes.forEach((ofChunk, chunk) => (ofPlan[chunk]! += ofChunk.length));
  };
  for (const members of packed) {
    for (const p of new Set(members.map(({ plan }) => plan))) add(plans[p]!, plans[p]!.shared);
    for (const { plan, row, from, to } of members) {
      const { outputs } = plans[plan]!.rows[row]!;
      add(plans[plan]!, plans[plan]!.lanes[row]!);
      for (const { extra } of outputs.slice(from, to)) add(plans[plan]!, extra);
    }
  }
  return counts;
}

interface GatedCores {
  readonly cores: readonly CoreDraft[];
  readonly timers: readonly TimerRequest[];
  /** Counting neurons of (plan, chunk): as many as {@link countLanes} says. */
  readonly lanes: (plan: GroupPlan, chunk: number) => RoutedLanes;
}

function buildGated(
  layer: ChipLayer,
  plans: readonly GroupPlan[],
  packed: readonly GatedCore[],
  context: LoweringContext,
  gates: GateAxons & { readonly times: GateTimes },
): GatedCores {
  const timers: TimerRequest[] = [];
  const copiesOf = ({ plan, row, from, to }: GatedCore[number]): number =>
    plans[plan]!.rows[row]!.outputs.slice(from, to).reduce((n, { output }) => n + context.copies[output]!, 0);
  /** A neuron for every copy of the outputs of a row. */
  const neuronsOf = (
    { plan, row: r, from, to }: GatedCore[number],
    axonsOf: readonly (readonly number[])[],
  ): readonly NeuronDraft[] => {
    const row = plans[plan]!.rows[r]!;
    return row.outputs.slice(from, to).flatMap(({ output, sign, demand }, o) => {
      const [excite, inhibit] = [sign * row.own, sign * (row.shared === 0 ? -row.own : row.shared)];
      const parameters = gated(demand, excite, inhibit, gates, context.size.rules);
      assert(gateAmounts(demand).gate <= gates.gate * context.size.weightMax, 'gate weight in range');
      return Array.from({ length: context.copies[output]! }, (_, copy): NeuronDraft => {
        return {
          parameters,
          axons: axonsOf[o]!,
          destination: { kind: 'copy', output, copy },
          rate: (layer.stairs?.steps[output] ?? 1) / 2,
        };
      });
    });
  };
  const routed = new Map(plans.map((plan) => [plan, plan.chunks.map(() => new LanesToAxons())]));
  const cores = packed.map((members) => {
    const length = members.reduce((n, member) => n + copiesOf(member), 0);
    const axonsOf: (readonly (readonly number[])[])[] = [];
    const neurons = lazyNeurons(length, () => members.flatMap((member, m) => neuronsOf(member, axonsOf[m]!)));
    const core: CoreDraft = { layer: context.layer, role: 'layer', axonType: [], neurons };
    const { axons: gateAxons, timers: requests } = addGates(core, gates, gates.times);
    timers.push(...requests);
    const sharedAxons = new Map<number, readonly number[]>();
    const connect = (plan: GroupPlan, lanes: LanesOfChunks, typeOf: (lane: Lane) => number): number[] =>
      lanes.flatMap((ofChunk, chunk) =>
        ofChunk.map((lane) => {
          const axon = addAxon(core, typeOf(lane));
          routed.get(plan)![chunk]!.add(lane, core, axon);
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
      const typeOf = (lane: Lane): number => (isShared || lane.sign > 0 ? GATED_TYPE.excite : GATED_TYPE.inhibit);
      const common = [
        ...connect(plan, plan.lanes[member.row]!, typeOf),
        ...(isShared ? sharedAxons.get(member.plan)! : []),
        ...gateAxons,
      ];
      axonsOf.push(
        row.outputs.slice(member.from, member.to).map(({ extra }) => {
          const beside = connect(plan, extra, typeOf);
          return beside.length === 0 ? common : [...common, ...beside];
        }),
      );
    }
    return core;
  });
  return {
    cores,
    timers,
    lanes: (plan, chunk) => routed.get(plan)![chunk]!,
  };
}

/** Lanes in the order in which gated cores ask for them, and the axons that hear them. */
class LanesToAxons implements RoutedLanes {
  readonly lanes: Lane[] = [];
  readonly #cores: CoreDraft[] = [];
  readonly #axons: number[] = [];

  add(lane: Lane, core: CoreDraft, axon: number): void {
    this.lanes.push(lane);
    this.#cores.push(core);
    this.#axons.push(axon);
  }

  readonly destination = (lane: number): Destination => ({
    kind: 'axon',
    sink: { core: this.#cores[lane]!, axon: this.#axons[lane]! },
  });
}
