/** Recordings of events on disk: a file each, with a class each. Files are read and binned when they are asked for. */
import { extname, join } from 'node:path';
import { type Diagnostic, errorAt, fail, UserError } from '../../common/diagnostics.js';
import { MAX_CLASSES, type Split } from '../dataset.js';
import { kindOf, listFolder, readBounded, throwProblems } from '../files/bounded.js';
import { holdsRecords, type NpyArray, parseNpy } from '../files/npy.js';
import { classNames, type FileKind, LABELS_FILE, type LabelledFile, listLabelled } from '../sources/labelled-files.js';
import { parseCsvEvents } from './csv-events.js';
import { type EventField, type EventList, TIME_UNITS, type TimeUnit } from './event-list.js';
import { parseNmnist } from './nmnist.js';
import { parseNpyEvents } from './npy-events.js';

/** How files of events are to be read. */
export interface EventFileOptions {
  /** Unit of times in .csv and .npy; files of N-MNIST say it themselves. */
  readonly timeUnit?: TimeUnit | undefined;
  /** Columns of a plain array. */
  readonly columns: readonly EventField[];
}

/** Recordings of a split with their classes. */
export interface Recordings {
  readonly files: readonly LabelledFile[];
  /** [files] */
  readonly labels: Uint8Array;
  readonly classNames: readonly string[];
}

/** A recording as its file has it: events, or frames [steps, ...] of bytes. */
export type Recording =
  { readonly kind: 'events'; readonly events: EventList } | { readonly kind: 'frames'; readonly frames: NpyArray };

/** Recordings of a data set: far more than any has. */
const MAX_RECORDINGS = 2_000_000;
/** One recording: 2^27 bytes are 26 million events of N-MNIST, and at most 0.7 GB as numbers where they are text, 1.9 GB where an event is two bytes of npy. */
const MAX_RECORDING_BYTES = 1 << 27;

const RECORDINGS: FileKind = {
  noun: 'recording',
  isOne: (name) => /\.(csv|npy|bin)$/i.test(name) && name.toLowerCase() !== LABELS_FILE,
  leftOut: (name, path) =>
    /\.(aedat\d?|aedat4|dat|raw|h5|hdf5|mat|bag|txt|npz)$/i.test(name)
      ? errorAt('not-a-recording', path, 'read are .csv, .npy and .bin of N-MNIST', 'convert it to one of them')
      : undefined,
};

/**
 * The recordings at a path: a folder with `train` and `test` (in any case), each with a folder per class or a labels.csv, or one split as a
 * whole. Undefined where there are none. The classes are those of both splits. @throws UserError with everything that is wrong with the labels
 */
export async function findRecordings(path: string, split: Split): Promise<Recordings | undefined> {
  if ((await kindOf(path)) !== 'folder') return undefined;
  const folders = await splitFolders(path);
  const own = folders[split] ?? (folders.train === undefined && folders.test === undefined ? path : undefined);
  const sibling = folders[split === 'train' ? 'test' : 'train'];
  const files = own !== undefined && (await hasRecordings(own)) ? await listLabelled(own, RECORDINGS) : [];
  const others = sibling !== undefined && (await hasRecordings(sibling)) ? await listLabelled(sibling, RECORDINGS) : [];
  if (files.length === 0 && others.length === 0) return undefined;
  if (files.length === 0) {
    const message = `the folder has recordings of the other split, and none of the split "${split}"`;
    fail('split-missing', path, message, 'add the split, or pass the folder of one split');
  }
  if (files.length > MAX_RECORDINGS) {
    fail(
      'file-too-large',
      path,
      `${files.length} recordings, at most ${MAX_RECORDINGS} are read`,
      'pass fewer of them',
    );
  }
  const names = classNames([...files, ...others]);
  if (names.length > MAX_CLASSES) {
    fail('bad-dataset', path, `${names.length} classes, at most ${MAX_CLASSES}`, 'use fewer classes');
  }
  const numbers = new Map(names.map((name, k) => [name, k]));
  return { files, labels: Uint8Array.from(files, ({ label }) => numbers.get(label) ?? 0), classNames: names };
}

/** Whether a folder holds recordings, in subfolders or beside a labels.csv. */
async function hasRecordings(folder: string): Promise<boolean> {
  const names = await listFolder(folder);
  if (names.includes(LABELS_FILE)) return names.some(RECORDINGS.isOne);
  for (const name of names) {
    const at = join(folder, name);
    if (!name.startsWith('.') && (await kindOf(at)) === 'folder' && (await listFolder(at)).some(RECORDINGS.isOne)) {
      return true;
    }
  }
  return false;
}

async function splitFolders(path: string): Promise<Partial<Record<Split, string>>> {
  const found: Partial<Record<Split, string>> = {};
  for (const name of await listFolder(path)) {
    const split = (['train', 'test'] as const).find((known) => known === name.toLowerCase());
    if (split !== undefined && (await kindOf(join(path, name))) === 'folder') found[split] ??= join(path, name);
  }
  return found;
}

/** What an option has to say before a file can be read, and does not. */
export function unitProblems(files: readonly LabelledFile[], { timeUnit }: EventFileOptions): readonly Diagnostic[] {
  const open = files.find(({ path }) => extname(path).toLowerCase() === '.csv');
  if (timeUnit !== undefined || open === undefined) return [];
  return [unitMissing(open.path)];
}

const unitMissing = (path: string): Diagnostic =>
  errorAt(
    'time-unit-missing',
    path,
    'nothing says what unit its times have',
    `pass --time-unit ${Object.keys(TIME_UNITS).join(', ')}`.replace(/, (\w+)$/, ' or $1'),
  );

/** Reads one recording. @throws UserError with everything that is wrong with it */
export const readRecording = async (path: string, options: EventFileOptions): Promise<Recording> =>
  recordingOf(await readBounded(path, MAX_RECORDING_BYTES), path, options);

/** The recording that is in the bytes of a file; the ending of `path` says its format. @throws UserError with everything that is wrong with it */
export function recordingOf(bytes: Uint8Array, path: string, options: EventFileOptions): Recording {
  const extension = extname(path).toLowerCase();
  if (extension === '.bin') return { kind: 'events', events: checkPolarities(parseNmnist(bytes, path), path) };
  if (extension === '.npy' && !holdsRecords(bytes, path)) {
    const array = parseNpy(bytes, path, 'numbers');
    if (array.shape.length > 2) return { kind: 'frames', frames: array };
  }
  const { timeUnit, columns } = options;
  if (timeUnit === undefined) throw new UserError([unitMissing(path)]);
  const unitSeconds = TIME_UNITS[timeUnit];
  const events =
    extension === '.csv'
      ? parseCsvEvents(bytes, path, unitSeconds)
      : parseNpyEvents(bytes, path, { unitSeconds, columns });
  return { kind: 'events', events: checkPolarities(events, path) };
}

/** Polarities are 0 and 1 (or more), or -1 and 1. @throws UserError for a file that has -1 and 0, which would become one */
function checkPolarities(events: EventList, path: string): EventList {
  if (events.p.includes(-1) && events.p.includes(0)) {
    const problem = errorAt(
      'bad-event-file',
      path,
      'it has polarities -1 and 0, which both would be the first one',
      'write polarities as 0 and 1, or as -1 and 1',
    );
    throwProblems([problem], path);
  }
  return events;
}
