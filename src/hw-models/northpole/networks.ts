/**
 * Three of the four on-chip networks: the segmented bus for weights, links between neighbours for partial sums, one bus per row for
 * programs. The fourth is in activation-mesh.ts.
 *
 * Sources: four networks, weights stored once and streamed, partial sums to neighbours, programs before each layer (Modha et al.
 * 2023, P; patents 11521085, 11847553, 11238347, S); widths and hop times assumed (A). All of them are scheduled: no buffers, no arbitration, so
 * a second use of wires is an error. The latency of a bus does not depend on the place (A).
 */
import type { NorthPoleSpec } from '../../ir/program/northpole.js';
import { DelayLine } from './delay-line.js';
import { Port } from './port.js';
import { violation, type Place } from './violation.js';
import type { WeightLine } from './weight-buffer.js';

/** A line on its way to the weight buffers of some cores of its segment. */
export interface BusLine extends WeightLine {
  readonly cores: readonly number[];
}

/** What went over a network so far. */
export interface Traffic {
  bytes: number;
  byteHops: number;
}

/** Rectangle of cores. */
export interface Segment {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The model network: each segment is a bus of its own. */
export class ModelNetwork {
  readonly traffic: Traffic = { bytes: 0, byteHops: 0 };
  readonly #widthBytes: number;
  readonly #grid: readonly [width: number, height: number];
  readonly #buses = new Map<string, Port>();
  /** For each core the segment whose wires it used last, and when: segments of one cycle must be disjoint. */
  readonly #wires: { name: string; cycle: number }[];
  readonly #lines = new DelayLine<BusLine>();

  constructor({ networks, gridWidth, gridHeight }: NorthPoleSpec) {
    this.#widthBytes = networks.model.wires / 8;
    this.#grid = [gridWidth, gridHeight];
    this.#wires = Array.from({ length: gridWidth * gridHeight }, () => ({ name: '', cycle: -1 }));
  }

  /** Puts a line on the bus of a segment; it arrives `latency` cycles later. */
  send(place: Place, segment: Segment, line: BusLine, latency: number): void {
    const { x, y, width, height } = segment;
    const name = `${x},${y} ${width}x${height}`;
    const [gridWidth, gridHeight] = this.#grid;
    if (x < 0 || y < 0 || x + width > gridWidth || y + height > gridHeight) {
      throw violation(place, 'model network', `segment ${name} leaves the grid`);
    }
    let bus = this.#buses.get(name);
    if (bus === undefined) {
      bus = new Port(`model network, segment ${name}`, this.#widthBytes, 'shared');
      this.#buses.set(name, bus);
    }
    bus.use(place, line.bytes.length);
    this.#claim(place, segment, name);
    const outside = line.cores.find((core) => !contains(segment, core % gridWidth, Math.floor(core / gridWidth)));
    if (outside !== undefined) throw violation(place, 'model network', `core ${outside} is not in segment ${name}`);
    this.traffic.bytes += line.bytes.length;
    this.traffic.byteHops += line.bytes.length * width * height;
    this.#lines.push(place.cycle + latency, line);
  }

  /** A line that a core sends to itself only, past the bus. */
  loop(place: Place, line: BusLine, latency: number): void {
    this.#lines.push(place.cycle + latency, line);
  }

  /** Lines that arrive in this cycle. */
  arrivals(cycle: number): readonly BusLine[] {
    return this.#lines.take(cycle);
  }

  /** True if no line is on its way. */
  get idle(): boolean {
    return this.#lines.empty;
  }

  #claim(place: Place, { x, y, width, height }: Segment, name: string): void {
    const [gridWidth] = this.#grid;
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) {
        const wires = this.#wires[row * gridWidth + column]!;
        if (wires.cycle === place.cycle && wires.name !== name) {
          throw violation(place, 'model network', `segments ${wires.name} and ${name} overlap`);
        }
        wires.cycle = place.cycle;
        wires.name = name;
      }
    }
  }
}

const contains = (s: Segment, x: number, y: number): boolean =>
  x >= s.x && x < s.x + s.width && y >= s.y && y < s.y + s.height;

