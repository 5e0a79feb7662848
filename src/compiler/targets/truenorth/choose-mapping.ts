/** Which window, and with it which lowering of every layer: tried and compared by cost. */
import { present } from '../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import type { TrueNorthSpec } from '../../../ir/program/truenorth.js';
import { capacityOf, checkCapacity } from './capacity.js';
import type { ChipNetwork } from './chip-layers.js';
import { coreSizeOf } from './drafts.js';
import { timerCores } from './emit.js';
import { type LayerAlternatives, layerAlternatives } from './layer-alternatives.js';
import { canStream, inputArrival, mapNetwork, type MappedNetwork, type MapOptions } from './map-network.js';
import { coreCount, costOfMapping, type MappingCost } from './mapping-cost.js';
import { HOST } from './wires.js';
import { LoweringMemo } from './lowering-memo.js';
import type { Placing } from './placing.js';

/**
 * What to make small: cores, ticks from input to output and of a frame, cores times ticks per frame (the default), or the estimated energy of a frame
 * (mapping-cost.ts), which cores times ticks make most of. `robustness`: lowerings that stand bit errors of the crossbars, of them those with the fewest
 * cores times ticks.
 */
export const OBJECTIVES = ['cores', 'latency', 'coreTicks', 'energy', 'robustness'] as const;

/** One of {@link OBJECTIVES}. */
export type Objective = (typeof OBJECTIVES)[number];

export interface TrueNorthOptions extends Partial<Placing> {
  readonly spec: TrueNorthSpec;
  /** As many of the spec's grid side by side as the network takes. */
  readonly boards?: 'auto';
  /** Window of partial sums and counts in ticks; chosen by cost when absent. */
  readonly window?: number;
  readonly objective?: Objective;
  /** No energies of events are known of the chip. */
  readonly unpriced?: true;
  /** Networks with time: largest count of an input element in a step that gets axons, 1..255; 1 without it. */
  readonly maxCount?: number;
}

/** A mapping that was tried, with what it costs. */
export interface MappingChoice extends MappingCost {
  /** Longest window of partial sums; 1 where a frame enters every tick. */
  readonly window: number;
  /** What splits between copies and splitters made small. */
  readonly fanOut: FanOutAim;
  readonly chosen: boolean;
}

/** Fan-outs with the fewest cores, or those with the fewest ticks. */
export type FanOutAim = 'cores' | 'ticks';

/** Chip layers that ask for cores; `name` is that of the network. */
export interface MappingRequest {
  readonly name: string;
  readonly network: ChipNetwork;
  readonly options: TrueNorthOptions;
}

/** Chip layers on cores, and the windows that were compared for it. */
export interface ChosenMapping {
  readonly mapped: MappedNetwork;
  /** By window. */
  readonly tried: readonly MappingChoice[];
  /** What its layers would take in another way; made when asked for. */
  readonly alternatives: () => readonly LayerAlternatives[];
}

/** Windows to choose from when the user names none, and where the search starts. */
const WINDOWS = [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024];
const FIRST_WINDOW = 48;
/** Cores that are mapped in seconds. */
const QUICKLY_MAPPED = 1024;

/** Maps the network with the best window; reports every layer that does not fit, and a network that does not. */
export function chooseMapping(request: MappingRequest): {
  readonly result?: ChosenMapping;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { name, network, options } = request;
  if (options.objective === 'energy' && options.unpriced === true) {
    const message = 'no energies of events are known of the chip, so that none can be estimated';
    return { diagnostics: [errorAt('unknown-energy', name, message, 'use --objective coreTicks')] };
  }
  // Every output that is read takes a neuron at least: what cannot fit is not mapped first, which takes minutes where it is large.
  const least = readOutputs(network).map((n) => Math.ceil(n / options.spec.neuronsPerCore));
  const sum = least.reduce((n, cores) => n + cores, 0);
  const beyond = checkCapacity(
    name,
    options.spec,
    sum,
    () => ['for a neuron of every output alone', ...least.map((n, l) => `${network.layers[l]!.name} ${n}`)],
    'use a larger grid, board or number of boards (--boards auto), fewer bits, or a smaller network',
  );
  // Smaller ones are mapped in seconds: then it is known how many cores they need.
  if (beyond.length > 0 && sum > QUICKLY_MAPPED) return { diagnostics: beyond };
  const found = bestMapping(request);
  if ('problems' in found) return { diagnostics: found.problems };
  const { mapped } = found;
  const diagnostics = checkCapacity(
    name,
    options.spec,
    coreCount(mapped, options.spec),
    () => sharesOf(mapped, options.spec),
    'use a larger grid, a longer window (--objective cores), or a smaller network',
  );
  return diagnostics.length > 0 ? { diagnostics } : { result: found, diagnostics };
}

/** Outputs of every layer but the last that some layer reads. */
function readOutputs({ layers, wires }: ChipNetwork): readonly number[] {
  const isRead = layers.slice(0, -1).map(({ matrix }) => new Uint8Array(matrix.nOut));
  for (const { matrix, inputs } of layers) {
    const seen = new Uint8Array(inputs.length);
    for (const column of matrix.column) {
      if (seen[column] === 1) continue;
      seen[column] = 1;
      for (const { layer, output } of wires.drivers(inputs[column]!)) if (layer !== HOST) isRead[layer]![output] = 1;
    }
  }
  return isRead.map((flags) => flags.reduce((n, flag) => n + flag, 0));
}

