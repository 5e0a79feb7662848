/** The packets of a run, tick by tick, and how they fare on the mesh at a given length of the tick. */
import type { MeshTraffic } from '../../hw-models/truenorth/mesh.js';

/** Packets in the order of ticks, in a tick in the order of release. Cycles are mesh cycles from the beginning of the tick. */
export interface PacketLog {
  readonly tick: Int32Array;
  readonly release: Int32Array;
  /** Router numbers. */
  readonly source: Int32Array;
  readonly destination: Int32Array;
  /** Ticks until the spike acts. */
  readonly delay: Uint8Array;
  /** Neuron (core * neuronsPerCore + neuron) that fired. */
  readonly neuron: Int32Array;
}

/** One packet. */
export interface LoggedPacket {
  readonly release: number;
  readonly source: number;
  readonly destination: number;
  readonly delay: number;
  readonly neuron: number;
}

/** Collects packets. */
export class PacketCollector {
  readonly #rows: { readonly tick: number; readonly packets: readonly LoggedPacket[] }[] = [];
  #count = 0;

  /** Adds the packets of a tick; ticks come in ascending order. */
  add(tick: number, packets: readonly LoggedPacket[]): void {
    // A stable order: equal releases by neuron, as they were found.
    this.#rows.push({ tick, packets: packets.toSorted((a, b) => a.release - b.release) });
    this.#count += packets.length;
  }

  /** All of them. */
  log(): PacketLog {
    const n = this.#count;
    const log = {
      tick: new Int32Array(n),
      release: new Int32Array(n),
      source: new Int32Array(n),
      destination: new Int32Array(n),
      delay: new Uint8Array(n),
      neuron: new Int32Array(n),
    };
    let p = 0;
    for (const { tick, packets } of this.#rows) {
      for (const packet of packets) {
        log.tick[p] = tick;
        log.release[p] = packet.release;
        log.source[p] = packet.source;
        log.destination[p] = packet.destination;
        log.delay[p] = packet.delay;
        log.neuron[p] = packet.neuron;
        p++;
      }
    }
    return log;
  }
}

/** The packets of ticks of `tickCycles` each, on one time line. Releases beyond the end of a tick keep their order. */
export function timeLine(log: PacketLog, tickCycles: number): { traffic: MeshTraffic; order: Int32Array } {
  const n = log.tick.length;
  const release = log.release.map((cycle, p) => log.tick[p]! * tickCycles + cycle);
  const order = Int32Array.from({ length: n }, (_, p) => p);
  if (release.some((cycle, p) => p > 0 && cycle < release[p - 1]!)) {
    order.sort((a, b) => release[a]! - release[b]! || a - b);
  }
  const pick = (values: Int32Array): Int32Array => order.map((p) => values[p]!);
  return { traffic: { release: pick(release), source: pick(log.source), destination: pick(log.destination) }, order };
}
