import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fail } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';
import { optional } from '../common/optional-parts.js';
import type { RealNumbers } from '../ir/network/preprocess.js';
import { CATALOG, type CatalogEntry, DATASET_NAMES } from './catalog.js';
import { checkDataset, classesOf, type Dataset, type Split } from './dataset.js';
import { kindOf } from './files/bounded.js';
import { asBytes } from './real-numbers.js';
import type { LabelColumn } from './sources/csv.js';
import { findSource, LAYOUTS } from './sources/find-source.js';
import { findIdxPair } from './sources/idx-pair.js';
import type { Source } from './sources/source.js';

/** Folder that data sets are fetched to, and looked for in, unless options say otherwise. */
export const DATA_FOLDER = 'data';

/** Options of {@link loadDataset}. */
export interface LoadOptions {
  /** Folder of fetched data sets; {@link DATA_FOLDER} by default. */
  readonly dir?: string;
  /** Shape [height, width, channels] of images that their file stores as rows of numbers. */
  readonly shape?: readonly [number, number, number] | undefined;
  /** Number of classes of own data; by default the largest label of its splits + 1. */
  readonly nClasses?: number;
  /** Where the label of a CSV row stands, for files without a header that says so. */
  readonly labelColumn?: LabelColumn;
  /** What the numbers of the files mean, where they are no bytes; the images then say that it was done. */
  readonly reals?: RealNumbers | undefined;
}

/**
 * Loads a data set by its name (see {@link CATALOG}) or by the path of a file or folder of the user's own (docs/data.md lists
 * the layouts). A word without a separator that is no known name counts as a path if something is there.
 * @throws UserError for an unknown name (with the nearest known one), a data set that is not fetched yet, and for damaged
 * files with every problem.
 */
export async function loadDataset(nameOrPath: string, split: Split, options: LoadOptions = {}): Promise<Dataset> {
  const entry = CATALOG.find(({ name }) => name === nameOrPath);
  if (entry !== undefined) return loadNamed(entry, split, options);
  if (!/[/\\.]/.test(nameOrPath) && (await kindOf(nameOrPath)) === undefined) {
    const suggestion = nearest(nameOrPath, DATASET_NAMES);
    fail(
      'unknown-dataset',
      `data set "${nameOrPath}"`,
      `there is no data set of this name${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`,
      `use one of: ${DATASET_NAMES.join(', ')}; or the path of your own data: ${LAYOUTS}`,
    );
  }
  const { reals } = options;
  const form = { column: options.labelColumn, isReal: reals !== undefined };
  const { source, other } = await findSource(nameOrPath, split, form);
  const raw = asBytes(await source.read(), reals, nameOrPath);
  const atLeast = classesOf((await other?.labels()) ?? []);
  const data = checkDataset(raw, {
    name: basename(resolve(nameOrPath)),
    split,
    nClasses: options.nClasses,
    atLeast,
    shape: options.shape,
  });
  return reals === undefined ? data : { ...data, transforms: [reals] };
}

/** Where the files of a named data set lie; undefined when they have to be fetched first. */
export async function locateDataset(entry: CatalogEntry, dir = DATA_FOLDER): Promise<string | undefined> {
  const fetched = join(dir, entry.name);
  const { origin } = entry;
  switch (origin.kind) {
    case 'package':
      // The package is used for its files only; its own reader is far too slow.
      return join(await packageFolder(origin.packageName), 'data');
    case 'files': {
      const isComplete = async (folder: string): Promise<boolean> =>
        (await Promise.all(origin.files.map(({ name }) => kindOf(join(folder, name))))).every(
          (kind) => kind === 'file',
        );
      if (await isComplete(fetched)) return fetched;
      return (await isComplete(origin.system)) ? origin.system : undefined;
    }
    case 'archive': {
      const members = await Promise.all(origin.members.map(({ path }) => kindOf(join(fetched, basename(path)))));
      return members.every((kind) => kind === 'file') ? fetched : undefined;
    }
  }
}

/** @throws UserError that asks for the package where it is not installed */
const packageFolder = (name: string): Promise<string> =>
  optional(async () => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)));

async function loadNamed(entry: CatalogEntry, split: Split, options: LoadOptions): Promise<Dataset> {
  const { name, origin } = entry;
  const dir = options.dir ?? DATA_FOLDER;
  const folder = await locateDataset(entry, dir);
  if (folder === undefined) {
    const package_ = origin.kind === 'files' ? `, or install Debian's package ${origin.debianPackage}` : '';
    const remedy = `run: lodestone data fetch ${name}${dir === DATA_FOLDER ? '' : ` --dir ${dir}`}${package_}`;
    return fail('dataset-not-fetched', `data set "${name}"`, `its files are not in ${join(dir, name)}`, remedy);
  }
  const source = await namedSource(entry, folder, split);
  const { reals } = options;
  const raw = asBytes(await source.read(), reals, name);
  const data = checkDataset(raw, { name, split, nClasses: entry.classNames.length });
  const expected = split === 'train' ? entry.nTrain : entry.nTest;
  if (data.labels.length !== expected || data.shape.some((size, d) => size !== entry.shape[d])) {
    const found = `${data.labels.length} images of [${data.shape.join(', ')}]`;
    const message = `${found} in ${folder}, the data set has ${expected} of [${entry.shape.join(', ')}]`;
    fail('bad-dataset', `data set "${name}" (${split})`, message, remedyOf(entry));
  }
  return { ...data, classNames: entry.classNames, ...(reals === undefined ? {} : { transforms: [reals] }) };
}

async function namedSource(entry: CatalogEntry, folder: string, split: Split): Promise<Source> {
  if (entry.origin.kind === 'archive') return (await findSource(folder, split)).source;
  const source = await findIdxPair(folder, [split === 'train' ? 'train-' : 't10k-']);
  return source ?? fail('file-missing', folder, `files of the split "${split}" are missing`, remedyOf(entry));
}

const remedyOf = ({ name, origin }: CatalogEntry): string =>
  origin.kind === 'package'
    ? `install the package ${origin.packageName} again`
    : `remove its folder and run: lodestone data fetch ${name}`;
