/** A sparse integer matrix by rows (outputs). */
export interface Matrix {
  readonly nIn: number;
  readonly nOut: number;
  /** [nOut] the weights of a row are rowStart[o]..rowEnd[o] - 1; equal rows may be one. */
  readonly rowStart: Int32Array;
  readonly rowEnd: Int32Array;
  readonly column: Int32Array;
  readonly weight: Int16Array;
  /** [nOut] rows of one group read (nearly) the same inputs. */
  readonly group: Int32Array;
  /** [nGroups, 2] row and column of a group in the image; empty when groups have no place. */
  readonly groupPlace: Int32Array;
}

/** Weights of a matrix are -MAX_WEIGHT..MAX_WEIGHT, so that their negatives are too. */
export const MAX_WEIGHT = 32_767;
