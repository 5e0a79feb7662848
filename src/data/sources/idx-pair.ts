import { basename, dirname, join } from 'node:path';
import { fail } from '../../common/diagnostics.js';
import { MAX_BYTES, unpack } from '../../common/archive/unpack.js';
import { kindOf, readBounded } from '../files/bounded.js';
import { type IdxArray, parseIdx } from '../idx.js';
import type { Source } from './source.js';

/** Images and labels in the IDX format of MNIST, each plain or as .gz. */
export function idxPair(images: string, labels: string): Source {
  return {
    async read() {
      const [pixels, classes] = await Promise.all([readIdx(images), readIdx(labels)]);
      return { imageShape: pixels.shape, images: pixels.values, labelShape: classes.shape, labels: classes.values };
    },
    labels: async () => (await readIdx(labels)).values,
  };
}

/** Reads an IDX file; .gz is unpacked first. @throws UserError */
export async function readIdx(path: string): Promise<IdxArray> {
  const bytes = await readBounded(path);
  return parseIdx(path.endsWith('.gz') ? unpack(bytes, 'gzip', MAX_BYTES, path) : bytes, path);
}

/** The pair of a folder whose names start with one of `prefixes`, as MNIST (`-images-idx3-ubyte`, `.gz` or not) names them. */
export async function findIdxPair(folder: string, prefixes: readonly string[]): Promise<Source | undefined> {
  for (const prefix of prefixes) {
    for (const dot of ['-', '.']) {
      const images = await present(join(folder, `${prefix}images${dot}idx3-ubyte`));
      const labels = await present(join(folder, `${prefix}labels${dot}idx1-ubyte`));
      if (images !== undefined && labels !== undefined) return idxPair(images, labels);
    }
  }
  return undefined;
}

/** The pair of one file of images: its labels lie beside it under MNIST's name. @throws UserError when they do not. */
export async function idxOfImages(images: string): Promise<Source> {
  const name = basename(images, '.gz');
  const labels = await present(join(dirname(images), name.replace('images', 'labels').replace('idx3', 'idx1')));
  if (!name.includes('images') || labels === undefined) {
    const remedy = 'name the files ...images-idx3-ubyte and ...labels-idx1-ubyte (or .gz) and keep them side by side';
    fail('labels-missing', images, 'there is no file of labels beside the file of images', remedy);
  }
  return idxPair(images, labels);
}

async function present(path: string): Promise<string | undefined> {
  for (const candidate of [path, `${path}.gz`]) if ((await kindOf(candidate)) === 'file') return candidate;
  return undefined;
}
