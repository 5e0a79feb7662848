/**
 * The deliveries of exchange.ts for all pixels of a tensor. Which shares hold a pixel depends on its row, its column and its channels one by
 * one, so a few lists answer for all of them.
 */
import { present } from '../../common/assert.js';
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import { multicastTree, type MulticastTree } from './activation-mesh.js';
import { layerAt, type Delivery } from './exchange.js';
import { operandRegion, readersOf, shareIndex, tensorAt, type Reader } from './regions.js';

/** Deliveries of a vector, in order of layer, operand, offset and share; those for the host are left out. */
export interface DeliveryMap {
  /** Vectors with the same key have the same deliveries. */
  keyOf(y: number, x: number, c0: number, c1: number): number;
  /** The deliveries of a key that {@link keyOf} has returned. */
  at(key: number): readonly Delivery[];
}

/** Where a packet goes. */
export interface PacketRoute {
  /** In order; the host's, which the sender keeps, is the last. */
  readonly deliveries: readonly Delivery[];
  readonly tree: MulticastTree;
}

/** Routes of all packets of a program; packets with the same way share one object. */
export class PacketRoutes {
  readonly #program: NorthPoleProgram;
  readonly #maps = new Map<number, DeliveryMap>();
  readonly #routes = new Map<number, Map<number, PacketRoute>>();

  constructor(program: NorthPoleProgram) {
    this.#program = program;
  }

  /** The route of the vector of channels [c0, c1) of pixel y, x that `core` sends in layer l. */
  of(l: number, core: number, y: number, x: number, c0: number, c1: number): PacketRoute {
    const { spec, outputs } = this.#program;
    const { output } = layerAt(this.#program, l);
    let map = this.#maps.get(l);
    let routes = this.#routes.get(l);
    if (map === undefined || routes === undefined) {
      map = deliveryMap(this.#program, output);
      routes = new Map();
      this.#maps.set(l, map);
      this.#routes.set(l, routes);
    }
    const key = map.keyOf(y, x, c0, c1);
    const index = key * spec.gridWidth * spec.gridHeight + core;
    let route = routes.get(index);
    if (route === undefined) {
      const readers = map.at(key);
      const deliveries = output === outputs.tensor ? [...readers, { core, layer: -1, operand: 0, offset: 0 }] : readers;
      const cores = deliveries.map((delivery) => delivery.core);
      route = { deliveries, tree: multicastTree(spec.gridWidth, core, cores) };
      routes.set(index, route);
    }
    return route;
  }
}

interface ReaderShares {
  readonly reader: Reader;
  readonly rows: readonly (readonly [number, number])[];
  readonly columns: readonly (readonly [number, number])[];
  /** [outGroup][inGroup] channels of the operand. */
  readonly channels: readonly (readonly (readonly [number, number])[])[];
}

/** The map of a tensor that a layer stores or the host writes. */
export function deliveryMap(program: NorthPoleProgram, tensor: number): DeliveryMap {
  const { shape } = tensorAt(program, tensor);
  const readers = readersOf(program, tensor).map((reader) => readerShares(program, reader));
  const rowClass = classes(shape[0], (y) => readers.map((r) => inside(r.rows, y)).join(';'));
  const columnClass = classes(shape[1], (x) => readers.map((r) => inside(r.columns, x)).join(';'));
  const keys = new Map<string, number>();
  const lists: (readonly Delivery[])[] = [];
  return {
    keyOf: (y, x, c0, c1) => {
      const name = `${rowClass[y]},${columnClass[x]},${c0},${c1}`;
      let key = keys.get(name);
      if (key === undefined) {
        key = lists.length;
        keys.set(name, key);
        lists.push(readers.flatMap((r) => deliveriesTo(program, r, y, x, c0, c1)));
      }
      return key;
    },
    at: (key) => present(lists[key], 'deliveries of a key'),
  };
}

function readerShares(program: NorthPoleProgram, reader: Reader): ReaderShares {
  const layer = layerAt(program, reader.layer);
  const { rows, columns, outGroups, inGroups } = layer.mapping;
  const region = (row: number, column: number, outGroup: number, inGroup: number) =>
    operandRegion(program, layer, { row, column, outGroup, inGroup }, reader.operand);
  const range = <T>(n: number, of: (i: number) => T): readonly T[] => Array.from({ length: n }, (_, i) => of(i));
  // Rows of a share depend on its row only, unless its tile is empty because of its column: share 0 of the other axis never is.
  return {
    reader,
    rows: range(rows, (row) => {
      const { y0, y1 } = region(row, 0, 0, 0);
      return [y0, y1];
    }),
    columns: range(columns, (column) => {
      const { x0, x1 } = region(0, column, 0, 0);
      return [x0, x1];
    }),
    channels: range(outGroups, (outGroup) =>
      range(inGroups, (inGroup) => {
        const { c0, c1 } = region(0, 0, outGroup, inGroup);
        return [c0, c1];
      }),
    ),
  };
}

function deliveriesTo(
  program: NorthPoleProgram,
  { reader, rows, columns, channels }: ReaderShares,
  y: number,
  x: number,
  c0: number,
  c1: number,
): readonly Delivery[] {
  const { mapping } = layerAt(program, reader.layer);
  const out: Delivery[] = [];
  for (const row of inside(rows, y)) {
    for (const column of inside(columns, x)) {
      channels.forEach((byInGroup, outGroup) => {
        byInGroup.forEach(([from, to], inGroup) => {
          if (c0 + reader.offset >= to || c1 + reader.offset <= from) return;
          const core = present(mapping.cores[shareIndex(mapping, { row, column, outGroup, inGroup })], 'core');
          out.push({ core, ...reader });
        });
      });
    }
  }
  return out;
}

/** Indices of the ranges that hold n. */
function inside(ranges: readonly (readonly [number, number])[], n: number): readonly number[] {
  return ranges.flatMap(([from, to], i) => (n >= from && n < to ? [i] : []));
}

/** Numbers 0..n - 1 by equal names. */
function classes(n: number, nameOf: (i: number) => string): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from({ length: n }, (_, i) => {
    const name = nameOf(i);
    const known = numbers.get(name) ?? numbers.size;
    numbers.set(name, known);
    return known;
  });
}
