/**
 * Fits clip(floor((S m + a) / 2^s + 1/2), min, max) to a rising step function of an integer sum S.
 *
 * Both sides are step functions, so they agree on every S iff their steps stand at the same places: with T_k the first S at which
 * the function reaches k,
 *
 *   (k - 1/2) 2^s - T_k m  <=  a  <  (k - 1/2) 2^s - (T_k - 1) m          for every step k
 *
 * For a given m these are bounds on a. Their gap (largest lower bound minus smallest upper bound) is convex in m, so the best m is
 * found by bisection on its slope; a gap of at most 0 leaves an `a` for which the integer form is exact. The shift is as large
 * as the products allow, since a finer one can do all that a coarser one can.
 */
import { INT32_MAX, roundHalfAwayFromZero, roundHalfEven, roundHalfUp } from '../../common/fixed-point.js';

/** Roundings of a requantisation besides `halfUp` that quantisers have as well. */
const ROUNDING_FUNCTIONS = { halfEven: roundHalfEven, halfAwayFromZero: roundHalfAwayFromZero } as const;
type Rounding = keyof typeof ROUNDING_FUNCTIONS;

/** A function that rises from sum to sum, for integer sums low..high, with values in min..max. */
export interface RisingFunction {
  readonly low: number;
  readonly high: number;
  readonly min: number;
  readonly max: number;
  at(sum: number): number;
  /** What it is about, before rounding and clipping: slope * sum + intercept. */
  readonly slope: number;
  readonly intercept: number;
}

/** Parameters of a `requantise` channel. */
export interface Fit {
  readonly multiplier: number;
  readonly shift: number;
  readonly addend: number;
  /** Differences to the function, added over all sums: the number of sums that come out wrong, where by one. */
  readonly wrong: number;
  /** Largest difference. */
  readonly worst: number;
}

type Form = Omit<Fit, 'wrong' | 'worst'>;

/** Products and addends stay below this, a quarter of the exact range: their sums are exact with room for the search. */
const PRODUCT_LIMIT = 2 ** 51;

/** The best fit; `wrong` is 0 whenever one of this form exists near the slope. */
export function fitRequantise(f: RisingFunction): Fit {
  const first = f.at(f.low);
  const last = f.at(f.high);
  // 2^33 is far above any 32-bit sum: the quotient stays within 1/4 of the constant.
  if (first === last) return { multiplier: 1, shift: 33, addend: first * 2 ** 33, wrong: 0, worst: 0 };
  const shift = largestShift(f);
  const steps = stepPositions(f, first, last);
  const bounds = boundsOf(f, steps, { first, last, shift });
  const start = Math.min(Math.max(1, Math.round(f.slope * 2 ** shift)), INT32_MAX);
  const multiplier = bestMultiplier(bounds, start);
  const { lower, upper } = at(bounds, multiplier);
  const addend = Math.round((lower + upper) / 2);
  const form = { multiplier, shift, addend };
  return { ...form, ...(lower <= upper ? { wrong: 0, worst: 0 } : differences(f, steps, first, form)) };
}

/**
 * The form that restates an affine function with another rounding, if it is equal on every sum: where scale and step stand in a ratio of few
 * bits, halves come up, and go where the quantiser says. Both sides rise, so it is enough to look at both sides of every step.
 */
export function exactAffine(f: RisingFunction, rounding: Rounding): Fit | undefined {
  const form = affineRequantise(f);
  const round = ROUNDING_FUNCTIONS[rounding];
  const value = (sum: number): number =>
    Math.min(Math.max(round((sum * form.multiplier + form.addend) / 2 ** form.shift), f.min), f.max);
  const steps = stepPositions(f, f.at(f.low), f.at(f.high));
  const equal = (sum: number): boolean => value(sum) === f.at(sum);
  if (![f.low, f.high, ...steps].every((sum) => equal(sum) && (sum === f.low || equal(sum - 1)))) return undefined;
  return { ...form, wrong: 0, worst: 0 };
}

/** Parameters that follow the affine function as closely as the bits allow, without a search. */
export function affineRequantise(f: Omit<RisingFunction, 'at'>): Form {
  const shift = largestShift(f);
  return {
    multiplier: Math.min(Math.max(1, Math.round(f.slope * 2 ** shift)), INT32_MAX),
    shift,
    addend: Math.round(f.intercept * 2 ** shift),
  };
}

function largestShift(f: Omit<RisingFunction, 'at'>): number {
  const sums = Math.max(Math.abs(f.low), Math.abs(f.high), 1);
  const outputs = Math.max(Math.abs(f.min), Math.abs(f.max)) + 1;
  for (let shift = 62; shift > 0; shift--) {
    const one = 2 ** shift;
    const multiplier = f.slope * one;
    if (multiplier > INT32_MAX || multiplier * sums > PRODUCT_LIMIT) continue;
    if (Math.abs(f.intercept) * one <= PRODUCT_LIMIT && outputs * one <= PRODUCT_LIMIT) return shift;
  }
  return 0;
}

