/** The packets of a layer: each result is sent once, not before it is ready, and no link or port is used twice in a cycle. */
import { present } from '../../../../common/assert.js';
import {
  flitBytes,
  flitsOf,
  positionAt,
  senderOf,
  vectorBytes,
  vectorChannels,
} from '../../../../hw-models/northpole/exchange.js';
import {
  operandRegion,
  outputRegion,
  readersOf,
  type Region,
  shareAt,
} from '../../../../hw-models/northpole/regions.js';
import { dataReadBytes, dataReads, type PassShape, readyCycle } from '../../../../hw-models/northpole/timing.js';
import type { NorthPoleProgram, NorthPoleSpec } from '../../../../ir/program/northpole.js';
import type { Findings } from './findings.js';

/** Checks layer l; returns the most packets a core sends and the cycle after the last write. */
export function checkPackets(
  program: NorthPoleProgram,
  l: number,
  shape: PassShape,
  findings: Findings,
): { readonly sent: number; readonly lastEnd: number } {
  const { spec } = program;
  const layer = present(program.layers[l], 'layer');
  const place = `layer "${layer.name}"`;
  const { mapping, timing } = layer;
  const { positions, outBlocks } = mapping;
  const { nPasses, interval } = shape;
  const flits = flitsOf(program, layer);
  const hop = spec.networks.activation.hopCycles;
  const { offset, cycles: reads } = dataReads(program, layer, shape);
  const width = Math.max(0, timing.end - timing.start) + 1;
  const use = new Use(spec, width, flitBytes(program, layer));
  const readBytes = dataReadBytes(program, layer);
  const targets = new Targets(program, l);
  const nShares = mapping.rows * mapping.columns * mapping.outGroups;
  let sent = 0;
  let lastEnd = timing.start;
  for (let s = 0; s < nShares; s++) {
    const share = shareAt(mapping, s * mapping.inGroups + mapping.inGroups - 1);
    const sender = senderOf(mapping, share);
    const out = outputRegion(program, layer, share);
    const readyAt: number[] = [];
    const leftAt: number[] = [];
    for (let pass = 0; pass < nPasses; pass++) {
      const [c0, c1] = vectorChannels(program, layer, share.outGroup, pass % outBlocks);
      for (let p = 0; p < positions; p++) {
        const t = timing.packets[(s * nPasses + pass) * positions + p] ?? -1;
        const at = positionAt({ mapping, batch: program.batch }, out, Math.floor(pass / outBlocks), p);
        if (at === undefined || c0 >= c1) {
          findings.need(
            t === -1,
            'packet-extra',
            place,
            () => `core ${sender} sends a result that does not exist in ${t}`,
          );
          continue;
        }
        const read = timing.start + pass * timing.passPeriod + offset + p * interval;
        if (reads > 0 && !use.take(DATA, sender, read - timing.start, reads, readBytes)) {
          findings.add('data-port', place, `core ${sender} reads an operand in cycle ${read}, its data port is in use`);
        }
        if (t < 0) {
          findings.add(
            'packet-missing',
            place,
            `core ${sender} never sends pixel ${at.y}, ${at.x} of frame ${at.frame}`,
          );
          continue;
        }
        const ready = readyCycle(spec, timing, shape, pass, p);
        readyAt.push(ready);
        leftAt.push(t + flits);
        if (t < ready) {
          findings.add('packet-early', place, `core ${sender} sends in cycle ${t} what is ready in ${ready}`);
        }
        if (t < timing.start) continue;
        const destinations = targets.of(at.y, at.x, c0, c1, sender);
        use.send(destinations, sender, t - timing.start, { flits, hop, width: spec.gridWidth }, (kind, core) => {
          const what = `${RESOURCE[kind] ?? ''} core ${core}`;
          findings.add(CODE[kind] ?? '', place, `${what} has no room for the packet of core ${sender} in cycle ${t}`);
        });
        lastEnd = Math.max(lastEnd, timing.start + use.lastEnd);
      }
    }
    sent = Math.max(sent, readyAt.length);
    checkBacklog(readyAt, leftAt, spec.outputBufferBytes / vectorBytes(program, layer), (n) => {
      findings.add(
        'output-buffer',
        place,
        `${n} results wait in core ${sender}, the output buffer holds ${Math.floor(spec.outputBufferBytes / vectorBytes(program, layer))}`,
      );
    });
  }
  return { sent, lastEnd };
}

/** Reports the largest number of results that wait at once if it is above `room`. */
function checkBacklog(
  ready: readonly number[],
  left: readonly number[],
  room: number,
  report: (n: number) => void,
): void {
  const readyAt = Float64Array.from(ready).sort();
  const leftAt = Float64Array.from(left).sort();
  let most = 0;
  let gone = 0;
  readyAt.forEach((cycle, i) => {
    while (gone < leftAt.length && leftAt[gone]! <= cycle) gone++;
    // Results that are ready in the same cycle count too: the last of them sees them all.
    most = Math.max(most, i + 1 - gone);
  });
  if (most > room) report(most);
}

const EAST = 0;
const WEST = 1;
const SOUTH = 2;
const NORTH = 3;
const DATA = 4;
const INJECTION = 5;
const RESOURCE = [
  'the link east of',
  'the link west of',
  'the link south of',
  'the link north of',
  'the data port of',
  'the injection port of',
];
const CODE = ['link-busy', 'link-busy', 'link-busy', 'link-busy', 'data-port', 'injection-port'];

/** Cores a packet reaches: the first `n` of `cores`, with the number of their deliveries. */
interface Destinations {
  readonly cores: Int32Array;
  readonly copies: Int32Array;
  readonly n: number;
}