function bestMapping({
  name,
  network,
  options,
}: MappingRequest): ChosenMapping | { readonly problems: readonly Diagnostic[] } {
  const size = coreSizeOf(options.spec);
  const memo = new LoweringMemo();
  const alternativesOf =
    (mapped: MappedNetwork, how: MapOptions): ChosenMapping['alternatives'] =>
    () =>
      layerAlternatives({ network, mapped, how, memo, spec: options.spec, priced: options.unpriced !== true });
  if (options.window === undefined && canStream(network)) {
    const how = { streaming: true, window: 1 };
    const mapped = mapNetwork(network, size, how, memo);
    if (!('problems' in mapped)) {
      const choice = { window: 1, fanOut: 'cores', chosen: true, ...costOfMapping(network, mapped, options) } as const;
      return { mapped, tried: [choice], alternatives: alternativesOf(mapped, how) };
    }
  }
  const objective = options.objective ?? 'coreTicks';
  const robust = objective === 'robustness';
  // More cores for fewer ticks pay where latency is what counts: the period, and with it cores times ticks and energy, gains nothing.
  const aims: readonly FanOutAim[] = objective === 'latency' ? ['cores', 'ticks'] : ['cores'];
  const capacity = capacityOf(options.spec);
  const span = inputArrival(network).span;
  const tried: Omit<MappingChoice, 'chosen'>[] = [];
  // Of the cores of a large network only the best are kept.
  let best:
    | { readonly mapped: MappedNetwork; readonly how: MapOptions; readonly index: number; readonly cost: number }
    | undefined;
  let problems: readonly Diagnostic[] = [];
  let longest = 0;
  /** Maps in one way; returns its cost. */
  const attempt = (window: number, fanOut: FanOutAim): number => {
    const how = { streaming: false, window, robust, soonest: fanOut === 'ticks' };
    const mapped = mapNetwork(network, size, how, memo);
    if ('problems' in mapped) {
      // What the longest window leaves is what no other would help with.
      if (window > longest) problems = mapped.problems;
      longest = Math.max(longest, window);
      return Infinity;
    }
    const choice = { window, fanOut, ...costOfMapping(network, mapped, options) };
    const cost = costOf(objective, choice, capacity);
    const before = tried.at(-1);
    const isSame = before?.window === window && before.cores === choice.cores && before.latency === choice.latency;
    if (isSame) return cost;
    const index = tried.push(choice) - 1;
    // The shortest of windows of equal cost.
    if (best === undefined || cost < best.cost || (cost === best.cost && window < best.how.window)) {
      best = { mapped, how, index, cost };
    }
    return cost;
  };
  const attemptAll = (window: number): number => Math.min(...aims.map((aim) => attempt(window, aim)));
  if (options.window === undefined) searchWindows(span, attemptAll);
  else attemptAll(options.window);
  const chosen = best;
  if (chosen === undefined) {
    return {
      problems:
        problems.length > 0
          ? problems.map((p) => ({ ...p, place: `${name}: ${p.place}` }))
          : [errorAt('window-too-short', name, `no window carries input counts up to ${span}`, 'use fewer input bits')],
    };
  }
  const { mapped, how, index } = chosen;
  return {
    mapped,
    tried: tried
      .map((choice, i) => ({ ...choice, chosen: i === index }))
      .sort((x, y) => x.window - y.window || (x.fanOut < y.fanOut ? -1 : 1)),
    alternatives: alternativesOf(mapped, how),
  };
}

/**
 * Tries windows upwards and then downwards from a middle one, in each direction until two in a row cost more than the best: very
 * short windows need so many cores that trying them all would take longer than everything else.
 */
function searchWindows(span: number, attempt: (window: number) => number): void {
  const windows = WINDOWS.filter((window) => window >= span);
  const middle = Math.max(
    0,
    windows.findIndex((window) => window >= FIRST_WINDOW),
  );
  let best = Infinity;
  const walk = (range: readonly number[]): void => {
    let worse = 0;
    for (const window of range) {
      const cost = attempt(window);
      // A window that is too short for the network is no reason to stop on the way to longer ones.
      if (cost >= best && best < Infinity) worse++;
      else worse = 0;
      best = Math.min(best, cost);
      if (worse === 2) return;
    }
  };
  walk(windows.slice(middle));
  walk(windows.slice(0, middle).reverse());
}

/** The window that was best for other codes and the one before it, as far as counts up to `span` fit; else the shortest that they do. */
export function windowsBeside(window: number, span: number): readonly number[] {
  const fitting = WINDOWS.filter((w) => w >= span);
  const near = fitting.filter((w) => w <= window).slice(-2);
  return near.length > 0 ? near : fitting.slice(0, 1);
}

/** What an objective makes small; a mapping that does not fit the chip loses against any that does. */
export function costOf(objective: Objective, choice: MappingCost, capacity: number): number {
  const overflow = choice.cores > capacity ? 1e12 : 0;
  switch (objective) {
    case 'cores':
      return overflow + choice.cores + choice.period * 1e-6;
    case 'latency':
      return overflow + choice.latency + choice.period + choice.cores * 1e-6;
    case 'coreTicks':
    case 'robustness':
      return overflow + choice.cores * choice.period;
    case 'energy':
      return overflow + present(choice.energyUj, 'energy of a chip that has none');
  }
}

/** Every layer's share, and the timer's. */
const sharesOf = (mapped: MappedNetwork, spec: TrueNorthSpec): readonly string[] => [
  ...mapped.layers.map((layer) => `${layer.layer.name} ${layer.nCores}`),
  ...(mapped.host.cores.length > 0 ? [`relays of the input ${mapped.host.cores.length}`] : []),
  `timer ${timerCores(mapped, spec.neuronsPerCore)}`,
];
