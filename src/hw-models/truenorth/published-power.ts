/** Power of the TrueNorth chip in print, and how it was fitted. */

/** Where the power figures and the energies of blocks are printed. */
export const IN_PRINT =
  'Merolla et al., Science 345:668 (2014) and supplement; Akopyan et al., IEEE TCAD 34:1537 (2015)';

/** A published measurement of the whole chip (4096 cores, 1 kHz): rates are per neuron, synapses are per neuron. */
export interface PublishedPower {
  readonly id: string;
  readonly voltage: number;
  readonly rateHz: number;
  readonly synapses: number;
  readonly powerMw: number;
  readonly source: string;
}

/** Cores and neurons of the chip the figures are of. */
export const PUBLISHED_CHIP = { cores: 4096, neuronsPerCore: 256, ticksPerSecond: 1000 } as const;

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

/** Events per second of the whole chip at a published operating point. */
export function publishedRates({ rateHz, synapses }: PublishedPower): EventRates {
  const neurons = PUBLISHED_CHIP.cores * PUBLISHED_CHIP.neuronsPerCore;
  const spikes = neurons * rateHz;
  return {
    coresOn: PUBLISHED_CHIP.cores,
    rowsPerSecond: neurons * PUBLISHED_CHIP.ticksPerSecond,
    synapticOperationsPerSecond: spikes * synapses,
    hopsPerSecond: spikes * 2 * 21.3,
  };
}

/** Events per second of a chip, for power; `coresOn` counts cores that are not power gated. */
export interface EventRates {
  readonly coresOn: number;
  readonly rowsPerSecond: number;
  readonly synapticOperationsPerSecond: number;
  readonly hopsPerSecond: number;
}
