/**
 * The weight buffer of a core: two halves of one weight block each. One half is filled by the model network while the VMM works with
 * the other.
 *
 * Sources: the buffer fills only from the model network (patent 11521085, S); two halves and their size are assumed (A): a block
 * of 1 KiB at every width. Which half a block goes to alternates in the order of the schedule's slots, also over layers.
 */
import type { NorthPoleSpec } from '../../ir/program/northpole.js';
import { Port } from './port.js';
import { violation, type Place } from './violation.js';

/** A line of a weight block on its way. */
export interface WeightLine {
  /** Number of the block's slot in the whole program; block n goes to half n mod 2. */
  readonly slot: number;
  /** Line of the block and how many it has. */
  readonly line: number;
  readonly lines: number;
  readonly bytes: Uint8Array;
}

interface Half {
  slot: number;
  readonly bytes: Uint8Array;
  readonly arrived: boolean[];
  nArrived: number;
}

const emptyHalf = (): Half => ({ slot: -1, bytes: new Uint8Array(0), arrived: [], nArrived: 0 });

/** Two halves. */
export class WeightBuffer {
  readonly fillPort: Port;
  readonly #halves: [Half, Half] = [emptyHalf(), emptyHalf()];

  constructor(spec: Pick<NorthPoleSpec, 'weightFillBytes'>) {
    this.fillPort = new Port('weight buffer', spec.weightFillBytes, 'shared');
  }

  /** A line arrives; a line of another block starts the half anew. */
  fill(place: Place, { slot, line, lines, bytes }: WeightLine): void {
    this.fillPort.use(place, bytes.length);
    const at = slot % 2 === 0 ? 0 : 1;
    let half = this.#halves[at];
    if (half.slot !== slot) {
      half = { slot, bytes: new Uint8Array(lines * bytes.length), arrived: [], nArrived: 0 };
      this.#halves[at] = half;
    }
    if (half.arrived[line] === true) throw violation(place, 'weight buffer', `line ${line} arrives twice`);
    half.arrived[line] = true;
    half.nArrived++;
    half.bytes.set(bytes, line * bytes.length);
  }

  /** The bytes of the block of a slot, whose `lines` lines must have come in before this cycle. */
  block(place: Place, slot: number, lines: number): Uint8Array {
    const half = this.#halves[slot % 2 === 0 ? 0 : 1];
    if (half.slot !== slot) {
      const has = half.slot < 0 ? 'nothing' : `that of slot ${half.slot}`;
      throw violation(place, 'weight buffer', `the block of slot ${slot} is needed, its half holds ${has}`);
    }
    if (half.nArrived < lines) {
      throw violation(place, 'weight buffer', `${lines - half.nArrived} of ${lines} lines of slot ${slot} are missing`);
    }
    return half.bytes;
  }
}
