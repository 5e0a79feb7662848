/** Maps chip layers to cores: every layer from the last to the first, because readers decide how many copies exist. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { codeMax } from '../../../ir/network/shapes.js';
import type { ChipLayer, ChipNetwork } from './chip-layers.js';
import type { CoreDraft, CoreSize } from './drafts.js';
import { type Arrival, isProblem, type LoweredLayer, type LoweringPlan, type LoweringProblem } from './lowered.js';
import type { LoweringContext } from './lowering-context.js';
import type { LoweringMemo } from './lowering-memo.js';
import { planLowering } from './plan-lowering.js';
import { type FanOut, fanOutCost, planFanOut, planHostFanOut, type Reader } from './splitters.js';
import { HOST, timingOf, type WireTable } from './wires.js';

/** A layer on cores, with the fan-out of its outputs. */
export interface MappedLayer {
  readonly layer: ChipLayer;
  readonly lowered: LoweredLayer;
  readonly fanOut: FanOut;
  /** [nOut] physical copies. */
  readonly copies: Int32Array;
  /** Ticks from the layer's first input tick to the last layer's first output. */
  readonly ahead: number;
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
    layers.every((layer) => layer.rule === 'threshold' && arrivalOf(layer, wires).span === 1)
  );
}

/** How the inputs of a layer arrive. */
export function arrivalOf({ inputs }: ChipLayer, wires: WireTable): Arrival {
  const { max, span, aligned } = timingOf(wires, inputs);
  return { maxCount: max, span, aligned };
}

/** Maps the network with this window, or says which layers do not fit. */
export function mapNetwork(
  network: ChipNetwork,
  size: CoreSize,
  options: { readonly streaming: boolean; readonly window: number; readonly robust?: boolean },
  memo: LoweringMemo,
): MappedNetwork | { readonly problems: readonly Diagnostic[] } {
  const { layers, wires } = network;
  const mapped: MappedLayer[] = [];
  const problems: Diagnostic[] = [];
  // [layer][output] readers; undefined where a layer that reads does not fit.
  const readers: Reader[][][] = layers.map(({ matrix }) => Array.from({ length: matrix.nOut }, () => []));
  const hostReaders: Reader[][] = [];
  let isComplete = true;
  for (let l = layers.length - 1; l >= 0; l--) {
    const layer = layers[l]!;
    const context = {
      ...{ layer: l, size, ...options, arrival: arrivalOf(layer, wires), memo },
      fromHost: layer.inputs.every((w) => wires.drivers(w).every((driver) => driver.layer === HOST)),
    };
    const isLast = l === layers.length - 1 || !isComplete;
    const result = mapLayer(layer, context, isLast ? undefined : readers[l]);
    if ('remedy' in result) {
      problems.push(errorAt(result.code, `layer "${layer.name}"`, result.message, result.remedy));
      // Go on with the layers before it, so that every layer that does not fit is named.
      isComplete = false;
      continue;
    }
    mapped.unshift(result);
    result.lowered.inputSinks.forEach((sinks, i) => {
      for (const { layer: from, output, lag } of sinks.length === 0 ? [] : wires.drivers(layer.inputs[i]!)) {
        const list = from === HOST ? (hostReaders[output] ??= []) : readers[from]![output]!;
        for (const sink of sinks) list.push({ sink, due: result.ahead - lag });
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

/** Elements that the host sends. */
function hostElements({ wires }: ChipNetwork): number {
  let n = 0;
  for (let w = 0; w < wires.size; w++) {
    for (const { layer, output } of wires.drivers(w)) if (layer === HOST) n = Math.max(n, output + 1);
  }
  return n;
}

type Context = Omit<LoweringContext, 'copies'>;

function mapLayer(
  layer: ChipLayer,
  context: Context,
  readers: readonly (readonly Reader[])[] | undefined,
): MappedLayer | LoweringProblem {
  const nOut = layer.matrix.nOut;
  if (readers === undefined) {
    // The last layer: every output drives one pin.
    const copies = new Int32Array(nOut).fill(1);
    const plan = planLowering(layer, { ...context, copies });
    if (isProblem(plan)) return plan;
    const lowered = plan.build();
    return { layer, lowered, copies, fanOut: { targets: [], cores: [] }, ahead: lowered.latency };
  }
  const most = readers.reduce((max, all) => Math.max(max, all.length), 0);
  const { neurons } = context.size;
  // Without longer delays no copy can wait for those that go through a splitter: all do, or none.
  const limits = context.size.maxDelay > 1 ? [64, 32, 16, 8, 4, 2, 1] : [0];
  const candidates = [most, ...limits.filter((n) => n < most)].map((limit, rank) => {
    const cost = fanOutCost(readers, limit, context.size);
    // As if cores were filled perfectly.
    return { limit, rank, ...cost, least: cost.cores + Math.ceil(cost.copies.reduce((n, c) => n + c, 0) / neurons) };
  });
  let best: ((typeof candidates)[number] & { readonly plan: LoweringPlan }) | undefined;
  let problem: (LoweringProblem & { readonly rank: number }) | undefined;
  let bestCores = Infinity;
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
    if (cores < fewerThan) {
      best = { ...candidate, plan };
      bestCores = cores;
    }
  }
  if (best === undefined)
    return problem ?? { code: 'no-mapping', message: 'no plan was found', remedy: 'use a smaller layer' };
  const fanOut = planFanOut(readers, best.limit, context.layer, context.size);
  const lowered = best.plan.build();
  return { layer, lowered, copies: best.copies, fanOut, ahead: best.leaves + lowered.latency };
}

/** Cores of a mapped layer, splitters last. */
export const coresOf = (mapped: MappedLayer): readonly CoreDraft[] => [...mapped.lowered.cores, ...mapped.fanOut.cores];
