/**
 * A port of a memory or one direction of a link: a fixed number of bytes per cycle, one use per cycle.
 *
 * Sources: no stalls, no misses, a static schedule (Modha et al. 2023, P): there is no arbiter, so a second use in one cycle is a fault
 * of the schedule. Leaves out: turnaround between reads and writes, bank conflicts.
 */
import { violation, type Place } from './violation.js';

/** How a second use in one cycle is treated: refused, or allowed while the bytes of the cycle fit. */
export type PortSharing = 'exclusive' | 'shared';

/** A port with its use in the current cycle and the bytes that went through it. */
export class Port {
  readonly resource: string;
  readonly widthBytes: number;
  readonly #sharing: PortSharing;
  #cycle = Number.NEGATIVE_INFINITY;
  #used = 0;
  #total = 0;

  constructor(resource: string, widthBytes: number, sharing: PortSharing = 'exclusive') {
    this.resource = resource;
    this.widthBytes = widthBytes;
    this.#sharing = sharing;
  }

  /** All bytes so far. */
  get total(): number {
    return this.#total;
  }

  /** Takes the port for `bytes` in this cycle. Cycles must not go back. */
  use(place: Place, bytes: number): void {
    if (place.cycle < this.#cycle) throw violation(place, this.resource, `used again for cycle ${this.#cycle}`);
    const again = place.cycle === this.#cycle;
    if (again && this.#sharing === 'exclusive') throw violation(place, this.resource, 'used twice in one cycle');
    this.#used = (again ? this.#used : 0) + bytes;
    this.#cycle = place.cycle;
    this.#total += bytes;
    if (this.#used > this.widthBytes) {
      throw violation(place, this.resource, `${this.#used} bytes in one cycle, ${this.widthBytes} fit`);
    }
  }
}
