/** Neurons of one layer into cores: which share axons, and how their weights are made of axons. */
import { type AxonCode, candidateCodes } from './axon-code.js';
import type { SpikingLayer } from './layers.js';

/** A source with a delay, as a core reads it. */
export interface Line {
  readonly element: number;
  readonly delay: number;
}

/** A layer as packing sees it: what every neuron reads, line by line. */
export interface LinedLayer {
  readonly layer: SpikingLayer;
  readonly lines: readonly Line[];
  readonly rowStart: Int32Array;
  readonly line: Int32Array;
  readonly weight: Int32Array;
  /** [nOut] what all weights of a neuron are multiples of. */
  readonly divisor: Int32Array;
  /** The weights in these multiples, ascending, each once. */
  readonly weights: readonly number[];
}

/** Neurons of a core: a row and how many copies of it, from which on. */
export interface PackedRow {
  readonly row: number;
  readonly fromCopy: number;
  readonly copies: number;
}

/** A layer in cores. */
export interface SpikingPacking {
  readonly code: AxonCode;
  readonly cores: readonly (readonly PackedRow[])[];
  /** Axons in use over all cores. */
  readonly axons: number;
  readonly limitedBy: 'axons' | 'neurons';
}

/** Why a layer is in no core. */
export interface PackingProblem {
  /** Axons that the neuron with the most of them needs, with the best code; Infinity without any code. */
  readonly axons: number;
  /** Lines that it reads. */
  readonly lines: number;
}

/** What there is in a core for a layer. */
export interface CoreRoom {
  readonly axons: number;
  readonly neurons: number;
  readonly types: number;
  readonly weightMax: number;
}

/** Finds the lines of a layer. */
export function linesOf(layer: SpikingLayer): LinedLayer {
  const { rows } = layer;
  const index = new Map<number, number>();
  const lines: Line[] = [];
  const rowStart = new Int32Array(rows.nOut + 1);
  const line: number[] = [];
  const weight: number[] = [];
  const divisor = new Int32Array(rows.nOut).fill(1);
  const weights = new Set<number>();
  for (let o = 0; o < rows.nOut; o++) {
    let common = 0;
    for (let k = rows.rowStart[o]!; k < rows.rowStart[o + 1]!; k++)
      common = divisorOf(common, Math.abs(rows.weight[k]!));
    divisor[o] = Math.max(1, common);
    for (let k = rows.rowStart[o]!; k < rows.rowStart[o + 1]!; k++) {
      const element = rows.element[k]!;
      const delay = rows.delay[k]!;
      const multiple = rows.weight[k]! / divisor[o]!;
      weights.add(multiple);
      const key = element * 2 ** 21 + delay;
      let found = index.get(key);
      if (found === undefined) {
        found = lines.length;
        index.set(key, found);
        lines.push({ element, delay });
      }
      line.push(found);
      weight.push(multiple);
    }
    rowStart[o + 1] = line.length;
  }
  return {
    ...{ layer, lines, rowStart, divisor },
    weights: [...weights].sort((a, b) => a - b),
    line: Int32Array.from(line),
    weight: Int32Array.from(weight),
  };
}

