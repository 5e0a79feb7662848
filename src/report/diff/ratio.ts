/**
 * Exact fractions: whether a change is beyond a limit must not hang on the last bit of a float. Numbers of files count as the decimals that
 * stand there, so 105 is exactly 5 % above 100, and 0.963 exactly 0.1 percentage points below 0.964.
 */

/** n / d, d > 0; not necessarily in lowest terms. */
export interface Ratio {
  readonly n: bigint;
  readonly d: bigint;
}

/** n / d of whole numbers, d > 0. */
export const ratio = (n: number, d = 1): Ratio => ({ n: BigInt(n), d: BigInt(d) });

/** A decimal as people and JSON write it: `-0.1`, `2.5e-9`. Undefined for anything else, and for exponents beyond those of a float. */
export function ratioOfText(text: string): Ratio | undefined {
  const parts = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d{1,4}))?$/i.exec(text);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts ?? [];
  if (parts === null || whole + fraction === '') return undefined;
  const power = Number(exponent) - fraction.length;
  if (Math.abs(power) > 400) return undefined;
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  return power >= 0 ? { n: digits * 10n ** BigInt(power), d: 1n } : { n: digits, d: 10n ** BigInt(-power) };
}

/** The shortest decimal of a finite float. */
export function ratioOf(value: number): Ratio {
  const exact = ratioOfText(String(value));
  if (exact === undefined) throw new Error(`internal error: ${value} is no decimal`);
  return exact;
}

/** a - b. */
export const minus = (a: Ratio, b: Ratio): Ratio => ({ n: a.n * b.d - b.n * a.d, d: a.d * b.d });

/** a * b. */
export const times = (a: Ratio, b: Ratio): Ratio => ({ n: a.n * b.n, d: a.d * b.d });

/** a / b; undefined for b = 0. */
export function over(a: Ratio, b: Ratio): Ratio | undefined {
  if (b.n === 0n) return undefined;
  const sign = b.n < 0n ? -1n : 1n;
  return { n: a.n * b.d * sign, d: a.d * b.n * sign };
}

/** Below 0, 0 or above 0 as a is below, equal to or above b. */
export function compareRatios(a: Ratio, b: Ratio): -1 | 0 | 1 {
  const left = a.n * b.d;
  const right = b.n * a.d;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The float next to it, to 17 digits. */
export function toNumber({ n, d }: Ratio): number {
  if (n === 0n) return 0;
  const size = n < 0n ? -n : n;
  const shift = 18 - (String(size).length - String(d).length);
  const digits = shift >= 0 ? (n * 10n ** BigInt(shift)) / d : n / (d * 10n ** BigInt(-shift));
  return Number(`${digits}e${-shift}`);
}
