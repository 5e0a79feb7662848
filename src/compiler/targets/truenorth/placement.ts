/**
 * Placement on the mesh: minimises the sum over core pairs of expected spikes times distance. Distance is Manhattan, and a
 * chip border costs extra (coordinates are stretched where a chip ends).
 *
 *   1. start     the cheaper of: cores in snake order; cores in cluster order along a Hilbert curve
 *   2. improve   simulated annealing of swaps: near the core, or next to a partner of it; bounded work, so that a chip of
 *                4,096 cores takes seconds
 *
 * Cores that keep a place or have to stay in a rectangle begin there; the others begin in the cells that these leave.
 *
 * Deterministic from the seed.
 */
import type { CoreTraffic } from '../../../hw-models/truenorth/board.js';
import { PURPOSE, sequence } from '../../../common/rng.js';
import { type Cell, cellKey, isInside, type PlacementConstraints } from './placement-constraints.js';
import { clusterOrder, hilbertIndex, type Links, linksOf } from './placement-order.js';

export interface Placement {
  readonly x: Int16Array;
  readonly y: Int16Array;
  /** Spike-weighted hops per frame of the snake order, of row-major order (both in the same square block), and of the result. */
  readonly initialHops: number;
  readonly rowMajorHops: number;
  readonly hops: number;
  /** Spikes per frame times chip borders they cross, of row-major order and of the result. */
  readonly rowMajorCrossings: number;
  readonly crossings: number;
}

/** Grid cells, faulty ones excluded. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly faulty: readonly (readonly [number, number])[];
  /** Cores per chip in each direction; the whole grid is one chip when absent. */
  readonly chipWidth?: number;
  readonly chipHeight?: number;
}

/** What a chip border costs, in hops: crossing it takes the energy and time of many. */
const CROSSING_HOPS = 16;
/** Swaps tried per core, and the number of link lengths computed in all. */
const STEPS_PER_CORE = 3000;
const MAX_STEPS = 6e6;
const MAX_LENGTHS = 4e8;

/** Usable cells of a grid. */
export function usableCells(grid: Grid): number {
  const faulty = new Set(grid.faulty.map(([x, y]) => `${x},${y}`));
  return grid.width * grid.height - faulty.size;
}

/** Places nCores <= usableCells(grid) cores; `traffic` is the expected spikes of a frame. */
export function placeCores(
  nCores: number,
  traffic: readonly CoreTraffic[],
  grid: Grid,
  seed: number,
  constraints?: PlacementConstraints,
): Placement {
  const links = linksOf(nCores, traffic);
  const compact = compactBlock(nCores, grid);
  const block = constraints === undefined ? compact : blockAround(compact, constraints, grid);
  const snake = compact.cells;
  const rows = snake.toSorted(([ax, ay], [bx, by]) => ay - by || ax - bx).slice(0, nCores);
  const curve = hilbertCells(block);
  const order = clusterOrder(nCores, links);
  const clustered = constraints === undefined ? laidAlong(curve, order) : laidAround(curve, order, constraints);
  const cost = (cells: readonly Cell[]): number => measure(links, cells, grid).cost;
  const start = constraints !== undefined || cost(clustered) < cost(snake) ? clustered : snake.slice(0, nCores);
  const placed = anneal(start, links, block, grid, seed, constraints);
  // Annealing ends near the best state it saw, not in it: never hand out a worse one than the start.
  const final = cost(placed) <= cost(start) ? placed : start;
  const result = measure(links, final, grid);
  const rowMajor = measure(links, rows, grid);
  return {
    x: Int16Array.from(final, ([x]) => x),
    y: Int16Array.from(final, ([, y]) => y),
    initialHops: measure(links, snake, grid).hops,
    rowMajorHops: rowMajor.hops,
    hops: result.hops,
    rowMajorCrossings: rowMajor.crossings,
    crossings: result.crossings,
  };
}

/** Cores in this order on the cells in theirs. */
function laidAlong(curve: readonly Cell[], order: Int32Array): readonly Cell[] {
  const cells = new Array<Cell>(order.length);
  order.forEach((core, i) => (cells[core] = curve[i]!));
  return cells;
}

/** The same of the cores that have no place yet, on the cells that the others leave. */
function laidAround(curve: readonly Cell[], order: Int32Array, { start }: PlacementConstraints): readonly Cell[] {
  const taken = new Set(start.flatMap((cell) => (cell === undefined ? [] : [cellKey(cell)])));
  const free = curve.filter((cell) => !taken.has(cellKey(cell)));
  const cells = new Array<Cell>(order.length);
  let next = 0;
  for (const core of order) cells[core] = start[core] ?? free[next++]!;
  return cells;
}

