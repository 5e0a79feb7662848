/**
 * What is measured already, one line of JSON per point: `{"key": ..., ...result}` or `{"key": ..., "failure": ...}`. A line is on the disk before
 * anybody hears of it, and one that a kill tore is as if it were not there. One process writes (the folder is locked by whoever opens it).
 */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { fail, UserError } from '../../common/diagnostics.js';
import { errorCode } from '../../common/error-code.js';
import { failWriting, makeFolder } from '../../data/files/write.js';

/** Why a point has no result. */
export interface Failure {
  readonly failure: string;
}

/** What became of a point. A result has no field `failure`, and none named `key`. */
export type Outcome<R extends object> = R | Failure;

/** Whether a point could not be measured. */
export const isFailure = (outcome: object): outcome is Failure => 'failure' in outcome;

/** The points that are done, and where more are written. */
export interface Journal<R extends object> {
  /** The result of a point; undefined where it is not measured, or could not be. */
  resultOf(key: string): R | undefined;
  /** All results with their keys, in the order in which they were first written. */
  results(): IterableIterator<[key: string, result: R]>;
  /** Writes what became of a point; when this resolves it is on the disk. @throws UserError when it cannot be written */
  add(key: string, outcome: Outcome<R>): Promise<void>;
  close(): Promise<void>;
}

/** How a journal is opened. */
export interface JournalOptions<R extends object> {
  /** Results of untrusted origin: lines of another form are not read. */
  readonly schema: z.ZodType<R>;
  /** What the user can do about a folder that cannot be written. */
  readonly remedy: string;
}

const keyed = z.looseObject({ key: z.string() });

/** Opens the journal at a path, new or old. @throws UserError when it cannot be read or written */
export async function openJournal<R extends object>(
  path: string,
  { schema, remedy }: JournalOptions<R>,
): Promise<Journal<R>> {
  const { done, isTorn } = await readJournal(path, schema);
  await makeFolder(dirname(path), remedy);
  const refuse = (error: unknown): never => failWriting(path, error, remedy);
  const file = await open(path, 'a').catch(refuse);
  // The name of a new file is in its folder, which is forced to the disk as well.
  await syncFolder(dirname(path));
  // Whatever was torn ends here.
  let start = isTorn ? '\n' : '';
  let waiting: { readonly text: string; resolve(): void; reject(error: unknown): void }[] = [];
  let writing: Promise<void> | undefined;

  /** Writes all that waits, again and again: one wait for the disk for all that came meanwhile. */
  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await file.appendFile(start + batch.map(({ text }) => text).join(''));
        await file.datasync();
        start = '';
        for (const { resolve } of batch) resolve();
      } catch (error) {
        start = '\n';
        for (const { reject } of batch) reject(error);
      }
    }
    writing = undefined;
  };
  return {
    resultOf: (key) => done.get(key),
    results: () => done.entries(),
    add: async (key, outcome) => {
      const text = `${JSON.stringify({ key, ...outcome })}\n`;
      await new Promise<void>((resolve, reject) => {
        waiting.push({ text, resolve, reject });
        writing ??= write();
      }).catch(refuse);
      if (!isFailure(outcome)) done.set(key, outcome);
    },
    close: async () => {
      await writing;
      await file.close();
    },
  };
}

/** The results in a journal, line by line: a million of them are more than one text may hold. @throws UserError when it cannot be read */
export async function readJournal<R extends object>(
  path: string,
  schema: z.ZodType<R>,
): Promise<{ readonly done: Map<string, R>; readonly isTorn: boolean }> {
  const done = new Map<string, R>();
  let last = 10;
  try {
    if (!(await stat(path)).isFile()) fail('file-unreadable', path, 'it is no file', 'choose another folder with -o');
    const stream = createReadStream(path);
    stream.on('data', (chunk) => {
      last = Number(chunk.at(-1));
    });
    for await (const text of createInterface({ input: stream, crlfDelay: Infinity })) {
      const { data } = keyed.safeParse(parsed(text));
      if (data === undefined || 'failure' in data) continue;
      const { key, ...rest } = data;
      const found = schema.safeParse(rest);
      if (found.success) done.set(key, found.data);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (errorCode(error) !== 'ENOENT') {
      fail('file-unreadable', path, `it cannot be read (${errorCode(error)})`, 'choose another folder with -o');
    }
  }
  return { done, isTorn: last !== 10 };
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** Not every system lets a folder be forced to the disk; then it writes its names itself. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
