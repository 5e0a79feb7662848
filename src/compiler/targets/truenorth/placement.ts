/**
 * Placement on the mesh: minimises the sum over core pairs of expected spikes times hops (Manhattan distance), by simulated
 * annealing of swaps from a snake order. Deterministic from the seed.
 */
import { PURPOSE, sequence } from '../../../common/rng.js';

/** Expected spikes per frame between two cores. */
export interface Traffic {
  readonly from: number;
  readonly to: number;
  readonly spikes: number;
}

export interface Placement {
  readonly x: Int16Array;
  readonly y: Int16Array;
  /** Spike-weighted hops per frame of the snake order and of the result. */
  readonly initialHops: number;
  readonly hops: number;
}

/** Grid cells, faulty ones excluded. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly faulty: readonly (readonly [number, number])[];
}

/** Usable cells of a grid. */
export function usableCells(grid: Grid): number {
  const faulty = new Set(grid.faulty.map(([x, y]) => `${x},${y}`));
  return grid.width * grid.height - faulty.size;
}

/** Places nCores <= usableCells(grid) cores. */
export function placeCores(nCores: number, traffic: readonly Traffic[], grid: Grid, seed: number): Placement {
  const cells = compactCells(nCores, grid);
  // cellOf[core], coreAt[cell]: cells beyond nCores stay free and take part in swaps.
  const cellOf = Int32Array.from({ length: nCores }, (_, c) => c);
  const coreAt = Int32Array.from({ length: cells.length }, (_, cell) => (cell < nCores ? cell : -1));
  const links = adjacency(nCores, traffic);
  const x = Int16Array.from(cells, ([cx]) => cx);
  const y = Int16Array.from(cells, ([, cy]) => cy);
  const distance = (a: number, b: number): number => Math.abs(x[a]! - x[b]!) + Math.abs(y[a]! - y[b]!);
  const costAt = (core: number, cell: number, except: number): number => {
    let cost = 0;
    for (let k = links.start[core]!; k < links.start[core + 1]!; k++) {
      const other = links.other[k]!;
      if (other !== except) cost += links.spikes[k]! * distance(cell, cellOf[other]!);
    }
    return cost;
  };
  const total = (): number => {
    let sum = 0;
    for (const { from, to, spikes } of traffic) sum += spikes * distance(cellOf[from]!, cellOf[to]!);
    return sum;
  };
  const initialHops = total();
  const random = sequence(seed, PURPOSE.placement);
  const steps = nCores < 2 ? 0 : Math.min(2_000_000, 600 * nCores);
  let temperature = (2 * initialHops) / Math.max(1, nCores);
  const cooling = steps === 0 ? 1 : 1e-4 ** (1 / steps);
  for (let step = 0; step < steps; step++, temperature *= cooling) {
    const a = random.below(nCores);
    const cellA = cellOf[a]!;
    const cellB = random.below(cells.length);
    const b = coreAt[cellB]!;
    if (a === b) continue;
    let delta = costAt(a, cellB, b) - costAt(a, cellA, b);
    if (b >= 0) delta += costAt(b, cellA, a) - costAt(b, cellB, a);
    // Math.exp decides only which of two legal placements is taken; programs record the outcome.
    if (delta > 0 && random.uniform() >= Math.exp(-delta / temperature)) continue;
    cellOf[a] = cellB;
    coreAt[cellB] = a;
    coreAt[cellA] = b;
    if (b >= 0) cellOf[b] = cellA;
  }
  return {
    x: Int16Array.from(cellOf, (cell) => x[cell]!),
    y: Int16Array.from(cellOf, (cell) => y[cell]!),
    initialHops,
    hops: total(),
  };
}

/** The cells of a compact block that holds the cores, in snake order. */
function compactCells(nCores: number, grid: Grid): readonly (readonly [number, number])[] {
  const faulty = new Set(grid.faulty.map(([x, y]) => `${x},${y}`));
  for (let side = Math.ceil(Math.sqrt(nCores)); ; side++) {
    const width = Math.min(side, grid.width);
    const height = Math.min(side, grid.height);
    const cells: (readonly [number, number])[] = [];
    for (let y = 0; y < height; y++) {
      for (let i = 0; i < width; i++) {
        const x = y % 2 === 0 ? i : width - 1 - i;
        if (!faulty.has(`${x},${y}`)) cells.push([x, y]);
      }
    }
    if (cells.length >= nCores || (width === grid.width && height === grid.height)) return cells;
  }
}

/** Undirected neighbours of every core, spikes of both directions added. */
function adjacency(
  nCores: number,
  traffic: readonly Traffic[],
): { start: Int32Array; other: Int32Array; spikes: Float64Array } {
  const sums = Array.from({ length: nCores }, () => new Map<number, number>());
  for (const { from, to, spikes } of traffic) {
    if (from === to) continue;
    sums[from]!.set(to, (sums[from]!.get(to) ?? 0) + spikes);
    sums[to]!.set(from, (sums[to]!.get(from) ?? 0) + spikes);
  }
  const start = new Int32Array(nCores + 1);
  sums.forEach((map, core) => (start[core + 1] = start[core]! + map.size));
  return {
    start,
    other: Int32Array.from(sums.flatMap((map) => [...map.keys()])),
    spikes: Float64Array.from(sums.flatMap((map) => [...map.values()])),
  };
}
