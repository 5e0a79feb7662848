/** Samples for networks that live in steps: sequences of frames, of events, of frames as they are, or of an image again and again. */
import { basename, resolve } from 'node:path';
import { fail } from '../../common/diagnostics.js';
import { CATALOG } from '../catalog.js';
import { checkDataset, type RawDataset, type Split } from '../dataset.js';
import { loadDataset } from '../datasets.js';
import { kindOf } from '../files/bounded.js';
import { findSource } from '../sources/find-source.js';
import { openRecordings } from './recording-sequences.js';
import { findRecordings } from './recordings.js';
import {
  checkRoom,
  type LoadedSequences,
  lossWarnings,
  type NamedSplit,
  type OpenSequences,
  type SequenceOptions,
  type SequenceReader,
  sizeOf,
} from './sequence-types.js';

/**
 * Opens a split of a data set, by name or path, as sequences of frames for `reader`: recordings of events (see {@link findRecordings}), arrays
 * of frames [n, steps, ...], or images, which are shown in every step. `take` keeps at most 2^30 bytes.
 * @throws UserError for what is neither, and for what the options have to say and do not
 */
export async function openSequences(
  nameOrPath: string,
  split: Split,
  reader: SequenceReader,
  options: SequenceOptions = {},
): Promise<OpenSequences> {
  const isNamed = CATALOG.some(({ name }) => name === nameOrPath);
  const recordings = isNamed ? undefined : await findRecordings(nameOrPath, split);
  const name = basename(resolve(nameOrPath));
  if (recordings !== undefined) return openRecordings(recordings, { name, split }, reader, options);
  const isPath = !isNamed && (/[/\\.]/.test(nameOrPath) || (await kindOf(nameOrPath)) !== undefined);
  const raw = isPath ? await (await findSource(nameOrPath, split)).source.read() : undefined;
  const frames = raw === undefined ? undefined : asFrames(raw, reader.inputShape);
  if (raw !== undefined && frames !== undefined) return openFrames(frames, raw, { name, split }, options);
  return openImages(nameOrPath, split, reader, options);
}

/** An array of frames, [n, steps, ...shape of a frame]; undefined where it is none for this reader. */
function asFrames({ imageShape }: RawDataset, inputShape: readonly number[]): { readonly steps: number } | undefined {
  const frame = imageShape.slice(2);
  if (imageShape.length < 3 || sizeOf(frame) !== sizeOf(inputShape)) return undefined;
  const fits = inputShape.length === 1 || frame.join() === inputShape.join();
  return fits ? { steps: imageShape[1] ?? 0 } : undefined;
}

function openFrames(
  { steps: there }: { readonly steps: number },
  raw: RawDataset,
  named: NamedSplit,
  { steps = there, counts = 'count', strays = 'error' }: SequenceOptions,
): OpenSequences {
  const [n = 0, , ...frame] = raw.imageShape;
  const size = sizeOf(frame);
  // Labels and numbers are checked as those of images of one row.
  const { labels, nClasses, classNames } = checkDataset(
    { ...raw, imageShape: [n, there * size] },
    { ...named, shape: [1, there, size] },
  );
  const take = (first: number, end: number): Promise<LoadedSequences> => {
    const last = Math.min(end, n);
    checkRoom(last - first, steps, size, named.name);
    const images = new Uint8Array((last - first) * steps * size);
    let after = 0;
    for (let s = first; s < last; s++) {
      const own = raw.images.subarray(s * there * size, (s + 1) * there * size);
      images.set(own.subarray(0, steps * size), (s - first) * steps * size);
      for (const count of own.subarray(Math.min(steps, there) * size)) after += count;
    }
    if (counts === 'one') images.forEach((value, i) => (images[i] = Math.min(1, value)));
    if (after > 0 && strays === 'error') {
      const message = `${after} events are in frames beyond step ${steps} of ${there}`;
      const remedy = `pass --steps ${there} or no --steps, or --stray-events drop leaves such events out`;
      fail('stray-events', `data set "${named.name}"`, message, remedy);
    }
    const names = classNames === undefined ? {} : { classNames };
    const data = { ...named, shape: [steps, ...frame], images, labels: labels.slice(first, last), nClasses, ...names };
    return Promise.resolve({ data, warnings: lossWarnings({ before: 0, after, outside: 0, capped: 0 }, named.name) });
  };
  return { nSamples: n, take };
}

/** Images, each shown in every step. */
async function openImages(
  nameOrPath: string,
  split: Split,
  { inputShape }: SequenceReader,
  { steps }: SequenceOptions,
): Promise<OpenSequences> {
  const images = await loadDataset(nameOrPath, split);
  const size = sizeOf(images.shape);
  const { name, nClasses, classNames } = images;
  if (steps === undefined) {
    const message = `its samples are images of [${images.shape.join(', ')}], and nothing says for how many steps one is shown`;
    return fail('steps-missing', `data set "${name}"`, message, 'pass --steps, or data with frames or events');
  }
  const isFlat = inputShape.length === 1 && inputShape[0] === size;
  const take = (first: number, end: number): Promise<LoadedSequences> => {
    const last = Math.min(end, images.labels.length);
    checkRoom(last - first, steps, size, name);
    const frames = new Uint8Array((last - first) * steps * size);
    for (let s = first, at = 0; s < last; s++) {
      for (let step = 0; step < steps; step++, at += size) {
        frames.set(images.images.subarray(s * size, (s + 1) * size), at);
      }
    }
    const names = classNames === undefined ? {} : { classNames };
    const shape = [steps, ...(isFlat ? inputShape : images.shape)];
    const labels = images.labels.slice(first, last);
    return Promise.resolve({ data: { name, split, shape, images: frames, labels, nClasses, ...names }, warnings: [] });
  };
  return { nSamples: images.labels.length, take };
}
