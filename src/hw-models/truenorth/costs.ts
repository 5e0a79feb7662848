/**
 * Energy of a TrueNorth-style chip from event counts. Event counts are exact; this is where they become joules, at
 * report time only.
 *
 *   P = leakage (V / 0.700)^3.70 coresOn / 4096     every core that is switched on, whatever it does
 *     + row     (V / 0.775)^2    rows / s           one SRAM row read per neuron and tick
 *     + synapse (V / 0.800)^2    operations / s     active axon times connected neuron
 *     + hop     (V / 0.775)^2    hops / s           one spike over one link of the mesh
 *
 * The formula and three of its constants (leakage, row, synapse) are fitted to the eight power figures in print, see
 * {@link PUBLISHED_POWER}: 4.7 % rms, worst 7.98 %. The hop is published. Not in it: spikes that enter or leave the chip, the
 * supply of the board, a chip whose voltage differs between blocks.
 *
 * Sources: Merolla et al., Science 345:668 (2014) and its supplement; Akopyan et al., IEEE TCAD 34:1537 (2015).
 */
import type { Quantity } from '../../common/quantity.js';
import type { Counters, Energy, EnergyParts } from '../../ir/trace/run-result.js';

/** One constant of the power formula: `value` holds at `voltage` and grows with (V / voltage)^exponent. */
export interface ScaledCost extends Quantity {
  /** Supply in volts at which `value` holds. */
  readonly voltage: number;
  readonly exponent: number;
}

const IN_PRINT = 'Merolla et al., Science 345:668 (2014) and supplement; Akopyan et al., IEEE TCAD 34:1537 (2015)';
const FITTED = `constants fitted to eight published power figures (${IN_PRINT})`;

/** The cost table. */
export const TRUENORTH_COSTS = {
  /** Power of a chip with all 4096 cores on and no spikes, less the row reads. */
  leakage: { value: 27.8, unit: 'mW', voltage: 0.7, exponent: 3.7, status: 'calibrated', source: FITTED },
  row: { value: 19.32, unit: 'pJ', voltage: 0.775, exponent: 2, status: 'calibrated', source: FITTED },
  synapticOperation: { value: 1.36, unit: 'pJ', voltage: 0.8, exponent: 2, status: 'calibrated', source: FITTED },
  hop: {
    value: 2.3,
    unit: 'pJ',
    voltage: 0.775,
    exponent: 2,
    status: 'published',
    source: `2.3 pJ per spike and hop: ${IN_PRINT}`,
  },
} as const satisfies Record<string, ScaledCost>;

/** Cores of the chip the leakage was fitted on. */
const CORES_PER_CHIP = 4096;

/** Operating point. */
export interface EnergyOptions {
  /** Supply in volts, 0.775 by default; the published figures lie in 0.7..1.05. */
  readonly voltage?: number;
  /** Length of a tick in milliseconds; 1 by default (the 1 kHz of the chip's global tick). */
  readonly tickMs?: number;
}

/** Supply of the published operating point at 26 pJ per synaptic event. */
export const DEFAULT_VOLTAGE = 0.775;
/** Length of a tick of the chip's 1 kHz clock. */
export const DEFAULT_TICK_MS = 1;

/** Energy per sample with its parts and the operating point. */
export interface EnergyPerSample extends Energy {
  readonly parts: EnergyParts;
  readonly voltage: number;
  readonly tickMs: number;
}

/** Events per second of a chip, for power; `coresOn` counts cores that are not power gated. */
export interface EventRates {
  readonly coresOn: number;
  readonly rowsPerSecond: number;
  readonly synapticOperationsPerSecond: number;
  readonly hopsPerSecond: number;
}

const scaled = (cost: ScaledCost, voltage: number): number => cost.value * (voltage / cost.voltage) ** cost.exponent;

/** Power in milliwatts by part. */
export function powerPartsMw(rates: EventRates, voltage: number = DEFAULT_VOLTAGE): EnergyParts {
  // pJ times events per second is 1e-12 W, which is 1e-9 mW.
  return {
    idle: (scaled(TRUENORTH_COSTS.leakage, voltage) * rates.coresOn) / CORES_PER_CHIP,
    rows: scaled(TRUENORTH_COSTS.row, voltage) * rates.rowsPerSecond * 1e-9,
    synapticOperations: scaled(TRUENORTH_COSTS.synapticOperation, voltage) * rates.synapticOperationsPerSecond * 1e-9,
    hops: scaled(TRUENORTH_COSTS.hop, voltage) * rates.hopsPerSecond * 1e-9,
  };
}

