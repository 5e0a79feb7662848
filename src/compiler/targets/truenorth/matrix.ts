import type { SparseRows } from '../../../ir/network/linear.js';

/** A sparse integer matrix by rows (outputs). */
export interface Matrix {
  readonly nIn: number;
  readonly nOut: number;
  readonly rowStart: Int32Array;
  readonly column: Int32Array;
  readonly weight: Int16Array;
  /** [nOut] rows of one group read (nearly) the same inputs. */
  readonly group: Int32Array;
  /** [nGroups, 2] row and column of a group in the image; empty when groups have no place. */
  readonly groupPlace: Int32Array;
}

/** The matrix of one linear layer. */
export function matrixOf(rows: SparseRows): Matrix {
  const { nIn, nOut, rowStart, column, group, groupPlace } = rows;
  return { nIn, nOut, rowStart, column, weight: Int16Array.from(rows.weight), group, groupPlace };
}

/** Weights of a matrix are -MAX_WEIGHT..MAX_WEIGHT, so that their negatives are too. */
export const MAX_WEIGHT = 32_767;

/**
 * The matrix of `second` applied to the outputs of `first`; weights of paths that meet are added. `widest` is the largest magnitude of a
 * weight: above {@link MAX_WEIGHT} the matrix does not hold it.
 */
export function composeRows(second: Matrix, first: Matrix): { readonly matrix: Matrix; readonly widest: number } {
  const sum = new Int32Array(first.nIn);
  const seen = new Int32Array(first.nIn).fill(-1);
  const rowStart = new Int32Array(second.nOut + 1);
  const column: number[] = [];
  const weight: number[] = [];
  for (let o = 0; o < second.nOut; o++) {
    const touched: number[] = [];
    for (let k = second.rowStart[o]!; k < second.rowStart[o + 1]!; k++) {
      const middle = second.column[k]!;
      for (let m = first.rowStart[middle]!; m < first.rowStart[middle + 1]!; m++) {
        const i = first.column[m]!;
        if (seen[i] !== o) {
          seen[i] = o;
          sum[i] = 0;
          touched.push(i);
        }
        sum[i]! += second.weight[k]! * first.weight[m]!;
      }
    }
    touched.sort((a, b) => a - b);
    for (const i of touched) {
      if (sum[i] === 0) continue;
      column.push(i);
      weight.push(sum[i]!);
    }
    rowStart[o + 1] = column.length;
  }
  const matrix = {
    nIn: first.nIn,
    nOut: second.nOut,
    rowStart,
    column: Int32Array.from(column),
    weight: Int16Array.from(weight),
    group: second.group,
    groupPlace: second.groupPlace,
  };
  return { matrix, widest: weight.reduce((most, w) => Math.max(most, Math.abs(w)), 0) };
}
