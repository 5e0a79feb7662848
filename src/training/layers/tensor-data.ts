import { type Rank, reshape, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { assert } from '../../common/assert.js';

/** A copy of a float tensor's values. */
export function readFloats(tensor: Tensor): Float32Array {
  const values = tensor.dataSync();
  assert(values instanceof Float32Array, `a float tensor, not ${tensor.dtype}`);
  return values;
}

/** A batch of images [batch, height, width, channels] as the type that says so. */
export function asImages(x: Tensor): Tensor4D {
  const [b = 0, h = 0, w = 0, c = 0] = x.shape;
  assert(x.shape.length === 4, `a batch of images, not [${x.shape.join(', ')}]`);
  return reshape<Rank.R4>(x, [b, h, w, c]);
}
