import { assertNever } from '../common/assert.js';
import { draw4, PURPOSE } from '../common/rng.js';
import {
  clipWeight,
  largestLevel,
  meanFactor,
  powerOf,
  randomSign,
  roundToLevel,
  signOf,
  uniformFactor,
} from '../common/weight-projections.js';
import type { BitWidth } from '../ir/network/types.js';

/**
 * What a weight is on the chip, as a function of the real number that is trained (the latent):
 *
 * - `real`: itself. Not clipped.
 * - `binary`: its sign, 0 counting as +1. Latents in -1..1.
 * - `ternary`: its sign outside of +-1/3, else 0. Latents in -1..1.
 * - `masked`: a sign fixed before training where the latent is >= 0, else 0 (the crossbar bit; the published connection
 *   probability c is (latent + 1) / 2, and the bit is set for c >= 0.5). Latents in -1..1.
 * - `probability`: the same, but in training the bit is set with the probability c, drawn anew in every step (after Esser et al.,
 *   "Backpropagation for energy-efficient neuromorphic computing", NIPS 2015, who train c and draw what they deploy). Latents in -1..1.
 * - `lsq`: step * clip(floor(latent / step + 0.5), -2^(bits-1), 2^(bits-1) - 1), or step * sign(latent) for one bit; the step
 *   is trained with the weights (Esser et al., "Learned step size quantization", ICLR 2020). Not clipped.
 *
 *
 * With a bound a, latents in -a..a (the families of arXiv 1606.01981; src/common/weight-projections.ts has the formulas):
 *
 * - `clip`: itself.
 * - `sign`: a times its sign, 0 counting as +1. Bound 1: `binary`.
 * - `round`: the nearest of 2^bits - 1 levels in -a..a, ties away from 0.
 * - `power`: a sign(latent) |latent / a|^beta.
 * - `stochastic`: a times a sign drawn anew in every step, P(+1) = (latent / a + 1) / 2.
 * - `stochasticMultiplicative`: the same, times a factor drawn uniformly from gamma..1/gamma.
 *
 * Random ones are drawn from seed, stream, index and step alone. They deploy without chance: as the sign of the latent, times the
 * mean of the factor, or as the bit at c >= 0.5.
 *
 * A projection consists of the functions below, which are pure: what else it trains (the step of `lsq`) is `own`.
 */
export type Projection =
  | { readonly kind: 'real' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'ternary' }
  | { readonly kind: 'masked'; readonly signs: Int8Array }
  | { readonly kind: 'probability'; readonly signs: Int8Array; readonly draws: Draws }
  | { readonly kind: 'lsq'; readonly bits: BitWidth }
  | { readonly kind: 'clip'; readonly bound: number }
  | { readonly kind: 'sign'; readonly bound: number }
  | { readonly kind: 'round'; readonly bound: number; readonly bits: BitWidth }
  | { readonly kind: 'power'; readonly bound: number; readonly beta: number }
  | { readonly kind: 'stochastic'; readonly bound: number; readonly draws: Draws }
  | {
      readonly kind: 'stochasticMultiplicative';
      readonly bound: number;
      readonly gamma: number;
      readonly draws: Draws;
    };

/** Where the random numbers of a parameter come from: the recipe's seed, and a number no other parameter has. */
export interface Draws {
  readonly seed: number;
  readonly stream: number;
}

/** Half width of the interval a ternary latent is projected to 0 from. */
const TERNARY_ZERO = 1 / 3;

/** Largest magnitude a latent may have: it is clipped to this after each step. */
export function latentBound(projection: Projection): number {
  switch (projection.kind) {
    case 'real':
    case 'lsq':
      return Number.POSITIVE_INFINITY;
    case 'binary':
    case 'ternary':
    case 'masked':
    case 'probability':
      return 1;
    case 'clip':
    case 'sign':
    case 'round':
    case 'power':
    case 'stochastic':
    case 'stochasticMultiplicative':
      return projection.bound;
    default:
      return assertNever(projection);
  }
}