function divisorOf(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** Codes that are tried in every order of the neurons. */
const BEST_CODES = 3;

/** The packing with the fewest cores, and axons worth `axonCost` of a core each; `copies` [nOut] neurons of every row. */
export function packLayer(
  lined: LinedLayer,
  copies: Int32Array,
  room: CoreRoom,
  axonCost: number,
): SpikingPacking | PackingProblem {
  const { weights, divisor } = lined;
  const widest = divisor.reduce((most, d) => Math.max(most, d), 1);
  const codes = candidateCodes(weights, room.types).filter((code) =>
    code.values.every((value) => Math.abs(value) * widest <= room.weightMax),
  );
  const natural = Array.from({ length: divisor.length }, (_, o) => o);
  const costOf = ({ cores, axons }: SpikingPacking): number => cores.length + axonCost * axons;
  const tried: { readonly packing: SpikingPacking; readonly cost: number }[] = [];
  let problem: PackingProblem = { axons: Infinity, lines: widestRow(lined) };
  const attempt = (code: AxonCode, order: readonly number[]): void => {
    const packing = packRows(lined, copies, room, { code, order });
    if ('lines' in packing) {
      if (packing.axons < problem.axons) problem = packing;
    } else tried.push({ packing, cost: costOf(packing) });
  };
  for (const code of codes) attempt(code, natural);
  const best = tried
    .sort((a, b) => a.cost - b.cost)
    .slice(0, BEST_CODES)
    .map(({ packing }) => packing.code);
  for (const order of ordersOf(lined.layer)) for (const code of best) attempt(code, order);
  const [first] = tried.sort((a, b) => a.cost - b.cost);
  return first?.packing ?? problem;
}

const widestRow = ({ rowStart, divisor }: LinedLayer): number =>
  divisor.reduce((most, _, o) => Math.max(most, rowStart[o + 1]! - rowStart[o]!), 0);

/** Next fit: a neuron goes into the open core where its axons and copies fit, copies that do not fit go on in the next. */
function packRows(
  { lines, rowStart, line, weight }: LinedLayer,
  copies: Int32Array,
  room: CoreRoom,
  { code, order }: { readonly code: AxonCode; readonly order: readonly number[] },
): SpikingPacking | PackingProblem {
  const nTypes = code.values.length;
  const need = new Uint8Array(lines.length * nTypes);
  let touched: number[] = [];
  const cores: PackedRow[][] = [];
  let open: PackedRow[] = [];
  let [axons, neurons, total, byAxons, byNeurons] = [0, 0, 0, 0, 0];
  const close = (): void => {
    if (open.length > 0) cores.push(open);
    open = [];
    total += axons;
    for (const slot of touched) need[slot] = 0;
    touched = [];
    [axons, neurons] = [0, 0];
  };
  const forSlots = (row: number, visit: (slot: number, n: number) => void): boolean => {
    for (let k = rowStart[row]!; k < rowStart[row + 1]!; k++) {
      const digits = code.digitsOf(weight[k]!);
      if (digits === undefined) return false;
      for (let t = 0; t < nTypes; t++) if (digits[t]! > 0) visit(line[k]! * nTypes + t, digits[t]!);
    }
    return true;
  };
  for (const row of order) {
    let left = copies[row]!;
    while (left > 0) {
      let extra = 0;
      if (!forSlots(row, (slot, n) => (extra += Math.max(0, n - need[slot]!)))) {
        return { axons: Infinity, lines: rowStart[row + 1]! - rowStart[row]! };
      }
      if (axons + extra > room.axons) {
        if (open.length === 0) return { axons: extra, lines: rowStart[row + 1]! - rowStart[row]! };
        byAxons++;
        close();
        continue;
      }
      if (neurons === room.neurons) {
        byNeurons++;
        close();
        continue;
      }
      const n = Math.min(left, room.neurons - neurons);
      forSlots(row, (slot, digits) => {
        if (need[slot] === 0) touched.push(slot);
        need[slot] = Math.max(need[slot]!, digits);
      });
      axons += extra;
      neurons += n;
      open.push({ row, fromCopy: copies[row]! - left, copies: n });
      left -= n;
    }
  }
  close();
  return { code, cores, axons: total, limitedBy: byAxons >= byNeurons ? 'axons' : 'neurons' };
}

/** Tiles of an image, and whether channels are apart. */
const TILES = [
  [1, 2],
  [2, 1],
  [2, 2],
  [3, 3],
  [4, 4],
  [8, 8],
] as const;

/** Orders of the neurons of an image in which neighbours share sources. */
function ordersOf({ shape }: SpikingLayer): readonly (readonly number[])[] {
  const [height = 1, width = 1, channels = 1] = shape;
  if (shape.length !== 3) return [];
  const orders: number[][] = [];
  const cells = Array.from({ length: height * width }, (_, at) => [Math.floor(at / width), at % width] as const);
  const inTiles = (h: number, w: number): readonly (readonly (readonly [number, number])[])[] => {
    const tiles = new Map<number, (readonly [number, number])[]>();
    for (const cell of cells) {
      const key = Math.floor(cell[0] / h) * width + Math.floor(cell[1] / w);
      const tile = tiles.get(key);
      if (tile === undefined) tiles.set(key, [cell]);
      else tile.push(cell);
    }
    return [...tiles.values()];
  };
  const numbers = Array.from({ length: channels }, (_, c) => c);
  const at = ([y, x]: readonly [number, number], c: number): number => (y * width + x) * channels + c;
  orders.push(numbers.flatMap((c) => cells.map((cell) => at(cell, c))));
  for (const [h, w] of TILES) {
    const tiles = inTiles(h, w);
    orders.push(tiles.flatMap((tile) => tile.flatMap((cell) => numbers.map((c) => at(cell, c)))));
    orders.push(tiles.flatMap((tile) => numbers.flatMap((c) => tile.map((cell) => at(cell, c)))));
    orders.push(numbers.flatMap((c) => tiles.flatMap((tile) => tile.map((cell) => at(cell, c)))));
  }
  return orders;
}
