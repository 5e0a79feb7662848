/** What a placement has to respect beside the grid: places that cores keep, and rectangles that they stay in. */

/** A place on the grid. */
export type Cell = readonly [x: number, y: number];

/** Cells x..x + width - 1, y..y + height - 1. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** By core. */
export interface PlacementConstraints {
  /** [nCores] where a core begins: those that keep their place, and those with a rectangle, no two in one cell; undefined: anywhere. */
  readonly start: readonly (Cell | undefined)[];
  /** [nCores] 1: it stays there. */
  readonly isFixed: Uint8Array;
  /** [nCores] what it must not leave. */
  readonly inside: readonly (Rectangle | undefined)[];
}

/** Whether a cell lies in a rectangle. */
export const isInside = ({ x, y, width, height }: Rectangle, [cellX, cellY]: Cell): boolean =>
  cellX >= x && cellY >= y && cellX < x + width && cellY < y + height;

/** The cells of a rectangle, row by row. */
export const cellsOf = ({ x, y, width, height }: Rectangle): readonly Cell[] =>
  Array.from({ length: width * height }, (_, i): Cell => [x + (i % width), y + Math.floor(i / width)]);

/** A cell as one number, the same for grids of up to 65,536 columns. */
export const cellKey = ([x, y]: Cell): number => y * 65_536 + x;