/** [last - first] the first sum at which the function reaches first + 1, first + 2, ..., last. */
function stepPositions(f: RisingFunction, first: number, last: number): Float64Array {
  const positions = new Float64Array(last - first);
  let from = f.low;
  for (let k = first + 1; k <= last; k++) {
    let below = from;
    let above = f.high;
    if (f.at(below) < k) {
      // Invariant: at(below) < k <= at(above).
      while (above - below > 1) {
        const middle = Math.floor((below + above) / 2);
        if (f.at(middle) < k) below = middle;
        else above = middle;
      }
    } else above = below;
    positions[k - first - 1] = above;
    from = above;
  }
  return positions;
}

/** a >= c - t m for every [c, t] of `lower`, a <= c - t m for every one of `upper`. */
interface Bounds {
  readonly lower: readonly (readonly [c: number, t: number])[];
  readonly upper: readonly (readonly [c: number, t: number])[];
}

interface Ends {
  readonly first: number;
  readonly last: number;
  readonly shift: number;
}

function boundsOf(f: RisingFunction, steps: Float64Array, { first, last, shift }: Ends): Bounds {
  const edge = (k: number): number => (k - 0.5) * 2 ** shift;
  const lower = Array.from(steps, (t, i) => [edge(first + 1 + i), t] as const);
  const upper = Array.from(steps, (t, i) => [edge(first + 1 + i) - 1, t - 1] as const);
  // At the ends of the reachable sums the values must not leave first and last, unless the clip holds them.
  if (first > f.min) lower.push([edge(first), f.low]);
  if (last < f.max) upper.push([edge(last + 1) - 1, f.high]);
  return { lower, upper };
}

interface Gap {
  readonly lower: number;
  readonly upper: number;
  /** Slope of lower - upper in m. */
  readonly slope: number;
}

function at(bounds: Bounds, m: number): Gap {
  let lower = -Infinity;
  let lowerSlope = 0;
  for (const [c, t] of bounds.lower) {
    const bound = c - t * m;
    if (bound > lower) {
      lower = bound;
      lowerSlope = -t;
    }
  }
  let upper = Infinity;
  let upperSlope = 0;
  for (const [c, t] of bounds.upper) {
    const bound = c - t * m;
    if (bound < upper) {
      upper = bound;
      upperSlope = -t;
    }
  }
  return { lower, upper, slope: lowerSlope - upperSlope };
}

/** The multiplier nearest in search to `start` whose gap is at most 0, or the one with the smallest gap. */
function bestMultiplier(bounds: Bounds, start: number): number {
  let below = Math.max(1, Math.floor(start / 2));
  let above = Math.min(INT32_MAX, start + Math.floor(start / 2) + 64);
  let best = start;
  let bestGap = Infinity;
  for (let m = start; below <= above; m = Math.floor((below + above) / 2)) {
    const { lower, upper, slope } = at(bounds, m);
    if (lower - upper < bestGap) {
      best = m;
      bestGap = lower - upper;
    }
    if (lower <= upper || slope === 0) break;
    if (slope > 0) above = m - 1;
    else below = m + 1;
  }
  return best;
}

/** Compares the places of all steps: between a step of the function and the same step of the integer form, sums differ. */
function differences(f: RisingFunction, steps: Float64Array, first: number, form: Form): Pick<Fit, 'wrong' | 'worst'> {
  const value = (sum: number): number => {
    const rounded = roundHalfUp((sum * form.multiplier + form.addend) / 2 ** form.shift);
    return Math.min(Math.max(rounded, f.min), f.max);
  };
  let wrong = 0;
  let worst = 0;
  for (let k = f.min + 1; k <= f.max; k++) {
    const i = k - first - 1;
    const wanted = i < 0 ? f.low : (steps[i] ?? f.high + 1);
    const edge = (k - 0.5) * 2 ** form.shift - form.addend;
    const reached = Math.min(Math.max(ceilQuotient(edge, form.multiplier), f.low), f.high + 1);
    wrong += Math.abs(wanted - reached);
    // The difference changes at steps only.
    for (const sum of [wanted - 1, wanted, reached - 1, reached]) {
      if (sum >= f.low && sum <= f.high) worst = Math.max(worst, Math.abs(value(sum) - f.at(sum)));
    }
  }
  return { wrong, worst };
}

/** The least integer q with q * divisor >= x. */
function ceilQuotient(x: number, divisor: number): number {
  // A rounded quotient is never beyond a whole number that the exact one does not reach, but may fall back onto one.
  const q = Math.ceil(x / divisor);
  return q * divisor < x ? q + 1 : q;
}
