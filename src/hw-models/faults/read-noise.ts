/**
 * Noise of the weights of vector-matrix layers at every read. Each weight that enters a sum deviates by a normal number of standard deviation
 * s m (s relative, m the largest magnitude of the layer's weights in the program), independently at every output position of every frame. The sum of
 * w x then deviates by a normal number of standard deviation s m sqrt(sum of x^2) exactly, and that is what is drawn: once per sum, not per weight.
 * The sum includes padding. Deviations are rounded to an integer and sums clipped to 32 bits, which is what partial sums hold.
 *
 * The draw of element i of the output of a layer is number i of the stream (layer, .., sample) of the noise seed (PURPOSE.readNoise).
 */
import { INT32_MAX, INT32_MIN, roundHalfEven } from '../../common/fixed-point.js';
import { PURPOSE } from '../../common/rng.js';
import { nearlyNormalAt } from './nearly-normal.js';

/** Which sum. */
export interface NoisySum {
  /** Index of the layer in the program. */
  readonly layer: number;
  /** Index of the element in its output, channels last. */
  readonly element: number;
  /** Index of the sample in the data set, or of the token in all sequences. */
  readonly sample: number;
  readonly noiseSeed: number;
  /** Sum of the squares of the operands. */
  readonly squares: number;
}

/** A sum with noise; `deviation` is s m. */
export function withReadNoise(sum: number, deviation: number, at: NoisySum): number {
  const { layer, element, sample, noiseSeed, squares } = at;
  const place = { seed: noiseSeed, purpose: PURPOSE.readNoise, a: layer, index: element, c: sample };
  const noise = roundHalfEven(deviation * Math.sqrt(squares) * nearlyNormalAt(place));
  return Math.min(Math.max(sum + noise, INT32_MIN), INT32_MAX);
}
