import type { InputCode } from '../ir/network/types.js';
import { codedBuffer, codedLength, type CodedValues, encodeCounts } from '../ir/network/input-code.js';

/** The coded values of a sample of a data set; they may be overwritten by the next call. */
export type CodedSamples = (sample: number) => CodedValues;

/** Most bytes of a data set that are kept. */
const MAX_KEPT = 1 << 28;

/**
 * Coded samples of `images` ([n, nPixels], 0..255), each coded once: who evaluates many networks on the same samples finds them there.
 * Data sets of more than 256 MiB are coded again and again.
 */
export function codedSamples(code: InputCode, images: Uint8Array, nPixels: number, seed: number): CodedSamples {
  const encode = (sample: number, out: CodedValues): CodedValues => {
    encodeCounts(code, images.subarray(sample * nPixels, (sample + 1) * nPixels), sample, seed, out);
    return out;
  };
  const bytes = (code.kind === 'integer' ? 2 : 1) * codedLength(code, images.length);
  if (bytes > MAX_KEPT) {
    const buffer = codedBuffer(code, nPixels);
    return (sample) => encode(sample, buffer);
  }
  const kept: CodedValues[] = [];
  return (sample) => (kept[sample] ??= encode(sample, codedBuffer(code, nPixels)));
}
