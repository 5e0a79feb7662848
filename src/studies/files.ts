/** Files of a study: whole or absent. */
import { dirname, join } from 'node:path';
import { STANDARD_STREAM } from '../common/standard-input.js';
import { readBounded, textOf } from '../data/files/bounded.js';
import { readStandardInput } from '../data/files/standard-streams.js';
import { makeFolder, writeAtomic } from '../data/files/write.js';

/** Where the files of a study lie. */
export interface StudyFolder {
  /** The study as data. */
  readonly result: string;
  /** Trained networks. */
  readonly model: (network: string) => string;
  /** What a study goes on from: checkpoints, what is known of trained networks, points. */
  readonly work: string;
  readonly journal: string;
  readonly at: (name: string) => string;
}

/** The layout of a study's folder. */
export function studyFolder(path: string): StudyFolder {
  const work = join(path, 'work');
  return {
    result: join(path, 'study.json'),
    model: (network) => join(path, 'models', `${network}.lsn`),
    work,
    journal: join(work, 'points.jsonl'),
    at: (name) => join(path, name),
  };
}

/** Largest text a study reads. */
const MAX_TEXT = 1 << 20;

/** Reads a recipe or a table. @throws UserError */
export async function readStudyText(path: string): Promise<string> {
  return textOf(await readBounded(path, MAX_TEXT), path);
}

/** Reads a specification: a file, or standard input for `-`. What it names is never standard input. @throws UserError */
export const readSpecText = async (path: string): Promise<string> =>
  path === STANDARD_STREAM ? textOf(await readStandardInput(MAX_TEXT), path) : readStudyText(path);

/** What the user can do about a folder that cannot be written. */
export const FOLDER_REMEDY = 'choose another folder with -o';

/** Writes a file, with its folder, so that it is complete or absent. @throws UserError */
export async function writeWhole(path: string, data: Uint8Array | string): Promise<void> {
  await makeFolder(dirname(path), FOLDER_REMEDY);
  await writeAtomic(path, data, FOLDER_REMEDY);
}
