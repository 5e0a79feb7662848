import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Diagnostic, errorAt, UserError } from '../../common/diagnostics.js';
import { errorCode } from '../../common/error-code.js';
import { failWriting, makeFolder } from '../files/write.js';

/** What is fetched, and how it is known to be the right thing. */
export interface DownloadTask {
  /** Addresses, in the order they are tried. */
  readonly urls: readonly string[];
  /** File to write; `<path>.part` holds what has arrived so far. */
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** Options of {@link download}. */
export interface DownloadOptions {
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
  /** An address is given up after this many milliseconds without a byte; 30,000 by default. */
  readonly stallMs?: number;
}

/** Attempts per address: a connection that breaks is taken up again where it broke. */
const ATTEMPTS = 3;

/** Why an attempt did not bring the file. */
type Failure =
  | { readonly kind: 'network'; readonly reason: string }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'cut'; readonly received: number }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'checksum'; readonly found: string };

/**
 * Fetches a file so that it is complete and right, or absent: the bytes go to `<path>.part`, which a later call goes on with
 * (HTTP range requests; a server that does not know them sends everything again), and the file gets its name when number of
 * bytes and SHA-256 are those of the task. Redirects are followed; the checksum is what makes any address trustworthy. Never
 * more bytes than announced are written.
 * @throws UserError with what went wrong at every address, e.g. no network; the signal's reason when it is aborted.
 */
export async function download(task: DownloadTask, options: DownloadOptions = {}): Promise<void> {
  const part = `${task.path}.part`;
  await makeFolder(dirname(task.path), DIR_REMEDY);
  const problems: Diagnostic[] = [];
  for (const url of task.urls) {
    let failure: Failure | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      failure = await tryOnce(url, part, task, options);
      options.signal?.throwIfAborted();
      // Trying again helps where a connection broke, and once where an old beginning spoiled the checksum.
      if (failure === undefined || failure.kind === 'network' || failure.kind === 'status') break;
    }
    if (failure === undefined) {
      await rename(part, task.path).catch((error: unknown) => failWriting(task.path, error, DIR_REMEDY));
      return;
    }
    problems.push(describe(failure, url, task));
  }
  throw new UserError(problems);
}

async function tryOnce(
  url: string,
  part: string,
  task: DownloadTask,
  options: DownloadOptions,
): Promise<Failure | undefined> {
  let have = await sizeOf(part);
  if (have > task.bytes) {
    await rm(part, { force: true });
    have = 0;
  }
  if (have < task.bytes) {
    const failure = await receive(url, part, have, task, options);
    if (failure !== undefined) return failure;
  }
  const found = await sha256Of(part);
  if (found === task.sha256) return undefined;
  // Nothing of it can be trusted: the next attempt starts from the first byte.
  await rm(part, { force: true });
  return { kind: 'checksum', found };
}

/** Receives the bytes from `have` on; a failure leaves what arrived in the part file. */
async function receive(
  url: string,
  part: string,
  have: number,
  task: DownloadTask,
  { onProgress, signal, stallMs = 30_000 }: DownloadOptions,
): Promise<Failure | undefined> {
  const stalled = new AbortController();
  const signals = [stalled.signal, ...(signal === undefined ? [] : [signal])];
  let timer = setTimeout(() => stalled.abort(), stallMs);
  try {
    const response = await fetch(url, {
      headers: { 'accept-encoding': 'identity', ...(have > 0 ? { range: `bytes=${have}-` } : {}) },
      signal: AbortSignal.any(signals),
    });
    if ((response.status !== 200 && response.status !== 206) || response.body === null) {
      await response.body?.cancel();
      if (response.status === 416) {
        // What was begun does not fit the file of this server: begin anew.
        await rm(part, { force: true });
        return { kind: 'cut', received: 0 };
      }
      return { kind: 'status', status: response.status };
    }
    const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
    const start = response.status === 206 ? Number(range ?? Number.NaN) : 0;
    if (start !== 0 && start !== have) {
      await response.body.cancel();
      return { kind: 'network', reason: `the answer starts at byte ${start} instead of ${have}` };
    }
    const file = await open(part, start === 0 ? 'w' : 'a');
    let received = start;
    try {
      for await (const chunk of response.body) {
        clearTimeout(timer);
        timer = setTimeout(() => stalled.abort(), stallMs);
        if (received + chunk.length > task.bytes) {
          await file.truncate(0);
          return { kind: 'too-long' };
        }
        await file.writeFile(chunk);
        received += chunk.length;
        onProgress?.(received, task.bytes);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    return received < task.bytes ? { kind: 'cut', received } : undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (isOfFile(error)) return failWriting(part, error, DIR_REMEDY);
    const received = await sizeOf(part);
    if (received > have || BROKEN.includes(codeBehind(error))) return { kind: 'cut', received };
    return { kind: 'network', reason: stalled.signal.aborted ? `no byte for ${stallMs} ms` : reasonOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** What a user can do about a folder of data that cannot be written. */
export const DIR_REMEDY = 'choose another folder with --dir';

/** Errors of the file that is written and not of the network: those name a call on files. */
const isOfFile = (error: unknown): boolean =>
  error instanceof Error &&
  'syscall' in error &&
  ['open', 'write', 'writev', 'fsync', 'ftruncate', 'close'].includes(String(error.syscall)) &&
  !BROKEN.includes(errorCode(error));

/** A connection that was there and broke: taking it up again can help. */
const BROKEN = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'];
const NO_NETWORK = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT'];

/** `fetch` hides the reason in `cause`. */
const codeBehind = (error: unknown): string =>
  errorCode(error instanceof Error && error.cause !== undefined ? error.cause : error);

function reasonOf(error: unknown): string {
  const code = codeBehind(error);
  return NO_NETWORK.includes(code) || code === 'UND_ERR_CONNECT_TIMEOUT' ? `no connection (${code})` : code;
}

function describe(failure: Failure, url: string, { path, bytes, sha256 }: DownloadTask): Diagnostic {
  const byHand = `fetch it by hand to ${path} (${bytes} bytes, SHA-256 ${sha256})`;
  switch (failure.kind) {
    case 'network':
      return errorAt('no-network', url, failure.reason, `check the network, or ${byHand}`);
    case 'status':
      return errorAt(
        'fetch-refused',
        url,
        `the server answers with status ${failure.status}`,
        `try later, or ${byHand}`,
      );
    case 'cut': {
      const message = `the connection broke after ${failure.received} of ${bytes} bytes`;
      return errorAt('fetch-cut', url, message, 'run it again: it goes on where it stopped');
    }
    case 'too-long':
      return errorAt('fetch-wrong', url, `the server sends more than the ${bytes} bytes of the file`, byHand);
    case 'checksum': {
      const message = `the file has the SHA-256 ${failure.found}, not ${sha256}; it was removed`;
      return errorAt('fetch-wrong', url, message, `try later, or ${byHand}`);
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** SHA-256 of a file, lower-case hexadecimal; reads it as a stream. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
