/** Maps chip layers to cores: every layer from the last to the first, because readers decide how many copies exist. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { codeMax } from '../../../ir/network/shapes.js';
import type { ChipLayer, ChipNetwork } from './chip-layers.js';
import type { CoreDraft, CoreSize, Sink } from './drafts.js';
import { type Arrival, isProblem, type LoweredLayer, type LoweringPlan, type LoweringProblem } from './lowered.js';
import type { LoweringContext } from './lowering-context.js';
import type { LoweringMemo } from './lowering-memo.js';
import { planLowering } from './plan-lowering.js';
import {
  type DrivenWire,
  extraCopies,
  type FanOut,
  type FanOutCost,
  fanOutCost,
  planFanOut,
  planHostFanOut,
  type Readers,
} from './splitters.js';
import { HOST, timingOf, type WireTable } from './wires.js';

/** A layer on cores, with the fan-out of its outputs. */
export interface MappedLayer {
  readonly layer: ChipLayer;
  readonly lowered: LoweredLayer;
  readonly fanOut: FanOut;
  /** [nOut] physical copies. */
  readonly copies: Int32Array;
  /** Cores, splitters included. */
  readonly nCores: number;
  /** Splits between copies and splitters that were compared; none for the last layer. */
  readonly splits: readonly FanOutChoice[];
  /** Spikes of the splitters in a frame if half of all drivers fire. */
  readonly splitterSpikes: number;
  /** Ticks from the layer's first input tick to the last layer's first output. */
  readonly ahead: number;
}

/** A split of a layer's fan-out that was compared: wires that need so many more copies or more go through splitters. */
export interface FanOutChoice {
  readonly limit: number;
  readonly splitterCores: number;
  readonly copies: number;
  /** Cores of the layer with its splitters; where they were not counted to the end, at least so many. */
  readonly cores: number;
  readonly isBound: boolean;
  /** Ticks from the first output to the first axon that hears it: 1, or 2 through a splitter. */
  readonly ticks: number;
  readonly isChosen: boolean;
}

export interface MappedNetwork {
  readonly layers: readonly MappedLayer[];
  /** [coded inputs] axons that want each, at once; and the relays to those that want it later. */
  readonly host: FanOut;
  /** Ticks from the first spike of the host to the last layer's first output. */
  readonly hostAhead: number;
  readonly streaming: boolean;
}

/** How the coded input arrives. */
export function inputArrival({ code, digits }: Pick<ChipNetwork, 'code' | 'digits'>): Arrival {
  const max = code.kind === 'integer' ? (digits?.radix ?? 2) - 1 : codeMax(code);
  return { maxCount: max, span: max, aligned: code.kind !== 'bernoulli' || max === 1 };
}

/** Whether every layer could run one frame per tick: binary inputs, direct layers, votes. */
export function canStream(network: ChipNetwork): boolean {
  const { layers, wires } = network;
  return (
    inputArrival(network).span === 1 &&
    layers.every(
      (layer) => layer.rule === 'threshold' && layer.stairs === undefined && arrivalOf(layer, wires).span === 1,
    )
  );
}

/** How the inputs of a layer arrive. */
export function arrivalOf({ inputs }: ChipLayer, wires: WireTable): Arrival {
  const { max, span, aligned } = timingOf(wires, inputs);
  return { maxCount: max, span, aligned };
}

/** How to map: one frame a tick or over windows, lowerings that stand bit errors, splits of fan-outs with the fewest ticks in the place of the fewest cores. */
export interface MapOptions {
  readonly streaming: boolean;
  readonly window: number;
  readonly robust?: boolean;
  readonly soonest?: boolean;
}

/** What the lowering of layer `l` has to know, but for the copies of its outputs. */
export function contextOf(
  { layers, wires }: ChipNetwork,
  l: number,
  how: MapOptions & Pick<LoweringContext, 'size' | 'memo'>,
): Context {
  const layer = layers[l]!;
  const fromHost = layer.inputs.every((w) => wires.drivers(w).every((driver) => driver.layer === HOST));
  return { layer: l, arrival: arrivalOf(layer, wires), fromHost, ...how };
}

