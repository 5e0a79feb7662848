import { assertNever } from '../common/assert.js';
import type { BitWidth } from '../ir/network/types.js';

/**
 * What a weight is on the chip, as a function of the real number that is trained (the latent):
 *
 * - `real`: itself. Not clipped.
 * - `binary`: its sign, 0 counting as +1. Latents in -1..1.
 * - `ternary`: its sign outside of +-1/3, else 0. Latents in -1..1.
 * - `masked`: a sign fixed before training where the latent is >= 0, else 0 (the crossbar bit; the published connection
 *   probability c is (latent + 1) / 2, and the bit is set for c >= 0.5). Latents in -1..1.
 * - `lsq`: step * clip(floor(latent / step + 0.5), -2^(bits-1), 2^(bits-1) - 1), or step * sign(latent) for one bit; the step
 *   is trained with the weights (Esser et al., "Learned step size quantization", ICLR 2020). Not clipped.
 *
 * A projection consists of the four functions below, which are pure: what else it trains (the step of `lsq`) is `own`.
 */
export type Projection =
  | { readonly kind: 'real' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'ternary' }
  | { readonly kind: 'masked'; readonly signs: Int8Array }
  | { readonly kind: 'lsq'; readonly bits: BitWidth };

/** Half width of the interval a ternary latent is projected to 0 from. */
const TERNARY_ZERO = 1 / 3;

/** Largest magnitude a latent may have: it is clipped to this after each step. */
export const latentBound = ({ kind }: Projection): number =>
  kind === 'real' || kind === 'lsq' ? Number.POSITIVE_INFINITY : 1;

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
  return Math.max((factor * sum) / values.length, SMALLEST_STEP);
}

/** Steps stay positive: all-zero values must not make one of 0. */
const SMALLEST_STEP = 1e-6;

/** Initial values of what a projection trains besides the latents; undefined if nothing. */
export function initialOwn(projection: Projection, latent: Float32Array): Float32Array | undefined {
  return projection.kind === 'lsq' ? Float32Array.of(initialStep(latent, projection.bits, true)) : undefined;
}

/** Writes the projected latents: what the forward pass uses. */
export function project(
  projection: Projection,
  latent: Float32Array,
  own: Float32Array | undefined,
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
    case 'lsq': {
      const step = own![0]!;
      for (let i = 0; i < n; i++) deployed[i] = step * weightLevel(latent[i]! / step, projection.bits);
      return;
    }
    default:
      return assertNever(projection);
  }
}

/**
 * Turns the gradient by the projected values into that by the latents, in place, and writes that by `own`. The projection
 * is passed straight through (Courbariaux et al., "Binarized neural networks", NIPS 2016): its slope is 1, or the fixed sign
 * of a masked weight; for `lsq` it is 0 where the level is clipped, and the step's gradient is scaled by 1 / sqrt(n high).
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
      return;
    case 'masked':
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

/** The weights as the network file holds them, in the order of the latents; `projected` is what `project` wrote. */
export function deployWeights(
  projection: Projection,
  projected: Float32Array,
  own: Float32Array | undefined,
): DeployedWeights {
  switch (projection.kind) {
    case 'real':
      return { values: projected.slice() };
    case 'lsq': {
      const step = own![0]!;
      return { values: Int8Array.from(projected, (w) => Math.round(w / step)), scale: step, bits: projection.bits };
    }
    case 'binary':
    case 'ternary':
    case 'masked':
      return { values: Int8Array.from(projected) };
    default:
      return assertNever(projection);
  }
}

/** The integer a weight of `ratio` steps is stored as. */
function weightLevel(ratio: number, bits: number): number {
  if (bits === 1) return ratio >= 0 ? 1 : -1;
  const [low, high] = levelsOf(bits, true);
  const level = Math.floor(ratio + 0.5);
  return level < low ? low : level > high ? high : level;
}
