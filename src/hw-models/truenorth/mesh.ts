/**
 * The network between cores: what a mesh is made of and what goes through it. The readable model of one cycle is in
 * `mesh-model.ts`; `simulator/noc` has the fast one.
 *
 *   router (x, y)        five ports in, five out: east (+x), west (-x), north (+y), south (-y), core
 *   packet               one flit; travels along x, then along y, then into the core; never dropped
 *   input buffer         a FIFO per port; a sender needs a credit for a free place (back-pressure)
 *   output               one packet a cycle, round-robin over the inputs that want it
 *   chip edge            all rows (or columns) that cross the border of two chips share one merge-split port
 *
 * Sources: Akopyan et al., IEEE TCAD 34:1537 (2015) for topology, order and merge-split; the delay of a router is not
 * published, so every delay is a parameter.
 */

/** Delays in cycles of the mesh clock, sizes in packets. All are at least 1 unless said otherwise. */
export interface MeshSpec {
  /** Routers per row and column, 1..256. */
  readonly width: number;
  readonly height: number;
  /** Places of one input buffer, 1..64. */
  readonly bufferFlits: number;
  /** From entering the first router to taking part in its first arbitration. */
  readonly injectCycles: number;
  /** From winning a router's output to taking part in the next router's arbitration: the latency of one hop. 1..32 */
  readonly hopCycles: number;
  /** From winning the core's output of the last router to arriving. */
  readonly ejectCycles: number;
  /** From leaving a buffer until the sender may use the place again. */
  readonly creditCycles: number;
  /** Routers per chip; a chip as large as the mesh has no edges inside. */
  readonly chipWidth: number;
  readonly chipHeight: number;
  /** Least cycles between two packets over one chip edge in one direction, added to the latency of that hop; 0..31, 0: no limit. */
  readonly edgeCycles: number;
}

/**
 * The router of the mesh that published simulations of such networks use: 3 cycles a hop, 8 places a buffer. With these
 * numbers the latency in an empty mesh is 3 hops + 2, counted as {@link hopsOf} does. `creditCycles`: the credit leaves in the
 * cycle of the arbitration that frees the place, is on the wire in the next, and is counted before the arbitration of the one
 * after that (BookSim 2: credit channels of latency 1, `credit_delay` 0).
 */
export const STANDARD_ROUTER = {
  bufferFlits: 8,
  injectCycles: 1,
  hopCycles: 3,
  ejectCycles: 4,
  creditCycles: 2,
} as const;

/** A mesh of one chip with {@link STANDARD_ROUTER}. */
export const standardMesh = (width: number, height: number): MeshSpec => ({
  width,
  height,
  ...STANDARD_ROUTER,
  chipWidth: width,
  chipHeight: height,
  edgeCycles: 0,
});

/** Packets in the order of their release; routers are numbered y * width + x. */
export interface MeshTraffic {
  /** [n] cycle in which the packet stands before its router, ascending. */
  readonly release: Int32Array;
  /** [n] router. */
  readonly source: Int32Array;
  /** [n] router. */
  readonly destination: Int32Array;
}

/** Routers a packet passes, the first and the last included: |dx| + |dy| + 1. This is how mesh simulators count hops. */
export function hopsOf({ width }: Pick<MeshSpec, 'width'>, source: number, destination: number): number {
  const dx = Math.abs((source % width) - (destination % width));
  const dy = Math.abs(Math.floor(source / width) - Math.floor(destination / width));
  return dx + dy + 1;
}

/** Cycles from release to arrival in an empty mesh without chip edges: with the standard router 3 hops + 2. */
export const zeroLoadCycles = (spec: MeshSpec, source: number, destination: number): number =>
  spec.injectCycles + (hopsOf(spec, source, destination) - 1) * spec.hopCycles + spec.ejectCycles;

/** Ports of a router; the opposite of port p < 4 is p ^ 1. */
export const PORT = { east: 0, west: 1, north: 2, south: 3, core: 4 } as const;
/** Ports of a router. */
export const N_PORTS = 5;

/** The output a packet at (x, y) for (toX, toY) takes. */
export function routeXy(x: number, y: number, toX: number, toY: number): number {
  if (toX > x) return PORT.east;
  if (toX < x) return PORT.west;
  if (toY > y) return PORT.north;
  return toY < y ? PORT.south : PORT.core;
}

/** Chip edges of a mesh: numbers of the shared ports, one per pair of neighbouring chips and direction. */
export interface EdgeMap {
  readonly nEdges: number;
  /** The edge that the output `port` of router (x, y) crosses, or -1. */
  edgeOf(x: number, y: number, port: number): number;
  /** A name as people read it: chip column,row -> chip column,row. */
  nameOf(edge: number): string;
}

/** The edges of a mesh: edge = (chip row * chip columns + chip column) * 4 + direction, for every chip, used or not. */
export function edgeMap(spec: Pick<MeshSpec, 'width' | 'height' | 'chipWidth' | 'chipHeight'>): EdgeMap {
  const { width, height, chipWidth, chipHeight } = spec;
  const columns = Math.ceil(width / chipWidth);
  const rows = Math.ceil(height / chipHeight);
  const dx = [1, -1, 0, 0] as const;
  const dy = [0, 0, 1, -1] as const;
  return {
    nEdges: columns * rows * 4,
    edgeOf: (x, y, port) => {
      if (port === PORT.core) return -1;
      const toX = x + dx[port]!;
      const toY = y + dy[port]!;
      if (toX < 0 || toY < 0 || toX >= width || toY >= height) return -1;
      const from = Math.floor(y / chipHeight) * columns + Math.floor(x / chipWidth);
      const to = Math.floor(toY / chipHeight) * columns + Math.floor(toX / chipWidth);
      return from === to ? -1 : from * 4 + port;
    },
    nameOf: (edge) => {
      const chip = edge >> 2;
      const column = chip % columns;
      const row = Math.floor(chip / columns);
      return `chip ${column},${row} -> chip ${column + dx[edge & 3]!},${row + dy[edge & 3]!}`;
    },
  };
}
