/**
 * The Sobol sequence with the direction numbers of Joe and Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM J.
 * Sci. Comput. 30:2635 (2008), their file new-joe-kuo-6. Points in the order of their index, not of the Gray code.
 */
import { assert } from '../../common/assert.js';

/** Degree of the primitive polynomial, its inner coefficients as bits, and the first direction numbers, from the second axis on. */
const DIRECTIONS: readonly (readonly [degree: number, inner: number, ...first: readonly number[]])[] = [
  [1, 0, 1],
  [2, 1, 1, 3],
  [3, 1, 1, 3, 1],
  [3, 2, 1, 1, 1],
  [4, 1, 1, 1, 3, 3],
  [4, 4, 1, 3, 5, 13],
  [5, 2, 1, 1, 5, 5, 17],
  [5, 4, 1, 1, 5, 5, 5],
  [5, 7, 1, 1, 7, 11, 19],
  [5, 11, 1, 1, 5, 1, 1],
  [5, 13, 1, 1, 1, 3, 11],
  [5, 14, 1, 3, 5, 5, 31],
  [6, 1, 1, 3, 3, 9, 7, 49],
  [6, 13, 1, 1, 1, 15, 21, 21],
  [6, 16, 1, 3, 1, 13, 27, 49],
  [6, 19, 1, 1, 1, 15, 7, 5],
  [6, 22, 1, 3, 1, 15, 13, 25],
  [6, 25, 1, 1, 5, 5, 19, 61],
  [7, 1, 1, 3, 7, 11, 23, 15, 103],
  [7, 4, 1, 3, 7, 13, 13, 15, 69],
];

/** Axes that there are direction numbers for. */
export const MAX_SOBOL_AXES = DIRECTIONS.length + 1;

const BITS = 32;

/** Point number `index` of the sequence, as words of 32 bits: fractions of 2^32. */
export function sobolPoints(axes: number): (index: number) => readonly number[] {
  assert(axes <= MAX_SOBOL_AXES, `${axes} axes, and direction numbers for ${MAX_SOBOL_AXES}`);
  const directions = Array.from({ length: axes }, (_, axis) => directionsOf(axis));
  return (index) =>
    directions.map((v) => {
      let word = 0;
      for (let bit = 0; bit < BITS && index >>> bit !== 0; bit++) if ((index >>> bit) & 1) word ^= v[bit]!;
      return word >>> 0;
    });
}

function directionsOf(axis: number): Uint32Array {
  const v = new Uint32Array(BITS);
  const row = DIRECTIONS[axis - 1];
  if (row === undefined) return v.map((_, bit) => 2 ** (BITS - 1 - bit));
  const [degree, inner, ...first] = row;
  for (let bit = 0; bit < BITS; bit++) {
    if (bit < degree) {
      v[bit] = first[bit]! << (BITS - 1 - bit);
      continue;
    }
    let word = v[bit - degree]! ^ (v[bit - degree]! >>> degree);
    for (let k = 1; k < degree; k++) if ((inner >>> (degree - 1 - k)) & 1) word ^= v[bit - k]!;
    v[bit] = word;
  }
  return v;
}
