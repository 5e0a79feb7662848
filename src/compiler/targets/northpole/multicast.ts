/**
 * The multicast trees of a layer's packets, as lists of what they occupy. Packets of one sender with the same readers share a tree, and all
 * frames do.
 *
 * Resources are numbered: links core * 4 + direction (east, west, south, north), then data ports, then injection ports.
 */
import { present } from '../../../common/assert.js';
import { flitsOf, senderOf, vectorChannels } from '../../../hw-models/northpole/exchange.js';
import {
  operandRegion,
  outputRegion,
  type Reader,
  readersOf,
  type Region,
  type Share,
  tensorAt,
} from '../../../hw-models/northpole/regions.js';
import type { NorthPoleLayer, NorthPoleProgram } from '../../../ir/program/northpole.js';

/** What a layer's packets occupy. */
export interface MulticastTrees {
  /** Sender of each output share, [rows * columns * outGroups]. */
  readonly sender: Int32Array;
  /** [shares * outBlocks * tileHeight * tileWidth] tree of a result vector, -1 where there is none. */
  readonly treeOf: Int32Array;
  /** [nTrees + 1] first entry of each tree. */
  readonly treeStart: Int32Array;
  /** Entries: resource, cycles after the injection, number of cycles. The data ports stand first. */
  readonly resource: Int32Array;
  readonly delay: Int32Array;
  readonly duration: Int32Array;
  /** [nTrees] cycles from the injection to the end of the last write. */
  readonly length: Int32Array;
}

const EAST = 0;
const WEST = 1;
const SOUTH = 2;
const NORTH = 3;

/** Number of the data port of a core. */
export const dataPort = (nCores: number, core: number): number => nCores * 4 + core;
/** Number of the injection port of a core. */
export const injectionPort = (nCores: number, core: number): number => nCores * 5 + core;

/** Which parts of a reader hold an index of the tensor: equal sets are one list. */
export interface Holders {
  /** By index: number of its list. */
  readonly list: Int32Array;
  readonly lists: readonly (readonly number[])[];
}

/** A reader of a layer, by the parts of its shares. */
export interface ReaderParts {
  /** By row (column) of the tensor: rows (columns) of tiles. */
  readonly rows: Holders;
  readonly columns: Holders;
  /** By output-channel block of the layer: outGroup * inGroups + inGroup. */
  readonly groups: Holders;
  readonly cores: Int32Array;
  readonly nColumns: number;
  readonly nGroups: number;
}

/** Builds the trees of layer l. */
export function multicastTrees(program: NorthPoleProgram, l: number): MulticastTrees {
  const { spec } = program;
  const layer = present(program.layers[l], 'layer');
  const { mapping } = layer;
  const { tileHeight, tileWidth, outGroups, outBlocks } = mapping;
  const shares = mapping.rows * mapping.columns * outGroups;
  const sender = Int32Array.from({ length: shares }, (_, s) => {
    const tile = Math.floor(s / outGroups);
    const place = { row: Math.floor(tile / mapping.columns), column: tile % mapping.columns, outGroup: s % outGroups };
    return senderOf(mapping, place);
  });
  const readers = readersOf(program, layer.output).map(({ layer: r, operand, offset }) =>
    readerParts(program, layer.output, present(program.layers[r], 'reader'), { operand, offset }),
  );
  const isResult = program.outputs.tensor === layer.output;
  const tree = new TreeBuilder(
    spec.gridWidth,
    spec.gridHeight,
    spec.networks.activation.hopCycles,
    flitsOf(program, layer),
  );
  const treeOf = new Int32Array(shares * outBlocks * tileHeight * tileWidth).fill(-1);
  const known = new Map<string, number>();
  let at = 0;
  for (let s = 0; s < shares; s++) {
    const tile = Math.floor(s / outGroups);
    const share = {
      row: Math.floor(tile / mapping.columns),
      column: tile % mapping.columns,
      outGroup: s % outGroups,
      inGroup: mapping.inGroups - 1,
    };
    const out = outputRegion(program, layer, share);
    for (let ob = 0; ob < outBlocks; ob++) {
      const [c0, c1] = vectorChannels(program, layer, share.outGroup, ob);
      const block = share.outGroup * outBlocks + ob;
      for (let i = 0; i < tileHeight * tileWidth; i++, at++) {
        const y = out.y0 + Math.floor(i / tileWidth);
        const x = out.x0 + (i % tileWidth);
        if (c0 >= c1 || y >= out.y1 || x >= out.x1) continue;
        // Equal holders mean equal trees.
        let key = `${s}`;
        for (const r of readers) key += `,${r.rows.list[y]},${r.columns.list[x]},${r.groups.list[block]}`;
        let number = known.get(key);
        if (number === undefined) {
          for (const r of readers) {
            for (const row of r.rows.lists[r.rows.list[y]!]!) {
              for (const column of r.columns.lists[r.columns.list[x]!]!) {
                for (const group of r.groups.lists[r.groups.list[block]!]!) {
                  tree.deliver(r.cores[(row * r.nColumns + column) * r.nGroups + group]!);
                }
              }
            }
          }
          if (isResult) tree.deliver(sender[s]!);
          number = tree.finish(sender[s]!);
          known.set(key, number);
        }
        treeOf[at] = number;
      }
    }
  }
  return { sender, treeOf, ...tree.result() };
}

