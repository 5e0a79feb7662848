/** A lock on a folder of results: two processes that write into one would measure everything twice. */
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { z } from 'zod';
import { fail } from '../../common/diagnostics.js';
import { announceUnfinished } from '../../common/unfinished.js';
import { errorCode } from '../../common/error-code.js';
import { failWriting, makeFolder } from './write.js';

/** File of the lock in its folder: it says who holds it. */
export const LOCK_FILE = '.lodestone-lock';

/** Who holds a lock. */
const holder = z.object({
  pid: z.int().min(1),
  host: z.string(),
  /** ISO 8601. */
  since: z.string(),
  /** Start of the process in ticks of the system, where it tells: another process may have the number by now. */
  start: z.string().optional(),
});
type Holder = z.infer<typeof holder>;

/** What was locked. */
export interface FolderLock {
  /** Gives the folder free. */
  release(): Promise<void>;
}

/**
 * Takes the lock of a folder, which is made where it is missing. A lock whose process is gone, on this host, is taken over.
 * @throws UserError that says who holds it, and when the folder cannot be written
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await makeFolder(folder);
  const path = join(folder, LOCK_FILE);
  const own = await describeSelf();
  // Each round takes the lock, ends with its holder, or removes one that is stale.
  for (let round = 0; round < 100; round++) {
    if (await create(path, own)) {
      announceUnfinished(path, true);
      return { release: () => release(path, own) };
    }
    const text = await textOf(path);
    if (text === undefined) continue;
    const held = parsed(text);
    if (held === undefined || (await isGone(held))) await removeStale(path, text);
    else failHeld(folder, path, held);
  }
  return fail('folder-in-use', folder, 'its lock changes hands all the time', `remove ${path} if nothing runs there`);
}

/** Runs an action with a folder locked. @throws UserError as {@link lockFolder} does, and what the action throws */
export async function withFolderLock<T>(folder: string, action: () => Promise<T>): Promise<T> {
  const lock = await lockFolder(folder);
  try {
    return await action();
  } finally {
    await lock.release();
  }
}

async function describeSelf(): Promise<string> {
  const start = await startOf(process.pid);
  const self: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  return `${JSON.stringify(start === undefined ? self : { ...self, start })}\n`;
}

let nDrafts = 0;

/** A complete lock appears at once, by a link, or not at all; false where there is one. */
async function create(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${process.pid}-${threadId}-${nDrafts++}`;
  try {
    const file = await open(draft, 'w');
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    return failWriting(path, error);
  } finally {
    await rm(draft, { force: true });
  }
}

async function release(path: string, own: string): Promise<void> {
  if ((await textOf(path)) === own) await rm(path, { force: true });
  announceUnfinished(path, false);
}

/** Somebody else may have taken the stale lock over in the meantime: what is moved away is looked at again. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.${process.pid}-${threadId}-${nDrafts++}.stale`;
  await rename(path, aside).catch(() => undefined);
  const moved = await textOf(aside);
  if (moved !== undefined && moved !== stale) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

const textOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

function parsed(text: string): Holder | undefined {
  try {
    return holder.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Only what runs on this host can be known to be gone. */
async function isGone({ pid, host, start }: Holder): Promise<boolean> {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Any other error than this one comes from a process that is there.
    return errorCode(error) === 'ESRCH';
  }
  const now = await startOf(pid);
  return start !== undefined && now !== undefined && start !== now;
}

/** The start of a process as Linux tells it (proc(5), field 22 of stat); undefined elsewhere. */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await textOf(`/proc/${pid}/stat`);
  // The name of the program, in parentheses, may hold anything.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}

function failHeld(folder: string, path: string, { pid, host, since }: Holder): never {
  const message = `process ${pid} on ${host} writes into it since ${since}`;
  const remedy = `wait for it, choose another folder with -o, or remove ${path} if that process is gone`;
  fail('folder-in-use', folder, message, remedy);
}
