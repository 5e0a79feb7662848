/** The path `-`: standard input where a file is read, standard output where one is written. */
import { isatty } from 'node:tty';
import { fail } from '../../common/diagnostics.js';
import { askForStandardInput, STANDARD_STREAM } from '../../common/standard-input.js';
import type { FileContent } from './file-content.js';

const STDOUT = 1;

/** All of standard input. @throws UserError for more than `limit` bytes */
export async function readStandardInput(limit: number): Promise<Uint8Array> {
  askForStandardInput();
  const chunks: Buffer[] = [];
  let size = 0;
  const stream: AsyncIterable<Buffer | string> = process.stdin;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limit) {
      const message = `standard input has more than ${limit} bytes`;
      fail('file-too-large', STANDARD_STREAM, message, 'check what is written into the pipe');
    }
    chunks.push(bytes);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** Writes to standard output. @throws UserError for bytes on a terminal, which they would garble */
export async function writeStandardOutput(data: FileContent): Promise<void> {
  if (data instanceof Uint8Array && isatty(STDOUT)) {
    const message = 'it is a terminal, and the output is binary';
    fail('binary-on-terminal', STANDARD_STREAM, message, 'write into a pipe or a file');
  }
  for await (const piece of typeof data === 'string' || data instanceof Uint8Array ? [data] : data) {
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }
}