/** Smallest and largest integer of a width: Qn and Qp of the paper are -low and high. One signed bit: -1 and +1. */
export function levelsOf(bits: number, signed: boolean): readonly [low: number, high: number] {
  if (!signed) return [0, 2 ** bits - 1];
  return bits === 1 ? [-1, 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/** The step an `lsq` quantiser of these values starts with: 2 mean|v| / sqrt(high), for one signed bit mean|v|. */
export function initialStep(values: Float32Array, bits: number, signed: boolean): number {
  let sum = 0;
  // An unsigned quantiser is the rectifier too: it sees max(v, 0).
  for (const value of values) sum += signed ? Math.abs(value) : Math.max(value, 0);
  // One signed bit: mean|v| makes step * sign(v) the nearest to v (Rastegari et al., "XNOR-Net", ECCV 2016).
  const factor = signed && bits === 1 ? 1 : 2 / Math.sqrt(levelsOf(bits, signed)[1]);
  // A step is relative to the values; all-zero values have no scale, and any step above 0 will do.
  return sum === 0 ? STEP_OF_ZEROS : (factor * sum) / values.length;
}

const STEP_OF_ZEROS = 1e-6;

/** Initial values of what a projection trains besides the latents; undefined if nothing. */
export function initialOwn(projection: Projection, latent: Float32Array): Float32Array | undefined {
  return projection.kind === 'lsq' ? Float32Array.of(initialStep(latent, projection.bits, true)) : undefined;
}

/** What a projection is a function of. */
export interface Projected {
  readonly latent: Float32Array;
  readonly own: Float32Array | undefined;
  /** Steps of the optimiser so far, from 0: only random projections depend on it. */
  readonly step: number;
}

/** Writes the projected latents: what the forward pass uses. */
export function project(
  projection: Projection,
  { latent, own, step: nSteps }: Projected,
  deployed: Float32Array,
): void {
  const n = latent.length;
  switch (projection.kind) {
    case 'real':
      deployed.set(latent);
      return;
    case 'binary':
      for (let i = 0; i < n; i++) deployed[i] = latent[i]! >= 0 ? 1 : -1;
      return;
    case 'ternary':
      for (let i = 0; i < n; i++) deployed[i] = latent[i]! > TERNARY_ZERO ? 1 : latent[i]! < -TERNARY_ZERO ? -1 : 0;
      return;
    case 'masked':
      for (let i = 0; i < n; i++) deployed[i] = latent[i]! >= 0 ? projection.signs[i]! : 0;
      return;
    case 'probability': {
      const { signs, draws } = projection;
      for (let i = 0; i < n; i++) {
        if (i % 4 === 0) draw4(draws.seed, PURPOSE.weightProjection, draws.stream, i / 4, nSteps, words);
        deployed[i] = randomSign(latent[i]!, 1, words[i % 4]!) === 1 ? signs[i]! : 0;
      }
      return;
    }
    case 'lsq': {
      const step = own![0]!;
      for (let i = 0; i < n; i++) deployed[i] = step * weightLevel(latent[i]! / step, projection.bits);
      return;
    }
    case 'clip':
      for (let i = 0; i < n; i++) deployed[i] = clipWeight(latent[i]!, projection.bound);
      return;
    case 'sign':
      for (let i = 0; i < n; i++) deployed[i] = projection.bound * signOf(latent[i]!);
      return;
    case 'round': {
      const { bound, bits } = projection;
      const step = bound / largestLevel(bits);
      for (let i = 0; i < n; i++) deployed[i] = step * roundToLevel(latent[i]!, bound, bits);
      return;
    }
    case 'power':
      for (let i = 0; i < n; i++) deployed[i] = powerOf(latent[i]!, projection.bound, projection.beta);
      return;
    case 'stochastic': {
      const { bound, draws } = projection;
      for (let i = 0; i < n; i++) {
        if (i % 4 === 0) draw4(draws.seed, PURPOSE.weightProjection, draws.stream, i / 4, nSteps, words);
        deployed[i] = bound * randomSign(latent[i]!, bound, words[i % 4]!);
      }
      return;
    }
    case 'stochasticMultiplicative': {
      const { bound, gamma, draws } = projection;
      for (let i = 0; i < n; i++) {
        if (i % 2 === 0) draw4(draws.seed, PURPOSE.weightProjection, draws.stream, i / 2, nSteps, words);
        const at = 2 * (i % 2);
        deployed[i] = bound * randomSign(latent[i]!, bound, words[at]!) * uniformFactor(gamma, words[at + 1]!);
      }
      return;
    }
    default:
      return assertNever(projection);
  }
}

/** Four random words; overwritten by every draw. */
const words = new Uint32Array(4);

/**
 * Turns the gradient by the projected values into that by the latents, in place, and writes that by `own`. The projection
 * is passed straight through (Courbariaux et al., "Binarized neural networks", NIPS 2016): its slope is 1, or the fixed sign
 * of a masked weight, whatever was drawn; for `lsq` it is 0 where the level is clipped, and the step's gradient is scaled by 1 / sqrt(n high).
 */
export function pullBack(
  projection: Projection,
  latent: Float32Array,
  own: Float32Array | undefined,
  gradient: Float32Array,
  ownGradient: Float32Array | undefined,
): void {
  switch (projection.kind) {
    case 'real':
    case 'binary':
    case 'ternary':
    case 'clip':
    case 'sign':
    case 'round':
    case 'power':
    case 'stochastic':
    case 'stochasticMultiplicative':
      return;
    case 'masked':
    case 'probability':
      for (let i = 0; i < gradient.length; i++) gradient[i]! *= projection.signs[i]!;
      return;
    case 'lsq': {
      const step = own![0]!;
      const { bits } = projection;
      const [low, high] = levelsOf(bits, true);
      let sum = 0;
      for (let i = 0; i < gradient.length; i++) {
        const ratio = latent[i]! / step;
        const level = weightLevel(ratio, bits);
        if (bits === 1) {
          // The sign does not depend on the step, and every latent goes on learning.
          sum += gradient[i]! * level;
        } else if (ratio <= low || ratio >= high) {
          sum += gradient[i]! * level;
          gradient[i] = 0;
        } else {
          sum += gradient[i]! * (level - ratio);
        }
      }
      ownGradient![0] = sum / Math.sqrt(gradient.length * high);
      return;
    }
    default:
      return assertNever(projection);
  }
}

/** Weights of a deployed network: integers, times `scale` if there is one; or real numbers. */
export interface DeployedWeights {
  readonly values: Int8Array | Float32Array;
  readonly scale?: number;
  readonly bits?: BitWidth;
}

/** The weights as the network file holds them, in the order of the latents. */
export function deployWeights(
  projection: Projection,
  { latent, own, deployed }: Pick<Projected, 'latent' | 'own'> & { readonly deployed: Float32Array },
): DeployedWeights {
  switch (projection.kind) {
    case 'real':
    case 'clip':
    case 'power':
      return { values: deployed.slice() };
    case 'lsq': {
      const step = own![0]!;
      return { values: Int8Array.from(deployed, (w) => Math.round(w / step)), scale: step, bits: projection.bits };
    }
    case 'binary':
    case 'ternary':
    case 'masked':
      return { values: Int8Array.from(deployed) };
    case 'probability':
      return { values: projection.signs.map((sign, i) => (latent[i]! >= 0 ? sign : 0)) };
    case 'sign':
    case 'stochastic':
      return deploySigns(latent, projection.bound);
    case 'stochasticMultiplicative':
      return deploySigns(latent, projection.bound * meanFactor(projection.gamma));
    case 'round': {
      const { bound, bits } = projection;
      const values = Int8Array.from(latent, (w) => roundToLevel(w, bound, bits));
      return { values, ...scaledBy(bound / largestLevel(bits)), bits };
    }
    default:
      return assertNever(projection);
  }
}

/** Signs, one bit each, times a scale. */
const deploySigns = (latent: Float32Array, scale: number): DeployedWeights => ({
  values: Int8Array.from(latent, signOf),
  ...scaledBy(scale),
  bits: 1,
});

/** Integers that are the weights themselves need no scale. */
const scaledBy = (scale: number): { readonly scale?: number } => (scale === 1 ? {} : { scale });

/** The integer a weight of `ratio` steps is stored as. */
function weightLevel(ratio: number, bits: number): number {
  if (bits === 1) return ratio >= 0 ? 1 : -1;
  const [low, high] = levelsOf(bits, true);
  const level = Math.floor(ratio + 0.5);
  return level < low ? low : level > high ? high : level;
}
