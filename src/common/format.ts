/** How numbers read in the report and on the terminal. */
import { bandOf, hasBand, type Quantity, type Unknown } from './quantity.js';

/** 0.9734 -> "97.34 %". */
export const percent = (share: number, digits = 2): string => `${fixed(share * 100, digits)} %`;

/** 95 % interval of a share: "97.01 - 97.63 %". */
export const percentInterval = ([low, high]: readonly [number, number], digits = 2): string =>
  `${fixed(low * 100, digits)} \u2013 ${fixed(high * 100, digits)} %`;

/** So many digits behind the point; what rounds to nothing has no sign. */
const fixed = (value: number, digits: number): string => value.toFixed(digits).replace(/^-(?=0\.?0*$)/, '');

/** 1234567 -> "1,234,567". The locale's own way is as long to load as a small network to run, so it is for what has no plain digits only. */
export function integer(value: number): string {
  const whole = Math.round(value);
  return Number.isSafeInteger(whole)
    ? String(whole).replaceAll(/\B(?=(\d{3})+$)/g, ',')
    : whole.toLocaleString('en-US');
}

/** Three significant digits without exponent for everyday sizes: 0.0742, 12.3, 4,560; whole numbers in full. */
export function significant(value: number, digits = 3): string {
  if (Number.isInteger(value)) return integer(value);
  const size = Math.abs(value);
  if (size >= 10 ** digits) return integer(value);
  if (size < 1e-4) return value.toExponential(digits - 1);
  return value.toPrecision(digits);
}

/** "0.09 - 0.106", the band of a number; empty where none is known. */
export function bandText(value: Pick<Quantity, 'value' | 'low' | 'high'>): string {
  if (!hasBand(value)) return '';
  const [low, high] = [bandOf(value).low, bandOf(value).high].map((end) => significant(end));
  // A band that its digits do not show is none to a reader.
  return low === high ? '' : `${low} \u2013 ${high}`;
}

/** "0.0977 uJ (0.09 - 0.106)", the band where one is known; or "unknown". */
export function quantityWithBand(value: Quantity | Unknown): string {
  const band = 'unknown' in value ? '' : bandText(value);
  return band === '' ? quantity(value) : `${quantity(value)} (${band})`;
}

/** "0.074 uJ", or "unknown". */
export const quantity = (value: Quantity | Unknown): string =>
  'unknown' in value ? 'unknown' : `${significant(value.value)} ${unitSign(value.unit)}`;

/** The unit as print writes it. */
export const unitSign = (unit: string): string => unit.replace(/^u(?=[JsWV]$)/, '\u00b5');

/** Seconds in the largest unit of time that leaves at least 1: "33 ms", "1.33 µs". */
export function duration(seconds: number): string {
  const units = [
    ['s', 1],
    ['ms', 1e3],
    ['µs', 1e6],
    ['ns', 1e9],
  ] as const;
  const [unit, factor] = units.find(([, factor]) => seconds * factor >= 1) ?? (seconds === 0 ? units[0] : units[3]);
  return `${significant(seconds * factor)} ${unit}`;
}
