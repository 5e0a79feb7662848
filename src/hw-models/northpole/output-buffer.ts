/**
 * The output buffer of a core: results of the vector unit wait here for their cycle on the activation network.
 *
 * Size assumed (A); a result takes whole bytes. Results enter at the end of a cycle and leave with their last flit.
 */
import type { NorthPoleSpec } from '../../ir/program/northpole.js';
import { violation, type Place } from './violation.js';

/** Results of one position of a pass. */
export interface ResultVector {
  readonly layer: number;
  readonly pass: number;
  readonly position: number;
  readonly values: Int32Array;
  /** Bytes in the container of the output. */
  readonly bytes: number;
}

type ResultKey = Pick<ResultVector, 'layer' | 'pass' | 'position'>;

const nameOf = ({ layer, pass, position }: ResultKey): string => `${layer}/${pass}/${position}`;

/** Waiting results. */
export class OutputBuffer {
  readonly #size: number;
  readonly #waiting = new Map<string, ResultVector>();
  #bytes = 0;

  constructor({ outputBufferBytes }: Pick<NorthPoleSpec, 'outputBufferBytes'>) {
    this.#size = outputBufferBytes;
  }

  /** A result comes in. */
  put(place: Place, result: ResultVector): void {
    this.#bytes += result.bytes;
    if (this.#bytes > this.#size) {
      throw violation(place, 'output buffer', `${this.#bytes} bytes wait, ${this.#size} fit`);
    }
    this.#waiting.set(nameOf(result), result);
  }

  /** The result a packet is made of; it must have come in before this cycle. */
  peek(place: Place, key: ResultKey): ResultVector {
    const result = this.#waiting.get(nameOf(key));
    if (result === undefined) {
      const what = `position ${key.position} of pass ${key.pass}, layer ${key.layer}, is sent before it is there`;
      throw violation(place, 'output buffer', what);
    }
    return result;
  }

  /** The last flit has left. */
  remove(result: ResultVector): void {
    if (this.#waiting.delete(nameOf(result))) this.#bytes -= result.bytes;
  }

  /** Results that wait. */
  get size(): number {
    return this.#waiting.size;
  }
}
