import { sizeOf } from './apply.js';
import type { ImageShape } from './steps.js';
import { symmetricEigen } from './symmetric-eigen.js';
import { dot } from './vector.js';

/** Longest vectors that are whitened: the eigenvectors of 32 x 32 x 3 take minutes, and 4096^2 numbers 128 MiB. */
export const MAX_WHITENED = 4096;
/** Patches that are looked at, evenly spread over all complete ones. */
const MAX_PATCHES = 200_000;
/** Vectors of a block of the covariance: their transpose stays in the cache. */
const BLOCK = 256;

/**
 * Mean and ZCA matrix of images [n, shape] (Krizhevsky, "Learning multiple layers of features from tiny images", 2009,
 * appendix A): V diag(1 / sqrt(l + epsilon)) V^T with eigenvalues l and eigenvectors V of the covariance. With a window, of
 * patches, and only the rows of the patch's centre. The matrix is rounded to float32 once, here.
 */
export function fitZca(
  values: Float64Array,
  shape: ImageShape,
  n: number,
  window: number,
  epsilon: number,
): { readonly mean: Float64Array; readonly matrix: Float32Array } {
  const size = window === 0 ? sizeOf(shape) : window * window * shape[2];
  const vectors = window === 0 ? imageReader(values, n, size) : patchReader(values, shape, n, window);
  const mean = meanOf(vectors, size);
  const { values: eigenvalues, vectors: eigenvectors } = symmetricEigen(covariance(vectors, mean, size), size);
  const channels = shape[2];
  const firstRow = window === 0 ? 0 : ((window * window - 1) / 2) * channels;
  const nRows = window === 0 ? size : channels;
  const sum = new Float64Array(nRows * size);
  for (let k = 0; k < size; k++) {
    // Rounding may leave an eigenvalue of a singular covariance a little below 0.
    const gain = 1 / Math.sqrt(Math.max(eigenvalues[k]!, 0) + epsilon);
    const v = k * size;
    for (let r = 0; r < nRows; r++) {
      const factor = gain * eigenvectors[v + firstRow + r]!;
      for (let j = 0; j < size; j++) sum[r * size + j] = sum[r * size + j]! + factor * eigenvectors[v + j]!;
    }
  }
  return { mean, matrix: Float32Array.from(sum) };
}

/** `count` vectors; `copy(i, out, at, stride)` writes the elements of vector i to out[at], out[at + stride], ... */
interface Vectors {
  readonly count: number;
  readonly copy: (i: number, out: Float64Array, at: number, stride: number) => void;
}

function imageReader(values: Float64Array, n: number, size: number): Vectors {
  return {
    count: n,
    copy: (i, out, at, stride) => {
      for (let k = 0; k < size; k++) out[at + k * stride] = values[i * size + k]!;
    },
  };
}

function patchReader(values: Float64Array, shape: ImageShape, n: number, window: number): Vectors {
  const [height, width, channels] = shape;
  const size = sizeOf(shape);
  const [rows, columns] = [height - window + 1, width - window + 1];
  const all = n * rows * columns;
  const count = Math.min(all, MAX_PATCHES);
  const rowValues = window * channels;
  return {
    count,
    copy: (i, out, at, stride) => {
      const chosen = Math.floor((i * all) / count);
      const place = chosen % (rows * columns);
      const image = (chosen - place) / (rows * columns);
      const first = image * size + (Math.floor(place / columns) * width + (place % columns)) * channels;
      for (let y = 0; y < window; y++) {
        for (let k = 0; k < rowValues; k++) {
          out[at + (y * rowValues + k) * stride] = values[first + y * width * channels + k]!;
        }
      }
    },
  };
}

function meanOf(vectors: Vectors, size: number): Float64Array {
  const sum = new Float64Array(size);
  const one = new Float64Array(size);
  for (let i = 0; i < vectors.count; i++) {
    vectors.copy(i, one, 0, 1);
    for (let k = 0; k < size; k++) sum[k] = sum[k]! + one[k]!;
  }
  return sum.map((s) => s / vectors.count);
}

/** Covariance [size, size] with 1 / count: blocks of vectors, transposed, so that every sum runs along memory. */
function covariance(vectors: Vectors, mean: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  const block = new Float64Array(size * BLOCK);
  for (let first = 0; first < vectors.count; first += BLOCK) {
    const n = Math.min(BLOCK, vectors.count - first);
    for (let i = 0; i < n; i++) vectors.copy(first + i, block, i, BLOCK);
    for (let k = 0; k < size; k++) {
      for (let i = 0; i < n; i++) block[k * BLOCK + i] = block[k * BLOCK + i]! - mean[k]!;
    }
    for (let k = 0; k < size; k++) {
      for (let j = k; j < size; j++) {
        result[k * size + j] = result[k * size + j]! + dot(block, k * BLOCK, block, j * BLOCK, n);
      }
    }
  }
  for (let k = 0; k < size; k++) {
    for (let j = k; j < size; j++) {
      const value = result[k * size + j]! / vectors.count;
      result[k * size + j] = value;
      result[j * size + k] = value;
    }
  }
  return result;
}
