import type { Matrix } from './matrix.js';

/** A sorting of inputs into axon types, and each row's weight per type. */
export interface Typing {
  readonly typeOf: ReadonlyMap<number, number>;
  /** By row of the matrix; 0 where no input of the type has a weight. */
  readonly weights: ReadonlyMap<number, readonly number[]>;
}

/**
 * Sorts the inputs of some rows into at most `nTypes` axon types so that every row has one weight (or none) per type, the
 * condition for one axon per input. First fit: an input joins the first type in which no row has another weight already.
 * Networks trained with fixed signs per type are sorted back into their types.
 */
export function sortIntoTypes(
  matrix: Matrix,
  group: { readonly rows: readonly number[]; readonly inputs: ArrayLike<number> },
  nTypes: number,
): Typing | undefined {
  const columns = new Map<number, { row: number; weight: number }[]>();
  group.rows.forEach((o, row) => {
    for (let k = matrix.rowStart[o]!; k < matrix.rowEnd[o]!; k++) {
      const column = columns.get(matrix.column[k]!) ?? [];
      columns.set(matrix.column[k]!, column);
      column.push({ row, weight: matrix.weight[k]! });
    }
  });
  const typeWeights = Array.from({ length: nTypes }, () => new Int16Array(group.rows.length));
  const typeOf = new Map<number, number>();
  for (const input of Array.from(group.inputs)) {
    const column = columns.get(input) ?? [];
    const type = typeWeights.findIndex((weights) =>
      column.every(({ row, weight }) => weights[row] === 0 || weights[row] === weight),
    );
    if (type < 0) return undefined;
    for (const { row, weight } of column) typeWeights[type]![row] = weight;
    typeOf.set(input, type);
  }
  const weights = new Map(
    group.rows.map((o, row) => {
      return [o, typeWeights.map((ofType) => ofType[row]!)] as const;
    }),
  );
  return { typeOf, weights };
}