/** Partial sums of a position on their way to the next core of a chain. */
export interface ChainSum {
  readonly to: number;
  readonly layer: number;
  readonly pass: number;
  readonly position: number;
  readonly vector: Int32Array;
}

/** The partial-sum network: a link for every ordered pair of neighbours. */
export class PartialSumNetwork {
  readonly traffic: Traffic = { bytes: 0, byteHops: 0 };
  readonly #spec: NorthPoleSpec;
  readonly #links = new Map<string, Port>();
  readonly #sums = new DelayLine<ChainSum>();

  constructor(spec: NorthPoleSpec) {
    this.#spec = spec;
  }

  /** Sends a vector of sums, `nChannels` of which are in use, to a neighbour; it is in the latch there after hopCycles. */
  send(place: Place, sum: ChainSum, nChannels: number): void {
    const { gridWidth, networks, partialSums, vmm } = this.#spec;
    const [dx, dy] = [sum.to % gridWidth, Math.floor(sum.to / gridWidth)];
    const [sx, sy] = [place.core % gridWidth, Math.floor(place.core / gridWidth)];
    if (Math.abs(dx - sx) + Math.abs(dy - sy) !== 1) {
      throw violation(place, 'partial-sum network', `core ${sum.to} is not a neighbour`);
    }
    const name = `${place.core}-${sum.to}`;
    let link = this.#links.get(name);
    if (link === undefined) {
      link = new Port(`partial-sum link ${name}`, networks.partialSum.wires / 8);
      this.#links.set(name, link);
    }
    link.use(place, (vmm.outputs * partialSums.bits) / 8);
    const bytes = Math.ceil((nChannels * partialSums.bits) / 8);
    this.traffic.bytes += bytes;
    this.traffic.byteHops += bytes;
    this.#sums.push(place.cycle + networks.partialSum.hopCycles, sum);
  }

  /** Sums that arrive in this cycle. */
  arrivals(cycle: number): readonly ChainSum[] {
    return this.#sums.take(cycle);
  }

  /** True if no sum is on its way. */
  get idle(): boolean {
    return this.#sums.empty;
  }
}

/** The instruction network: the program of a layer for every core of a row, one after the other; all rows alike. */
export class InstructionNetwork {
  readonly traffic: Traffic = { bytes: 0, byteHops: 0 };
  readonly #spec: NorthPoleSpec;
  #busyUntil = 0;
  /** Programs in the two halves of the buffers, by layer: complete from this cycle on. */
  readonly #loaded = new Map<number, number>();

  constructor(spec: NorthPoleSpec) {
    this.#spec = spec;
  }

  /** The host has loaded it before the batch. */
  preload(layer: number): void {
    this.#loaded.set(layer, 0);
  }

  /** Starts to send the program of a layer; half a buffer must be free. */
  send(place: Place, layer: number, programBytes: number): void {
    const { gridWidth, gridHeight, networks, programBufferBytes } = this.#spec;
    const { wires, hopCycles } = networks.instruction;
    if (place.cycle < this.#busyUntil) throw violation(place, 'instruction network', `busy until ${this.#busyUntil}`);
    if (programBytes > programBufferBytes / 2) {
      throw violation(place, 'program buffer', `${programBytes} bytes, a half holds ${programBufferBytes / 2}`);
    }
    if (this.#loaded.size >= 2) {
      throw violation(
        place,
        'program buffer',
        `both halves are in use (layers ${[...this.#loaded.keys()].join(', ')})`,
      );
    }
    const row = gridWidth * programBytes;
    this.#busyUntil = place.cycle + Math.ceil(row / (wires / 8));
    this.#loaded.set(layer, this.#busyUntil + gridWidth * hopCycles);
    this.traffic.bytes += row * gridHeight;
    this.traffic.byteHops += row * gridHeight * gridWidth;
  }

  /** A layer starts: its program must be there. */
  begin(place: Place, layer: number): void {
    const ready = this.#loaded.get(layer);
    if (ready === undefined || ready > place.cycle) {
      throw violation(
        place,
        'program buffer',
        `the program of layer ${layer} is ${ready === undefined ? 'missing' : `there in ${ready}`}`,
      );
    }
  }

  /** A layer has ended: its half is free. */
  end(layer: number): void {
    this.#loaded.delete(layer);
  }
}
