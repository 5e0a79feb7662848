import { dot } from './vector.js';

/** Eigenvalues ascending, [n], and eigenvectors as rows, [n, n]: vectors[k] belongs to values[k]. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

const EPSILON = 2 ** -52;
/** Steps of QL per eigenvalue; 2 are usual, more than 30 are not seen (EISPACK gives up there). */
const MAX_STEPS = 60;

/**
 * Eigen-decomposition of a symmetric matrix [n, n] (row-major; it is overwritten): Householder reduction to tridiagonal form,
 * then QL steps with implicit shifts (Golub and Van Loan, "Matrix Computations", 4th ed., sections 8.3.1 and 8.3.3; EISPACK
 * tred2 and tql2). All loops run along rows, which is what makes some thousand rows feasible: about 9 n^3 operations. Only
 * + - * / and square roots in a fixed order: the same bits on every machine.
 */
export function symmetricEigen(a: Float64Array, n: number): Eigen {
  const diagonal = new Float64Array(n);
  const off = new Float64Array(n);
  const factors = tridiagonalise(a, n, diagonal, off);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  implicitQl(diagonal, off, vectors, n);
  reflectRows(vectors, a, factors, n);
  return sorted(diagonal, vectors, n);
}

/**
 * T = Q^T A Q with `diagonal` and `off` (off[i] couples i and i + 1). Row k of `a` right of the diagonal keeps the Householder
 * vector of step k, `factors` its 2 / (v v).
 */
function tridiagonalise(a: Float64Array, n: number, diagonal: Float64Array, off: Float64Array): Float64Array {
  const factors = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    diagonal[k] = a[k * n + k]!;
    if (k === n - 1) break;
    const row = k * n;
    let norm2 = 0;
    for (let j = k + 1; j < n; j++) norm2 += a[row + j]! * a[row + j]!;
    const first = a[row + k + 1]!;
    const rest = norm2 - first * first;
    if (k === n - 2 || !(rest > 0)) {
      // Already tridiagonal in this row.
      off[k] = first;
      continue;
    }
    const norm = first > 0 ? -Math.sqrt(norm2) : Math.sqrt(norm2);
    off[k] = norm;
    a[row + k + 1] = first - norm;
    const factor = 2 / (rest + (first - norm) * (first - norm));
    factors[k] = factor;
    const m = n - k - 1;
    for (let i = k + 1; i < n; i++) p[i] = factor * dot(a, i * n + k + 1, a, row + k + 1, m);
    const half = (factor * dot(p, k + 1, a, row + k + 1, m)) / 2;
    for (let i = k + 1; i < n; i++) p[i] = p[i]! - half * a[row + i]!;
    for (let i = k + 1; i < n; i++) {
      const vi = a[row + i]!;
      const pi = p[i]!;
      for (let j = k + 1; j < n; j++) a[i * n + j] = a[i * n + j]! - vi * p[j]! - pi * a[row + j]!;
    }
  }
  return factors;
}

/** Diagonalises the tridiagonal matrix; rows of `vectors` become its eigenvectors. */
function implicitQl(d: Float64Array, e: Float64Array, vectors: Float64Array, n: number): void {
  // Couplings below the rounding of the largest number count as none. A tolerance relative to the two neighbours never lets go of
  // eigenvalues that are rounding noise themselves, as those of pixels that do not vary.
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(d[i]!) + Math.abs(e[i]!));
  const tolerance = EPSILON * largest;
  for (let l = 0; l < n; l++) {
    for (let step = 0; ; step++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]!) > tolerance) m++;
      if (m === l) break;
      if (step === MAX_STEPS) throw new Error(`internal error: no eigenvalue after ${MAX_STEPS} steps`);
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      let r = Math.sqrt(g * g + 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let shift = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        r = Math.sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] = d[i + 1]! - shift;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - shift;
        r = (d[i]! - g) * s + 2 * c * b;
        shift = s * r;
        d[i + 1] = g + shift;
        g = c * r - b;
        rotateRows(vectors, i * n, n, s, c);
      }
      if (r === 0 && i >= l) continue;
      d[l] = d[l]! - shift;
      e[l] = g;
      e[m] = 0;
    }
  }
}

/** Rotates the row at `row` and the one after it. */
function rotateRows(vectors: Float64Array, row: number, n: number, s: number, c: number): void {
  const next = row + n;
  for (let k = 0; k < n; k++) {
    const upper = vectors[row + k]!;
    const lower = vectors[next + k]!;
    vectors[next + k] = s * upper + c * lower;
    vectors[row + k] = c * upper - s * lower;
  }
}

/** Rows that are reflected together: the Householder vectors are read once for all of them. */
const BLOCK = 16;

/** Eigenvectors of A from those of T: every row y becomes Q y, the reflections from the last to the first. */
function reflectRows(vectors: Float64Array, a: Float64Array, factors: Float64Array, n: number): void {
  for (let first = 0; first < n; first += BLOCK) {
    const end = Math.min(n, first + BLOCK);
    for (let k = n - 3; k >= 0; k--) {
      const factor = factors[k]!;
      if (factor === 0) continue;
      const v = k * n;
      for (let i = first; i < end; i++) {
        const y = i * n;
        const scaled = factor * dot(a, v + k + 1, vectors, y + k + 1, n - k - 1);
        for (let j = k + 1; j < n; j++) vectors[y + j] = vectors[y + j]! - scaled * a[v + j]!;
      }
    }
  }
}

function sorted(values: Float64Array, vectors: Float64Array, n: number): Eigen {
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => values[i]! - values[j]! || i - j);
  const sortedVectors = new Float64Array(n * n);
  order.forEach((from, to) => sortedVectors.set(vectors.subarray(from * n, (from + 1) * n), to * n));
  return { values: Float64Array.from(order, (i) => values[i]!), vectors: sortedVectors };
}
