/**
 * What a mapping costs: cores, ticks, spikes and energy of a frame. The search that chooses and the tables that print ask the same function.
 *
 * Cores and ticks are exact. Spikes and energy are estimates, made before the cores have places and data: a frame in which half of all bits are 1 (so a count
 * is half of its largest), numbers of synapses from a few cores of every kind in a layer, and distances as if cores stood at random in a square. Energy is
 * that estimate times the cost table of the chip (hw-models/truenorth/costs.ts), frame after frame; idle power and row reads, which depend on cores
 * and ticks alone, are most of it.
 */
import { energyOptionsOf, energyPerSampleUj } from '../../../hw-models/truenorth/costs.js';
import type { LayerMapping, TrueNorthSpec } from '../../../ir/program/truenorth.js';
import type { ChipNetwork } from './chip-layers.js';
import type { CoreDraft } from './drafts.js';
import { schedule, timerCores } from './emit.js';
import type { LoweredLayer } from './lowered.js';
import type { MappedLayer, MappedNetwork } from './map-network.js';

/** A frame. */
export interface FrameCost {
  readonly cores: number;
  /** Expected. */
  readonly spikes: number;
  /** Expected, in microjoules; absent where no energies of the chip are known. */
  readonly energyUj?: number;
}

/** A layer's share of a frame. */
export interface LayerCost extends FrameCost {
  readonly layer: string;
  readonly scheme: LayerMapping['scheme'];
  /** Code of its outputs, in words. */
  readonly code: string;
  /** Ticks of its window; 1 when there is none. */
  readonly window: number;
  /** Ticks from its first input to its first output. */
  readonly ticks: number;
  readonly splitterCores: number;
  /** Neurons beyond the first of every output. */
  readonly copies: number;
}

/** A mapped network. */
export interface MappingCost extends FrameCost {
  /** Ticks from frame to frame. */
  readonly period: number;
  /** Ticks from the first input to the last output of a frame. */
  readonly latency: number;
  /** In their order; what relays of the input and the timer take is in the sums only. */
  readonly layers: readonly LayerCost[];
}

/** Events of a frame in some cores. */
export interface FrameEvents {
  readonly cores: number;
  readonly spikes: number;
  readonly synapticOperations: number;
}

/** Cores of a role in a layer that are looked at. */
const SAMPLES = 2;
/** Mean distance of two points in a square, in its sides. */
const MEAN_DISTANCE = 2 / 3;

/** Cores of a mapped network, the timer included. */
export const coreCount = (mapped: MappedNetwork, spec: TrueNorthSpec): number =>
  mapped.layers.reduce((n, { nCores }) => n + nCores, 0) +
  mapped.host.cores.length +
  timerCores(mapped, spec.neuronsPerCore);

/** What the network costs, and its layers. */
export function costOfMapping(
  network: ChipNetwork,
  mapped: MappedNetwork,
  { spec, unpriced }: { readonly spec: TrueNorthSpec; readonly unpriced?: true },
): MappingCost {
  const { timing } = schedule(network, mapped);
  const { period } = timing;
  const cores = coreCount(mapped, spec);
  const costOf = frameCosts(spec, { period, cores, priced: unpriced !== true });
  const events = mapped.layers.map((layer) => eventsOf(layer));
  const layers = mapped.layers.map((layer, l) => layerCost(layer, costOf(events[l]!)));
  const timers = mapped.layers.reduce((n, { lowered }) => n + lowered.timers.length, 0);
  const relays = mapped.host.cores.reduce((n, core) => n + spikesOf(core), 0);
  const sum = (what: keyof FrameEvents): number => events.reduce((n, event) => n + event[what], 0);
  return {
    ...costOf({
      cores,
      spikes: sum('spikes') + timers + relays,
      synapticOperations: sum('synapticOperations') + relays,
    }),
    period,
    latency: timing.outputStart + timing.outputTicks - timing.inputStart,
    layers,
  };
}

