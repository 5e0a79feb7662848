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
        return join2(parseNpy(images, `${path}: ${imageKey}.npy`), parseNpy(labels, `${path}: ${labelKey}.npy`), path);
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
      return join2(parseNpy(x, images), parseNpy(y, labels), images);
    },
    labels: async () => npyNumbers(parseNpy(await readBounded(labels), labels)),
  };
}

/** The pair `<prefix>images.npy` and `<prefix>labels.npy` of a folder. */
export async function findNpyPair(folder: string, prefixes: readonly string[]): Promise<Source | undefined> {
  for (const prefix of prefixes) {
    const [images, labels] = [join(folder, `${prefix}images.npy`), join(folder, `${prefix}labels.npy`)];
    if ((await kindOf(images)) === 'file' && (await kindOf(labels)) === 'file') return npyPair(images, labels);
  }
  return undefined;
}

/** The pair of one file of images. @throws UserError when no labels lie beside it. */
export async function npyOfImages(images: string): Promise<Source> {
  const labels = join(dirname(images), basename(images).replace('images', 'labels'));
  if (labels === images || (await kindOf(labels)) !== 'file') {
    const remedy = 'name the files ...images.npy and ...labels.npy and keep them side by side, or use a .npz';
    fail('labels-missing', images, 'there is no file of labels beside the file of images', remedy);
  }
  return npyPair(images, labels);
}

function join2(images: NpyArray, labels: NpyArray, place: string): RawDataset {
  if (images.dtype !== 'u1') {
    const remedy = 'scale to 0..255 and save array.astype(numpy.uint8)';
    fail('bad-npy', place, `images have elements of type "${images.dtype}", needed are bytes ("u1")`, remedy);
  }
  return {
    imageShape: images.shape,
    images: images.bytes,
    labelShape: labels.shape,
    labels: npyNumbers(labels),
  };
}
