/** What is measured already, one line of JSON per point. A line that is torn by a kill is as if it were not there. */
import { appendFile, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { fail } from '../common/diagnostics.js';
import { errorCode } from '../common/error-code.js';
import { failWriting, makeFolder } from '../data/files/write.js';
import type { StudyRow } from '../ir/trace/study.js';
import { FOLDER_REMEDY } from './files.js';
import { rowSchema } from './output/result-schema.js';

/** Rows of a point, or why there are none. */
export type Outcome = { readonly rows: readonly StudyRow[] } | { readonly failure: string };

const line = z.union([
  z.strictObject({ key: z.string(), rows: z.array(rowSchema).min(1) }),
  z.strictObject({ key: z.string(), failure: z.string() }),
]);

/** The points of a study that are done, and where more are written. */
export interface Journal {
  /** Rows of the point with a key; undefined where it is not measured, or could not be. */
  rowsOf(key: string): readonly StudyRow[] | undefined;
  /** Appends a point. */
  add(key: string, outcome: Outcome): Promise<void>;
}

/** Opens the journal at a path, new or old. @throws UserError when it cannot be read or written */
export async function openJournal(path: string): Promise<Journal> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return '';
    return fail('file-unreadable', path, `it cannot be read (${errorCode(error)})`, 'choose another folder with -o');
  });
  const done = new Map<string, readonly StudyRow[]>();
  for (const part of text.split('\n')) {
    const found = line.safeParse(parsed(part));
    if (found.success && 'rows' in found.data) done.set(found.data.key, found.data.rows);
  }
  // Whatever was torn ends here.
  let start = text === '' || text.endsWith('\n') ? '' : '\n';
  await makeFolder(dirname(path), FOLDER_REMEDY);
  return {
    rowsOf: (key) => done.get(key),
    add: async (key, outcome) => {
      await appendFile(path, `${start}${JSON.stringify({ key, ...outcome })}\n`).catch((error: unknown) =>
        failWriting(path, error, FOLDER_REMEDY),
      );
      start = '';
      if ('rows' in outcome) done.set(key, outcome.rows);
    },
  };
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
