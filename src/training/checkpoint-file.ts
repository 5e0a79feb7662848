/** Checkpoints as files: written whole or not at all, read back only for the recipe they were written by. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import type { z } from 'zod';
import { fail } from '../common/diagnostics.js';

const packr = new Packr({ moreTypes: true, useRecords: false });

/** What a checkpoint belongs to. */
interface NamedRecipe {
  readonly name: string;
}

/** File of a recipe's checkpoint in a folder. */
export const checkpointPath = (folder: string, recipe: NamedRecipe): string =>
  join(folder, `${recipe.name}.checkpoint`);

/** Writes `content` and the recipe; the old file is replaced only by a complete new one. */
export async function writeCheckpoint(folder: string, recipe: NamedRecipe, content: object): Promise<void> {
  const path = checkpointPath(folder, recipe);
  await mkdir(folder, { recursive: true });
  await writeFile(`${path}.part`, packr.pack({ recipe: JSON.stringify(recipe), ...content }));
  await rename(`${path}.part`, path);
}

/**
 * Reads a checkpoint; undefined if there is none.
 * @throws UserError for a checkpoint of another recipe and for a damaged file.
 */
export async function readCheckpoint<T extends { readonly recipe: string }>(
  folder: string,
  recipe: NamedRecipe,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const path = checkpointPath(folder, recipe);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const result = schema.safeParse(unpack(bytes));
  if (!result.success) fail('checkpoint-damaged', path, 'the file is not an intact checkpoint', 'train from the start');
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

function unpack(bytes: Uint8Array): unknown {
  try {
    const value: unknown = packr.unpack(bytes);
    return value;
  } catch {
    return undefined;
  }
}

/** Ends the reading of a checkpoint whose arrays are those of another network. */
export const failArrays = (folder: string, recipe: NamedRecipe): never =>
  fail(
    'checkpoint-damaged',
    checkpointPath(folder, recipe),
    'its arrays do not fit the recipe',
    'train from the start',
  );
