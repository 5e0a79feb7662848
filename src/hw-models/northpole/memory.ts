/**
 * The unified memory of a core: weights, operands and results lie side by side in one array of bytes with three ports.
 *
 * ```
 *   activation port  reads an activation vector for the VMM            weight port  reads one line for the model network
 *   data port        reads operands of the vector unit, writes what the activation network brings
 * ```
 * Sources: 768 KB unified per core (Modha et al. 2023, P), 128 bytes per core and cycle over all ports (D); the split into three
 * ports is assumed (A). Accesses are aligned to elements, not to words (A). The data port takes
 * several accesses in a cycle as long as their bytes fit (A).
 *
 * Every byte knows the buffer it belongs to and which of its bits were written since, so that reading what never arrived, or what
 * another buffer has overwritten, is an error and not an old value. Leaves out: banks, error correction, refresh.
 */
import type { NorthPoleSpec } from '../../ir/program/northpole.js';
import { fitsContainer, signExtend } from './containers.js';
import { Port } from './port.js';
import { violation } from './violation.js';

/** What a byte can belong to: operand n of a layer, its weights or the results the host reads. */
export type BufferRole = number | 'weights' | 'results';

/** A buffer in the memory of a core: packed elements from byte `base`. */
export interface MemoryBuffer {
  /** Number of the buffer on the chip, from {@link bufferTag}. */
  readonly tag: number;
  readonly base: number;
  readonly bits: number;
  readonly signed: boolean;
}

const ROLES = 256;

/** The number of a buffer: the same on all cores. */
export function bufferTag(layer: number, role: BufferRole): number {
  const n = role === 'weights' ? 0 : role === 'results' ? 1 : role + 2;
  if (n >= ROLES) throw new Error(`internal error: layer ${layer} has more than ${ROLES - 2} operands`);
  return 1 + layer * ROLES + n;
}

/** The buffer of a tag, in words. */
function describeTag(tag: number): string {
  if (tag === 0) return 'nothing';
  const role = (tag - 1) % ROLES;
  const layer = Math.floor((tag - 1) / ROLES);
  return `${role === 0 ? 'weights' : role === 1 ? 'results' : `operand ${role - 2}`} of layer ${layer}`;
}

const PAGE = 4096;

interface Page {
  readonly bytes: Uint8Array;
  /** Buffer the byte belongs to. */
  readonly tags: Int32Array;
  /** Bits written since it belongs to that buffer. */
  readonly written: Uint8Array;
}

/** Memory with its ports. Pages come into being when they are written. */
export class CoreMemory {
  readonly activationPort: Port;
  readonly weightPort: Port;
  readonly dataPort: Port;
  readonly #core: number;
  readonly #size: number;
  readonly #pages: (Page | undefined)[];

  constructor({ memory }: Pick<NorthPoleSpec, 'memory'>, core: number) {
    this.#core = core;
    this.#size = memory.bytes;
    this.#pages = new Array<Page | undefined>(Math.ceil(memory.bytes / PAGE)).fill(undefined);
    this.activationPort = new Port('activation port', memory.activationPortBytes);
    this.weightPort = new Port('weight port', memory.weightPortBytes);
    this.dataPort = new Port('data port', memory.dataPortBytes, 'shared');
  }

  /** Element `index` of a buffer. */
  read(cycle: number, buffer: MemoryBuffer, index: number): number {
    const { base, bits, signed, tag } = buffer;
    const first = index * bits;
    if (bits >= 8) {
      let code = 0;
      for (let b = bits / 8 - 1; b >= 0; b--) code = code * 256 + this.#readBits(cycle, tag, base + first / 8 + b, 255);
      return signExtend(code, bits, signed);
    }
    const shift = first & 7;
    const mask = ((1 << bits) - 1) << shift;
    return signExtend(this.#readBits(cycle, tag, base + (first >> 3), mask) >> shift, bits, signed);
  }

  /** Writes element `index` of a buffer. */
  write(cycle: number, buffer: MemoryBuffer, index: number, value: number): void {
    const { base, bits, signed, tag } = buffer;
    if (!fitsContainer(value, bits, signed)) {
      const kind = `${signed ? 'a signed' : 'an unsigned'} container of ${bits} bits`;
      throw this.#fault(cycle, `${value} does not fit ${kind} (${describeTag(tag)})`);
    }
    const first = index * bits;
    if (bits >= 8) {
      for (let b = 0; b < bits / 8; b++) {
        this.#writeBits(cycle, tag, base + first / 8 + b, 255, (value >> (8 * b)) & 255);
      }
      return;
    }
    const shift = first & 7;
    const mask = ((1 << bits) - 1) << shift;
    this.#writeBits(cycle, tag, base + (first >> 3), mask, (value << shift) & mask);
  }

  /** Whole bytes, as the weight port reads them. */
  readBytes(cycle: number, buffer: Pick<MemoryBuffer, 'tag' | 'base'>, offset: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let n = 0; n < length; n++) out[n] = this.#readBits(cycle, buffer.tag, buffer.base + offset + n, 255);
    return out;
  }

  /** Whole bytes, as the host loads them. */
  writeBytes(cycle: number, buffer: Pick<MemoryBuffer, 'tag' | 'base'>, offset: number, bytes: Uint8Array): void {
    bytes.forEach((byte, n) => this.#writeBits(cycle, buffer.tag, buffer.base + offset + n, 255, byte));
  }

  /** Forgets the bytes [from, to): reading them is an error until they are written again. */
  forget(from: number, to: number): void {
    for (let address = from; address < to; address++) {
      const page = this.#pages[Math.floor(address / PAGE)];
      if (page !== undefined) page.tags[address % PAGE] = 0;
    }
  }

  #readBits(cycle: number, tag: number, address: number, mask: number): number {
    const page = this.#pages[Math.floor(address / PAGE)];
    const at = address % PAGE;
    const owner = page?.tags[at] ?? 0;
    if (page === undefined || owner !== tag) {
      const what = `byte ${address} of ${describeTag(tag)} holds ${describeTag(owner)}`;
      throw this.#fault(cycle, what);
    }
    if ((page.written[at]! & mask) !== mask) {
      throw this.#fault(cycle, `bits of byte ${address} of ${describeTag(tag)} were never written`);
    }
    return page.bytes[at]! & mask;
  }

  #writeBits(cycle: number, tag: number, address: number, mask: number, bits: number): void {
    if (!(address >= 0 && address < this.#size)) {
      throw this.#fault(cycle, `byte ${address} of ${describeTag(tag)} lies outside its ${this.#size} bytes`);
    }
    const number = Math.floor(address / PAGE);
    const page = (this.#pages[number] ??= {
      bytes: new Uint8Array(PAGE),
      tags: new Int32Array(PAGE),
      written: new Uint8Array(PAGE),
    });
    const at = address % PAGE;
    if (page.tags[at] !== tag) {
      page.tags[at] = tag;
      page.written[at] = 0;
    }
    page.written[at]! |= mask;
    page.bytes[at] = (page.bytes[at]! & ~mask) | bits;
  }

  #fault(cycle: number, what: string): Error {
    return violation({ cycle, core: this.#core }, 'memory', what);
  }
}
