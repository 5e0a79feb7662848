/**
 * The cost table of the published TrueNorth core. Other cores: core-costs.ts; what it makes of events: costs.ts.
 *
 * Bands of fitted constants are the range over {@link equallyGoodFits}: every published point left out once, row and hop at either end
 * (test/hw-models/truenorth/power-fit.test.ts holds table and fits together).
 */
import type { Quantity } from '../../common/quantity.js';
import { equallyGoodFits, type PowerFit, REFERENCE_VOLTS } from './power-fit.js';
import { IN_PRINT } from './published-power.js';

/** One constant of the power formula: `value` holds at `volts` and grows with (V / volts)^exponent. */
export interface ScaledCost extends Quantity {
  readonly low: number;
  readonly high: number;
  readonly volts: number;
  readonly exponent: number;
}

const FITTED = `fitted to eight published power figures (${IN_PRINT})`;

/** The cost table, one published core at 28 nm. */
export const TRUENORTH_COSTS = {
  /** What a core that is on draws besides row reads and spikes: leakage and all else. Print never separates it. */
  idle: {
    value: 6.8,
    low: 6.4,
    high: 7.6,
    unit: 'uW',
    volts: REFERENCE_VOLTS.idle,
    exponent: 3.7,
    status: 'calibrated',
    source: FITTED,
    nodeNm: 28,
  },
  row: {
    value: 19.27,
    low: 18.7,
    high: 19.6,
    unit: 'pJ',
    volts: REFERENCE_VOLTS.row,
    exponent: 2,
    status: 'derived',
    source:
      `47 fJ per bit from memory to controller, 410 bits a row; band: about 20 mW for reading about 428 million bits ` +
      `every millisecond (${IN_PRINT})`,
    nodeNm: 28,
  },
  synapticOperation: {
    value: 1.36,
    low: 1.2,
    high: 1.39,
    unit: 'pJ',
    volts: REFERENCE_VOLTS.synapticOperation,
    exponent: 2,
    status: 'calibrated',
    source: FITTED,
    nodeNm: 28,
  },
  hop: {
    value: 2.3,
    low: 2.3,
    high: 3,
    unit: 'pJ',
    volts: REFERENCE_VOLTS.hop,
    exponent: 2,
    status: 'published',
    source:
      `2.3 pJ per spike and hop of 240 um in x; in y cores are 390 um apart, 3.7 pJ by the same 0.3 fJ per bit and um, 3.0 as the ` +
      `mean of both: the band's end (${IN_PRINT})`,
    nodeNm: 28,
  },
} as const satisfies Record<string, ScaledCost>;

/** Largest deviation of the formula from a published power. No sum of ours is better than that. */
export const WORST_DEVIATION = 0.08;

let fits: readonly PowerFit[] | undefined;

/** The fits whose extremes are the bands of the table, and of sums: made once, when first asked for. */
export const tableFits = (): readonly PowerFit[] =>
  (fits ??= equallyGoodFits(
    [TRUENORTH_COSTS.row.low, TRUENORTH_COSTS.row.high],
    [TRUENORTH_COSTS.hop.low, TRUENORTH_COSTS.hop.high],
  ));
