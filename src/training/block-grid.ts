import type { Shape } from '../ir/network/types.js';

/**
 * Elements in the order of a grid: position (row, column) holds the flat indices of its features. An image is a grid of
 * pixels; the output of a blockDense layer is a grid of blocks.
 */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  /** Whether positions are pixels: decides which inputs share an axon type. */
  readonly isImage: boolean;
  /** Features of a position that the `use`-th of the blocks looking at it receives. */
  features(row: number, column: number, use: number): readonly number[];
}

/** Square windows over a grid. */
export interface GridWindows {
  readonly window: number;
  readonly stride: number;
}

/** One block: the features it reads and the axon type (0..3) of each. */
export interface GridBlock {
  readonly inputs: Int32Array;
  readonly axonTypes: Uint8Array;
}

/** Number of windows along a side of n positions; may be < 1 when the window does not fit. */
export const windowsAlong = (n: number, { window, stride }: GridWindows): number =>
  Math.floor((n - window) / stride) + 1;

/** The grid of an image [h, w, c]; every block sees all channels of a pixel. */
export function imageGrid([rows = 0, columns = 0, channels = 1]: Shape): Grid {
  const features = (row: number, column: number): number[] =>
    Array.from({ length: channels }, (_, c) => (row * columns + column) * channels + c);
  return { rows, columns, isImage: true, features };
}

/**
 * The grid of the blocks of a layer. Block (r, c) has `neurons` outputs for each of the `next` windows that see it, in the
 * order of those windows: a TrueNorth neuron has one destination, so nothing is shared.
 */
export function blockGrid(rows: number, columns: number, neurons: number, next: GridWindows | undefined): Grid {
  const offsets: number[] = [];
  let offset = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      offsets.push(offset);
      offset += neurons * usesOf(row, column, rows, columns, next);
    }
  }
  const features = (row: number, column: number, use: number): number[] =>
    Array.from({ length: neurons }, (_, n) => offsets[row * columns + column]! + use * neurons + n);
  return { rows, columns, isImage: false, features };
}

/** How many windows of the next layer see a position, at least 1 (the outputs of the last layer are read once). */
export function usesOf(
  row: number,
  column: number,
  rows: number,
  columns: number,
  next: GridWindows | undefined,
): number {
  if (next === undefined) return 1;
  const along = (position: number, n: number): number => {
    let uses = 0;
    for (let i = 0; i < windowsAlong(n, next); i++) {
      if (position >= i * next.stride && position < i * next.stride + next.window) uses++;
    }
    return uses;
  };
  return Math.max(1, along(row, rows) * along(column, columns));
}

/**
 * The windows over a grid, row by row. Axon types: a 2 x 2 pattern over the pixels of an image, else input mod 4, so that
 * every neighbourhood offers each neuron all four of its signs.
 */
export function windowBlocks(grid: Grid, windows: GridWindows): GridBlock[] {
  const { window, stride } = windows;
  const seen = new Map<number, number>();
  const blocks: GridBlock[] = [];
  for (let i = 0; i < windowsAlong(grid.rows, windows); i++) {
    for (let j = 0; j < windowsAlong(grid.columns, windows); j++) {
      const inputs: number[] = [];
      const types: number[] = [];
      for (let y = 0; y < window; y++) {
        for (let x = 0; x < window; x++) {
          const row = i * stride + y;
          const column = j * stride + x;
          const position = row * grid.columns + column;
          const use = seen.get(position) ?? 0;
          seen.set(position, use + 1);
          for (const feature of grid.features(row, column, use)) {
            types.push(grid.isImage ? (y % 2) * 2 + (x % 2) : inputs.length % 4);
            inputs.push(feature);
          }
        }
      }
      blocks.push({ inputs: Int32Array.from(inputs), axonTypes: Uint8Array.from(types) });
    }
  }
  return blocks;
}
