/**
 * From 8-bit samples to counts and spikes: the one definition that the integer network and every engine share.
 *
 *   threshold, rate, thermometer   an element of count n spikes in the first n ticks of its frame
 *   bernoulli                      an element spikes in tick t iff its draw for t is below value / 256
 *   integer                        an element is one integer, which may be negative; it has no spikes
 */
import { assert, assertNever } from '../../common/assert.js';
import { draw4, PURPOSE } from '../../common/rng.js';
import { codeMax } from './shapes.js';
import type { InputCode } from './types.js';

/** Which sample of the data set, and the seed of its draws (read by the bernoulli code only). */
export interface SampleKey {
  readonly sample: number;
  readonly seed: number;
}

/** Coded values: bytes for the codes of spikes, -255..255 for the integer code. */
export type CodedValues = Uint8Array | Int16Array;

/** How integers become spikes: digits of a radix, lowest first, each as the count of an element of its own. */
export interface InputDigits {
  /** 2..256; a digit is 0..radix - 1. */
  readonly radix: number;
  /** Digits of an integer, 1..8. */
  readonly count: number;
}

/** Digits of unsigned integers of `bits` bits, none of them above `maxCount` (one at least). */
export function digitsFor(bits: number, maxCount: number): InputDigits {
  let digitBits = 1;
  while (digitBits < bits && 2 ** (digitBits + 1) - 1 <= maxCount) digitBits++;
  // As few digits as that takes, and no larger than they have to be.
  const count = Math.ceil(bits / digitBits);
  return { radix: 2 ** Math.ceil(bits / count), count };
}

/** The counts of the digits of integer inputs, lowest digit of the first input first; `zeroPoint` of the code has no part in it. */
export function encodeDigits(
  { bits }: Extract<InputCode, { kind: 'integer' }>,
  { radix, count }: InputDigits,
  pixels: Uint8Array,
  out: Uint8Array,
): void {
  assert(out.length === count * pixels.length, `${out.length} digits for ${pixels.length} pixels`);
  let next = 0;
  for (const pixel of pixels) {
    let rest = pixel >>> (8 - bits);
    for (let d = 0; d < count; d++) {
      out[next++] = rest % radix;
      rest = Math.floor(rest / radix);
    }
  }
}

/** A buffer for the coded values of `nPixels` input values. */
export function codedBuffer(code: InputCode, nPixels: number): CodedValues {
  const n = codedLength(code, nPixels);
  return code.kind === 'integer' ? new Int16Array(n) : new Uint8Array(n);
}

/** Number of coded elements of `nPixels` input values. Element of a thermometer: pixel * levels + level. */
export function codedLength(code: InputCode, nPixels: number): number {
  return code.kind === 'thermometer' ? nPixels * code.levels.length : nPixels;
}

/**
 * The coded value of every element: how often it spikes in its frame, or its integer. `pixels` are values 0..255, `sample` the
 * index in the data set, `out` is like codedBuffer(code, pixels.length). Counts fit a byte, so a bernoulli code has at most 255
 * ticks; an integer code needs an Int16Array.
 */
export function encodeCounts(
  code: InputCode,
  pixels: Uint8Array,
  sample: number,
  seed: number,
  out: CodedValues,
): void {
  assert(out.length === codedLength(code, pixels.length), `${out.length} counts for ${pixels.length} pixels`);
  assert(codeMax(code) <= 255, 'an input code of more than 255 ticks');
  switch (code.kind) {
    case 'threshold':
      for (let i = 0; i < pixels.length; i++) out[i] = pixels[i]! >= code.level ? 1 : 0;
      return;
    case 'rate':
      for (let i = 0; i < pixels.length; i++) out[i] = pixels[i]! >>> (8 - code.bits);
      return;
    case 'thermometer': {
      let element = 0;
      for (const pixel of pixels) for (const level of code.levels) out[element++] = pixel >= level ? 1 : 0;
      return;
    }
    case 'bernoulli':
      out.fill(0);
      forEachBernoulliSpike(code.ticks, pixels, { sample, seed }, (element) => out[element]!++);
      return;
    case 'integer':
      assert(out instanceof Int16Array, 'an integer code needs 16-bit values');
      for (let i = 0; i < pixels.length; i++) out[i] = (pixels[i]! >>> (8 - code.bits)) - code.zeroPoint;
      return;
    default:
      assertNever(code);
  }
}

/**
 * The spikes of a frame, `raster[tick * nElements + element]` = 0 or 1, for codeMax(code) ticks. Its column sums are the
 * counts of `encodeCounts`.
 */
export function encodeRaster(code: InputCode, pixels: Uint8Array, key: SampleKey): Uint8Array {
  assert(code.kind !== 'integer', 'an integer code has no spikes');
  const nElements = codedLength(code, pixels.length);
  const raster = new Uint8Array(codeMax(code) * nElements);
  if (code.kind === 'bernoulli') {
    forEachBernoulliSpike(code.ticks, pixels, key, (element, tick) => {
      raster[tick * nElements + element] = 1;
    });
    return raster;
  }
  const counts = new Uint8Array(nElements);
  encodeCounts(code, pixels, key.sample, key.seed, counts);
  for (let tick = 0; tick < codeMax(code); tick++) {
    for (let element = 0; element < nElements; element++) {
      if (spikesInTick(counts[element]!, tick)) raster[tick * nElements + element] = 1;
    }
  }
  return raster;
}

/** Whether an element of a count code (all but bernoulli) spikes in a tick of its frame, 0-based: in the first `count`. */
export function spikesInTick(count: number, tick: number): boolean {
  return tick < count;
}

const words = new Uint32Array(4);

/** One draw serves four ticks of an element. */
function forEachBernoulliSpike(
  ticks: number,
  pixels: Uint8Array,
  { sample, seed }: SampleKey,
  visit: (element: number, tick: number) => void,
): void {
  for (let element = 0; element < pixels.length; element++) {
    const limit = pixels[element]! * 16777216;
    if (limit === 0) continue;
    for (let tick = 0; tick < ticks; tick++) {
      if ((tick & 3) === 0) draw4(seed, PURPOSE.bernoulliInput, element, sample, tick >>> 2, words);
      if (words[tick & 3]! < limit) visit(element, tick);
    }
  }
}
