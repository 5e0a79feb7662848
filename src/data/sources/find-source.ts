import { join } from 'node:path';
import { fail } from '../../common/diagnostics.js';
import type { Split } from '../dataset.js';
import { kindOf, listFolder } from '../files/bounded.js';
import { findCifarBinary, findCifarStrips } from './cifar.js';
import { type CsvForm, csvSource } from './csv.js';
import { findIdxPair, idxOfImages } from './idx-pair.js';
import { imageFolder, isImageFolder } from './image-folder.js';
import { findNpyPair, npyOfImages, npzSource } from './numpy.js';
import type { Source } from './source.js';

/** What a path can be, for messages. */
export const LAYOUTS =
  'use a folder with IDX pairs, .npz, .npy pairs or .csv by split, a folder of PNG pictures by class, or one such file (docs/data.md)';

const PREFIXES: Readonly<Record<Split, readonly string[]>> = {
  train: ['train-', 'train_', 'train.'],
  test: ['t10k-', 'test-', 'test_', 'test.'],
};

/** Both splits of what is at a path. */
export interface FoundSource {
  readonly source: Source;
  /** The other split, where the folder holds one: its labels count for the number of classes. */
  readonly other: Source | undefined;
}

/** Recognises the layout at a path. @throws UserError when it is none, or lacks the split. */
export async function findSource(path: string, split: Split, form: CsvForm = {}): Promise<FoundSource> {
  const kind = await kindOf(path);
  if (kind === undefined)
    fail('file-missing', path, 'there is neither a file nor a folder at this path', 'check the path');
  const otherSplit = split === 'train' ? 'test' : 'train';
  if (kind === 'file') {
    const source = await fileSource(path, split, form);
    return { source, other: path.endsWith('.npz') ? source : undefined };
  }
  const source = (await splitSource(path, split, form)) ?? (await wholeSource(path, form));
  const other = await splitSource(path, otherSplit, form);
  if (source !== undefined) return { source, other };
  const found = (await listFolder(path)).slice(0, 8).join(', ');
  if (other !== undefined) {
    const message = `the folder has the split "${otherSplit}", but not the split "${split}" (it holds ${found})`;
    return fail('split-missing', path, message, 'add the split, or pass the path of one file or folder as a whole');
  }
  return fail(
    'unknown-layout',
    path,
    `the folder holds no data set (it holds ${found === '' ? 'nothing' : found})`,
    LAYOUTS,
  );
}

function fileSource(path: string, split: Split, form: CsvForm): Source | Promise<Source> {
  const name = path.toLowerCase();
  if (name.endsWith('.npz')) return npzSource(path, split);
  if (name.endsWith('.npy')) return npyOfImages(path);
  if (name.endsWith('.csv')) return csvSource(path, form);
  if (/idx3-ubyte(\.gz)?$/.test(name)) return idxOfImages(path);
  return fail(
    'unknown-layout',
    path,
    'the ending of the file is none of .npz, .npy, .csv, idx3-ubyte, idx3-ubyte.gz',
    LAYOUTS,
  );
}

/** The files of a folder that name a split. */
async function splitSource(folder: string, split: Split, form: CsvForm): Promise<Source | undefined> {
  const at = (name: string): string => join(folder, name);
  if ((await kindOf(at(split))) === 'folder') {
    const whole = await wholeSource(at(split), form);
    if (whole === undefined) return undefined;
    if (!(await isImageFolder(at(split)))) return whole;
    const sibling = at(split === 'train' ? 'test' : 'train');
    return imageFolder(at(split), (await kindOf(sibling)) === 'folder' ? [sibling] : []);
  }
  const pair = (await findIdxPair(folder, PREFIXES[split])) ?? (await findNpyPair(folder, PREFIXES[split]));
  if (pair !== undefined) return pair;
  if ((await kindOf(at(`${split}.npz`))) === 'file') return npzSource(at(`${split}.npz`), split);
  if ((await kindOf(at(`${split}.csv`))) === 'file') return csvSource(at(`${split}.csv`), form);
  const strips = (await findCifarBinary(folder, split)) ?? (await findCifarStrips(folder, split));
  if (strips !== undefined) return strips;
  const archive = at('cifar-10-batches-bin');
  return (await kindOf(archive)) === 'folder' ? findCifarBinary(archive, split) : undefined;
}

/** The files of a folder that is one split as a whole. */
async function wholeSource(folder: string, form: CsvForm): Promise<Source | undefined> {
  const pair = (await findIdxPair(folder, [''])) ?? (await findNpyPair(folder, ['']));
  if (pair !== undefined) return pair;
  for (const name of ['data.npz', 'images.npz']) {
    if ((await kindOf(join(folder, name))) === 'file') return npzSource(join(folder, name), 'train');
  }
  if ((await kindOf(join(folder, 'data.csv'))) === 'file') return csvSource(join(folder, 'data.csv'), form);
  return (await isImageFolder(folder)) ? imageFolder(folder) : undefined;
}
