/**
 * Deadlines on the mesh. A packet fired in tick t with delay d acts in tick t + d, and a core latches the axons of a tick as the
 * tick begins: so the packet is in time if it has arrived by the beginning of tick t + d.
 */
import { fail } from '../../common/diagnostics.js';
import type { MeshSpec } from '../../hw-models/truenorth/mesh.js';
import { simulateMesh } from './fast-mesh.js';
import { type PacketLog, timeLine } from './packet-log.js';

/** How the packets of a run fared with ticks of `tickCycles`. */
export interface TickCheck {
  readonly tickCycles: number;
  /** [n] cycles from the beginning of the packet's own tick to its arrival, in the order of the log. */
  readonly arrival: Int32Array;
  /** Packets that came after the beginning of the tick in which they act. */
  readonly missed: number;
}

/** Cycles are 32-bit numbers in the kernel, with room for packets that are late. */
const MAX_CYCLES = 0x3000_0000;

/** All ticks on one time line: packets of a tick may meet those of the tick before. */
export function checkTicks(mesh: MeshSpec, log: PacketLog, tickCycles: number): TickCheck {
  const nTicks = (log.tick.at(-1) ?? 0) + 1;
  if (nTicks * tickCycles > MAX_CYCLES) {
    fail(
      'too-many-ticks',
      'timing',
      `${nTicks} ticks of ${tickCycles} mesh cycles are more than one time line holds`,
      'run fewer samples (--limit)',
    );
  }
  const { traffic, order } = timeLine(log, tickCycles);
  const run = simulateMesh(mesh, traffic);
  const arrival = new Int32Array(order.length);
  let missed = 0;
  order.forEach((p, i) => {
    arrival[p] = run.arrival[i]! - log.tick[p]! * tickCycles;
    if (arrival[p]! > log.delay[p]! * tickCycles) missed++;
  });
  return { tickCycles, arrival, missed };
}

/** Ticks so long that no packet meets one of another tick; `busiestEdge` packets of a tick cross one chip edge. */
export function independentTicks(mesh: MeshSpec, log: PacketLog, busiestEdge = 0): TickCheck {
  let tickCycles =
    maxOf(log.release) +
    2 * busiestEdge * mesh.edgeCycles +
    2 * (mesh.width + mesh.height) * (mesh.hopCycles + mesh.edgeCycles) +
    64;
  for (;;) {
    const check = checkTicks(mesh, log, tickCycles);
    if (maxOf(check.arrival) <= tickCycles) return check;
    tickCycles *= 2;
  }
}

/**
 * The shortest legal tick: not below `coreCycles`, in which the slowest core is done. `alone` is the run with independent ticks. Exact
 * where packets are gone before the next tick begins; otherwise ticks in between are tried on one time line, and the result is the
 * shortest that was seen to meet every deadline.
 */
export function fastestTick(mesh: MeshSpec, log: PacketLog, coreCycles: number, alone: TickCheck): TickCheck {
  let needed = Math.max(1, coreCycles);
  log.delay.forEach((delay, p) => (needed = Math.max(needed, Math.ceil(alone.arrival[p]! / delay))));
  const last = Math.max(needed, maxOf(alone.arrival));
  if (last <= needed) return { ...alone, tickCycles: needed, missed: 0 };
  let best: TickCheck = { ...alone, tickCycles: last, missed: 0 };
  let low = needed;
  // Packets with longer delays overlap the next tick: try the bound itself, then halve the interval.
  for (let tries = 0, next = low; tries < 8 && low < best.tickCycles; tries++) {
    const check = checkTicks(mesh, log, next);
    if (check.missed === 0) best = check;
    else low = next + 1;
    next = Math.floor((low + best.tickCycles) / 2);
  }
  return best;
}

/** The largest of values >= 0; 0 when there are none. */
export function maxOf(values: Int32Array): number {
  let largest = 0;
  for (const value of values) if (value > largest) largest = value;
  return largest;
}
