/** What a chip says of a program or a run, in a form that all above the chips can print, compare and draw without knowing the chip. */
import type { Quantity, Unknown } from '../../common/quantity.js';

/** How long a sample takes, in the clock of the chip. */
export interface SampleTime {
  /** What the chip counts, in the singular: `tick`, `cycle`. */
  readonly unit: string;
  /** From one sample to the next, in units; a fraction where samples go through together. */
  readonly perSample: number;
  /** From the first input of a sample to its last output, in units. */
  readonly latency: number;
  /** Length of a unit, in seconds. */
  readonly unitSeconds: Quantity;
}

/** A number of a run or a program. */
export interface Metric {
  readonly label: string;
  readonly value: number;
  /** Unit; empty for counts and shares. */
  readonly unit: string;
  /** How it reads; its value with thousands separators without it. */
  readonly text?: string;
}

/** A part of an energy, in the unit of the whole. */
export interface EnergyPart {
  readonly name: string;
  readonly value: number;
  /** Drawn whatever the chip does: it does not follow the events, nor a supply that scales their energy. */
  readonly fixed: boolean;
  /** The events per sample behind it, for people; empty where there are none. */
  readonly events: string;
}

/** A value per core of the program, for floor plans. */
export interface CoreLoad {
  readonly label: string;
  readonly unit: string;
  /** [nCores], >= 0. */
  readonly values: readonly number[];
}

/** What is known of a program: before a run what follows from the program alone, after it what was counted. */
export interface ChipMeasures {
  /** Cores in use. */
  readonly cores: number;
  readonly time: SampleTime;
  /** By name, camelCase, in the order in which they are printed. */
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Energy per sample in microjoules. */
  readonly energyUj: Quantity | Unknown;
  /** Parts of the energy, which add up to it; none where the cost model does not say. */
  readonly energyParts: readonly EnergyPart[];
  /** Mean power while samples follow each other, where the cost model says so. */
  readonly watts?: Quantity | Unknown;
  /** Values per core; none without a run. */
  readonly loads: readonly CoreLoad[];
}

/** The value of a metric; undefined where the chip has no such one. */
export const metricOf = ({ metrics }: Pick<ChipMeasures, 'metrics'>, key: string): number | undefined =>
  metrics[key]?.value;

/** Seconds from one sample to the next, and from the first input of one to its last output. */
export const secondsOf = ({ perSample, latency, unitSeconds }: SampleTime): { perSample: number; latency: number } => ({
  perSample: perSample * unitSeconds.value,
  latency: latency * unitSeconds.value,
});
