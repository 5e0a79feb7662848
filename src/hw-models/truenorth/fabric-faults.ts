/**
 * Parts of the mesh that are down: cores with their routers, links between neighbouring routers (each direction by itself), whole chips.
 *
 *   unknown   nothing leaves or reaches a core that is down, and a spike vanishes whose route along x, then along y, leads over a router or a
 *             link that is down
 *   known     no core of the program is where something is down, and packets go another way: along y, then x, if that way is up, else a
 *             shortest way over what is up. What a chip computes stays the same, hops become more
 *
 * Cores that are dead behind a router that works are in `board-faults.ts`. Left out: the way of host spikes to a core and of output spikes to the
 * host, and whether routes that turn freely can block each other.
 */
import { checkRates } from '../faults/check-rates.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { draw, draw4, PURPOSE } from '../../common/rng.js';
import { NO_TARGET, type TrueNorthProgram, type TrueNorthSpec } from '../../ir/program/truenorth.js';
import { type ChipGridSpec, chipGrid } from './board.js';
import { type CorePlace, drawDeadCores, withDeadCores } from './board-faults.js';
import { PORT, routeXy } from './mesh.js';

/** What is down on a grid. */
export interface DownFabric {
  readonly width: number;
  readonly height: number;
  /** [height, width] bits 0..3: the link out of the router through that port (`PORT`) is down; bit 4: core and router are down. */
  readonly down: Uint8Array;
}

/** Fractions, 0..1. */
export interface DownRates {
  readonly cores: number;
  readonly links: number;
  readonly chips: number;
}

const TILE = 16;
const DRAWS = 4294967296;
type Grid = Pick<TrueNorthSpec, 'gridWidth' | 'gridHeight'>;

/** A grid with exactly these cores and links down; a link is named by the router it leaves and its port. */
export function downFabric(
  { gridWidth: width, gridHeight: height }: Grid,
  cores: readonly CorePlace[],
  links: readonly (readonly [x: number, y: number, port: number])[] = [],
): DownFabric {
  const down = new Uint8Array(width * height);
  for (const [x, y] of cores) down[y * width + x]! |= TILE;
  for (const [x, y, port] of links) down[y * width + x]! |= 1 << port;
  return { width, height, down };
}

/**
 * What is down on chip `chipSeed`: every place of the grid, every link out of a router and every chip by a draw of its own,
 * used or not; nested in the rates.
 */
export function drawDownFabric(spec: ChipGridSpec, rates: DownRates, chipSeed: number): DownFabric {
  checkRates([
    ['cores', 'down_cores', rates.cores],
    ['links', 'down_links', rates.links],
    ['chips', 'down_chips', rates.chips],
  ]);
  const fabric = downFabric(spec, drawDeadCores(spec, rates.cores, chipSeed));
  const { width, height, down } = fabric;
  const { chipWidth, chipHeight } = chipGrid(spec);
  const words = new Uint32Array(4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (rates.links > 0) {
        draw4(chipSeed, PURPOSE.downLink, x, y, 0, words);
        for (let port = 0; port < 4; port++) if (words[port]! < rates.links * DRAWS) down[y * width + x]! |= 1 << port;
      }
      if (rates.chips > 0) {
        const word = draw(chipSeed, PURPOSE.downChip, Math.floor(x / chipWidth), Math.floor(y / chipHeight), 0);
        if (word < rates.chips * DRAWS) down[y * width + x]! |= TILE;
      }
    }
  }
  return fabric;
}

/** The places of cores that are down. */
export function downPlaces({ width, down }: DownFabric): readonly CorePlace[] {
  return Array.from(down.keys())
    .filter((at) => (down[at]! & TILE) !== 0)
    .map((at) => [at % width, Math.floor(at / width)]);
}

/** Whether a core of the program is where something is down. */
export const standsOnDown = ({ cores }: TrueNorthProgram, { width, down }: DownFabric): boolean =>
  cores.x.some((x, core) => (down[cores.y[core]! * width + x]! & TILE) !== 0);

/** The program on a chip whose faults are unknown to the compiler; the same object if they touch nothing. */
export function withUnknownDown(program: TrueNorthProgram, fabric: DownFabric): TrueNorthProgram {
  const silent = withDeadCores(program, downPlaces(fabric));
  const { cores, spec } = silent;
  const isOpen = routesOf(silent, (from, to) => walks(fabric, from, to, 'xy'));
  const lost = (to: number, n: number): boolean => to >= 0 && !isOpen(Math.floor(n / spec.neuronsPerCore), to);
  if (!cores.target.some(lost)) return silent;
  return { ...silent, cores: { ...cores, target: cores.target.map((to, n) => (lost(to, n) ? NO_TARGET : to)) } };
}

