/** A trained array of a sequence model. All arrays have the same length. */
export interface SequenceParameter {
  readonly name: string;
  readonly value: Float32Array;
  /** Of the loss of the current batch; the model adds to it, the optimiser empties it. */
  readonly gradient: Float32Array;
  /** Moments of Adam. */
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** Fraction of the value a step of learning rate 1 takes away; 0 for steps, gains and tables. */
  readonly decay: number;
}

/** A parameter with the given initial value. */
export function sequenceParameter(name: string, value: Float32Array, decay = 0): SequenceParameter {
  const empty = (): Float32Array => new Float32Array(value.length);
  return { name, value, gradient: empty(), m: empty(), v: empty(), decay };
}

const BETA_1 = 0.9;
const BETA_2 = 0.99;
const EPSILON = 1e-8;

/**
 * One step of AdamW (Loshchilov and Hutter, ICLR 2019); `step` counts from 1. Empties the gradient.
 */
export function adamWStep(parameter: SequenceParameter, learningRate: number, step: number): void {
  const { value, gradient, m, v, decay } = parameter;
  const rate = (learningRate * Math.sqrt(1 - BETA_2 ** step)) / (1 - BETA_1 ** step);
  const keep = 1 - learningRate * decay;
  for (let i = 0; i < value.length; i++) {
    const g = gradient[i]!;
    const m1 = BETA_1 * m[i]! + (1 - BETA_1) * g;
    const v1 = BETA_2 * v[i]! + (1 - BETA_2) * g * g;
    m[i] = m1;
    v[i] = v1;
    value[i] = keep * value[i]! - (rate * m1) / (Math.sqrt(v1) + EPSILON);
  }
  gradient.fill(0);
}
