import * as tf from '@tensorflow/tfjs-core';

/** [rows, inner] times [inner, columns] on the tensor backend. */
export function matrixProduct(
  a: Float32Array,
  b: Float32Array,
  [rows, inner, columns]: readonly [number, number, number],
): Float32Array {
  // Not tf.tidy: it walks the elements of a returned array. Never the transposing flags: they are 20 times slower on wasm.
  const left = tf.tensor2d(a, [rows, inner]);
  const right = tf.tensor2d(b, [inner, columns]);
  const product = tf.matMul(left, right);
  const values = Float32Array.from(product.dataSync());
  tf.dispose([left, right, product]);
  return values;
}

/** [rows, columns] to [columns, rows]. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c]!;
  return out;
}
