/**
 * Learned step sizes (Esser et al., "Learned step size quantization", ICLR 2020): the forward pass uses s * clip(round(v / s)),
 * the gradient passes straight through inside the range, and the step learns from d/ds = round(v/s) - v/s inside, the bound outside.
 * Steps are trained as logarithms: they stay positive, and Adam, whose step does not depend on the size of the gradient, changes
 * them by a fraction of themselves.
 */

/** Integers a quantised value can have. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** All integers of a width: 0..2^bits - 1 or, signed, -2^(bits-1)..2^(bits-1) - 1. */
export function rangeOf(bits: number, signed: boolean): Range {
  return signed ? { low: -(2 ** (bits - 1)), high: 2 ** (bits - 1) - 1 } : { low: 0, high: 2 ** bits - 1 };
}

/** The integer of a value; ties go up, as in the float dialect. */
export function toStep(value: number, step: number, { low, high }: Range): number {
  const q = Math.floor(value / step + 0.5);
  return q < low ? low : q > high ? high : q;
}

/** Quantises `x`, rows of `logSteps.length` columns: a step per column, or one for all. */
export function quantise(x: Float32Array, logSteps: Float32Array, range: Range): Float32Array {
  const out = new Float32Array(x.length);
  const n = logSteps.length;
  const { low, high } = range;
  for (let c = 0; c < n; c++) {
    const step = Math.exp(logSteps[c]!);
    const inverse = 1 / step;
    for (let i = c; i < x.length; i += n) {
      const q = Math.floor(x[i]! * inverse + 0.5);
      out[i] = step * (q < low ? low : q > high ? high : q);
    }
  }
  return out;
}

/**
 * Gradient of {@link quantise}: returns that of `x` and adds that of the logarithms, scaled by 1 / sqrt(N Qp), to
 * `stepGradient`.
 */
export function quantiseGradient(
  from: { readonly x: Float32Array; readonly logSteps: Float32Array; readonly range: Range },
  dy: Float32Array,
  stepGradient: Float32Array,
): Float32Array {
  const { x, logSteps, range } = from;
  const { low, high } = range;
  const dx = new Float32Array(x.length);
  const n = logSteps.length;
  const scale = 1 / Math.sqrt((x.length / n) * high);
  for (let c = 0; c < n; c++) {
    const step = Math.exp(logSteps[c]!);
    const inverse = 1 / step;
    let sum = 0;
    for (let i = c; i < x.length; i += n) {
      const v = x[i]! * inverse;
      const q = Math.floor(v + 0.5);
      const g = dy[i]!;
      if (q < low) sum += g * low;
      else if (q > high) sum += g * high;
      else {
        sum += g * (q - v);
        dx[i] = g;
      }
    }
    stepGradient[c]! += sum * step * scale;
  }
  return dx;
}

/** Values that are all 0 have no scale: any step above 0 will do. */
const STEP_OF_ZEROS = 1e-6;

/** Start of weight steps: log of 2 mean |v| / sqrt(Qp) per column (Esser et al., section 2.1). */
export function initialLogSteps(values: Float32Array, columns: number, range: Range): Float32Array {
  const sums = new Float64Array(columns);
  values.forEach((v, i) => {
    sums[i % columns]! += Math.abs(v);
  });
  const rows = values.length / columns;
  return Float32Array.from(sums, (sum) =>
    Math.log(sum === 0 ? STEP_OF_ZEROS : (2 * sum) / rows / Math.sqrt(range.high)),
  );
}

/** Start of an activation step: the largest value of the first batch just fits, times `headroom`. */
export function fittingLogStep(values: Float32Array, range: Range, headroom: number): number {
  let largest = 0;
  for (const v of values) largest = Math.max(largest, range.low < 0 ? Math.abs(v) : v);
  return Math.log(largest === 0 ? STEP_OF_ZEROS : (headroom * largest) / range.high);
}