/** Prices events in frames of so many ticks on a network of so many cores. */
export function frameCosts(
  spec: TrueNorthSpec,
  { period, cores: all, priced }: { readonly period: number; readonly cores: number; readonly priced: boolean },
): (events: FrameEvents) => FrameCost {
  const options = energyOptionsOf(spec);
  return ({ cores, spikes, synapticOperations }) => {
    if (!priced) return { cores, spikes };
    const counters = {
      ticks: period,
      rows: cores * period * spec.neuronsPerCore,
      synapticOperations,
      hops: spikes * MEAN_DISTANCE * Math.sqrt(all),
    };
    return { cores, spikes, energyUj: energyPerSampleUj(counters, cores, 1, options).value };
  };
}

/** Code of outputs that leave in this way. */
export const codeOf = ({ scheme, departure }: Pick<LoweredLayer, 'scheme' | 'departure'>, isScore: boolean): string => {
  if (isScore) return 'counts on pins';
  return scheme === 'count' || departure.maxCount > 1 ? `count to ${departure.maxCount}` : 'bit';
};

function layerCost({ layer, lowered, copies, nCores }: MappedLayer, frame: FrameCost): LayerCost {
  return {
    layer: layer.name,
    scheme: lowered.scheme,
    code: codeOf(lowered, layer.rule === 'score'),
    window: lowered.window,
    ticks: lowered.latency,
    ...frame,
    splitterCores: nCores - lowered.cores.length,
    copies: copies.reduce((n, c) => n + Math.max(0, c - 1), 0),
  };
}

/** Events of a layer with its splitters. */
export const eventsOf = ({ layer, lowered, nCores, splitterSpikes }: MappedLayer): FrameEvents => {
  const own = loweredEvents(lowered, layer.max);
  return {
    cores: nCores,
    spikes: own.spikes + splitterSpikes,
    synapticOperations: own.synapticOperations + splitterSpikes,
  };
};

/** A lowering is the same for many windows. */
const known = new WeakMap<LoweredLayer, FrameEvents>();

/** Events of a layer's own cores; `max` are the largest counts of its inputs. */
export function loweredEvents(lowered: LoweredLayer, max: ArrayLike<number>): FrameEvents {
  const found = known.get(lowered) ?? countEvents(lowered, max);
  known.set(lowered, found);
  return found;
}

function countEvents({ cores, timers }: LoweredLayer, max: ArrayLike<number>): FrameEvents {
  let inputs = 0;
  for (let i = 0; i < max.length; i++) inputs += max[i]! / 2;
  const perInput = inputs / Math.max(1, max.length);
  const partial = cores.filter(({ role }) => role === 'partial');
  const others = cores.filter(({ role }) => role !== 'partial');
  const counted = sampled(partial, perInput);
  // What partial sums send comes on one axon each; other cores hear the inputs themselves.
  const perSum = partial.length === 0 ? perInput : counted.spikes / Math.max(1, counted.neurons);
  const decided = sampled(others, perSum);
  return {
    cores: cores.length,
    spikes: counted.spikes + decided.spikes,
    // Gates and clears are heard by every neuron of their core.
    synapticOperations:
      counted.synapticOperations +
      decided.synapticOperations +
      (timers.length * decided.neurons) / Math.max(1, others.length),
  };
}

/** Expected events of cores of one kind whose axons hear `perAxon` spikes in a frame, from some of them. */
function sampled(
  cores: readonly CoreDraft[],
  perAxon: number,
): { readonly neurons: number; readonly spikes: number; readonly synapticOperations: number } {
  let looked = 0;
  let spikes = 0;
  let synapses = 0;
  const step = Math.max(1, Math.floor(cores.length / SAMPLES));
  for (let c = 0; c < cores.length; c += step) {
    for (const { axons, rate } of cores[c]!.neurons) {
      looked++;
      spikes += rate;
      synapses += axons.length;
    }
  }
  const neurons = cores.reduce((n, core) => n + core.neurons.length, 0);
  const scale = neurons / Math.max(1, looked);
  return { neurons, spikes: spikes * scale, synapticOperations: synapses * scale * perAxon };
}

const spikesOf = ({ neurons }: CoreDraft): number => {
  let sum = 0;
  for (const { rate } of neurons) sum += rate;
  return sum;
};
