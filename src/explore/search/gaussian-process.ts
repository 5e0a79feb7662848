/**
 * A Gaussian process on few points: Matern 5/2 with a length for each axis, fitted by its likelihood (Rasmussen and Williams, "Gaussian Processes for
 * Machine Learning", 2006, ch. 2 and 5). Floating point with Math.exp: for searches, never for anything a chip computes.
 */
import type { Axis, Unit } from './search.js';

/** What is expected at a point: mean and standard deviation, in the unit of the values. */
export interface Expected {
  readonly mean: number;
  readonly deviation: number;
}

/** A fitted process. */
export type Process = (at: Unit) => Expected;

/** Lengths that are tried, in widths of the space. */
const LENGTHS = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2] as const;
/** Share of the variance that is noise: what rounding to levels and fronts with kinks look like. */
const NOISES = [1e-6, 1e-2] as const;
/** What two values of an unordered axis differ by, in widths. */
const UNORDERED = 0.5;

/** Fits values at points, some tens of them; equal values everywhere are a process without deviation. */
export function fitProcess(units: readonly Unit[], values: readonly number[], axes: readonly Axis[]): Process {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n);
  if (spread === 0) return () => ({ mean, deviation: 0 });
  const scaled = Float64Array.from(values, (value) => (value - mean) / spread);
  const squares = axes.map((axis, a) => squaredDistances(units, a, axis));

  let lengths: number[] = axes.map(() => LENGTHS[2]);
  let best = likelihoodOf(squares, lengths, NOISES[0], scaled);
  const consider = (others: number[], noise: number): void => {
    const found = likelihoodOf(squares, others, noise, scaled);
    if (found.likelihood > best.likelihood) {
      best = found;
      lengths = others;
    }
  };
  for (const noise of NOISES)
    for (const length of LENGTHS)
      consider(
        axes.map(() => length),
        noise,
      );
  // One axis after the other.
  for (let a = 0; a < axes.length; a++) {
    for (const length of LENGTHS)
      consider(
        lengths.map((own, i) => (i === a ? length : own)),
        best.noise,
      );
  }
  const { lower, weights, scale } = best;
  return (at) => {
    const k = Float64Array.from(units, (unit) => {
      let square = 0;
      for (let a = 0; a < axes.length; a++) square += (distance(unit[a]!, at[a]!, axes[a]!) / lengths[a]!) ** 2;
      return matern(square);
    });
    let expected = 0;
    for (let i = 0; i < n; i++) expected += k[i]! * weights[i]!;
    const solved = forward(lower, k);
    let variance = 1;
    for (let i = 0; i < n; i++) variance -= solved[i]! ** 2;
    return { mean: mean + spread * expected, deviation: spread * scale * Math.sqrt(Math.max(variance, 0)) };
  };
}

function distance(x: number, y: number, axis: Axis): number {
  if (axis.kind === 'unordered') return x === y ? 0 : UNORDERED;
  return x - y;
}

function squaredDistances(units: readonly Unit[], a: number, axis: Axis): Float64Array {
  const n = units.length;
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) out[i * n + j] = distance(units[i]![a]!, units[j]![a]!, axis) ** 2;
  }
  return out;
}

/** Of the squared distance in lengths. */
function matern(square: number): number {
  const r = Math.sqrt(5 * square);
  return (1 + r + (r * r) / 3) * Math.exp(-r);
}

interface Fit {
  readonly likelihood: number;
  readonly noise: number;
  /** Rows of the Cholesky factor. */
  readonly lower: readonly Float64Array[];
  /** The inverse of the covariance times the values. */
  readonly weights: Float64Array;
  /** The deviation that fits best, a factor. */
  readonly scale: number;
}

/** The likelihood of lengths and noise, with the variance that is likeliest for them. */
function likelihoodOf(
  squares: readonly Float64Array[],
  lengths: readonly number[],
  noise: number,
  values: Float64Array,
): Fit {
  const n = values.length;
  const rows = Array.from({ length: n }, (_, i) => {
    const row = new Float64Array(n);
    for (let j = 0; j <= i; j++) {
      let square = 0;
      for (let a = 0; a < squares.length; a++) square += squares[a]![i * n + j]! / lengths[a]! ** 2;
      row[j] = matern(square) + (i === j ? noise + 1e-9 : 0);
    }
    return row;
  });
  const lower = cholesky(rows);
  const weights = backward(lower, forward(lower, values));
  let fit = 0;
  for (let i = 0; i < n; i++) fit += values[i]! * weights[i]!;
  const variance = Math.max(fit / n, 1e-12);
  const logs = lower.reduce((sum, row, i) => sum + Math.log(row[i]!), 0);
  return { likelihood: -0.5 * n * Math.log(variance) - logs, noise, lower, weights, scale: Math.sqrt(variance) };
}

/** In place, of the lower half. */
function cholesky(rows: readonly Float64Array[]): readonly Float64Array[] {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    for (let j = 0; j <= i; j++) {
      const other = rows[j]!;
      let sum = row[j]!;
      for (let k = 0; k < j; k++) sum -= row[k]! * other[k]!;
      row[j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / other[j]!;
    }
  }
  return rows;
}

function forward(lower: readonly Float64Array[], values: Float64Array): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const row = lower[i]!;
    let sum = values[i]!;
    for (let k = 0; k < i; k++) sum -= row[k]! * out[k]!;
    out[i] = sum / row[i]!;
  }
  return out;
}

function backward(lower: readonly Float64Array[], values: Float64Array): Float64Array {
  const n = values.length;
  const out = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = values[i]!;
    for (let k = i + 1; k < n; k++) sum -= lower[k]![i]! * out[k]!;
    out[i] = sum / lower[i]![i]!;
  }
  return out;
}
