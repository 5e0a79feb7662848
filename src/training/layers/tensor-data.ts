import * as tf from '@tensorflow/tfjs-core';
import { assert } from '../../common/assert.js';

/** A copy of a float tensor's values. */
export function readFloats(tensor: tf.Tensor): Float32Array {
  const values = tensor.dataSync();
  assert(values instanceof Float32Array, `a float tensor, not ${tensor.dtype}`);
  return values;
}

/** The values of a tensor that is made of other tensors; all of them are disposed of. */
export function compute(make: () => tf.Tensor): Float32Array {
  const result = tf.tidy(make);
  const values = readFloats(result);
  result.dispose();
  return values;
}

/** Sizes of a product: [rows, inner] times [inner, columns]. */
export interface ProductSizes {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** a [rows, inner] times b [inner, columns]. */
export function product(a: Float32Array, b: Float32Array, { rows, inner, columns }: ProductSizes): Float32Array {
  return compute(() => tf.matMul(tf.tensor2d(a, [rows, inner]), tf.tensor2d(b, [inner, columns])));
}

// Explicit transposes: the transpose flags of matMul are about 20 times slower on the wasm backend.

/** The gradient by b of a product with the gradient dy [rows, columns]: transposed a times dy. */
export function rightGradient(a: Float32Array, dy: Float32Array, { rows, inner, columns }: ProductSizes): Float32Array {
  return compute(() => tf.matMul(tf.transpose(tf.tensor2d(a, [rows, inner])), tf.tensor2d(dy, [rows, columns])));
}

/** The gradient by a of a product with the gradient dy [rows, columns]: dy times transposed b. */
export function leftGradient(dy: Float32Array, b: Float32Array, { rows, inner, columns }: ProductSizes): Float32Array {
  return compute(() => tf.matMul(tf.tensor2d(dy, [rows, columns]), tf.transpose(tf.tensor2d(b, [inner, columns]))));
}