const chipWidth = (grid: Grid): number => grid.chipWidth ?? grid.width;
const chipHeight = (grid: Grid): number => grid.chipHeight ?? grid.height;
const chipColumn = (grid: Grid, x: number): number => Math.floor(x / chipWidth(grid));
const chipRow = (grid: Grid, y: number): number => Math.floor(y / chipHeight(grid));

/** Sums over all links; `cost` is what annealing minimises. */
function measure(
  { start, other, spikes }: Links,
  cells: readonly Cell[],
  grid: Grid,
): { hops: number; crossings: number; cost: number } {
  let hops = 0;
  let crossings = 0;
  for (let core = 0; core + 1 < start.length; core++) {
    const [x, y] = cells[core]!;
    for (let k = start[core]!; k < start[core + 1]!; k++) {
      const to = other[k]!;
      // Every link is stored at both of its ends.
      if (to < core) continue;
      const [toX, toY] = cells[to]!;
      hops += spikes[k]! * (Math.abs(x - toX) + Math.abs(y - toY));
      const borders =
        Math.abs(chipColumn(grid, x) - chipColumn(grid, toX)) + Math.abs(chipRow(grid, y) - chipRow(grid, toY));
      crossings += spikes[k]! * borders;
    }
  }
  return { hops, crossings, cost: hops + CROSSING_HOPS * crossings };
}

/** A block of the grid from its corner, with its usable cells in snake order. */
interface Block {
  readonly width: number;
  readonly height: number;
  readonly cells: readonly Cell[];
}

/** The smallest square block, as far as the grid reaches, that holds the cores. */
function compactBlock(nCores: number, grid: Grid): Block {
  for (let side = Math.ceil(Math.sqrt(nCores)); ; side++) {
    const width = Math.min(side, grid.width);
    const height = Math.min(side, grid.height);
    const isWhole = width === grid.width && height === grid.height;
    // Faulty cells are counted only where all others are enough.
    if (width * height < nCores && !isWhole) continue;
    const cells = snakeOf(width, height, grid);
    if (cells.length >= nCores || isWhole) return { width, height, cells };
  }
}

/** The usable cells of a block. */
function snakeOf(width: number, height: number, grid: Grid): readonly Cell[] {
  const faulty = new Set(grid.faulty.map(cellKey));
  const cells: Cell[] = [];
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < width; i++) {
      const x = y % 2 === 0 ? i : width - 1 - i;
      if (!faulty.has(cellKey([x, y]))) cells.push([x, y]);
    }
  }
  return cells;
}

/** The block, as much larger as it takes to hold what has a place or a rectangle. */
function blockAround(block: Block, { start, inside }: PlacementConstraints, grid: Grid): Block {
  let { width, height } = block;
  for (const cell of start) {
    width = Math.max(width, (cell?.[0] ?? 0) + 1);
    height = Math.max(height, (cell?.[1] ?? 0) + 1);
  }
  for (const rectangle of new Set(inside)) {
    if (rectangle === undefined) continue;
    width = Math.max(width, rectangle.x + rectangle.width);
    height = Math.max(height, rectangle.y + rectangle.height);
  }
  return { width, height, cells: snakeOf(width, height, grid) };
}

/** The cells of a block along the Hilbert curve of the square around it. */
function hilbertCells({ width, height, cells }: Block): readonly Cell[] {
  let side = 1;
  while (side < Math.max(width, height)) side *= 2;
  return cells
    .map((cell) => ({ cell, index: hilbertIndex(side, cell[0], cell[1]) }))
    .sort((a, b) => a.index - b.index)
    .map(({ cell }) => cell);
}

/** Swaps that are tried: by the cores, but no more than take seconds; a swap computes the links of two cores. */
export const annealingSteps = (nCores: number, nLinks: number): number =>
  Math.floor(Math.min(STEPS_PER_CORE * nCores, MAX_STEPS, MAX_LENGTHS / (2 * (1 + nLinks / nCores))));

