/**
 * Which cores hold the shares of a layer. Each out-group is a rectangle of cores, the rectangles tile the grid from the top left; inside it the
 * shares follow a snake over the rows, in-groups innermost, so the cores of a partial-sum chain are neighbours.
 */
import type { NorthPoleSpec } from '../../ir/program/northpole.js';

/** Places of the shares; order and meaning as in LayerMapping. */
export interface Layout {
  readonly segments: Int32Array;
  readonly cores: Int32Array;
}

/** The layout of tiles x outGroups x inGroups shares, or undefined if they do not fit the grid. */
export function layOut(
  spec: NorthPoleSpec,
  split: { readonly tiles: number; readonly outGroups: number; readonly inGroups: number },
): Layout | undefined {
  const { tiles, outGroups, inGroups } = split;
  const size = segmentSize(spec, tiles * inGroups, outGroups);
  if (size === undefined) return undefined;
  const [width, height] = size;
  const perRow = Math.floor(spec.gridWidth / width);
  const segments = new Int32Array(outGroups * 4);
  const cores = new Int32Array(tiles * outGroups * inGroups);
  for (let og = 0; og < outGroups; og++) {
    const x0 = (og % perRow) * width;
    const y0 = Math.floor(og / perRow) * height;
    segments.set([x0, y0, width, height], og * 4);
    for (let n = 0; n < tiles * inGroups; n++) {
      const y = Math.floor(n / width);
      const x = y % 2 === 0 ? n % width : width - 1 - (n % width);
      const tile = Math.floor(n / inGroups);
      cores[(tile * outGroups + og) * inGroups + (n % inGroups)] = (y0 + y) * spec.gridWidth + x0 + x;
    }
  }
  return { segments, cores };
}

/** Width and height of a rectangle of at least `n` cores of which `count` fit the grid: the smallest half perimeter, then area. */
export function segmentSize(spec: NorthPoleSpec, n: number, count: number): readonly [number, number] | undefined {
  let best: readonly [number, number] | undefined;
  let bestCost = Infinity;
  for (let width = 1; width <= spec.gridWidth; width++) {
    const height = Math.ceil(n / width);
    if (Math.floor(spec.gridWidth / width) * Math.floor(spec.gridHeight / height) < count) continue;
    const cost = (width + height) * 65536 + width * height;
    if (cost < bestCost) {
      best = [width, height];
      bestCost = cost;
    }
  }
  return best;
}
