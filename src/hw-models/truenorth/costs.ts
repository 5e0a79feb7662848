/**
 * Energy of a TrueNorth-style chip from event counts. Event counts are exact; this is where they become joules, at
 * report time only.
 *
 *   P = idle + row rows / s + synapse operations / s + hop hops / s
 *
 * with the costs of the chip's core (core-costs.ts) at its supply: every core that is on draws idle power; a row is read per neuron and
 * tick; an operation is an active axon times a connected neuron; a hop is one spike over one link of the mesh.
 *
 * The band of a sum. Idle power and rows were fitted together: what one gives away the other takes up. So the parts of a sum are not
 * moved one by one, but from fit to fit ({@link tableFits}), the sum is taken for each, and what no fit explains is added: 8 %, the largest
 * deviation of the formula from print. For other cores the ends of their scaling come on top, all parts at once.
 *
 * Not in it: spikes that enter or leave the chip (64 pJ to the periphery, 832 pJ to another chip, in print), the supply of the board,
 * a chip whose voltage differs between blocks.
 */
import { type Band, hullOf } from '../../common/quantity.js';
import type { Counters, Energy, EnergyParts } from '../../ir/trace/run-result.js';
import { coreCosts, coreScale } from './core-costs.js';
import type { TrueNorthSpec } from '../../ir/program/truenorth.js';
import { type CoreStructure, coreStructureOf, STANDARD_CORE } from './core-structure.js';
import { tableFits, WORST_DEVIATION } from './cost-table.js';
import { REFERENCE_VOLTS } from './power-fit.js';
import { type EventRates, IN_PRINT, PUBLISHED_CHIP, type PublishedPower, publishedRates } from './published-power.js';

/** Operating point. */
export interface EnergyOptions {
  /** Supply in volts, 0.775 by default; the published figures lie in 0.7..1.05. */
  readonly voltage?: number;
  /** Length of a tick in milliseconds; 1 by default (the 1 kHz of the chip's global tick). */
  readonly tickMs?: number;
  /** Sizes of a core; the published one by default. */
  readonly core?: CoreStructure;
}

/** Supply of the published operating point at 26 pJ per synaptic event. */
export const DEFAULT_VOLTAGE = 0.775;
/** Length of a tick of the chip's 1 kHz clock. */
export const DEFAULT_TICK_MS = 1;

/** Energy per sample with its parts and the operating point. */
export interface EnergyPerSample extends Energy, Band {
  readonly low: number;
  readonly high: number;
  readonly parts: EnergyParts;
  readonly voltage: number;
  readonly tickMs: number;
  readonly nodeNm: number;
  readonly volts: number;
}

/** Power in milliwatts by part. */
export function powerPartsMw(
  rates: EventRates,
  voltage: number = DEFAULT_VOLTAGE,
  core: CoreStructure = STANDARD_CORE,
): EnergyParts {
  const costs = coreCosts(core, voltage);
  // uW are 1e-3 mW; pJ times events per second is 1e-12 W, which is 1e-9 mW.
  return {
    idle: costs.idle.value * rates.coresOn * 1e-3,
    rows: costs.row.value * rates.rowsPerSecond * 1e-9,
    synapticOperations: costs.synapticOperation.value * rates.synapticOperationsPerSecond * 1e-9,
    hops: costs.hop.value * rates.hopsPerSecond * 1e-9,
  };
}

/** Sum of the parts. */
export const totalOf = (parts: EnergyParts): number => parts.idle + parts.rows + parts.synapticOperations + parts.hops;

/** The band of the power in milliwatts; see the head of this file. */
export function powerBandMw(
  rates: EventRates,
  voltage: number = DEFAULT_VOLTAGE,
  core: CoreStructure = STANDARD_CORE,
): Band {
  const scale = coreScale(core);
  const at = (volts: number, exponent: number): number => (voltage / volts) ** exponent;
  const { low, high } = hullOf(
    tableFits().map((fit): Band => {
      const total = (end: 'low' | 'high'): number =>
        (fit.idleMw * at(REFERENCE_VOLTS.idle, fit.exponent) * scale.idle[end] * rates.coresOn) / PUBLISHED_CHIP.cores +
        fit.rowPj * at(REFERENCE_VOLTS.row, 2) * scale.row[end] * rates.rowsPerSecond * 1e-9 +
        fit.synapticOperationPj * at(REFERENCE_VOLTS.synapticOperation, 2) * rates.synapticOperationsPerSecond * 1e-9 +
        fit.hopPj * at(REFERENCE_VOLTS.hop, 2) * scale.hop[end] * rates.hopsPerSecond * 1e-9;
      return { low: total('low'), high: total('high') };
    }),
  );
  return { low: low * (1 - WORST_DEVIATION), high: high * (1 + WORST_DEVIATION) };
}

/**
 * Energy per sample in microjoules. `counters` are the sums over a run of `samples` samples, so the ticks that fill and
 * drain the pipeline are charged too. `nCores` cores idle during every tick; unused cores are taken as switched off.
 */
export function energyPerSampleUj(
  counters: Pick<Counters, 'ticks' | 'rows' | 'synapticOperations' | 'hops'>,
  nCores: number,
  samples: number,
  options: EnergyOptions = {},
): EnergyPerSample {
  const { voltage = DEFAULT_VOLTAGE, tickMs = DEFAULT_TICK_MS, core = STANDARD_CORE } = options;
  // The run is charged as if it took one second; milliwatts times seconds are millijoules, 1000 uJ.
  const seconds = (counters.ticks * tickMs) / 1000;
  const rates: EventRates = {
    coresOn: nCores * seconds,
    rowsPerSecond: counters.rows,
    synapticOperationsPerSecond: counters.synapticOperations,
    hopsPerSecond: counters.hops,
  };
  const perRun = powerPartsMw(rates, voltage, core);
  const uj = (mj: number): number => (mj * 1000) / samples;
  const parts: EnergyParts = {
    idle: uj(perRun.idle),
    rows: uj(perRun.rows),
    synapticOperations: uj(perRun.synapticOperations),
    hops: uj(perRun.hops),
  };
  const band = powerBandMw(rates, voltage, core);
  return {
    value: totalOf(parts),
    low: uj(band.low),
    high: uj(band.high),
    unit: 'uJ',
    status: 'calibrated',
    source:
      `event counts times the TrueNorth cost table at ${voltage} V and ${tickMs} ms per tick, used cores only, ` +
      `without chip input and output; idle power and synaptic operation fitted to eight published power figures, row and hop ` +
      `from print (${IN_PRINT}); band: all fits that leave out a figure, and 8 % that no fit explains`,
    nodeNm: 28,
    volts: voltage,
    parts,
    voltage,
    tickMs,
  };
}

/** What the energy of a run depends on besides its events: the core and the tick of its chip. */
export const energyOptionsOf = (spec: TrueNorthSpec): EnergyOptions => ({
  core: coreStructureOf(spec),
  tickMs: 1000 / spec.tickHz,
});

/** What the formula gives for a published operating point, in milliwatts. */
export const modelledPowerMw = (point: PublishedPower): number =>
  totalOf(powerPartsMw(publishedRates(point), point.voltage));
