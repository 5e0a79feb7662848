/** Layers that have to stand in rectangles of the grid: what of that cannot be, and a place for each of their cores. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { nearest } from '../../../common/nearest.js';
import type { TrueNorthSpec } from '../../../ir/program/truenorth.js';
import { type Cell, cellKey, cellsOf, isInside, type Rectangle } from './placement-constraints.js';

/** A layer of the mapping table, or `timer`, and the rectangle of all of its cores. */
export interface Pin extends Rectangle {
  readonly layer: string;
}

/** What the cores of no layer are called: they time the others. */
const TIMER = 'timer';

/** What is pinned: the layers by name, and the layer of every core, -1 for the timer. */
export interface PinnedCores {
  readonly layers: readonly { readonly name: string }[];
  readonly coreLayer: Int32Array;
}

/** A rectangle with the cores that it has to hold. */
export interface PinnedLayer {
  readonly pin: Pin;
  readonly cores: readonly number[];
  /** Cells of it that can be used. */
  readonly cells: readonly Cell[];
}

/** Name of the layer of a core. */
export const layerNameOf = ({ layers, coreLayer }: PinnedCores, core: number): string =>
  layers[coreLayer[core]!]?.name ?? TIMER;

/** Every pin with its cores and cells, or all that is wrong with any of them. */
export function readPins(
  pins: readonly Pin[],
  program: PinnedCores,
  spec: TrueNorthSpec,
): { readonly pinned: readonly PinnedLayer[]; readonly problems: readonly Diagnostic[] } {
  const coresOf = new Map<string, number[]>();
  program.coreLayer.forEach((_, core) => {
    const name = layerNameOf(program, core);
    const cores = coresOf.get(name) ?? [];
    cores.push(core);
    coresOf.set(name, cores);
  });
  const faulty = new Set(spec.faultyCores.map(cellKey));
  const problems: Diagnostic[] = [];
  const pinned: PinnedLayer[] = [];
  const seen = new Set<string>();
  for (const pin of pins) {
    const own = pinProblems(pin, { names: [...coresOf.keys()], spec, isTwice: seen.has(pin.layer) });
    seen.add(pin.layer);
    problems.push(...own);
    const cores = coresOf.get(pin.layer);
    if (own.length > 0 || cores === undefined) continue;
    const cells = cellsOf(pin).filter((cell) => !faulty.has(cellKey(cell)));
    const dead = pin.width * pin.height - cells.length;
    if (cells.length >= cores.length) {
      pinned.push({ pin, cores, cells });
      continue;
    }
    const without = dead === 0 ? '' : ` without its ${dead} faulty ones`;
    const message = `the layer has ${cores.length} cores, the rectangle ${cells.length} cells${without}: ${cores.length - cells.length} too few`;
    problems.push(errorAt('pin-too-small', placeOf(pin), message, 'use a larger rectangle'));
  }
  return { pinned, problems };
}

const placeOf = ({ layer, x, y, width, height }: Pin): string => `--pin ${layer}=${x},${y},${width},${height}`;

function pinProblems(
  pin: Pin,
  about: { readonly names: readonly string[]; readonly spec: TrueNorthSpec; readonly isTwice: boolean },
): readonly Diagnostic[] {
  const { names, spec, isTwice } = about;
  const { layer, x, y, width, height } = pin;
  const problems: Diagnostic[] = [];
  if (isTwice) {
    problems.push(errorAt('pinned-twice', placeOf(pin), `layer "${layer}" is pinned already`, 'pin it once'));
  } else if (!names.includes(layer)) {
    const suggestion = nearest(layer, names);
    const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
    const remedy = `use a layer of the mapping table that has cores: ${names.slice(0, MOST_NAMES).join(', ')}`;
    problems.push(errorAt('unknown-layer', placeOf(pin), `no core belongs to a layer "${layer}"${hint}`, remedy));
  }
  const beyond = [
    ['columns', x + width - spec.gridWidth],
    ['rows', y + height - spec.gridHeight],
  ] as const;
  const over = beyond.flatMap(([what, n]) => (n > 0 ? [`${n} ${what}`] : []));
  if (over.length > 0) {
    const message = `the rectangle reaches ${over.join(' and ')} beyond the ${spec.gridWidth} x ${spec.gridHeight} cores of chip "${spec.name}"`;
    problems.push(errorAt('pin-off-grid', placeOf(pin), message, 'name a rectangle of the grid'));
  }
  return problems;
}

