/** Data sets that specifications name, and where they lie. */
import { basename, join, resolve } from 'node:path';
import { DATASET_NAMES } from './catalog.js';
import { kindOf } from './files/bounded.js';
import { pathFrom } from './model-file.js';

/** Where the named data sets lie, by name; those that are not in it are not in the result. */
export type NamedData = ReadonlyMap<string, string>;

/** Data sets in a folder of own ones: in the folder of their name, or the folder itself, where only one is named. */
export async function namedData(datasets: readonly string[], path: string | undefined): Promise<NamedData> {
  const names = [...new Set(datasets)].filter((name) => DATASET_NAMES.includes(name));
  const found = new Map<string, string>();
  if (path === undefined) return found;
  for (const name of names) {
    const own = join(path, name);
    if ((await kindOf(own)) === 'folder') found.set(name, own);
    else if (names.length === 1) found.set(name, path);
  }
  return found;
}

/** A data set of a specification. */
export interface PlacedData {
  /** Name or path, as data sets are loaded by. */
  readonly data: string;
  /** In names of networks: lower case letters, digits and -. */
  readonly dataset: string;
}

/** A name of a data set stays, or is where it is said to lie; a path is one from the folder of the specification. */
export function placedData(dataset: string, folder: string, named: NamedData): PlacedData {
  if (DATASET_NAMES.includes(dataset)) return { data: named.get(dataset) ?? dataset, dataset };
  const isPath = /[/\\.]/.test(dataset);
  return {
    data: isPath ? pathFrom(folder, dataset) : dataset,
    dataset: nameFrom(basename(resolve(dataset)).replace(/\.[^.]*$/, '')),
  };
}

/** A name made of a text: lower case letters, digits and -. */
export const nameFrom = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
