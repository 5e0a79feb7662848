/**
 * Physical numbers that can be quoted: value, unit, source, status and, where it is known, how far off it may be.
 *
 * A band `low..high` is a range the number is expected in, not a standard deviation: readings of a source that differ, or a
 * constant left free by the points it was fitted on. How bands add up depends on what moves together, so a sum says which of
 * {@link sumBand}'s two readings it uses.
 */

/**
 * Where a number comes from: `published` in print, `derived` (arithmetic over published numbers, by a law that is named),
 * `calibrated` (our formula, constants fitted to print), `assumed` (a parameter nobody published), `measured` (counted by a
 * run).
 */
export const QUANTITY_STATUSES = ['published', 'measured', 'derived', 'calibrated', 'assumed'] as const;

/** A name of {@link QUANTITY_STATUSES}. */
export type QuantityStatus = (typeof QUANTITY_STATUSES)[number];

/** A range; low <= high. */
export interface Band {
  readonly low: number;
  readonly high: number;
}

/** A physical number that can be quoted: never a bare value. */
export interface Quantity extends Partial<Band> {
  readonly value: number;
  readonly unit: string;
  readonly source: string;
  readonly status: QuantityStatus;
  /** Feature size of the process the number holds for, in nm. */
  readonly nodeNm?: number;
  /** Supply the number holds at, in volts. */
  readonly volts?: number;
}

/** A number that is not known. Missing is not zero. */
export interface Unknown {
  readonly unknown: true;
  readonly reason: string;
}

/** The band of a number; the number itself at both ends where none is known. */
export const bandOf = ({ value, low = value, high = value }: Pick<Quantity, 'value' | 'low' | 'high'>): Band => ({
  low,
  high,
});

/** True where a number says how far off it may be. */
export const hasBand = ({ low, high }: Partial<Band>): boolean => low !== undefined && high !== undefined && low < high;

/** One term of a sum: `count` times a number with a band. `count` may be negative: what is fitted moves against what it was fitted with. */
export interface Term extends Pick<Quantity, 'value' | 'low' | 'high'> {
  readonly count: number;
}

/**
 * The band of sum(count * value).
 *   `extremes`     every number anywhere in its band, whatever the others are: the widest band. For a few numbers whose errors may
 *                  have one cause (one process, one wire).
 *   `independent`  errors that have nothing to do with each other: distances to the ends add as squares.
 * The same number in several terms moves once: add up its counts first.
 */
export function sumBand(terms: readonly Term[], how: 'extremes' | 'independent'): Band {
  let sum = 0;
  let below = 0;
  let above = 0;
  for (const { count, value, low = value, high = value } of terms) {
    sum += count * value;
    const down = count >= 0 ? count * (value - low) : -count * (high - value);
    const up = count >= 0 ? count * (high - value) : -count * (value - low);
    below += how === 'extremes' ? down : down ** 2;
    above += how === 'extremes' ? up : up ** 2;
  }
  return how === 'extremes'
    ? { low: sum - below, high: sum + above }
    : { low: sum - Math.sqrt(below), high: sum + Math.sqrt(above) };
}

/** The range that holds all of `bands`. */
export function hullOf(bands: readonly Band[]): Band {
  return { low: Math.min(...bands.map(({ low }) => low)), high: Math.max(...bands.map(({ high }) => high)) };
}

/** A band times a factor; a negative one turns it round. */
export const timesBand = ({ low, high }: Band, factor: number): Band =>
  factor >= 0 ? { low: low * factor, high: high * factor } : { low: high * factor, high: low * factor };

/** factor / band: what is per the number, e.g. frames per joule. No band where the number may be 0, since then nothing bounds it. */
export const perBand = (factor: number, { low, high }: Band): Partial<Band> =>
  low > 0 ? { low: factor / high, high: factor / low } : {};
