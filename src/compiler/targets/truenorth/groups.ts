import type { ChipLayer } from './chip-layers.js';
import type { Matrix } from './matrix.js';
import type { PackItem } from './packing.js';

/** Rows that read the same inputs, with what they need. */
export interface RowGroup {
  readonly rows: readonly number[];
  /** Union of the rows' inputs, ascending. */
  readonly inputs: Int32Array;
  /** Largest positive and negative weight per input over the rows: axons needed when every axon counts +1 or -1. */
  readonly excite: Uint16Array;
  readonly inhibit: Uint16Array;
  /** Every row has weight +-1 on every input. */
  readonly binary: boolean;
}

/** Groups of a layer; rows without readers (`copies` 0) are left out. */
export function rowGroups(layer: ChipLayer, copies: Int32Array): readonly RowGroup[] {
  const { matrix } = layer;
  const nGroups = matrix.group.reduce((max, g) => Math.max(max, g), -1) + 1;
  const rowsOf: number[][] = Array.from({ length: nGroups }, () => []);
  for (let o = 0; o < matrix.nOut; o++) if (copies[o]! > 0) rowsOf[matrix.group[o]!]!.push(o);
  const scratch = { excite: new Int32Array(matrix.nIn), inhibit: new Int32Array(matrix.nIn) };
  return rowsOf.map((rows) => groupOf(matrix, rows, scratch));
}

function groupOf(
  matrix: Matrix,
  rows: readonly number[],
  scratch: { excite: Int32Array; inhibit: Int32Array },
): RowGroup {
  const { excite, inhibit } = scratch;
  const inputs: number[] = [];
  let binary = true;
  for (const o of rows) {
    for (let k = matrix.rowStart[o]!; k < matrix.rowEnd[o]!; k++) {
      const i = matrix.column[k]!;
      const w = matrix.weight[k]!;
      if (excite[i] === 0 && inhibit[i] === 0) inputs.push(i);
      if (w > 0) excite[i] = Math.max(excite[i]!, w);
      else inhibit[i] = Math.max(inhibit[i]!, -w);
      if (w !== 1 && w !== -1) binary = false;
    }
  }
  inputs.sort((a, b) => a - b);
  const result: RowGroup = {
    rows,
    inputs: Int32Array.from(inputs),
    excite: Uint16Array.from(inputs, (i) => excite[i]!),
    inhibit: Uint16Array.from(inputs, (i) => inhibit[i]!),
    binary: binary && rows.every((o) => matrix.rowEnd[o]! - matrix.rowStart[o]! === inputs.length),
  };
  for (const i of inputs) excite[i] = inhibit[i] = 0;
  return result;
}

/** A group as an item to pack whose units are its rows, on pairs of +1 and -1 axons. */
export const pairItem = (group: RowGroup, copies: Int32Array): PackItem => ({
  inputs: group.inputs,
  excite: group.excite,
  inhibit: group.inhibit,
  neurons: group.rows.map((o) => copies[o]!),
});
