/** Trace files, piece by piece. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fail } from '../../common/diagnostics.js';
import { errorCode } from '../../common/error-code.js';
import { STANDARD_STREAM } from '../../common/standard-input.js';
import { readBytes } from '../io.js';
import { type OpenTrace, openTrace } from '../../conformance/trace/read.js';

/** Opens a trace; it is read as its steps are asked for. `-` is standard input. @throws UserError */
export async function openTraceFile(path: string): Promise<OpenTrace> {
  if (path === STANDARD_STREAM) return openTrace(fromStandardInput(), path);
  const info = await stat(path).catch((error: unknown) => failReading(path, error));
  if (!info.isFile()) fail('not-a-file', path, 'a trace is needed, this is not a file', 'pass the path of a file');
  return openTrace(pieces(path), path);
}

async function* fromStandardInput(): AsyncGenerator<Uint8Array> {
  yield await readBytes(STANDARD_STREAM, 'program');
}

async function* pieces(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
      if (chunk instanceof Uint8Array) yield chunk;
    }
  } catch (error) {
    failReading(path, error);
  }
}

function failReading(path: string, error: unknown): never {
  const code = errorCode(error);
  const message = code === 'ENOENT' ? 'there is no trace at this path' : `it cannot be read (${code})`;
  return fail(code === 'ENOENT' ? 'file-missing' : 'file-unreadable', path, message, 'check the path');
}
