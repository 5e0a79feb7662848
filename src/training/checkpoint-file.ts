/** Checkpoints as files: written whole or not at all, with a checksum over everything, read back only for the recipe they were written by. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { decodeContainer, encodeContainer, FORMAT_VERSION, isContainer } from '../common/container.js';
import { fail, UserError } from '../common/diagnostics.js';
import { errorCode } from '../common/error-code.js';
import { makeFolder, writeAtomic } from '../data/files/write.js';

/** What a checkpoint belongs to. */
interface NamedRecipe {
  readonly name: string;
}

const FOLDER_REMEDY = 'choose another folder with --checkpoint';

/** File of a recipe's checkpoint in a folder. */
export const checkpointPath = (folder: string, recipe: NamedRecipe): string =>
  join(folder, `${recipe.name}.checkpoint`);

/** Writes `content` and the recipe; the old file is replaced only by a complete new one. @throws UserError */
export async function writeCheckpoint(folder: string, recipe: NamedRecipe, content: object): Promise<void> {
  await makeFolder(folder, FOLDER_REMEDY);
  await writeAtomic(checkpointPath(folder, recipe), encode(recipe, content), FOLDER_REMEDY);
}

/**
 * Finds out before a training whether its checkpoints can be written, by writing one of the same size beside the place and removing it.
 * @throws UserError when the folder cannot be made or written, or its disk is full
 */
export async function tryWriting(
  folder: string,
  recipe: NamedRecipe,
  content: { readonly best: Uint8Array },
  nWeights: number,
): Promise<void> {
  // The network is not there yet: a byte for each of its weights, where it has up to eight bits.
  const best = new Uint8Array(Math.max(nWeights, content.best.length));
  await makeFolder(folder, FOLDER_REMEDY);
  const path = `${checkpointPath(folder, recipe)}.trial`;
  try {
    await writeAtomic(path, encode(recipe, { ...content, best }), FOLDER_REMEDY);
  } finally {
    await rm(path, { force: true });
  }
}

const encode = (recipe: NamedRecipe, content: object): Uint8Array =>
  encodeContainer('checkpoint', { recipe: JSON.stringify(recipe), ...content });

/**
 * Reads a checkpoint; undefined if there is none.
 * @throws UserError for a checkpoint of another recipe or of a version without checksums, and for a damaged file.
 */
export async function readCheckpoint<T extends { readonly recipe: string }>(
  folder: string,
  recipe: NamedRecipe,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const path = checkpointPath(folder, recipe);
  const bytes = await readFile(path).catch((error: unknown) => {
    const code = errorCode(error);
    if (code === 'ENOENT') return undefined;
    const reason = code === 'ENOTDIR' ? 'a part of the path is not a folder' : code;
    return fail('file-unreadable', path, `the checkpoint cannot be read: ${reason}`, FOLDER_REMEDY);
  });
  if (bytes === undefined) return undefined;
  const result = schema.safeParse(decode(bytes, path));
  if (!result.success) return failDamaged(path, 'it is not an intact checkpoint');
  if (result.data.recipe !== JSON.stringify(recipe)) {
    fail(
      'checkpoint-recipe',
      path,
      `the checkpoint belongs to another version of the recipe "${recipe.name}"`,
      'train from the start, or use the recipe of the checkpoint',
    );
  }
  return result.data;
}

/** First bytes of a map of msgpack: what checkpoints began with before they had a header. */
const isBareMap = (first: number | undefined): boolean =>
  first !== undefined && ((first >= 0x80 && first <= 0x8f) || first === 0xde || first === 0xdf);

function decode(bytes: Uint8Array, path: string): unknown {
  if (!isContainer(bytes) && isBareMap(bytes[0])) {
    const message =
      'the checkpoint is one of version 0.1, without a format version and without a checksum: whether it is intact cannot be known; ' +
      `this program reads format version ${FORMAT_VERSION}`;
    const remedy = `train from the start: \`rm ${path}\`, then the same command again`;
    fail('checkpoint-version', path, message, remedy);
  }
  try {
    return decodeContainer('checkpoint', bytes, path);
  } catch (error) {
    if (error instanceof UserError) return failDamaged(path, error.diagnostics[0]?.message ?? '');
    throw error;
  }
}

const failDamaged = (path: string, reason: string): never =>
  fail('checkpoint-damaged', path, reason, 'remove it and train from the start');

/** Ends the reading of a checkpoint whose arrays are those of another network. */
export const failArrays = (folder: string, recipe: NamedRecipe): never =>
  failDamaged(checkpointPath(folder, recipe), 'its arrays do not fit the recipe');
