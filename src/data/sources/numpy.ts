import { basename, dirname, join } from 'node:path';
import { fail } from '../../common/diagnostics.js';
import type { RawDataset, Split } from '../dataset.js';
import { kindOf, readBounded } from '../files/bounded.js';
import { type NpyArray, npyNumbers, parseNpy } from '../files/npy.js';
import { unzip } from '../../common/archive/zip.js';
import type { Source } from './source.js';

/** Names of images and labels in a .npz, by what they hold; the first pair that is there counts. */
const NPZ_KEYS = {
  train: [
    ['x_train', 'y_train'],
    ['X_train', 'y_train'],
    ['train_images', 'train_labels'],
  ],
  test: [
    ['x_test', 'y_test'],
    ['X_test', 'y_test'],
    ['test_images', 'test_labels'],
  ],
  whole: [
    ['images', 'labels'],
    ['x', 'y'],
    ['X', 'y'],
    ['data', 'labels'],
    ['frames', 'labels'],
  ],
} as const;

/** A .npz with `images` and `labels` (the file is one split), or with `x_train`, `y_train`, `x_test`, `y_test` and the like. */
export function npzSource(path: string, split: Split): Source {
  const read = async (which: Split): Promise<RawDataset | undefined> => {
    const keys = [...NPZ_KEYS[which], ...(which === split ? NPZ_KEYS.whole : [])];
    const wanted = new Set(keys.flat().map((key) => `${key}.npy`));
    const files = unzip(await readBounded(path), path, (name) => wanted.has(name));
    for (const [imageKey, labelKey] of keys) {
      const images = files.get(`${imageKey}.npy`);
      const labels = files.get(`${labelKey}.npy`);
      if (images !== undefined && labels !== undefined) {
        const place = `${path}: ${imageKey}.npy`;
        return join2(parseNpy(images, place, 'numbers'), parseNpy(labels, `${path}: ${labelKey}.npy`));
      }
    }
    return undefined;
  };
  return {
    read: async () => (await read(split)) ?? missing(path, split),
    labels: async () => (await read(split === 'train' ? 'test' : 'train'))?.labels ?? [],
  };
}

function missing(path: string, split: Split): never {
  const pairs = [...NPZ_KEYS[split], ...NPZ_KEYS.whole].map((pair) => pair.join(' and ')).join('; ');
  return fail(
    'arrays-missing',
    path,
    `no images and labels of the split "${split}" are in the file`,
    `use one of: ${pairs}`,
  );
}

/** Two .npy files. */
export function npyPair(images: string, labels: string): Source {
  return {
    async read() {
      const [x, y] = await Promise.all([readBounded(images), readBounded(labels)]);
      return join2(parseNpy(x, images, 'numbers'), parseNpy(y, labels));
    },
    labels: async () => npyNumbers(parseNpy(await readBounded(labels), labels)),
  };
}

/** How files of a pair are called: what networks read, and the classes. The first pair that is there counts. */
const PAIRS = [
  ['images', 'labels'],
  ['inputs', 'labels'],
  ['features', 'labels'],
  ['x', 'y'],
  ['frames', 'labels'],
] as const;

/** The pair `<prefix>images.npy` and `<prefix>labels.npy` (or another of {@link PAIRS}) of a folder. */
export async function findNpyPair(folder: string, prefixes: readonly string[]): Promise<Source | undefined> {
  for (const prefix of prefixes) {
    for (const names of PAIRS) {
      const [images, labels] = [join(folder, `${prefix}${names[0]}.npy`), join(folder, `${prefix}${names[1]}.npy`)];
      if ((await kindOf(images)) === 'file' && (await kindOf(labels)) === 'file') return npyPair(images, labels);
    }
  }
  return undefined;
}

/** The pair of one file of images. @throws UserError when no labels lie beside it. */
export async function npyOfImages(images: string): Promise<Source> {
  const name = basename(images);
  for (const [what, classes] of PAIRS) {
    const labels = name.endsWith(`${what}.npy`) ? name.slice(0, -`${what}.npy`.length) + `${classes}.npy` : undefined;
    if (labels === undefined || (await kindOf(join(dirname(images), labels))) !== 'file') continue;
    return npyPair(images, join(dirname(images), labels));
  }
  const known = PAIRS.map(([what, classes]) => `...${what}.npy and ...${classes}.npy`).join(', ');
  const remedy = `keep both side by side under names like ${known}, or use a .npz`;
  return fail('labels-missing', images, 'there is no file of labels beside the file of images', remedy);
}

function join2(images: NpyArray, labels: NpyArray): RawDataset {
  const { dtype, bytes } = images;
  const isBytes = dtype === 'u1' || dtype === 'i1';
  // What an int8 network reads is a byte minus 128, as networks with such inputs are imported.
  const signed = (): Uint8Array => bytes.map((byte) => byte ^ 128);
  return {
    imageShape: images.shape,
    images: dtype === 'u1' ? bytes : dtype === 'i1' ? signed() : new Uint8Array(0),
    values: { type: dtype, isBytes, read: () => npyNumbers(images) },
    labelShape: labels.shape,
    labels: npyNumbers(labels),
  };
}
