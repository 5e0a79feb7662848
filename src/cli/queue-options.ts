/** The queue of explorations on several machines, as commands name it. */
import type { Command } from 'commander';
import { fail } from '../common/diagnostics.js';
import type { QueueAddress } from '../explore/queue/connection.js';
import type { CliContext } from './context.js';
import { readText } from './io.js';
import { QUEUE_PASSWORD_VARIABLE } from './queue-words.js';

/** What the command line says of a queue. */
export interface QueueChoice {
  readonly queue?: string;
  readonly queuePasswordFile?: string;
}

/** The options; a queue has no address by default. */
export const withQueue = (command: Command): Command =>
  command
    .option(
      '--queue <address>',
      'queue of points on Redis or Valkey: redis://HOST:PORT, or rediss:// for an encrypted connection',
    )
    .option(
      '--queue-password-file <file>',
      `file with the password of the queue (${QUEUE_PASSWORD_VARIABLE} holds one, too)`,
    );

/** Where the queue is; undefined where none is named. @throws UserError for what is no address */
export async function queueOf(
  { queue, queuePasswordFile }: QueueChoice,
  { queuePassword }: CliContext,
): Promise<QueueAddress | undefined> {
  if (queue === undefined) return undefined;
  const { queueAddress } = await import('../explore/queue/connection.js');
  const password = queuePasswordFile === undefined ? queuePassword : await passwordIn(queuePasswordFile);
  return queueAddress(queue, password);
}

/** A password in a file, without the end of its line. */
async function passwordIn(path: string): Promise<string> {
  const text = (await readText(path, 'password')).replace(/\r?\n$/, '');
  if (/^$|[\x00-\x1f]/.test(text))
    fail('bad-password', path, 'it is no password: one line of text', 'write the password alone');
  return text;
}
