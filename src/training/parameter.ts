/**
 * What a weight is on the chip, as a function of the real number that is trained (the latent, -1..1):
 * `real` itself; `binary` its sign; `ternary` its sign outside of +-1/3, else 0; `masked` a sign fixed before training
 * where the latent is >= 0, else 0 (the crossbar bit; the published connection probability c is (latent + 1) / 2, and the
 * bit is set for c >= 0.5).
 */
export type Projection =
  | { readonly kind: 'real' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'ternary' }
  | { readonly kind: 'masked'; readonly signs: Int8Array };

/** A trained array. All arrays have the same length. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly projection: Projection;
  readonly latent: Float32Array;
  /** The projected latent: what the forward pass uses. */
  readonly deployed: Float32Array;
  /** Moments of Adam. */
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/** A parameter with the given initial latent. */
export function createParameter(
  name: string,
  shape: readonly number[],
  projection: Projection,
  latent: Float32Array,
): Parameter {
  const n = latent.length;
  const arrays = { deployed: new Float32Array(n), m: new Float32Array(n), v: new Float32Array(n) };
  const parameter: Parameter = { name, shape, projection, latent, ...arrays };
  project(parameter);
  return parameter;
}

/** Takes over saved state of the same lengths. */
export function restore(parameter: Parameter, saved: Pick<Parameter, 'latent' | 'm' | 'v'>): void {
  parameter.latent.set(saved.latent);
  parameter.m.set(saved.m);
  parameter.v.set(saved.v);
  project(parameter);
}

/** Half width of the interval a ternary latent is projected to 0 from. */
const TERNARY_ZERO = 1 / 3;

/** Writes `deployed` from `latent`. */
export function project(parameter: Parameter): void {
  const { latent, deployed, projection } = parameter;
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
  }
}

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-7;

/**
 * One step of Adam (Kingma and Ba, ICLR 2015, algorithm 1) on the latent; `step` counts from 1, `gradient` is that of the
 * loss with respect to `deployed`. The projection is passed straight through (Courbariaux et al., "Binarized neural
 * networks", NIPS 2016): its slope is 1, or the fixed sign of a masked weight. Projected latents are clipped to [-1, 1].
 */
export function adamStep(parameter: Parameter, gradient: Float32Array, learningRate: number, step: number): void {
  const { latent, m, v, projection } = parameter;
  const rate = (learningRate * Math.sqrt(1 - BETA_2 ** step)) / (1 - BETA_1 ** step);
  const epsilon = EPSILON * Math.sqrt(1 - BETA_2 ** step);
  const bound = projection.kind === 'real' ? Number.POSITIVE_INFINITY : 1;
  const signs = projection.kind === 'masked' ? projection.signs : undefined;
  for (let i = 0; i < latent.length; i++) {
    const g = signs === undefined ? gradient[i]! : gradient[i]! * signs[i]!;
    const m1 = BETA_1 * m[i]! + (1 - BETA_1) * g;
    const v1 = BETA_2 * v[i]! + (1 - BETA_2) * g * g;
    m[i] = m1;
    v[i] = v1;
    const moved = latent[i]! - (rate * m1) / (Math.sqrt(v1) + epsilon);
    latent[i] = moved > bound ? bound : moved < -bound ? -bound : moved;
  }
  project(parameter);
}
