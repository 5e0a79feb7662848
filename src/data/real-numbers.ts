/** Numbers of data files to the bytes that networks read: by a range that somebody states, never by what the numbers happen to be. */
import { type Diagnostic, fail, warningAt } from '../common/diagnostics.js';
import type { RealNumbers } from '../ir/network/preprocess.js';
import type { RawDataset } from './dataset.js';

/** A warning that numbers were limited to the stated range; none where all lie within it. */
export function clippedWarnings({
  name,
  clipped,
}: {
  readonly name: string;
  readonly clipped?: number | undefined;
}): readonly Diagnostic[] {
  if (clipped === undefined || clipped === 0) return [];
  const message = `${clipped} numbers lay outside of the stated range and were limited to it`;
  return [warningAt('clipped-data', `data set "${name}"`, message, 'widen --data-range where they matter')];
}

/** The images as bytes: of their numbers, where a range says what they mean; else they have to be bytes. @throws UserError */
export function asBytes(raw: RawDataset, reals: RealNumbers | undefined, place: string): RawDataset {
  const { values } = raw;
  if (reals === undefined) {
    if (values === undefined || values.isBytes) return raw;
    const message = `images have elements of type "${values.type}", and nothing says which of them is which byte`;
    const remedy =
      'say which numbers are the bytes 0 and 255 with --data-range LOW,HIGH, or save bytes: "u1", or "i1" as 8-bit networks read them';
    return fail('missing-data-range', place, message, remedy);
  }
  const numbers = values === undefined ? Float64Array.from(raw.images) : values.read();
  const { bytes, clipped } = mapped(numbers, reals, place, raw.imageShape);
  const ordered = channelsLast({ ...raw, images: bytes }, reals, place);
  return clipped === 0 ? ordered : { ...ordered, clipped };
}

function mapped(
  numbers: Float64Array,
  { low, high, outside }: RealNumbers,
  place: string,
  [n = 1]: readonly number[],
): { readonly bytes: Uint8Array; readonly clipped: number } {
  const bytes = new Uint8Array(numbers.length);
  const gain = 255 / (high - low);
  let nOutside = 0;
  let first = -1;
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i]!;
    const isInside = x >= low && x <= high;
    if (!isInside) {
      if (nOutside++ === 0) first = i;
      if (!Number.isFinite(x)) {
        const where = `number ${i % (numbers.length / n)} of sample ${Math.floor(i / (numbers.length / n))}`;
        return fail('bad-number', place, `${where} is ${x}`, 'save finite numbers');
      }
    }
    least = Math.min(least, x);
    most = Math.max(most, x);
    const byte = Math.floor((x - low) * gain + 0.5);
    bytes[i] = byte < 0 ? 0 : byte > 255 ? 255 : byte;
  }
  if (nOutside > 0 && outside === 'refuse') {
    const sample = Math.floor(first / (numbers.length / n));
    const message = `${nOutside} of ${numbers.length} numbers are outside of ${low}..${high}, the first is ${numbers[first]!} in sample ${sample}; they lie within ${least}..${most}`;
    fail('outside-data-range', place, message, 'widen --data-range, or limit them with --data-outside clip');
  }
  return { bytes, clipped: nOutside };
}

/** Images [n, c, h, w] as [n, h, w, c]. */
function channelsLast(raw: RawDataset, { layout }: RealNumbers, place: string): RawDataset {
  if (layout !== 'channels-first') return raw;
  const [n = 0, c = 0, h = 0, w = 0] = raw.imageShape;
  if (raw.imageShape.length !== 4) {
    const message = `channels first, and images of [${raw.imageShape.join(', ')}]`;
    fail('bad-layout', place, message, 'leave --data-layout out, or save [n, channels, height, width]');
  }
  const images = new Uint8Array(raw.images.length);
  const pixels = h * w;
  for (let s = 0, e = 0; s < n; s++) {
    for (let p = 0; p < pixels; p++) for (let k = 0; k < c; k++) images[e++] = raw.images[(s * c + k) * pixels + p]!;
  }
  return { ...raw, imageShape: [n, h, w, c], images };
}
