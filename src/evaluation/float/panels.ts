/** Weights as the kernel reads them: panels of outputs, each [row][output of the panel] in float64. */
import type { Weights } from '../../ir/network/types.js';

/** Outputs of the panels of a layer: 16 while there are 15 or more, then at most one each of 8, 4 and 2 (see kernel/lib/rows.ts). */
export function panelWidths(nOut: number): readonly number[] {
  const widths: number[] = [];
  let left = nOut;
  for (; left > 14; left -= 16) widths.push(16);
  for (const width of [8, 4, 2]) {
    if (left <= width - 2) continue;
    widths.push(width);
    left -= width;
  }
  return widths;
}

/** Weights of all panels together. */
export function packedLength(nRows: number, nOut: number): number {
  return nRows * panelWidths(nOut).reduce((sum, width) => sum + width, 0);
}

/** Packs weights [nOut][nRows] that begin at `from`; what is beyond the last output becomes 0. `target` is packedLength long. */
export function packPanels(
  target: Float64Array,
  weights: Weights,
  { from, nRows, nOut }: { readonly from: number; readonly nRows: number; readonly nOut: number },
): void {
  let panel = 0;
  let first = 0;
  for (const width of panelWidths(nOut)) {
    for (let j = 0; j < width; j++) {
      const o = first + j;
      const source = from + o * nRows;
      if (o < nOut) for (let row = 0; row < nRows; row++) target[panel + row * width + j] = weights[source + row]!;
      else for (let row = 0; row < nRows; row++) target[panel + row * width + j] = 0;
    }
    panel += nRows * width;
    first += width;
  }
}

/** Whether all weights are numbers the kernel can leave out together with an input of 0. */
export function allFinite(weights: Weights): boolean {
  if (weights instanceof Int8Array) return true;
  let sum = 0;
  for (let k = 0; k < weights.length; k++) sum += weights[k]! * 0;
  return sum === 0;
}
