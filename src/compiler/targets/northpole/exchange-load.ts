/**
 * How busy the exchange of a layer's results keeps the busiest link or data port, for choosing partitions: the trees of all result vectors added up,
 * without a schedule.
 */
import { present } from '../../../common/assert.js';
import type { NorthPoleSpec } from '../../../ir/program/northpole.js';
import type { ReaderParts } from './multicast.js';

/** The sender's side of an exchange. */
export interface SenderParts {
  readonly rows: number;
  readonly columns: number;
  readonly outGroups: number;
  readonly tileHeight: number;
  readonly tileWidth: number;
  readonly outBlocks: number;
  readonly image: readonly [height: number, width: number, channels: number];
  readonly nOutBlocks: number;
  /** [rows * columns * outGroups] core that sends. */
  readonly sender: Int32Array;
  /** Cycles in which a sender's data port reads operands itself. */
  readonly dataReads: number;
  readonly flits: number;
  /** Bytes a flit takes of a link and of a data port. */
  readonly flitBytes: number;
  readonly frames: number;
  /** The sender keeps its results for the host. */
  readonly isResult: boolean;
}

/** Indices with the same holders in all readers. */
interface Run {
  readonly count: number;
  /** By reader: the parts that hold them. */
  readonly holders: readonly (readonly number[])[];
}

/**
 * What a cycle of the busiest link is worth. A packet needs all links of its tree in step, so links stay free that a single one could have used:
 * schedules of trees with many links take about this factor longer than the busiest link is in use (measured on ResNet-50). Data
 * ports alone fill up completely.
 */
const LINK_CYCLES = 1.6;

/** Cycles that the busiest link or data port of the chip takes for one batch, about. */
export function exchangeLoad(spec: NorthPoleSpec, from: SenderParts, readers: readonly ReaderParts[]): number {
  const [height, width] = from.image;
  const rows = runsOf(from.rows, from.tileHeight, height, (y) => readers.map((r) => [r.rows, y] as const));
  const columns = runsOf(from.columns, from.tileWidth, width, (x) => readers.map((r) => [r.columns, x] as const));
  const groups = runsOf(from.outGroups, from.outBlocks, from.nOutBlocks, (b) =>
    readers.map((r) => [r.groups, b] as const),
  );
  const loads = new Loads(spec, from.flitBytes);
  for (let row = 0; row < from.rows; row++) {
    for (let column = 0; column < from.columns; column++) {
      for (let group = 0; group < from.outGroups; group++) {
        const sender = from.sender[(row * from.columns + column) * from.outGroups + group]!;
        loads.atPort(sender, from.dataReads);
        for (const ys of rows[row]!) {
          for (const xs of columns[column]!) {
            for (const blocks of groups[group]!) {
              for (let r = 0; r < readers.length; r++) {
                const { cores, nColumns, nGroups } = readers[r]!;
                for (const y of ys.holders[r]!) {
                  for (const x of xs.holders[r]!) {
                    for (const g of blocks.holders[r]!) loads.deliver(cores[(y * nColumns + x) * nGroups + g]!);
                  }
                }
              }
              if (from.isResult) loads.deliver(sender);
              loads.send(sender, ys.count * xs.count * blocks.count * from.frames * from.flits);
            }
          }
        }
      }
    }
  }
  return loads.most();
}

/** For each of `parts` pieces of `size` of 0..n: the different combinations of holders in it. */
function runsOf(
  parts: number,
  size: number,
  n: number,
  at: (index: number) => readonly (readonly [ReaderParts['rows'], number])[],
): readonly (readonly Run[])[] {
  return Array.from({ length: parts }, (_, part) => {
    const runs = new Map<string, { count: number; readonly holders: readonly (readonly number[])[] }>();
    for (let index = part * size; index < Math.min(n, (part + 1) * size); index++) {
      const lists = at(index).map(([holders, i]) => holders.list[i]!);
      const key = lists.join();
      const run = runs.get(key);
      if (run !== undefined) run.count++;
      else {
        const holders = at(index).map(([h], r) => present(h.lists[lists[r]!], 'holders'));
        runs.set(key, { count: 1, holders });
      }
    }
    return [...runs.values()];
  });
}

/** Cycles of use by link (core * 4 + direction) and data port, as if several flits always shared a cycle where they can. */
class Loads {
  private readonly width: number;
  /** Flits per cycle. */
  private readonly perLink: number;
  private readonly perPort: number;
  private readonly links: Float64Array;
  private readonly ports: Float64Array;
  private readonly copies: Int32Array;
  private readonly cores: Int32Array;
  private nCores = 0;
  private readonly top: Int32Array;
  private readonly bottom: Int32Array;

  constructor(spec: NorthPoleSpec, flitBytes: number) {
    const { gridWidth: width, gridHeight: height } = spec;
    this.width = width;
    this.perLink = Math.floor(spec.networks.activation.wires / 8 / flitBytes);
    this.perPort = Math.floor(spec.memory.dataPortBytes / flitBytes);
    this.links = new Float64Array(width * height * 4);
    this.ports = new Float64Array(width * height);
    this.copies = new Int32Array(width * height);
    this.cores = new Int32Array(width * height);
    this.top = new Int32Array(width);
    this.bottom = new Int32Array(width);
  }

  atPort(core: number, cycles: number): void {
    this.ports[core]! += cycles;
  }

  deliver(core: number): void {
    if (this.copies[core]!++ === 0) this.cores[this.nCores++] = core;
  }

  /** Sends to the cores delivered to since the last call, `cycles` on every link. */
  send(sender: number, cycles: number): void {
    const { width, links, ports, copies, cores, top, bottom } = this;
    const sx = sender % width;
    const sy = (sender - sx) / width;
    let left = sx;
    let right = sx;
    top.fill(sy);
    bottom.fill(sy);
    for (let i = 0; i < this.nCores; i++) {
      const core = cores[i]!;
      const x = core % width;
      const y = (core - x) / width;
      ports[core]! += (copies[core]! * cycles) / this.perPort;
      copies[core] = 0;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top[x]!) top[x] = y;
      if (y > bottom[x]!) bottom[x] = y;
    }
    this.nCores = 0;
    for (let x = sx; x < right; x++) links[(sy * width + x) * 4]! += cycles;
    for (let x = sx; x > left; x--) links[(sy * width + x) * 4 + 1]! += cycles;
    for (let x = left; x <= right; x++) {
      for (let y = sy; y < bottom[x]!; y++) links[(y * width + x) * 4 + 2]! += cycles;
      for (let y = sy; y > top[x]!; y--) links[(y * width + x) * 4 + 3]! += cycles;
    }
  }

  most(): number {
    return Math.max(
      (LINK_CYCLES * this.links.reduce((a, b) => Math.max(a, b), 0)) / this.perLink,
      this.ports.reduce((a, b) => Math.max(a, b), 0),
    );
  }
}
