/** Copies into shared memory, so that workers read one copy. */
import { isShared, sharedBuffer } from '../../common/shared-memory.js';

/** A shared copy, or the array itself if it is shared already. */
export function sharedBytes(array: Uint8Array): Uint8Array {
  if (isShared(array.buffer)) return array;
  const copy = new Uint8Array(sharedBuffer(array.byteLength));
  copy.set(array);
  return copy;
}

/** A shared copy. */
export function sharedWords(array: Uint32Array): Uint32Array {
  const copy = new Uint32Array(sharedBuffer(array.byteLength));
  copy.set(array);
  return copy;
}

/** Zeroed shared Int32Array. */
export function sharedInt32(length: number): Int32Array {
  return new Int32Array(sharedBuffer(length * 4));
}