/** Swaps cores (or a core and a free cell) until the work is used up; the temperature falls geometrically. */
function anneal(
  start: readonly Cell[],
  links: Links,
  block: Block,
  grid: Grid,
  seed: number,
  constraints: PlacementConstraints | undefined,
): readonly Cell[] {
  const nCores = start.length;
  const { width, height, cells } = block;
  const nLinks = links.other.length;
  const movable = Int32Array.from(start.keys()).filter((core) => constraints?.isFixed[core] !== 1);
  if (nCores < 2 || nLinks === 0 || movable.length === 0) return start;
  // Positions as the cost sees them: a chip border is CROSSING_HOPS cells wide.
  const cellX = Int32Array.from(cells, ([x]) => x + CROSSING_HOPS * chipColumn(grid, x));
  const cellY = Int32Array.from(cells, ([, y]) => y + CROSSING_HOPS * chipRow(grid, y));
  const gridX = Int32Array.from(cells, ([x]) => x);
  const gridY = Int32Array.from(cells, ([, y]) => y);
  const cellAt = new Int32Array(width * height).fill(-1);
  cells.forEach(([x, y], cell) => (cellAt[y * width + x] = cell));
  const cellOf = Int32Array.from(start, ([x, y]) => cellAt[y * width + x]!);
  const coreAt = new Int32Array(cells.length).fill(-1);
  cellOf.forEach((cell, core) => (coreAt[cell] = core));
  const x = cellOf.map((cell) => cellX[cell]!);
  const y = cellOf.map((cell) => cellY[cell]!);
  const { start: linkStart, other: linkOther, spikes: linkSpikes } = links;
  /** What moving `core` to a cell adds to the cost, links to `except` left out. */
  const gainOf = (core: number, toCell: number, except: number): number => {
    const fromX = x[core]!;
    const fromY = y[core]!;
    const toX = cellX[toCell]!;
    const toY = cellY[toCell]!;
    let delta = 0;
    const end = linkStart[core + 1]!;
    for (let k = linkStart[core]!; k < end; k++) {
      const other = linkOther[k]!;
      if (other === except) continue;
      const ox = x[other]!;
      const oy = y[other]!;
      const longer = Math.abs(toX - ox) + Math.abs(toY - oy) - Math.abs(fromX - ox) - Math.abs(fromY - oy);
      delta += linkSpikes[k]! * longer;
    }
    return delta;
  };
  const random = sequence(seed, PURPOSE.placement);
  const steps = Math.ceil((annealingSteps(nCores, nLinks) * movable.length) / nCores);
  const hot = measure(links, start, grid).cost;
  // With time to spare a hot start forgets the beginning and finds better; without, the clusters of the start must survive.
  let temperature = ((steps > 1000 * nCores ? 2 : 0.1) * hot) / nCores;
  const cooling = 1e-4 ** (1 / steps);
  for (let step = 0; step < steps; step++, temperature *= cooling) {
    const a = movable[random.below(movable.length)]!;
    const cellA = cellOf[a]!;
    const reach = 1 + (Math.max(width, height) * (steps - step)) / steps;
    const cellB = propose(a, reach);
    if (cellB < 0 || cellB === cellA) continue;
    const b = coreAt[cellB]!;
    if (constraints !== undefined && !(mayMove(a, cellB) && (b < 0 || mayMove(b, cellA)))) continue;
    let delta = gainOf(a, cellB, b);
    if (b >= 0) delta += gainOf(b, cellA, a);
    // Math.exp decides only which of two legal placements is taken; programs record the outcome.
    if (delta > 0 && random.uniform() >= Math.exp(-delta / temperature)) continue;
    move(a, cellB);
    coreAt[cellA] = b;
    if (b >= 0) move(b, cellA);
  }
  return Array.from(cellOf, (cell) => cells[cell]!);

  function mayMove(core: number, cell: number): boolean {
    const rectangle = constraints?.inside[core];
    return constraints?.isFixed[core] !== 1 && (rectangle === undefined || isInside(rectangle, cells[cell]!));
  }

  function move(core: number, cell: number): void {
    cellOf[core] = cell;
    coreAt[cell] = core;
    x[core] = cellX[cell]!;
    y[core] = cellY[cell]!;
  }

  /** A cell within `reach` of the core, or next to one of its partners; -1 where there is none. */
  function propose(core: number, reach: number): number {
    const degree = linkStart[core + 1]! - linkStart[core]!;
    const near = degree === 0 || random.below(2) === 0;
    const centre = near ? core : linkOther[linkStart[core]! + random.below(degree)]!;
    const radius = near ? Math.ceil(reach) : 2;
    const cell = cellOf[centre]!;
    const toX = gridX[cell]! + random.below(2 * radius + 1) - radius;
    const toY = gridY[cell]! + random.below(2 * radius + 1) - radius;
    return toX < 0 || toY < 0 || toX >= width || toY >= height ? -1 : cellAt[toY * width + toX]!;
  }
}