/** Bytes of every link and port of a layer that are in use, cycle by cycle. */
class Use {
  private readonly cycles: number;
  private readonly used: Uint16Array;
  /** Bytes per cycle by kind of resource. */
  private readonly room: readonly number[];
  private readonly bytes: number;
  /** By core: number of the last packet whose tree reaches it. */
  private readonly seen: Int32Array;
  private packet = 0;
  /** End of the last write of the last packet sent. */
  lastEnd = 0;

  /** `bytes` is what a flit takes of links and data ports. */
  constructor(spec: NorthPoleSpec, cycles: number, bytes: number) {
    const link = spec.networks.activation.wires / 8;
    this.cycles = cycles;
    this.bytes = bytes;
    // An injection port takes one flit a cycle, whatever its size.
    this.room = [link, link, link, link, spec.memory.dataPortBytes, bytes];
    this.used = new Uint16Array(spec.gridWidth * spec.gridHeight * 6 * cycles);
    this.seen = new Int32Array(spec.gridWidth * spec.gridHeight);
  }

  /** Uses `bytes` of a resource of a core for n cycles; false if that is more than there is, or beyond the end of the layer. */
  take(kind: number, core: number, from: number, n: number, bytes = this.bytes): boolean {
    const row = (core * 6 + kind) * this.cycles;
    const room = this.room[kind]!;
    let fits = true;
    for (let t = from; t < from + n; t++) {
      // Beyond the end of the layer: reported as such by the caller.
      if (t < 0 || t >= this.cycles) continue;
      const used = this.used[row + t]! + bytes;
      this.used[row + t] = used;
      if (used > room) fits = false;
    }
    return fits;
  }

  /** Sends a packet; tells of every resource that is in use already. */
  send(
    targets: Destinations,
    sender: number,
    t: number,
    { flits, hop, width }: { readonly flits: number; readonly hop: number; readonly width: number },
    clash: (kind: number, core: number) => void,
  ): void {
    const take = (kind: number, core: number, from: number, n: number): void => {
      if (!this.take(kind, core, from, n)) clash(kind, core);
    };
    const sx = sender % width;
    const sy = (sender - sx) / width;
    take(INJECTION, sender, t, flits);
    this.lastEnd = t + flits;
    // Each link of the tree once: walk every way, from its target back, until a core that is on the tree already.
    const { seen } = this;
    const mark = ++this.packet;
    seen[sender] = mark;
    for (let i = 0; i < targets.n; i++) {
      const core = targets.cores[i]!;
      let x = core % width;
      let y = (core - x) / width;
      const end = t + (Math.abs(x - sx) + Math.abs(y - sy)) * hop;
      take(DATA, core, end, flits * targets.copies[i]!);
      this.lastEnd = Math.max(this.lastEnd, end + flits * targets.copies[i]!);
      while (seen[y * width + x] !== mark) {
        seen[y * width + x] = mark;
        const distance = Math.abs(x - sx) + Math.abs(y - sy) - 1;
        let kind = y > sy ? SOUTH : NORTH;
        if (y !== sy) y += y > sy ? -1 : 1;
        else {
          kind = x > sx ? EAST : WEST;
          x += x > sx ? -1 : 1;
        }
        take(kind, y * width + x, t + distance * hop, flits);
      }
    }
  }
}

/** Where the results of a layer go. */
class Targets {
  private readonly readers: readonly {
    readonly offset: number;
    readonly cores: Int32Array;
    readonly regions: readonly Region[];
    /** By pixel of the tensor: shares that hold it. */
    readonly at: ReadonlyMap<number, readonly number[]>;
  }[];
  private readonly isResult: boolean;
  private readonly copyOf: Int32Array;
  private readonly found: { readonly cores: Int32Array; readonly copies: Int32Array; n: number };

  constructor(program: NorthPoleProgram, l: number) {
    const layer = present(program.layers[l], 'layer');
    this.isResult = program.outputs.tensor === layer.output;
    this.readers = readersOf(program, layer.output).map(({ layer: r, operand, offset }) => {
      const reader = present(program.layers[r], 'reader');
      const { cores } = reader.mapping;
      const regions = Array.from(cores, (_, s) => operandRegion(program, reader, shareAt(reader.mapping, s), operand));
      const at = new Map<number, number[]>();
      regions.forEach(({ y0, y1, x0, x1, c0, c1 }, s) => {
        if (c0 >= c1) return;
        for (let y = y0; y < y1; y++) {
          for (let x = x0; x < x1; x++) {
            const shares = at.get(y * 65536 + x);
            if (shares === undefined) at.set(y * 65536 + x, [s]);
            else shares.push(s);
          }
        }
      });
      return { offset, cores, regions, at };
    });
    const nCores = program.spec.gridWidth * program.spec.gridHeight;
    this.copyOf = new Int32Array(nCores);
    this.found = { cores: new Int32Array(nCores), copies: new Int32Array(nCores), n: 0 };
  }

  /** Cores that write channels [c0, c1) of pixel y, x, with the number of their deliveries; valid until the next call. */
  of(y: number, x: number, c0: number, c1: number, sender: number): Destinations {
    const { found, copyOf } = this;
    found.n = 0;
    const deliver = (core: number): void => {
      if (copyOf[core] === 0) found.cores[found.n++] = core;
      copyOf[core]!++;
    };
    for (const { offset, cores, regions, at } of this.readers) {
      for (const s of at.get(y * 65536 + x) ?? []) {
        const region = regions[s]!;
        if (c0 + offset < region.c1 && c1 + offset > region.c0) deliver(cores[s]!);
      }
    }
    if (this.isResult) deliver(sender);
    for (let i = 0; i < found.n; i++) {
      found.copies[i] = copyOf[found.cores[i]!]!;
      copyOf[found.cores[i]!] = 0;
    }
    return found;
  }
}
