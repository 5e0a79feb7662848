/**
 * Sums, differences, products and quotients with constants, one after the other, as one batch norm: ((x - mean) / divide) * gamma + beta. Joined
 * are those whose order is that of the batch norm, so that every operation still rounds once.
 */

/** One operation with a constant: one number for all elements (`axis` undefined), one along a dimension, or one per element. */
export interface AffineStep {
  readonly kind: 'subtract' | 'divide' | 'multiply' | 'add';
  readonly axis: number | 'element' | undefined;
  readonly by: Float64Array;
}

/** Up to one operation of each kind. */
export interface Affine {
  readonly axis: AffineStep['axis'];
  readonly mean: Float64Array;
  readonly divide: Float64Array;
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
  /** How many of the four places are passed. */
  readonly passed: number;
}

const NOTHING: Affine = {
  axis: undefined,
  mean: Float64Array.of(0),
  divide: Float64Array.of(1),
  gamma: Float64Array.of(1),
  beta: Float64Array.of(0),
  passed: 0,
};

/** Whether a step leaves every number as it is. */
export const isIdentity = ({ kind, by }: AffineStep): boolean =>
  by.every((v) => v === (kind === 'add' || kind === 'subtract' ? 0 : 1));

/** Operations followed by one more; undefined where that is another batch norm. */
export function affineAfter(before: Affine | undefined, { kind, axis, by }: AffineStep): Affine | undefined {
  const { passed, ...affine } = before ?? NOTHING;
  if (affine.axis !== undefined && axis !== undefined && axis !== affine.axis) return undefined;
  const joint = { ...affine, axis: axis ?? affine.axis };
  switch (kind) {
    case 'subtract':
      if (passed === 0) return { ...joint, mean: by, passed: 1 };
      return passed <= 3 ? { ...joint, beta: by.map((v) => 0 - v), passed: 4 } : undefined;
    case 'divide':
      // A batch norm divides by a square root, which is exact for squares of what is positive.
      if (passed <= 1 && by.every(isSquarable)) return { ...joint, divide: by, passed: 2 };
      return passed <= 2 ? { ...joint, gamma: by.map((v) => 1 / v), passed: 3 } : undefined;
    case 'multiply':
      return passed <= 2 ? { ...joint, gamma: by, passed: 3 } : undefined;
    case 'add':
      return passed <= 3 ? { ...joint, beta: by, passed: 4 } : undefined;
  }
}

const isSquarable = (v: number): boolean => v > 2 ** -500 && v < 2 ** 500;
