/** Maps a chain of chip layers to cores: every layer from the last to the first, because readers decide how many copies exist. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { codeMax } from '../../../ir/network/shapes.js';
import type { InputCode } from '../../../ir/network/types.js';
import type { ChipChain, ChipLayer, ElementView } from './chip-layers.js';
import { type CoreDraft, type CoreSize, type Sink } from './drafts.js';
import {
  type Arrival,
  isProblem,
  type LoweredLayer,
  type LoweringPlan,
  type LoweringProblem,
  ONE_TICK,
} from './lowered.js';
import type { LoweringContext } from './lowering-context.js';
import type { LoweringMemo } from './lowering-memo.js';
import { planLowering } from './plan-lowering.js';
import { type FanOut, fanOutCost, planFanOut } from './splitters.js';

/** A layer on cores, with the fan-out of its outputs. */
export interface MappedLayer {
  readonly layer: ChipLayer;
  readonly lowered: LoweredLayer;
  readonly fanOut: FanOut;
  /** [nOut] physical copies. */
  readonly copies: Int32Array;
}

export interface MappedChain {
  readonly layers: readonly MappedLayer[];
  /** [coded inputs] axons that want each. */
  readonly inputSinks: readonly (readonly Sink[])[];
  readonly streaming: boolean;
}

/** How the coded input arrives. */
export function inputArrival(code: InputCode): Arrival {
  const max = codeMax(code);
  return { maxCount: max, span: max, aligned: code.kind !== 'bernoulli' || max === 1 };
}

/** Whether every layer could run one frame per tick: binary inputs, direct layers, votes. */
export function canStream(chain: ChipChain): boolean {
  return inputArrival(chain.code).span === 1 && chain.layers.every((layer) => layer.rule === 'threshold');
}

/** Maps the chain with this window, or says which layers do not fit. */
export function mapChain(
  chain: ChipChain,
  size: CoreSize,
  options: { readonly streaming: boolean; readonly window: number },
  memo: LoweringMemo,
): MappedChain | { readonly problems: readonly Diagnostic[] } {
  const arrivals = arrivalsOf(chain, options);
  const mapped: MappedLayer[] = [];
  const problems: Diagnostic[] = [];
  // Output pins of the last layer: one reader each, no core.
  let readers: readonly (readonly Sink[])[] | undefined;
  for (let l = chain.layers.length - 1; l >= 0; l--) {
    const layer = chain.layers[l]!;
    const context = { layer: l, size, ...options, arrival: arrivals[l]!, fromHost: l === 0, memo };
    const result = mapLayer(layer, context, readers);
    if ('remedy' in result) {
      problems.push(errorAt(result.code, `layer "${layer.name}"`, result.message, result.remedy));
      // Go on with the layers before it, so that every layer that does not fit is named.
      readers = undefined;
      continue;
    }
    mapped.unshift(result);
    readers = readersBefore(chain.views[l]!, result.lowered.inputSinks, outputsBefore(chain, l));
  }
  return problems.length > 0
    ? { problems }
    : { layers: mapped, inputSinks: readers ?? [], streaming: options.streaming };
}

/** How inputs arrive at every layer; depends on the rule of the layer before only. */
function arrivalsOf(chain: ChipChain, options: { readonly streaming: boolean }): readonly Arrival[] {
  const arrivals: Arrival[] = [];
  let arrival = options.streaming ? ONE_TICK : inputArrival(chain.code);
  for (const layer of chain.layers) {
    arrivals.push(arrival);
    if (layer.rule === 'threshold') arrival = ONE_TICK;
    else {
      const maxCount = arrival.maxCount * widest(layer);
      arrival = { maxCount, span: arrival.aligned ? maxCount : arrival.span - 1 + maxCount, aligned: arrival.aligned };
    }
  }
  return arrivals;
}

function widest(layer: ChipLayer): number {
  const { rowStart, nOut } = layer.matrix;
  let width = 1;
  for (let o = 0; o < nOut; o++) width = Math.max(width, rowStart[o + 1]! - rowStart[o]!);
  return width;
}

type Context = Omit<LoweringContext, 'copies'>;

function mapLayer(
  layer: ChipLayer,
  context: Context,
  readers: readonly (readonly Sink[])[] | undefined,
): MappedLayer | LoweringProblem {
  const nOut = layer.matrix.nOut;
  if (readers === undefined) {
    // The last layer: every output drives one pin.
    const copies = new Int32Array(nOut).fill(1);
    const plan = planLowering(layer, { ...context, copies });
    if (isProblem(plan)) return plan;
    return { layer, lowered: plan.build(), copies, fanOut: { sinks: [], cores: [], direct: [] } };
  }
  const most = readers.reduce((max, sinks) => Math.max(max, sinks.length), 0);
  const { neurons } = context.size;
  let best: { readonly limit: number; readonly copies: Int32Array; readonly plan: LoweringPlan } | undefined;
  let problem: LoweringProblem | undefined;
  let bestCores = Infinity;
  // Without longer delays no copy can wait for those that go through a splitter: all do, or none.
  const limits = context.size.delays ? [64, 32, 16, 8, 4, 2, 1] : [0];
  for (const limit of [most, ...limits.filter((n) => n < most)]) {
    const { copies, cores: splitters } = fanOutCost(readers, limit, context.size);
    // Even perfectly filled cores would not make this plan the better one.
    if (splitters + Math.ceil(copies.reduce((n, c) => n + c, 0) / neurons) >= bestCores) continue;
    const plan = planLowering(layer, { ...context, copies });
    if (isProblem(plan)) {
      problem = plan;
      continue;
    }
    const cores = plan.nCores + splitters;
    if (cores < bestCores) {
      best = { limit, copies, plan };
      bestCores = cores;
    }
  }
  if (best === undefined)
    return problem ?? { code: 'no-mapping', message: 'no plan was found', remedy: 'use a smaller layer' };
  const fanOut = planFanOut(readers, best.limit, context.layer, context.size);
  return { layer, lowered: best.plan.build(), copies: best.copies, fanOut };
}

/** Readers of the outputs before a layer, from the readers of its elements. */
function readersBefore(
  view: ElementView,
  elementSinks: readonly (readonly Sink[])[],
  nOutputs: number,
): readonly (readonly Sink[])[] {
  const readers: Sink[][] = Array.from({ length: nOutputs }, () => []);
  elementSinks.forEach((sinks, e) => {
    for (let k = view.start[e]!; k < view.start[e + 1]!; k++) readers[view.output[k]!]!.push(...sinks);
  });
  return readers;
}

/** Number of outputs of the layer before layer l (of the coded input before layer 0). */
function outputsBefore(chain: ChipChain, l: number): number {
  const before = chain.layers[l - 1];
  if (before !== undefined) return before.matrix.nOut;
  return chain.views[0]!.output.reduce((max, o) => Math.max(max, o), -1) + 1;
}

/** Cores of a mapped layer, splitters last. */
export const coresOf = (mapped: MappedLayer): readonly CoreDraft[] => [...mapped.lowered.cores, ...mapped.fanOut.cores];