/**
 * The program on a chip whose faults are known: packets detour, `extraHops` says by how much; the same object if none needs more hops.
 * @throws UserError with every core that no way leads from to one of its targets
 */
export function withDetours(program: TrueNorthProgram, fabric: DownFabric): TrueNorthProgram {
  const { cores, spec } = program;
  const distances = new Map<number, Int32Array>();
  const extraOf = routesOf(program, (from, to) => {
    if (walks(fabric, from, to, 'xy') || walks(fabric, from, to, 'yx')) return 0;
    const source = from[1] * fabric.width + from[0];
    const known = distances.get(source) ?? distancesFrom(fabric, source);
    distances.set(source, known);
    const distance = known[to[1] * fabric.width + to[0]]!;
    return distance < 0 ? -1 : distance - Math.abs(to[0] - from[0]) - Math.abs(to[1] - from[1]);
  });
  const unreachable = new Map<number, Set<number>>();
  const extraHops = Uint16Array.from(cores.target, (to, n) => {
    if (to < 0) return 0;
    const from = Math.floor(n / spec.neuronsPerCore);
    const extra = extraOf(from, to);
    if (extra < 0) unreachable.set(from, (unreachable.get(from) ?? new Set()).add(to));
    return Math.max(0, extra);
  });
  throwIfErrors([...unreachable].map(([core, targets]) => cutOff(program, core, targets)));
  return extraHops.some((extra) => extra > 0) ? { ...program, cores: { ...cores, extraHops } } : program;
}

function cutOff({ name, cores }: TrueNorthProgram, core: number, targets: ReadonlySet<number>): Diagnostic {
  const place = (of: number): string => `core ${of} at ${cores.x[of]!},${cores.y[of]!}`;
  const [first = core] = targets;
  const more = targets.size > 1 ? ` and ${targets.size - 1} more` : '';
  const message = `no way leads to ${place(first)}${more}: too much is down around it`;
  return errorAt('core-cut-off', `${name}: ${place(core)}`, message, 'use lower rates, or another chip seed');
}

/** `of` by core numbers, computed once per pair of cores. */
function routesOf<T>(
  { cores }: TrueNorthProgram,
  of: (from: CorePlace, to: CorePlace) => T,
): (from: number, to: number) => T {
  const known = new Map<number, T>();
  return (from, to) => {
    const pair = from * cores.nCores + to;
    const found = known.get(pair);
    if (found !== undefined) return found;
    const result = of([cores.x[from]!, cores.y[from]!], [cores.x[to]!, cores.y[to]!]);
    known.set(pair, result);
    return result;
  };
}

const STEP_X = [1, -1, 0, 0] as const;
const STEP_Y = [0, 0, 1, -1] as const;

/** Whether the router at (x, y) and its link through `port` are up, and the router behind it. */
function isUp({ width, down }: DownFabric, x: number, y: number, port: number): boolean {
  const here = down[y * width + x]!;
  const next = down[(y + STEP_Y[port]!) * width + x + STEP_X[port]!]!;
  return ((here | next) & TILE) === 0 && ((here >>> port) & 1) === 0;
}

/** Whether the way along one axis, then along the other, is up from end to end. */
function walks(fabric: DownFabric, from: CorePlace, to: CorePlace, order: 'xy' | 'yx'): boolean {
  let [x, y] = from;
  const port = (): number => {
    if (order === 'xy') return routeXy(x, y, to[0], to[1]);
    return y === to[1] ? routeXy(x, y, to[0], y) : routeXy(x, y, x, to[1]);
  };
  for (let next = port(); next !== PORT.core; next = port()) {
    if (!isUp(fabric, x, y, next)) return false;
    x += STEP_X[next]!;
    y += STEP_Y[next]!;
  }
  return true;
}

/** [height * width] links of a shortest way from router `source` over what is up; -1 where none leads. */
function distancesFrom(fabric: DownFabric, source: number): Int32Array {
  const { width, height } = fabric;
  const distance = new Int32Array(width * height).fill(-1);
  const queue = new Int32Array(width * height);
  queue[0] = source;
  distance[source] = 0;
  for (let head = 0, tail = 1; head < tail; head++) {
    const at = queue[head]!;
    const [x, y] = [at % width, Math.floor(at / width)];
    for (let port = 0; port < 4; port++) {
      const [toX, toY] = [x + STEP_X[port]!, y + STEP_Y[port]!];
      if (toX < 0 || toY < 0 || toX >= width || toY >= height || !isUp(fabric, x, y, port)) continue;
      const to = toY * width + toX;
      if (distance[to]! >= 0) continue;
      distance[to] = distance[at]! + 1;
      queue[tail++] = to;
    }
  }
  return distance;
}
