import { join } from 'node:path';
import { fail } from '../../common/diagnostics.js';
import { CATALOG } from '../catalog.js';
import type { RawDataset, Split } from '../dataset.js';
import { MAX_BYTES } from '../../common/archive/unpack.js';
import { kindOf, listFolder, readBounded, textOf } from '../files/bounded.js';
import { parsePng } from '../files/png.js';
import type { Source } from './source.js';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const IMAGE_BYTES = 3 * PLANE;
const RECORD_BYTES = 1 + IMAGE_BYTES;
const classNames = CATALOG.find((entry) => entry.name === 'cifar10')?.classNames ?? [];

/** Files of a split in the binary version of CIFAR-10; undefined where none of them is in the folder. */
export async function findCifarBinary(folder: string, split: Split): Promise<Source | undefined> {
  const pattern = split === 'train' ? /^data_batch_[1-9]\.bin$/ : /^test_batch\.bin$/;
  const names = (await listFolder(folder)).filter((name) => pattern.test(name));
  if (names.length === 0) return undefined;
  const paths = names.map((name) => join(folder, name));
  return { read: () => readBinary(paths), labels: () => Promise.resolve(undefined) };
}

/**
 * The binary version of CIFAR-10 (https://www.cs.toronto.edu/~kriz/cifar.html): records of a label 0..9 and 3,072 pixels, the
 * 1,024 red ones in row-major order, then green, then blue. Images come out channels last.
 */
async function readBinary(paths: readonly string[]): Promise<RawDataset> {
  const files = await Promise.all(paths.map((path) => readBounded(path)));
  files.forEach((bytes, f) => {
    if (bytes.length === 0 || bytes.length % RECORD_BYTES !== 0) {
      const message = `${bytes.length} bytes are no whole number of records of ${RECORD_BYTES} bytes`;
      fail('bad-cifar-file', paths[f] ?? '', message, 'fetch the data set again: lodestone data fetch cifar10');
    }
  });
  const counts = files.map((bytes) => bytes.length / RECORD_BYTES);
  const n = counts.reduce((sum, count) => sum + count, 0);
  const images = new Uint8Array(n * IMAGE_BYTES);
  const labels = new Uint8Array(n);
  let i = 0;
  for (const bytes of files) {
    for (let at = 0; at < bytes.length; at += RECORD_BYTES, i++) {
      labels[i] = bytes[at]!;
      const out = i * IMAGE_BYTES;
      for (let p = 0; p < PLANE; p++) {
        for (let c = 0; c < 3; c++) images[out + 3 * p + c] = bytes[at + 1 + c * PLANE + p]!;
      }
    }
  }
  return { imageShape: [n, SIDE, SIDE, 3], images, labelShape: [n], labels, classNames };
}

/** Images of a batch of strips; batch b holds the images 1000 b, 1000 b + 1, ... of training and test set together. */
const STRIP_IMAGES = 1000;
const FIRST_TEST_BATCH = 50;
const LABELS_FILE = 'cifar10_labels.js';
/** 60,000 labels of a digit and some blanks take far less. */
const MAX_LABELS_BYTES = 1 << 22;

/**
 * CIFAR-10 as strips: `cifar10_batch_N.png`, one image per row of 1,024 RGB pixels (row-major 32 x 32), and
 * `cifar10_labels.js`, the labels of the 50,000 training images and then of the test images. Batches 0..49 are training
 * images, the others test images; batches may be missing. The labels are matched as text, nothing is executed.
 */
export async function findCifarStrips(folder: string, split: Split): Promise<Source | undefined> {
  if ((await kindOf(join(folder, LABELS_FILE))) !== 'file') return undefined;
  const batches = (await listFolder(folder))
    .map((name) => Number(/^cifar10_batch_(\d{1,2})\.png$/.exec(name)?.[1] ?? Number.NaN))
    .filter((batch) => batch < FIRST_TEST_BATCH === (split === 'train') && !Number.isNaN(batch))
    .sort((a, b) => a - b);
  if (batches.length === 0) return undefined;
  return { read: () => readStrips(folder, batches), labels: () => Promise.resolve(undefined) };
}

async function readStrips(folder: string, batches: readonly number[]): Promise<RawDataset> {
  const file = join(folder, LABELS_FILE);
  const list = /^\s*(?:var|let|const)\s+labels\s*=\s*\[([\d,\s]*)\]\s*;?\s*$/.exec(
    textOf(await readBounded(file, MAX_LABELS_BYTES), file),
  )?.[1];
  if (list === undefined) {
    return fail(
      'bad-labels',
      file,
      'the file is not "var labels = [...]" of whole numbers',
      'use the original file of labels',
    );
  }
  const allLabels = list.split(',').map(Number);
  const images = new Uint8Array(Math.min(batches.length * STRIP_IMAGES * IMAGE_BYTES, MAX_BYTES));
  const labels: number[] = [];
  for (const batch of batches) {
    const path = join(folder, `cifar10_batch_${batch}.png`);
    const strip = parsePng(await readBounded(path), path);
    if (strip.width !== PLANE || strip.channels !== 3 || strip.height > STRIP_IMAGES) {
      const found = `${strip.height} rows of ${strip.width} pixels, ${strip.channels} channels`;
      fail(
        'bad-cifar-file',
        path,
        `${found}; needed are up to ${STRIP_IMAGES} rows of ${PLANE} RGB pixels`,
        'use the original file',
      );
    }
    images.set(strip.values, labels.length * IMAGE_BYTES);
    const first = batch * STRIP_IMAGES;
    if (first + strip.height > allLabels.length) {
      const message = `${allLabels.length} labels, batch ${batch} needs ${first + strip.height}`;
      fail('bad-labels', file, message, 'use the original file of labels');
    }
    labels.push(...allLabels.slice(first, first + strip.height));
  }
  const n = labels.length;
  return {
    imageShape: [n, SIDE, SIDE, 3],
    images: images.subarray(0, n * IMAGE_BYTES),
    labelShape: [n],
    labels,
    classNames,
    labelPlace: () => file,
  };
}
