/**
 * Boards side by side: their meshes join as those of chips on a board do, and a spike between boards crosses the port of a chip edge. How the links
 * between boards of the published systems share their bandwidth is left out.
 */
import { errorAt, UserError } from '../../common/diagnostics.js';
import { MOST_CORES } from '../../ir/program/core-arrays.js';
import type { TrueNorthSpec } from '../../ir/program/truenorth.js';

/** Cores in a row or column of a grid at most: the range of the parameters. */
const MOST_SIDE = 4096;

/** n boards in a rectangle as square as n allows, as columns and rows of boards: 4 are 2 x 2, 6 are 3 x 2, 5 are 5 x 1. */
export function boardGrid(n: number): readonly [columns: number, rows: number] {
  let rows = Math.floor(Math.sqrt(n));
  while (n % rows !== 0) rows--;
  return [n / rows, rows];
}

/** n times the board; undefined where that is larger than a grid can be. Faulty cores keep their places, those beyond the grid are left out. */
function joined(board: TrueNorthSpec, n: number): TrueNorthSpec | undefined {
  const [columns, rows] = boardGrid(n);
  const gridWidth = columns * board.gridWidth;
  const gridHeight = rows * board.gridHeight;
  if (Math.max(gridWidth, gridHeight) > MOST_SIDE || gridWidth * gridHeight > MOST_CORES) return undefined;
  const faultyCores = board.faultyCores.filter(([x, y]) => x < gridWidth && y < gridHeight);
  return { ...board, gridWidth, gridHeight, faultyCores };
}

/** n boards of a spec. @throws UserError for more than a grid holds */
export function boardsOf(board: TrueNorthSpec, n: number): TrueNorthSpec {
  const all = joined(board, n);
  if (all !== undefined) return all;
  const [columns, rows] = boardGrid(n);
  const message = `${n} boards of ${board.gridWidth} x ${board.gridHeight} cores in ${columns} x ${rows}: a grid has at most ${MOST_SIDE} cores a side and ${MOST_CORES} in all`;
  throw new UserError([errorAt('too-many-boards', `--boards ${n}`, message, 'use fewer boards')]);
}

/** As many boards of a spec as a grid holds, or a single one. */
export function mostBoards(board: TrueNorthSpec): TrueNorthSpec {
  for (let n = Math.floor(MOST_CORES / (board.gridWidth * board.gridHeight)); n > 1; n--) {
    const all = joined(board, n);
    if (all !== undefined) return all;
  }
  return board;
}

/**
 * The smallest number of boards that holds so many cores with every two of them in reach of each other, or, where no number does both, that holds
 * them; a single board where none does.
 */
export function fewestBoards(board: TrueNorthSpec, cores: number): TrueNorthSpec {
  let first: TrueNorthSpec | undefined;
  for (let n = 1; n <= Math.max(1, MOST_CORES / (board.gridWidth * board.gridHeight)); n++) {
    const all = joined(board, n);
    if (all === undefined || all.gridWidth * all.gridHeight - all.faultyCores.length < cores) continue;
    first ??= all;
    if (Math.max(all.gridWidth, all.gridHeight) - 1 <= all.maxHop) return all;
  }
  return first ?? board;
}