/** The parts of an operand of `reader` that reads tensor `tensor` from channel `offset` on. */
export function readerParts(
  program: NorthPoleProgram,
  tensor: number,
  reader: NorthPoleLayer,
  { operand, offset }: Pick<Reader, 'operand' | 'offset'>,
): ReaderParts {
  const { mapping } = reader;
  const [height, width, channels] = tensorAt(program, tensor).shape;
  const { outputs } = program.spec.vmm;
  const region = (share: Partial<Share>): Region =>
    operandRegion(
      program,
      reader,
      { row: 0, column: 0, outGroup: 0, inGroup: mapping.inGroups - 1, ...share },
      operand,
    );
  const rows = Array.from({ length: mapping.rows }, (_, row) => region({ row }));
  const columns = Array.from({ length: mapping.columns }, (_, column) => region({ column }));
  const nGroups = mapping.outGroups * mapping.inGroups;
  const groups = Array.from({ length: nGroups }, (_, g) =>
    region({ outGroup: Math.floor(g / mapping.inGroups), inGroup: g % mapping.inGroups }),
  );
  return {
    rows: holders(height, (y) => rows.map(({ y0, y1 }) => y >= y0 && y < y1)),
    columns: holders(width, (x) => columns.map(({ x0, x1 }) => x >= x0 && x < x1)),
    groups: holders(Math.ceil(channels / outputs), (block) => {
      const from = block * outputs + offset;
      const to = Math.min(channels, (block + 1) * outputs) + offset;
      return groups.map(({ c0, c1 }) => from < c1 && to > c0);
    }),
    cores: mapping.cores,
    nColumns: mapping.columns,
    nGroups,
  };
}

function holders(n: number, holds: (index: number) => readonly boolean[]): Holders {
  const numbers = new Map<string, number>();
  const lists: (readonly number[])[] = [];
  const list = Int32Array.from({ length: n }, (_, index) => {
    const parts = holds(index).flatMap((h, part) => (h ? [part] : []));
    const key = parts.join();
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, lists.length);
    return lists.push(parts) - 1;
  });
  return { list, lists };
}

/** Builds trees one after the other into growing lists. */
class TreeBuilder {
  private readonly width: number;
  private readonly height: number;
  private readonly hop: number;
  private readonly flits: number;
  /** Deliveries of the tree under construction by core, and the cores that have some. */
  private readonly copies: Int32Array;
  private cores: number[] = [];
  private readonly start: number[] = [0];
  private readonly lengths: number[] = [];
  private readonly resources: number[] = [];
  private readonly delays: number[] = [];
  private readonly durations: number[] = [];

  constructor(width: number, height: number, hop: number, flits: number) {
    this.width = width;
    this.height = height;
    this.hop = hop;
    this.flits = flits;
    this.copies = new Int32Array(width * height);
  }

  deliver(core: number): void {
    if (this.copies[core] === 0) this.cores.push(core);
    this.copies[core]!++;
  }

  /** Ends the tree of a packet from `sender`; returns its number. */
  finish(sender: number): number {
    const { width, hop, flits } = this;
    const nCores = width * this.height;
    const sx = sender % width;
    const sy = Math.floor(sender / width);
    /** By column: the rows the tree reaches. */
    const top = new Int32Array(width).fill(sy);
    const bottom = new Int32Array(width).fill(sy);
    let left = sx;
    let right = sx;
    // A result nobody reads is sent too, to free its place: the layer lasts until it has left.
    let length = flits;
    // Data ports first: they are the busiest, and a search ends at the first that is busy.
    for (const core of this.cores) {
      const x = core % width;
      const y = Math.floor(core / width);
      left = Math.min(left, x);
      right = Math.max(right, x);
      top[x] = Math.min(top[x]!, y);
      bottom[x] = Math.max(bottom[x]!, y);
      const delay = (Math.abs(x - sx) + Math.abs(y - sy)) * hop;
      const duration = this.copies[core]! * flits;
      this.push(dataPort(nCores, core), delay, duration);
      length = Math.max(length, delay + duration);
      this.copies[core] = 0;
    }
    this.cores = [];
    this.push(injectionPort(nCores, sender), 0, flits);
    for (let x = sx; x < right; x++) this.push((sy * width + x) * 4 + EAST, (x - sx) * hop, flits);
    for (let x = sx; x > left; x--) this.push((sy * width + x) * 4 + WEST, (sx - x) * hop, flits);
    for (let x = left; x <= right; x++) {
      const along = Math.abs(x - sx);
      for (let y = sy; y < bottom[x]!; y++) this.push((y * width + x) * 4 + SOUTH, (along + y - sy) * hop, flits);
      for (let y = sy; y > top[x]!; y--) this.push((y * width + x) * 4 + NORTH, (along + sy - y) * hop, flits);
    }
    this.start.push(this.resources.length);
    return this.lengths.push(length) - 1;
  }

  private push(resource: number, delay: number, duration: number): void {
    this.resources.push(resource);
    this.delays.push(delay);
    this.durations.push(duration);
  }

  result(): Omit<MulticastTrees, 'sender' | 'treeOf'> {
    return {
      treeStart: Int32Array.from(this.start),
      resource: Int32Array.from(this.resources),
      delay: Int32Array.from(this.delays),
      duration: Int32Array.from(this.durations),
      length: Int32Array.from(this.lengths),
    };
  }
}
