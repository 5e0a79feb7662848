import type { Tensor } from '@tensorflow/tfjs-core';
import type { NetworkNode } from '../../ir/network/types.js';
import type { Parameter } from '../parameter.js';

/** Gradients of one step, by parameter. */
export type Gradients = Map<Parameter, Float32Array>;

/** `train`: batch statistics, values kept for `backward`. `evaluate`: the deployed network, exactly. */
export type Mode = 'train' | 'evaluate';

/**
 * A layer in training. Both directions are written out instead of using the library's tape: on the wasm backend several
 * gradients of the library are missing (convolution filters), wrong (max pooling) or many times too slow (transposed
 * matrix products). Tensors carry the batch as their first dimension. Callers wrap a whole step in `tf.tidy`.
 */
export interface Layer {
  readonly parameters: readonly Parameter[];
  /** State that is not trained by gradients, to be saved in checkpoints. */
  readonly statistics: readonly Float64Array[];
  forward(x: Tensor, mode: Mode): Tensor;
  /**
   * From the gradient of the loss by this layer's last training output: adds the gradients of the parameters, returns the
   * gradient by the input, or undefined if `wantInput` is false.
   */
  backward(dy: Tensor, gradients: Gradients, wantInput: boolean): Tensor | undefined;
  /** The node of the trained network. */
  deploy(): NetworkNode;
}
