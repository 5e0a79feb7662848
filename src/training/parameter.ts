import { initialOwn, latentBound, project, type Projection, pullBack } from './projection.js';

/** A trained array. All arrays have the same length. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly projection: Projection;
  readonly latent: Float32Array;
  /** The projected latent. */
  readonly deployed: Float32Array;
  /** What both passes use: `deployed` itself, or an array of its own if noise is drawn on top of it (see noise.ts). */
  readonly seen: Float32Array;
  /** Moments of Adam. */
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** What the projection trains besides the latents, e.g. the step of `lsq`. */
  readonly own: Parameter | undefined;
  /**
   * A positive size whose steps are relative to it: Adam moves every number by about the learning rate, and a step size
   * may be a hundred times smaller than a weight.
   */
  readonly isRelative: boolean;
}

/** A parameter with the given initial latent. */
export function createParameter(
  name: string,
  shape: readonly number[],
  projection: Projection,
  latent: Float32Array,
): Parameter {
  const own = initialOwn(projection, latent);
  const step = own === undefined ? undefined : createSize(`${name}.own`, own);
  return withProjected({ name, shape, projection, latent, ...arrays(latent.length), own: step, isRelative: false });
}

/** The parameter with room for noise: `seen` is `deployed` until noise is drawn, and again after the next step. */
export const withNoise = (parameter: Parameter): Parameter => ({ ...parameter, seen: parameter.deployed.slice() });

/** A parameter of positive numbers that move in proportion to themselves: step sizes. */
export function createSize(name: string, values: Float32Array): Parameter {
  const shape = [values.length];
  const projection: Projection = { kind: 'real' };
  const more = { own: undefined, isRelative: true };
  return withProjected({ name, shape, projection, latent: values, ...arrays(values.length), ...more });
}

/** A parameter and what its projection trains: everything a checkpoint holds. */
export const withOwn = (parameter: Parameter): readonly Parameter[] =>
  parameter.own === undefined ? [parameter] : [parameter, parameter.own];

/**
 * Takes over the state of the same lengths that was saved after `step` steps of the optimiser. What the projection trains must
 * have been restored before.
 */
export function restore(parameter: Parameter, saved: Pick<Parameter, 'latent' | 'm' | 'v'>, step: number): void {
  parameter.latent.set(saved.latent);
  parameter.m.set(saved.m);
  parameter.v.set(saved.v);
  projectParameter(parameter, step);
}

/** Sets the latents, and what the projection trains to what it starts with for them. */
export function setLatent(parameter: Parameter, values: ArrayLike<number>): void {
  parameter.latent.set(values);
  const own = initialOwn(parameter.projection, parameter.latent);
  if (own !== undefined && parameter.own !== undefined) setLatent(parameter.own, own);
  projectParameter(parameter, 0);
}

/** Writes `deployed` from `latent` after `step` steps of the optimiser; `seen` is without noise. */
export function projectParameter({ projection, latent, own, deployed, seen }: Parameter, step: number): void {
  project(projection, { latent, own: own?.latent, step }, deployed);
  if (seen !== deployed) seen.set(deployed);
}

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-7;
/** The smallest factor a relative parameter changes by in one step: it stays positive. */
const SMALLEST_FACTOR = 0.5;

/**
 * One step of Adam (Kingma and Ba, ICLR 2015, algorithm 1) on the latent and on what the projection trains; `step` counts
 * from 1, `gradient` is that of the loss by `seen` and is overwritten. Latents are clipped to their projection's bound.
 */
export function adamStep(parameter: Parameter, gradient: Float32Array, learningRate: number, step: number): void {
  const { latent, m, v, projection, own, isRelative } = parameter;
  const ownGradient = own === undefined ? undefined : new Float32Array(own.latent.length);
  pullBack(projection, latent, own?.latent, gradient, ownGradient);
  if (own !== undefined && ownGradient !== undefined) adamStep(own, ownGradient, learningRate, step);
  const rate = (learningRate * Math.sqrt(1 - BETA_2 ** step)) / (1 - BETA_1 ** step);
  const epsilon = EPSILON * Math.sqrt(1 - BETA_2 ** step);
  const bound = latentBound(projection);
  for (let i = 0; i < latent.length; i++) {
    // The gradient by the logarithm, for which the moments are kept.
    const g = isRelative ? gradient[i]! * latent[i]! : gradient[i]!;
    const m1 = BETA_1 * m[i]! + (1 - BETA_1) * g;
    const v1 = BETA_2 * v[i]! + (1 - BETA_2) * g * g;
    m[i] = m1;
    v[i] = v1;
    const change = (rate * m1) / (Math.sqrt(v1) + epsilon);
    if (isRelative) {
      latent[i]! *= Math.max(1 - change, SMALLEST_FACTOR);
    } else {
      const moved = latent[i]! - change;
      latent[i] = moved > bound ? bound : moved < -bound ? -bound : moved;
    }
  }
  projectParameter(parameter, step);
}

function arrays(n: number): Pick<Parameter, 'deployed' | 'seen' | 'm' | 'v'> {
  const deployed = new Float32Array(n);
  return { deployed, seen: deployed, m: new Float32Array(n), v: new Float32Array(n) };
}

function withProjected(parameter: Parameter): Parameter {
  projectParameter(parameter, 0);
  return parameter;
}
