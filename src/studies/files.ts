/** Files of a study: whole or absent. */
import { dirname, join } from 'node:path';
import { STANDARD_STREAM } from '../common/standard-input.js';
import { openNetwork } from '../compiler/frontends/open-network.js';
import { readBounded, textOf } from '../data/files/bounded.js';
import { readStandardInput } from '../data/files/standard-streams.js';
import { makeFolder, writeAtomic } from '../data/files/write.js';
import { type ImportText, readImportText, readModelFile } from '../data/model-file.js';
import { digestOf } from '../experiments/points/digest.js';
import { encodeNetwork } from '../ir/network/file.js';
import type { NetworkGraph } from '../ir/network/types.js';

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

/** A model file and the digest of its bytes. */
export interface ModelFile {
  readonly network: NetworkGraph;
  readonly digest: string;
}

/** How a model file of another tool is to be read. */
export interface ModelReading {
  readonly import?: ImportText | undefined;
  /** Of the files that it names. */
  readonly folder: string;
}

/** Reads a model file: ours, binary or in text form, or one of another tool, or a folder of one. @throws UserError */
export async function readModel(path: string, reading?: ModelReading): Promise<ModelFile> {
  const file = await readModelFile(path);
  const options = reading?.import === undefined ? {} : await readImportText(reading.import, reading.folder);
  const { graph, format } = await openNetwork(file, options);
  // Of other tools' files what is read counts: there may be several, and options.
  return { network: graph, digest: digestOf(format === undefined ? file.bytes : encodeNetwork(graph)) };
}

/** What the user can do about a folder that cannot be written. */
export const FOLDER_REMEDY = 'choose another folder with -o';

/** Writes a file, with its folder, so that it is complete or absent. @throws UserError */
export async function writeWhole(path: string, data: Uint8Array | string): Promise<void> {
  await makeFolder(dirname(path), FOLDER_REMEDY);
  await writeAtomic(path, data, FOLDER_REMEDY);
}