/** Names in a message. */
const MOST_NAMES = 20;

/** Cells that layers hold, and may give to others. */
export interface CellOwners {
  /** By {@link cellKey}: the pinned layer that holds the cell, and which of its cores. */
  readonly owner: Map<number, { readonly layer: number; readonly core: number }>;
  /** Cells that are kept by cores of no pinned layer: taken only when nothing else is left, and then given up. */
  readonly kept: Set<number>;
}

/**
 * Gives every pinned core a cell of its rectangle: `owners` holds those that have one, and is added to. Where rectangles overlap, layers make room for
 * each other, along the shortest chain; a finding for layers that want more cells together than there are.
 */
export function assignPinned(pinned: readonly PinnedLayer[], { owner, kept }: CellOwners): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  const placed = new Set(Array.from(owner.values(), ({ core }) => core));
  // Cells that are taken once stay taken: each search goes on where the last one of its kind has stopped.
  const searched = [new Int32Array(pinned.length), new Int32Array(pinned.length)] as const;
  pinned.forEach(({ cores }, layer) => {
    for (const core of cores) {
      if (placed.has(core)) continue;
      const chain = freeChain(layer, false) ?? freeChain(layer, true);
      if (chain === undefined) {
        problems.push(shortage(layer));
        return;
      }
      move(core, layer, chain);
    }
  });
  return problems;

  /** Cells from one of the layer's rectangle to a free one, each held by a core whose rectangle has the next. */
  function freeChain(from: number, takesKept: boolean): readonly Cell[] | undefined {
    const via = new Map<number, readonly Cell[]>([[from, []]]);
    for (const [layer, before] of via) {
      const { cells } = pinned[layer]!;
      const free = firstFree(layer, takesKept);
      if (free !== undefined) return [...before, free];
      for (const cell of cells) {
        const held = owner.get(cellKey(cell));
        if (held !== undefined && !via.has(held.layer)) via.set(held.layer, [...before, cell]);
      }
    }
    return undefined;
  }

  function firstFree(layer: number, takesKept: boolean): Cell | undefined {
    const { cells } = pinned[layer]!;
    const next = searched[takesKept ? 1 : 0];
    for (; next[layer]! < cells.length; next[layer]!++) {
      const key = cellKey(cells[next[layer]!]!);
      if (!owner.has(key) && (takesKept || !kept.has(key))) return cells[next[layer]!];
    }
    return undefined;
  }

  /** Every core of the chain goes on to the next cell. */
  function move(core: number, layer: number, chain: readonly Cell[]): void {
    let moving = { layer, core };
    for (const cell of chain) {
      const key = cellKey(cell);
      const displaced = owner.get(key);
      owner.set(key, moving);
      kept.delete(key);
      if (displaced === undefined) return;
      moving = displaced;
    }
  }

  /** The layers that share cells with one that finds none, and how many they lack. */
  function shortage(from: number): Diagnostic {
    const group = [from];
    for (const layer of group) {
      for (const cell of pinned[layer]!.cells) {
        const held = owner.get(cellKey(cell));
        if (held !== undefined && !group.includes(held.layer)) group.push(held.layer);
      }
    }
    const members = group.map((layer) => pinned[layer]!);
    const needed = members.reduce((n, { cores }) => n + cores.length, 0);
    const there = new Set(members.flatMap(({ cells }) => cells.map(cellKey))).size;
    const names = members.map(({ pin }) => `"${pin.layer}"`).join(', ');
    const message = `the rectangles of ${names} overlap: they have ${needed} cores, and ${there} cells together: ${needed - there} too few`;
    return errorAt('pins-overlap', placeOf(pinned[from]!.pin), message, 'use larger rectangles, or others');
  }
}

/** Whether a place lies in the rectangle of a core, or it has none. */
export const isAllowed = (inside: Rectangle | undefined, cell: Cell): boolean =>
  inside === undefined || isInside(inside, cell);
