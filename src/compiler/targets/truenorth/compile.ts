/** The TrueNorth target: integer network -> chip layers -> cores -> placed and verified program. */
import { type Diagnostic, errorAt, throwIfErrors } from '../../../common/diagnostics.js';
import type { NetworkGraph } from '../../../ir/network/types.js';
import type { TrueNorthProgram, TrueNorthSpec } from '../../../ir/program/truenorth.js';
import { type ChipChain, toChipLayers } from './chip-layers.js';
import { coreSizeOf } from './drafts.js';
import { edgeWarnings } from './edge-warnings.js';
import { emitProgram, type PlacementGain, schedule, timerCores } from './emit.js';
import { canStream, coresOf, inputArrival, mapChain, type MappedChain } from './map-chain.js';
import { usableCells } from './placement.js';
import { unsupportedLayers } from './supported.js';
import { verifyProgram } from './verify.js';

/** What to make small: cores, ticks from input to output, or cores times ticks per frame (the default; energy follows it). */
export type Objective = 'cores' | 'latency' | 'coreTicks';

export interface TrueNorthOptions {
  readonly spec: TrueNorthSpec;
  /** Window of partial sums and counts in ticks; chosen by cost when absent. */
  readonly window?: number;
  readonly objective?: Objective;
  /** Seed of the placement. */
  readonly seed?: number;
}

/** A window that was tried, with what it costs. */
export interface WindowChoice {
  readonly window: number;
  readonly cores: number;
  readonly period: number;
  readonly latency: number;
  readonly chosen: boolean;
}

export interface TrueNorthCompilation {
  readonly program: TrueNorthProgram;
  readonly windows: readonly WindowChoice[];
  readonly placement: PlacementGain;
  readonly warnings: readonly Diagnostic[];
}

/** Windows to choose from when the user names none, and where the search starts. */
const WINDOWS = [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024];
const FIRST_WINDOW = 48;

/**
 * Compiles an integer network.
 * @throws UserError with every layer that does not fit and every limit of the chip that is exceeded.
 */
export function compileTrueNorth(graph: NetworkGraph, options: TrueNorthOptions): TrueNorthCompilation {
  const { spec } = options;
  throwIfErrors([...checkSpec(spec), ...unsupportedLayers(graph)]);
  const { chain, diagnostics } = toChipLayers(graph);
  throwIfErrors(diagnostics);
  const { mapped, windows } = chooseMapping(graph.name, chain, options);
  throwIfErrors(checkCapacity(graph.name, mapped, spec));
  const { program, placement, traffic } = emitProgram(graph.name, chain, mapped, spec, options.seed ?? 1);
  const warnings = [...throwIfErrors(verifyProgram(program)), ...edgeWarnings(program, traffic)];
  return { program, windows, placement, warnings };
}

function chooseMapping(
  name: string,
  chain: ChipChain,
  options: TrueNorthOptions,
): { mapped: MappedChain; windows: readonly WindowChoice[] } {
  const size = coreSizeOf(options.spec);
  if (options.window === undefined && canStream(chain)) {
    const streamed = mapChain(chain, size, { streaming: true, window: 1 });
    if (!('problems' in streamed)) return { mapped: streamed, windows: [] };
  }
  const capacity = usableCells({
    width: options.spec.gridWidth,
    height: options.spec.gridHeight,
    faulty: options.spec.faultyCores,
  });
  const span = inputArrival(chain.code).span;
  const tried: { mapped: MappedChain; choice: Omit<WindowChoice, 'chosen'>; cost: number }[] = [];
  let problems: readonly Diagnostic[] = [];
  /** Maps with one window; returns its cost. */
  const attempt = (window: number): number => {
    const mapped = mapChain(chain, size, { streaming: false, window });
    if ('problems' in mapped) {
      problems = mapped.problems;
      return Infinity;
    }
    const { timing } = schedule(chain, mapped);
    const latency = timing.outputStart + timing.outputTicks - timing.inputStart;
    const choice = { window, cores: coreCount(mapped, options.spec), period: timing.period, latency };
    const cost = costOf(options.objective ?? 'coreTicks', choice, capacity);
    tried.push({ mapped, choice, cost });
    return cost;
  };
  if (options.window === undefined) searchWindows(span, attempt);
  else attempt(options.window);
  tried.sort((x, y) => x.choice.window - y.choice.window);
  const best = tried.reduce<(typeof tried)[number] | undefined>(
    (a, b) => (a === undefined || b.cost < a.cost ? b : a),
    undefined,
  );
  if (best === undefined) {
    throwIfErrors(
      problems.length > 0
        ? problems.map((p) => ({ ...p, place: `${name}: ${p.place}` }))
        : [errorAt('window-too-short', name, `no window carries input counts up to ${span}`, 'use fewer input bits')],
    );
    throw new Error('internal error: no mapping and no problem');
  }
  return {
    mapped: best.mapped,
    windows: tried.map(({ choice, mapped }) => ({ ...choice, chosen: mapped === best.mapped })),
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
      return overflow + choice.cores * choice.period;
  }
}

const coreCount = (mapped: MappedChain, spec: TrueNorthSpec): number =>
  mapped.layers.reduce((n, layer) => n + coresOf(layer).length, 0) + timerCores(mapped, spec.neuronsPerCore);

/** Every layer's share of a chip that is too small. */
function checkCapacity(name: string, mapped: MappedChain, spec: TrueNorthSpec): readonly Diagnostic[] {
  const grid = { width: spec.gridWidth, height: spec.gridHeight, faulty: spec.faultyCores };
  const capacity = usableCells(grid);
  const cores = coreCount(mapped, spec);
  if (cores <= capacity) return [];
  const shares = mapped.layers.map((layer) => `${layer.layer.name} ${coresOf(layer).length}`).join(', ');
  return [
    errorAt(
      'chip-too-small',
      name,
      `the network needs ${cores} cores (${shares}, timer ${timerCores(mapped, spec.neuronsPerCore)}), chip "${spec.name}" has ${capacity}: ${cores - capacity} too many`,
      'use a larger grid, a longer window (--objective cores), or a smaller network',
    ),
  ];
}

/** What the lowering relies on. */
function checkSpec(spec: TrueNorthSpec): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const need = (ok: boolean, field: string, message: string, remedy: string): void => {
    if (!ok) found.push(errorAt('unsupported-chip', `chip "${spec.name}": ${field}`, message, remedy));
  };
  need(spec.axonTypes === 4, 'axonTypes', `the compiler needs 4 axon types, the chip has ${spec.axonTypes}`, 'use 4');
  need(
    spec.axonsPerCore >= 8 && spec.axonsPerCore <= 256,
    'axonsPerCore',
    `${spec.axonsPerCore} is outside 8..256`,
    'use 8..256',
  );
  need(
    spec.neuronsPerCore >= 8 && spec.neuronsPerCore <= 256,
    'neuronsPerCore',
    `${spec.neuronsPerCore} is outside 8..256`,
    'use 8..256',
  );
  need(spec.maxDelay >= 2, 'maxDelay', 'delays of 2 ticks are needed to balance splitters', 'use at least 2');
  need(
    spec.positiveComparison === 'atLeast',
    'positiveComparison',
    'the compiler lowers thresholds to "at least"',
    'set positiveComparison to atLeast',
  );
  return found;
}