/** Sum of the parts. */
export const totalOf = (parts: EnergyParts): number => parts.idle + parts.rows + parts.synapticOperations + parts.hops;

/**
 * Energy per sample in microjoules. `counters` are the sums over a run of `samples` samples, so the ticks that fill and
 * drain the pipeline are charged too. `nCores` cores leak during every tick; unused cores are taken as switched off.
 */
export function energyPerSampleUj(
  counters: Counters,
  nCores: number,
  samples: number,
  options: EnergyOptions = {},
): EnergyPerSample {
  const voltage = options.voltage ?? DEFAULT_VOLTAGE;
  const tickMs = options.tickMs ?? DEFAULT_TICK_MS;
  // The run is charged as if it took one second; milliwatts times seconds are millijoules, 1000 uJ.
  const perRun = powerPartsMw(
    {
      coresOn: 0,
      rowsPerSecond: counters.rows,
      synapticOperationsPerSecond: counters.synapticOperations,
      hopsPerSecond: counters.hops,
    },
    voltage,
  );
  const leakageMw = (scaled(TRUENORTH_COSTS.leakage, voltage) * nCores) / CORES_PER_CHIP;
  const parts: EnergyParts = {
    idle: (leakageMw * counters.ticks * tickMs) / samples,
    rows: (perRun.rows * 1000) / samples,
    synapticOperations: (perRun.synapticOperations * 1000) / samples,
    hops: (perRun.hops * 1000) / samples,
  };
  return {
    value: totalOf(parts),
    unit: 'uJ',
    status: 'calibrated',
    source:
      `event counts times the TrueNorth cost table at ${voltage} V and ${tickMs} ms per tick, used cores only, ` +
      `without chip input and output; ${FITTED}`,
    parts,
    voltage,
    tickMs,
  };
}

/** A published measurement of the whole chip (4096 cores, 1 kHz): rates are per neuron, synapses are per neuron. */
export interface PublishedPower {
  readonly id: string;
  readonly voltage: number;
  readonly rateHz: number;
  readonly synapses: number;
  readonly powerMw: number;
  readonly source: string;
}

/** 58 GSOPS over 2^20 neurons with 256 synapses each. */
const FULL_SPEED_HZ = 58e9 / (4096 * 256 * 256);

/** The eight figures the table was fitted to. Spikes go to uniformly random cores: 21.3 hops in x and in y. */
export const PUBLISHED_POWER: readonly PublishedPower[] = [
  { id: '0.80V-11.58Hz-128', voltage: 0.8, rateHz: 11.58, synapses: 128, powerMw: 68, source: IN_PRINT },
  { id: '0.80V-20.07Hz-128', voltage: 0.8, rateHz: 20.07, synapses: 128, powerMw: 71, source: IN_PRINT },
  { id: '0.80V-95.93Hz-128', voltage: 0.8, rateHz: 95.93, synapses: 128, powerMw: 94, source: IN_PRINT },
  { id: '0.70V-idle', voltage: 0.7, rateHz: 0, synapses: 0, powerMw: 42, source: IN_PRINT },
  { id: '1.05V-200Hz-256', voltage: 1.05, rateHz: 200, synapses: 256, powerMw: 323, source: IN_PRINT },
  { id: '0.75V-58GSOPS', voltage: 0.75, rateHz: FULL_SPEED_HZ, synapses: 256, powerMw: 145, source: IN_PRINT },
  { id: '0.75V-20Hz-128', voltage: 0.75, rateHz: 20, synapses: 128, powerMw: 65, source: IN_PRINT },
  { id: '0.775V-20Hz-128', voltage: 0.775, rateHz: 20, synapses: 128, powerMw: 72, source: IN_PRINT },
];

/** What the formula gives for a published operating point, in milliwatts. */
export function modelledPowerMw(point: PublishedPower): number {
  const neurons = CORES_PER_CHIP * 256;
  const spikes = neurons * point.rateHz;
  return totalOf(
    powerPartsMw(
      {
        coresOn: CORES_PER_CHIP,
        rowsPerSecond: neurons * 1000,
        synapticOperationsPerSecond: spikes * point.synapses,
        hopsPerSecond: spikes * 2 * 21.3,
      },
      point.voltage,
    ),
  );
}