/** Maps the network with this window, or says which layers do not fit. */
export function mapNetwork(
  network: ChipNetwork,
  size: CoreSize,
  options: MapOptions,
  memo: LoweringMemo,
): MappedNetwork | { readonly problems: readonly Diagnostic[] } {
  const { layers, wires } = network;
  const mapped: MappedLayer[] = [];
  const problems: Diagnostic[] = [];
  const driven = layers.map(() => new DrivenWires());
  const hostReaders: Readers[][] = [];
  let isComplete = true;
  for (let l = layers.length - 1; l >= 0; l--) {
    const layer = layers[l]!;
    const context = contextOf(network, l, { size, memo, ...options });
    const isLast = l === layers.length - 1 || !isComplete;
    const result = mapLayer(layer, context, isLast ? undefined : driven[l]!.sorted());
    if ('remedy' in result) {
      problems.push(errorAt(result.code, `layer "${layer.name}"`, result.message, result.remedy));
      // Go on with the layers before it, so that every layer that does not fit is named.
      isComplete = false;
      continue;
    }
    mapped.unshift(result);
    result.lowered.inputSinks.forEach((sinks, i) => {
      if (sinks.length === 0) return;
      const wire = layer.inputs[i]!;
      const drivers = wires.drivers(wire);
      for (const from of new Set(drivers.map((driver) => driver.layer))) {
        const own = drivers.filter((driver) => driver.layer === from);
        if (from !== HOST) driven[from]!.add(wire, own, sinks, result.ahead);
        else for (const { output, lag } of own) (hostReaders[output] ??= []).push({ sinks, due: result.ahead - lag });
      }
    });
  }
  if (problems.length > 0) return { problems };
  const nHost = hostElements(network);
  const host = planHostFanOut(
    Array.from({ length: nHost }, (_, e) => hostReaders[e] ?? []),
    size,
  );
  return { layers: mapped, host, hostAhead: host.leaves, streaming: options.streaming };
}

/** The wires that a layer drives, with those who hear them. */
class DrivenWires {
  readonly #known = new Map<number, { readonly drivers: DrivenWire['drivers']; readonly readers: Readers[] }>();

  add(wire: number, drivers: DrivenWire['drivers'], sinks: readonly Sink[], due: number): void {
    const known = this.#known.get(wire);
    if (known === undefined) this.#known.set(wire, { drivers, readers: [{ sinks, due }] });
    else known.readers.push({ sinks, due });
  }

