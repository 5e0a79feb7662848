/**
 * Boards of TrueNorth chips, and what crosses the borders between chips.
 *
 * A chip has 64 x 64 cores. On a board of several chips the meshes join: a packet goes on as if the mesh did not end, through
 * a merge-split port that all rows (or columns) of that side share. Boards: NS1e has one chip, NS16e 4 x 4.
 *
 * Cores that are known to be faulty (`faultyCores` of the spec) are not used; their routers work, so packets pass them: routes
 * are X then Y and cannot detour. Cores that fail unknown to the compiler are in `board-faults.ts`.
 *
 * Left out: the way of host spikes into and of output spikes out of the board, which pass the same ports.
 *
 * Sources: Akopyan et al., IEEE TCAD 34:1537 (2015); Sawada et al., SC16 (boards).
 */
import type { Quantity } from '../../common/quantity.js';
import type { CoreArrays, TrueNorthSpec } from '../../ir/program/truenorth.js';
import { edgeMap, PORT, type EdgeMap } from './mesh.js';
import { TRUENORTH_PRESETS, type TrueNorthPreset } from './spec.js';

/** Names of the boards; a single chip without a board is `truenorth`, equal to `ns1e` but for the name. */
export const BOARD_NAMES = ['ns1e', 'ns16e'] as const satisfies readonly TrueNorthPreset[];
/** One of them. */
export type BoardName = (typeof BOARD_NAMES)[number];
/** The boards by name. */
export const BOARDS: Readonly<Record<BoardName, TrueNorthSpec>> = TRUENORTH_PRESETS;

/** What one merge-split port passes in one direction during a millisecond. */
export const EDGE_BUDGET: Quantity = {
  value: 20_000,
  unit: 'spikes per chip edge, direction and ms',
  status: 'derived',
  source:
    'more than 160 million spikes/s through all ports of a chip (Akopyan et al., IEEE TCAD 34:1537, 2015), shared ' +
    'evenly by four sides and two directions',
};

/** How the grid of a spec is cut into chips. */
export interface ChipGrid {
  readonly width: number;
  readonly height: number;
  readonly chipWidth: number;
  readonly chipHeight: number;
}

/** The chips of a spec's grid. */
export const chipGrid = ({ gridWidth, gridHeight, chipWidth, chipHeight }: ChipGridSpec): ChipGrid => ({
  width: gridWidth,
  height: gridHeight,
  chipWidth,
  chipHeight,
});

/** The part of a spec that says where chips end. */
export type ChipGridSpec = Pick<TrueNorthSpec, 'gridWidth' | 'gridHeight' | 'chipWidth' | 'chipHeight'>;

/** Spikes between two cores. */
export interface CoreTraffic {
  readonly from: number;
  readonly to: number;
  readonly spikes: number;
}

/** Spikes over one chip edge. */
export interface EdgeLoad {
  /** Which, for people. */
  readonly edge: string;
  readonly spikes: number;
}

/** Adds up spikes per chip edge along the X-then-Y routes. */
export class EdgeCounter {
  readonly #grid: ChipGrid;
  readonly #map: EdgeMap;
  readonly #loads: Float64Array;

  constructor(grid: ChipGrid) {
    this.#grid = grid;
    this.#map = edgeMap(grid);
    this.#loads = new Float64Array(this.#map.nEdges);
  }

  /** Counts spikes from core to core, positions as in the program. */
  add({ x, y }: Pick<CoreArrays, 'x' | 'y'>, { from, to, spikes }: CoreTraffic): void {
    const { chipWidth, chipHeight } = this.#grid;
    const [fromX, fromY, toX, toY] = [x[from]!, y[from]!, x[to]!, y[to]!];
    const east = toX > fromX;
    for (let chip = Math.floor(fromX / chipWidth); chip !== Math.floor(toX / chipWidth); chip += east ? 1 : -1) {
      // The last column before the border.
      const column = east ? (chip + 1) * chipWidth - 1 : chip * chipWidth;
      this.#loads[this.#map.edgeOf(column, fromY, east ? PORT.east : PORT.west)]! += spikes;
    }
    const north = toY > fromY;
    for (let chip = Math.floor(fromY / chipHeight); chip !== Math.floor(toY / chipHeight); chip += north ? 1 : -1) {
      const row = north ? (chip + 1) * chipHeight - 1 : chip * chipHeight;
      this.#loads[this.#map.edgeOf(toX, row, north ? PORT.north : PORT.south)]! += spikes;
    }
  }

  /** Edges that carry spikes, the busiest first. */
  loads(): readonly EdgeLoad[] {
    return Array.from(this.#loads, (spikes, edge) => ({ edge, spikes }))
      .filter(({ spikes }) => spikes > 0)
      .sort((a, b) => b.spikes - a.spikes || a.edge - b.edge)
      .map(({ edge, spikes }) => ({ edge: this.#map.nameOf(edge), spikes }));
  }

  /** Back to zero. */
  clear(): void {
    this.#loads.fill(0);
  }
}
