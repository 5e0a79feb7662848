/**
 * Normal numbers by the hundred thousand: half a random word each. 16 bits choose a sign and one of 32,768 quantiles of |n|, from
 * 0.00002 to 4.2, whose mean square is 1. Noise in training asks for no more; a function of two words per number takes ten
 * times as long.
 */
import { fillWords, type Purpose } from '../common/rng.js';

/** Where random words come from: the coordinates of `fillWords`. */
export interface WordSource {
  readonly seed: number;
  readonly purpose: Purpose;
  readonly stream: number;
  readonly step: number;
}

/** values[i] += factor n_i, with independent standard normal n_i. */
export function addNormals(values: Float32Array, factor: number, source: WordSource): void {
  const words = wordsFor(values.length, source);
  const sizes = quantiles();
  for (let i = 0; i < values.length; i++) {
    const half = words[i >> 1]! >>> ((i & 1) << 4);
    // The sign as a factor: a branch would be guessed wrong half of the time.
    values[i] = values[i]! + factor * sizes[half & 0x7fff]! * (1 - ((half >> 14) & 2));
  }
}

/** values[i] *= 1 + sigma n_i, with independent standard normal n_i. */
export function multiplyNormals(values: Float32Array, sigma: number, source: WordSource): void {
  const words = wordsFor(values.length, source);
  const sizes = quantiles();
  for (let i = 0; i < values.length; i++) {
    const half = words[i >> 1]! >>> ((i & 1) << 4);
    values[i] = values[i]! * (1 + sigma * sizes[half & 0x7fff]! * (1 - ((half >> 14) & 2)));
  }
}

/** Words for n numbers; overwritten by the next call. */
function wordsFor(n: number, { seed, purpose, stream, step }: WordSource): Uint32Array {
  const nWords = 4 * Math.ceil(n / 8);
  if (scratch.length < nWords) scratch = new Uint32Array(nWords);
  const words = scratch.subarray(0, nWords);
  fillWords(seed, purpose, stream, step, words);
  return words;
}

let scratch = new Uint32Array(0);

const N_QUANTILES = 32768;
let table: Float32Array | undefined;

/** Quantiles of |n| in the middle of 32,768 equally probable intervals, ascending, scaled to a mean square of 1. Made once. */
function quantiles(): Float32Array {
  table ??= makeQuantiles();
  return table;
}

function makeQuantiles(): Float32Array {
  const values = new Float64Array(N_QUANTILES);
  let x = 0;
  let squares = 0;
  for (let j = 0; j < N_QUANTILES; j++) {
    const target = (j + 0.5) / (2 * N_QUANTILES);
    // Newton's method from the quantile before; the last intervals are the widest and need most steps.
    for (let change = 1; Math.abs(change) > 1e-9;) {
      const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
      change = (target - density * halfSeries(x)) / density;
      x += change;
    }
    values[j] = x;
    squares += x * x;
  }
  const gain = 1 / Math.sqrt(squares / N_QUANTILES);
  return Float32Array.from(values, (value) => value * gain);
}

/** x + x^3/3 + x^5/(3 5) + ...: times the density it is the probability of 0..x (Marsaglia, J. Stat. Software 11(4), 2004). */
function halfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; term > 1e-17 * sum; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return sum;
}
