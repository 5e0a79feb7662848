/**
 * From 8-bit samples to counts and spikes: the one definition that the integer network and every engine share.
 *
 *   threshold, rate, thermometer   an element of count n spikes in the first n ticks of its frame
 *   bernoulli                      an element spikes in tick t iff its draw for t is below value / 256
 */
import { assert, assertNever } from '../common/assert.js';
import { draw4, PURPOSE } from '../common/rng.js';
import type { InputCode } from '../ir/network/types.js';

/** Which sample of the data set, and the seed of its draws (read by the bernoulli code only). */
export interface SampleKey {
  readonly sample: number;
  readonly seed: number;
}

/** Number of coded elements of `nPixels` input values. Element of a thermometer: pixel * levels + level. */
export function codedLength(code: InputCode, nPixels: number): number {
  return code.kind === 'thermometer' ? nPixels * code.levels.length : nPixels;
}

/** Number of ticks in which an element may spike. */
export function codeTicks(code: InputCode): number {
  switch (code.kind) {
    case 'threshold':
    case 'thermometer':
      return 1;
    case 'rate':
      return 2 ** code.bits - 1;
    case 'bernoulli':
      return code.ticks;
    default:
      return assertNever(code);
  }
}

/**
 * The coded count of every element: how often it spikes in its frame. `pixels` are values 0..255, `sample` the index in the
 * data set, `out` has codedLength(code, pixels.length) entries. Counts fit a byte, so a bernoulli code has at most 255 ticks.
 */
export function encodeCounts(code: InputCode, pixels: Uint8Array, sample: number, seed: number, out: Uint8Array): void {
  assert(out.length === codedLength(code, pixels.length), `${out.length} counts for ${pixels.length} pixels`);
  assert(codeTicks(code) <= 255, 'an input code of more than 255 ticks');
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
      for (let tick = 0; tick < code.ticks; tick++) {
        for (let i = 0; i < pixels.length; i++) {
          if (bernoulliSpike(i, pixels[i]!, { sample, seed }, tick)) out[i]!++;
        }
      }
      return;
    default:
      assertNever(code);
  }
}

/**
 * Whether `element` spikes in `tick` of its frame (0-based). `count` is its coded count; `value` the 8-bit value of the pixel
 * (read by the bernoulli code only, where element and pixel are the same).
 */
export function spikesInTick(
  code: InputCode,
  element: { readonly index: number; readonly count: number; readonly value: number },
  key: SampleKey,
  tick: number,
): boolean {
  if (code.kind === 'bernoulli') return tick < code.ticks && bernoulliSpike(element.index, element.value, key, tick);
  return tick < element.count;
}

const words = new Uint32Array(4);

function bernoulliSpike(element: number, value: number, { sample, seed }: SampleKey, tick: number): boolean {
  draw4(seed, PURPOSE.bernoulliInput, element, sample, tick >>> 2, words);
  return words[tick & 3]! < value * 16777216;
}
