import type { NetworkNode } from '../../ir/network/types.js';
import type { Parameter } from '../parameter.js';

/** Gradients of one step, by parameter, each of the length of the parameter. */
export type Gradients = Map<Parameter, Float32Array>;

/** Adds to the gradient of a parameter: several layers may share one (a step size). */
export function addGradient(gradients: Gradients, parameter: Parameter, gradient: Float32Array): void {
  const sum = gradients.get(parameter);
  if (sum === undefined) gradients.set(parameter, gradient);
  else for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]!;
}

/** Gives an array of n numbers; the same one, with what it held, as long as n stays the same. */
export type Buffer32 = (n: number) => Float32Array;

/**
 * A place for the values or gradients of a layer, used again in every step: new arrays of this size cost as much time as what is
 * computed in them.
 */
export function createBuffer(): Buffer32 {
  let array = new Float32Array(0);
  return (n) => {
    if (array.length !== n) array = new Float32Array(n);
    return array;
  };
}

/**
 * A layer in training; what the trained network computes is defined by `deploy` alone. Both directions are written out
 * instead of using the library's tape: on the wasm backend several gradients of the library are missing (convolution
 * filters), wrong (max pooling) or many times too slow (transposed matrix products). The library multiplies matrices and
 * convolves; everything element by element is a plain loop over arrays, which saves the copies in and out.
 *
 * Values are [batch, shape], channels last. A layer reads them without changing them: others may read them too. What it returns
 * is valid until its next pass in the same direction.
 */
export interface Layer {
  readonly parameters: readonly Parameter[];
  /** State that is not trained by gradients, to be saved in checkpoints. */
  readonly statistics: readonly Float64Array[];
  /**
   * Draws the noise of the passes that follow, as that of step `step`; undefined: they have none. Absent in a layer that is
   * trained without noise.
   */
  readonly perturb?: (step: number | undefined) => void;
  /** Values are kept for `backward`. */
  forward(x: Float32Array, batch: number): Float32Array;
  /**
   * From the gradient of the loss by this layer's last output: adds the gradients of the parameters, returns the gradient by
   * the input, or undefined if `wantInput` is false.
   */
  backward(dy: Float32Array, gradients: Gradients, wantInput: boolean): Float32Array | undefined;
  /** The node of the trained network. */
  deploy(): NetworkNode;
}
