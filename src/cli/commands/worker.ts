import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { fail } from '../../common/diagnostics.js';
import type { CliContext } from '../context.js';
import { printJson } from '../json-envelope.js';
import { withWorkers } from '../options.js';
import { type QueueChoice, queueOf, withQueue } from '../queue-options.js';

interface WorkerOptions extends QueueChoice {
  readonly workers: number;
  readonly cache: string;
  readonly idle?: number;
  readonly json: boolean;
}

/** `lodestone worker --queue ADDRESS`. */
export function addWorker(program: Command, context: CliContext): void {
  const command = withQueue(withWorkers(program.command('worker'), context));
  command
    .description('measure points of explorations that were put on a queue, on this machine')
    .option('--cache <folder>', 'folder of networks and images, by content', join(tmpdir(), 'lodestone-worker'))
    .option('--idle <seconds>', 'end when no point came for so long; without it, at Ctrl-C', secondsOf)
    .action(async (options: WorkerOptions) => {
      const address = await queueOf(options, context);
      if (address === undefined) {
        return fail('missing-option', 'lodestone worker', 'no queue is named', 'pass --queue redis://HOST:PORT');
      }
      const { runQueueWorker } = await import('../../explore/queue/worker.js');
      const { programIdentity } = await import('../../explore/queue/identity.js');
      const { workers, cache, idle, json } = options;
      const identity = await programIdentity(context.version);
      if (!json)
        context.err(`${identity}: ${workers} at a time from ${address.text}, Ctrl-C gives back what is not done\n`);
      const points = await runQueueWorker({
        ...{ address, identity, workers, store: cache, idleSeconds: idle, signal: context.signal },
      });
      context.signal.throwIfAborted();
      if (json) printJson(context, 'lodestone-worker', { points }, { workers });
      else context.out(`${points} points answered\n`);
    });
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 1e6)) throw new InvalidArgumentError('it is no number of seconds above 0');
  return seconds;
}
