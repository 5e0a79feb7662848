/** What a row of the validation on files of other projects is, before it is computed. */
import type { Chip } from '../chips/chip.js';
import { row } from '../chips/validation-row.js';
import { UserError } from '../common/diagnostics.js';
import { kindOf } from '../data/files/bounded.js';
import { pathFrom } from '../data/model-file.js';
import type { ValidationRow } from '../ir/trace/validation-row.js';

/** Where things are, and how to run. */
export interface CheckHost {
  /** Folder of the files. */
  readonly models: string;
  /** Name or path of a data set by its name. */
  readonly data: (name: string) => Promise<string>;
  readonly chips: readonly Chip[];
  readonly workers: number;
  /** Images that go through a chip, where not all of a network's are wanted. */
  readonly chipImages?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Says what is going on, where somebody watches. */
  readonly say: (text: string) => void;
}

/** One number that is known, and how ours is found. */
export interface Check extends Pick<ValidationRow, 'id' | 'published' | 'unit' | 'tolerance' | 'source' | 'note'> {
  /** Files it reads, in the folder of models. */
  readonly files: readonly string[];
  /** What comes out instead, and why, where that is understood. */
  readonly instead?: { readonly ours: number; readonly why: string } | undefined;
  /** Our number. @throws UserError where there is none: a chip that does not take the network */
  compute(): Promise<number>;
}

/** The row of a check; without a number, and with the reason, where its files are not there or it cannot be run. Others failures reject. */
export async function rowOf(check: Check, { models, say }: CheckHost): Promise<ValidationRow> {
  const { id, published, unit, tolerance, source, note, files, instead } = check;
  const draft = { id, published, unit, tolerance, source, status: 'validated' } as const;
  for (const file of files) {
    if ((await kindOf(pathFrom(models, file))) !== undefined) continue;
    return row({ ...draft, ours: undefined, note: `not run: ${file} is not in ${models}` });
  }
  say(id);
  let ours: number;
  try {
    ours = await check.compute();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const reason = error.diagnostics.map(({ code, message }) => `${message} (${code})`).join('; ');
    return row({ ...draft, ours: undefined, note: `not run: ${reason}` });
  }
  if (instead !== undefined && ours === instead.ours) {
    return row({ ...draft, ours, status: 'misses', note: instead.why });
  }
  return row({ ...draft, ours, ...(note === undefined ? {} : { note }) });
}

/** Computes a value when it is first asked for, and keeps it. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
