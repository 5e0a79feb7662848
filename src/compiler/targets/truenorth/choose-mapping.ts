/** Which window, and with it which lowering of every layer: tried and compared by cost. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import type { TrueNorthSpec } from '../../../ir/program/truenorth.js';
import { capacityOf, checkCapacity } from './capacity.js';
import type { ChipNetwork } from './chip-layers.js';
import { coreSizeOf } from './drafts.js';
import { schedule, timerCores } from './emit.js';
import { canStream, inputArrival, mapNetwork, type MappedNetwork } from './map-network.js';
import { HOST } from './wires.js';
import { LoweringMemo } from './lowering-memo.js';
import type { Placing } from './placing.js';

/**
 * What to make small: cores, ticks from input to output, or cores times ticks per frame (the default; energy follows it). `robustness`: lowerings that stand
 * bit errors of the crossbars, of them those with the fewest cores times ticks.
 */
export const OBJECTIVES = ['cores', 'latency', 'coreTicks', 'robustness'] as const;

/** One of {@link OBJECTIVES}. */
export type Objective = (typeof OBJECTIVES)[number];

export interface TrueNorthOptions extends Partial<Placing> {
  readonly spec: TrueNorthSpec;
  /** As many of the spec's grid side by side as the network takes. */
  readonly boards?: 'auto';
  /** Window of partial sums and counts in ticks; chosen by cost when absent. */
  readonly window?: number;
  readonly objective?: Objective;
  /** Networks with time: largest count of an input element in a step that gets axons, 1..255; 1 without it. */
  readonly maxCount?: number;
}

/** A window that was tried, with what it costs. */
export interface WindowChoice {
  readonly window: number;
  readonly cores: number;
  readonly period: number;
  readonly latency: number;
  readonly chosen: boolean;
}

/** Chip layers that ask for cores; `name` is that of the network. */
export interface MappingRequest {
  readonly name: string;
  readonly network: ChipNetwork;
  readonly options: TrueNorthOptions;
}

/** Chip layers on cores, and the windows that were compared for it. */
export interface ChosenMapping {
  readonly mapped: MappedNetwork;
  readonly windows: readonly WindowChoice[];
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
  if (options.window === undefined && canStream(network)) {
    const streamed = mapNetwork(network, size, { streaming: true, window: 1 }, memo);
    if (!('problems' in streamed)) return { mapped: streamed, windows: [] };
  }
  const robust = options.objective === 'robustness';
  const capacity = capacityOf(options.spec);
  const span = inputArrival(network).span;
  const tried: Omit<WindowChoice, 'chosen'>[] = [];
  // Of the cores of a large network only the best are kept.
  let best: { readonly mapped: MappedNetwork; readonly window: number; readonly cost: number } | undefined;
  let problems: readonly Diagnostic[] = [];
  let longest = 0;
  /** Maps with one window; returns its cost. */
  const attempt = (window: number): number => {
    const mapped = mapNetwork(network, size, { streaming: false, window, robust }, memo);
    if ('problems' in mapped) {
      // What the longest window leaves is what no other would help with.
      if (window > longest) problems = mapped.problems;
      longest = Math.max(longest, window);
      return Infinity;
    }
    const { timing } = schedule(network, mapped);
    const latency = timing.outputStart + timing.outputTicks - timing.inputStart;
    const choice = { window, cores: coreCount(mapped, options.spec), period: timing.period, latency };
    const cost = costOf(options.objective ?? 'coreTicks', choice, capacity);
    tried.push(choice);
    // The shortest of windows of equal cost.
    if (best === undefined || cost < best.cost || (cost === best.cost && window < best.window)) {
      best = { mapped, window, cost };
    }
    return cost;
  };
  if (options.window === undefined) searchWindows(span, attempt);
  else attempt(options.window);
  tried.sort((x, y) => x.window - y.window);
  const chosen = best;
  if (chosen === undefined) {
    return {
      problems:
        problems.length > 0
          ? problems.map((p) => ({ ...p, place: `${name}: ${p.place}` }))
          : [errorAt('window-too-short', name, `no window carries input counts up to ${span}`, 'use fewer input bits')],
    };
  }
  return {
    mapped: chosen.mapped,
    windows: tried.map((choice) => ({ ...choice, chosen: choice.window === chosen.window })),
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

function costOf(objective: Objective, choice: Omit<WindowChoice, 'chosen'>, capacity: number): number {
  // A mapping that does not fit the chip loses against any that does.
  const overflow = choice.cores > capacity ? 1e12 : 0;
  switch (objective) {
    case 'cores':
      return overflow + choice.cores + choice.period * 1e-6;
    case 'latency':
      return overflow + choice.latency + choice.period + choice.cores * 1e-6;
    case 'coreTicks':
    case 'robustness':
      return overflow + choice.cores * choice.period;
  }
}

/** Cores of a mapped network, the timer included. */
export const coreCount = (mapped: MappedNetwork, spec: TrueNorthSpec): number =>
  mapped.layers.reduce((n, { nCores }) => n + nCores, 0) +
  mapped.host.cores.length +
  timerCores(mapped, spec.neuronsPerCore);

/** Every layer's share, and the timer's. */
const sharesOf = (mapped: MappedNetwork, spec: TrueNorthSpec): readonly string[] => [
  ...mapped.layers.map((layer) => `${layer.layer.name} ${layer.nCores}`),
  ...(mapped.host.cores.length > 0 ? [`relays of the input ${mapped.host.cores.length}`] : []),
  `timer ${timerCores(mapped, spec.neuronsPerCore)}`,
];
