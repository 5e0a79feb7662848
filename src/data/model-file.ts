/** Model files that specifications and recipes name: the file as frontends read it, and in text how it is to be read. */
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { kindOf, readBounded } from './files/bounded.js';
import { besideFile, folderReader, type FolderReader, listTree } from './files/folder-reader.js';
import { npyNumbers, parseNpy } from './files/npy.js';

const MEAN = 'must be a list of numbers, or the path of a .npy file';

const positive = z.number().positive();
const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, 'must be two numbers, the smaller one first');

/**
 * How a model file of another tool is to be read, as specifications and recipes write it: the options of the command line in camelCase, with the
 * same meaning. `inputMean` is numbers or the path of a .npy file, `weights` a path.
 */
export const importTextSchema = z.strictObject({
  /** What bytes 0 and 255 of an image mean to the network. */
  inputRange: range.exactOptional(),
  inputMean: z.union([z.array(z.number()).min(1), z.string().regex(/\.npy$/, MEAN)], { error: MEAN }).exactOptional(),
  inputStd: z.array(positive).min(1).exactOptional(),
  inputShape: z
    .array(
      z
        .int()
        .min(1)
        .max(1 << 20),
    )
    .min(1)
    .exactOptional(),
  inputLayout: z.enum(['channels-first', 'channels-last']).exactOptional(),
  inputName: z.string().min(1).exactOptional(),
  outputName: z.string().min(1).exactOptional(),
  weights: z.string().min(1).exactOptional(),
  /** Seconds. */
  timeStep: positive.exactOptional(),
  neuronReset: z.enum(['value', 'subtract']).exactOptional(),
  /** Which numbers of data files are the bytes 0 and 255. */
  dataRange: range.exactOptional(),
  dataOutside: z.enum(['refuse', 'clip']).exactOptional(),
  dataLayout: z.enum(['channels-first', 'channels-last']).exactOptional(),
});

/** How a model file of another tool is to be read, as it is written. */
export type ImportText = z.infer<typeof importTextSchema>;

/** Keys that may be meant when another is written. */
export const IMPORT_KEYS: readonly string[] = Object.keys(importTextSchema.shape);

/** A model file or folder, in the form in which frontends take it. */
export interface ModelFile {
  /** Empty for a folder. */
  readonly bytes: Uint8Array;
  readonly names?: readonly string[];
  readonly place: string;
  readonly beside: FolderReader;
}

/** A model file, or a folder with one. @throws UserError when it cannot be read */
export async function readModelFile(path: string): Promise<ModelFile> {
  if ((await kindOf(path)) === 'folder') {
    return { bytes: new Uint8Array(0), names: await listTree(path), place: path, beside: folderReader(path) };
  }
  return { bytes: await readBounded(path), place: path, beside: besideFile(path) };
}

/** Far above the mean of any image here. */
const MAX_MEAN_BYTES = 1 << 27;

/** The numbers of a .npy file, in its order. @throws UserError */
export async function readMeanImage(path: string): Promise<readonly number[]> {
  return [...npyNumbers(parseNpy(await readBounded(path, MAX_MEAN_BYTES), path, 'numbers'))];
}

/** A path from a folder, or as it is where it is absolute. */
export const pathFrom = (folder: string, path: string): string => (isAbsolute(path) ? path : join(folder, path));

/** The options with their files read; paths are relative to `folder`. @throws UserError when one of the files cannot be read */
export async function readImportText({ inputMean, weights, ...rest }: ImportText, folder: string) {
  return {
    ...rest,
    ...(inputMean === undefined
      ? {}
      : { inputMean: typeof inputMean === 'string' ? await readMeanImage(pathFrom(folder, inputMean)) : inputMean }),
    ...(weights === undefined ? {} : { weights: await readModelFile(pathFrom(folder, weights)) }),
  };
}
