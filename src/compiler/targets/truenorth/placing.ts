/** How a user wants cores to be placed, as constraints of the placement. */
import { throwIfErrors } from '../../../common/diagnostics.js';
import type { TrueNorthSpec } from '../../../ir/program/truenorth.js';
import { type CoresOfRoles, type KeptPlacement, matchCores } from './kept-placement.js';
import { assignPinned, isAllowed, type Pin, readPins } from './pins.js';
import { type Cell, cellKey, type PlacementConstraints, type Rectangle } from './placement-constraints.js';

/** How to place. */
export interface Placing {
  readonly seed: number;
  /** Layers that stay in rectangles. */
  readonly pins?: readonly Pin[] | undefined;
  /** Places of an older program that cores keep where they can. */
  readonly keep?: KeptPlacement | undefined;
}

/** What became of the places of an older program. */
export interface KeptCount {
  /** Cores in the place of the old core that they correspond to. */
  readonly kept: number;
  /** Cores elsewhere than theirs, since that cannot be used: it is faulty, off the grid, or a pin's. */
  readonly moved: number;
  /** Cores without an old one, and old ones without a new one. */
  readonly added: number;
  readonly gone: number;
}

/** Constraints, and the old core of every new one. */
export interface WantedPlaces {
  readonly constraints: PlacementConstraints;
  readonly old: Int32Array | undefined;
}

/** What of it binds the cores of a program that has no places yet; undefined where nothing does. @throws UserError with everything that is wrong with pins */
export function wantedPlaces(program: CoresOfRoles, { pins = [], keep }: Placing): WantedPlaces | undefined {
  if (pins.length === 0 && keep === undefined) return undefined;
  const { spec } = program;
  const { nCores } = program.cores;
  const { pinned, problems } = readPins(pins, program, spec);
  const inside = new Array<Rectangle | undefined>(nCores).fill(undefined);
  const pinOf = new Int32Array(nCores).fill(-1);
  pinned.forEach(({ pin, cores }, p) => {
    for (const core of cores) {
      inside[core] = pin;
      pinOf[core] = p;
    }
  });
  const old = keep === undefined ? undefined : matchCores(program, keep);
  const start = keptPlaces(spec, inside, old, keep);
  const isFixed = Uint8Array.from(start, (cell) => (cell === undefined ? 0 : 1));
  const owner = new Map<number, { readonly layer: number; readonly core: number }>();
  const kept = new Set<number>();
  start.forEach((cell, core) => {
    if (cell === undefined) return;
    if (pinOf[core]! < 0) kept.add(cellKey(cell));
    else owner.set(cellKey(cell), { layer: pinOf[core]!, core });
  });
  throwIfErrors([...problems, ...assignPinned(pinned, { owner, kept })]);
  // Whoever stands on a cell that a pin took looks for another one.
  start.forEach((cell, core) => {
    if (cell === undefined || owner.get(cellKey(cell))?.core === core || kept.has(cellKey(cell))) return;
    start[core] = undefined;
    isFixed[core] = 0;
  });
  for (const [key, { core }] of owner) start[core] ??= [key % 65_536, Math.floor(key / 65_536)];
  return { constraints: { start, isFixed, inside }, old };
}

/** The places of old cores, as far as they can be used. */
function keptPlaces(
  { gridWidth, gridHeight, faultyCores }: TrueNorthSpec,
  inside: readonly (Rectangle | undefined)[],
  old: Int32Array | undefined,
  keep: KeptPlacement | undefined,
): (Cell | undefined)[] {
  const taken = new Set(faultyCores.map(cellKey));
  return inside.map((rectangle, core): Cell | undefined => {
    const their = old?.[core] ?? -1;
    if (keep === undefined || their < 0) return undefined;
    const cell = [keep.x[their]!, keep.y[their]!] as const;
    const isOnGrid = cell[0] >= 0 && cell[1] >= 0 && cell[0] < gridWidth && cell[1] < gridHeight;
    if (!isOnGrid || taken.has(cellKey(cell)) || !isAllowed(rectangle, cell)) return undefined;
    taken.add(cellKey(cell));
    return cell;
  });
}

/** How many cores stand where they stood. */
export function countKept(
  { x, y }: { readonly x: Int16Array; readonly y: Int16Array },
  old: Int32Array,
  keep: KeptPlacement,
): KeptCount {
  let kept = 0;
  let moved = 0;
  old.forEach((their, core) => {
    if (their < 0) return;
    if (keep.x[their] === x[core] && keep.y[their] === y[core]) kept++;
    else moved++;
  });
  return { kept, moved, added: old.length - kept - moved, gone: keep.x.length - kept - moved };
}