  /** In the order of the outputs that drive them. */
  sorted(): readonly DrivenWire[] {
    return [...this.#known]
      .sort(([v, a], [w, b]) => a.drivers[0]!.output - b.drivers[0]!.output || v - w)
      .map(([, wire]) => wire);
  }
}

/** Elements that the host sends. */
function hostElements({ wires }: ChipNetwork): number {
  let n = 0;
  for (let w = 0; w < wires.size; w++) {
    for (const { layer, output } of wires.drivers(w)) if (layer === HOST) n = Math.max(n, output + 1);
  }
  return n;
}

type Context = Omit<LoweringContext, 'copies'> & Pick<MapOptions, 'soonest'>;

function mapLayer(
  layer: ChipLayer,
  context: Context,
  driven: readonly DrivenWire[] | undefined,
): MappedLayer | LoweringProblem {
  const nOut = layer.matrix.nOut;
  if (driven === undefined) {
    // The last layer: every output drives one pin.
    const copies = new Int32Array(nOut).fill(1);
    const plan = planLowering(layer, { ...context, copies });
    if (isProblem(plan)) return plan;
    const lowered = plan.build();
    const fanOut = { targets: [], cores: [], merged: [] };
    const nCores = lowered.cores.length;
    return { layer, lowered, copies, fanOut, nCores, splits: [], splitterSpikes: 0, ahead: lowered.latency };
  }
  const most = driven.reduce((max, wire) => Math.max(max, extraCopies(wire) + 1), 0);
  const { neurons } = context.size;
  // Without longer delays no copy can wait for those that go through a splitter: all do, or none.
  const limits = context.size.maxDelay > 1 ? [64, 32, 16, 8, 4, 2, 1] : [0];
  const candidates = [most, ...limits.filter((n) => n < most)].map((limit, rank) => {
    const cost = fanOutCost(driven, nOut, limit, context.size);
    // As if cores were filled perfectly.
    return { limit, rank, ...cost, least: cost.cores + Math.ceil(cost.copies.reduce((n, c) => n + c, 0) / neurons) };
  });
  const tiers = context.soonest === true ? byLeaves(candidates) : [candidates];
  let problem: RankedProblem | undefined;
  for (const tier of tiers) {
    const found = bestOf(layer, context, tier);
    if ('rank' in found) {
      if (problem === undefined || found.rank > problem.rank) problem = found;
      continue;
    }
    const { best, cores: counted } = found;
    const fanOut = planFanOut(driven, nOut, best.limit, context.layer, context.size);
    const lowered = best.plan.build();
    const nCores = lowered.cores.length + best.cores;
    const splits = candidates.map((candidate) => choiceOf(candidate, counted.get(candidate.rank), best.rank));
    const { copies, spikes: splitterSpikes } = best;
    return { layer, lowered, copies, fanOut, nCores, splits, splitterSpikes, ahead: best.leaves + lowered.latency };
  }
  return problem ?? { code: 'no-mapping', message: 'no plan was found', remedy: 'use a smaller layer' };
}

/** A split of a fan-out with what it takes; `least` cores if the layer's own were filled perfectly. */
interface Candidate extends FanOutCost {
  readonly limit: number;
  readonly rank: number;
  readonly least: number;
}

type RankedProblem = LoweringProblem & { readonly rank: number };

/** Candidates with the fewest ticks first. */
function byLeaves(candidates: readonly Candidate[]): readonly (readonly Candidate[])[] {
  const ticks = [...new Set(candidates.map(({ leaves }) => leaves))].sort((a, b) => a - b);
  return ticks.map((n) => candidates.filter(({ leaves }) => leaves === n));
}

interface Planned extends Candidate {
  readonly plan: LoweringPlan;
}

/** Cores of a candidate with its splitters, or at least so many. */
type Counted = Pick<FanOutChoice, 'cores' | 'isBound'>;

/** The candidate with the fewest cores, and how far those of every rank were counted; or the problem of the last one. */
function bestOf(
  layer: ChipLayer,
  context: Context,
  candidates: readonly Candidate[],
): { readonly best: Planned; readonly cores: ReadonlyMap<number, Counted> } | RankedProblem {
  let best: Planned | undefined;
  let problem: RankedProblem | undefined;
  let bestCores = Infinity;
  const counted = new Map<number, Counted>();
  // What can be the smallest first, so that others need not be looked at for long; of equal ones the first of the list is taken.
  const isRobust = context.robust === true;
  for (const candidate of isRobust ? candidates : candidates.toSorted((x, y) => x.least - y.least || x.rank - y.rank)) {
    const { rank, copies, cores: splitters, least } = candidate;
    const fewerThan = bestCores + (best !== undefined && rank < best.rank ? 1 : 0);
    if (least >= fewerThan) continue;
    const plan = planLowering(layer, { ...context, copies, fewerThan: fewerThan - splitters });
    if (isProblem(plan)) {
      if (problem === undefined || rank > problem.rank) problem = { ...plan, rank };
      continue;
    }
    const cores = plan.nCores + splitters;
    counted.set(rank, { cores, isBound: cores >= fewerThan });
    if (cores < fewerThan) {
      best = { ...candidate, plan };
      bestCores = cores;
    }
  }
  if (best !== undefined) return { best, cores: counted };
  return problem ?? { code: 'no-mapping', message: 'no plan was found', remedy: 'use a smaller layer', rank: -1 };
}

function choiceOf(
  { limit, rank, cores, copies, least, ticks }: Candidate,
  counted: Counted | undefined,
  chosen: number,
): FanOutChoice {
  return {
    ...{ limit, ticks, splitterCores: cores },
    copies: copies.reduce((n, c) => n + Math.max(0, c - 1), 0),
    ...(counted ?? { cores: least, isBound: true }),
    isChosen: rank === chosen,
  };
}

/** Cores of a mapped layer, splitters last. */
export const coresOf = (mapped: MappedLayer): readonly CoreDraft[] => [...mapped.lowered.cores, ...mapped.fanOut.cores];
