/**
 * The partial-sum buffer of a core: two halves; a pass collects its sums in one while those of the pass before leave the other.
 *
 * Sources: partial-sum buffer of the vector unit and a partial-sum network between neighbours (patent 11501140, S); 32 bits are exact for
 * 8-bit operands up to 2^15 of them (D); 64 KiB in two halves are assumed (A).
 *
 * Each half has one port for the VMM (add to a position's vector) and one that reads a finished vector.
 */
import type { NorthPoleLayer, NorthPoleSpec } from '../../ir/program/northpole.js';
import { Port } from './port.js';
import { violation, type Place } from './violation.js';

/** Sums of one position, by output channel of the block. */
export type SumVector = Int32Array;

interface Half {
  pass: number;
  readonly sums: Map<number, { vector: SumVector; blocks: number }>;
}

/** Which sums are meant. */
export interface SumKey {
  /** Number of the pass in the whole program; pass n works in half n mod 2. */
  readonly pass: number;
  readonly position: number;
}

/** Two halves. */
export class PartialSums {
  readonly #spec: NorthPoleSpec;
  readonly #addPort: Port;
  readonly #readPort: Port;
  readonly #halves: readonly [Half, Half] = [
    { pass: -1, sums: new Map() },
    { pass: -1, sums: new Map() },
  ];

  constructor(spec: NorthPoleSpec) {
    this.#spec = spec;
    const vectorBytes = (spec.vmm.outputs * spec.partialSums.bits) / 8;
    this.#addPort = new Port('partial sums from the VMM', vectorBytes);
    this.#readPort = new Port('partial sums out', vectorBytes);
  }

  /** Adds the sums of a block; `initial` is what the first block of a position starts with, undefined for the others. */
  add(place: Place, key: SumKey, products: Int32Array, initial: SumVector | undefined): void {
    this.#addPort.use(place, products.length * 4);
    const half = this.#half(place, key);
    let entry = half.sums.get(key.position);
    if ((entry === undefined) !== (initial !== undefined)) {
      throw violation(
        place,
        'partial sums',
        `position ${key.position} of pass ${key.pass} has lost its order of blocks`,
      );
    }
    if (initial !== undefined) {
      entry = { vector: initial.slice(), blocks: 0 };
      half.sums.set(key.position, entry);
    }
    if (entry === undefined) return;
    entry.blocks++;
    addExact(place, entry.vector, products, this.#spec.partialSums.bits);
  }

  /** Takes out the sums of a position, of exactly `blocks` blocks. */
  take(place: Place, key: SumKey, blocks: number): SumVector {
    this.#readPort.use(place, this.#readPort.widthBytes);
    const half = this.#halves[key.pass % 2 === 0 ? 0 : 1];
    const entry = half.pass === key.pass ? half.sums.get(key.position) : undefined;
    if (entry?.blocks !== blocks) {
      const has = `position ${key.position} of pass ${key.pass} has ${entry?.blocks ?? 0} of ${blocks} blocks`;
      throw violation(place, 'partial sums', has);
    }
    half.sums.delete(key.position);
    return entry.vector;
  }

  #half(place: Place, { pass, position }: SumKey): Half {
    const { outputs } = this.#spec.vmm;
    const { bits, bufferBytes } = this.#spec.partialSums;
    const half = this.#halves[pass % 2 === 0 ? 0 : 1];
    if (half.pass !== pass) {
      if (half.sums.size > 0) {
        const left = `pass ${pass} starts in a half that still holds ${half.sums.size} sums of pass ${half.pass}`;
        throw violation(place, 'partial sums', left);
      }
      half.pass = pass;
    }
    if (((position + 1) * outputs * bits) / 8 > bufferBytes / 2) {
      throw violation(place, 'partial sums', `position ${position} lies beyond a half of ${bufferBytes / 2} bytes`);
    }
    return half;
  }
}

/** Adds `values` to `sums` in place; leaving the range of `bits` is an error. */
export function addExact(place: Place, sums: SumVector, values: Int32Array, bits: number): void {
  const limit = 2 ** (bits - 1);
  for (let o = 0; o < sums.length; o++) {
    const sum = sums[o]! + values[o]!;
    if (sum < -limit || sum >= limit) {
      throw violation(place, 'partial sums', `${sum} of output ${o} does not fit ${bits} bits`);
    }
    sums[o] = sum;
  }
}

/** What the sums of a position start with: the bias in the first core of a chain, [outputs] from channel c0 on. */
export function initialSums(layer: NorthPoleLayer, inGroup: number, c0: number, outputs: number): SumVector {
  const sums = new Int32Array(outputs);
  if (layer.kind === 'vmm' && inGroup === 0) sums.set(layer.bias.subarray(c0, c0 + outputs));
  return sums;
}
