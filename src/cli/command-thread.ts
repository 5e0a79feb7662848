/** The thread a command runs in: connects {@link runCli} with the thread of the process, see main.ts. */
import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../common/assert.js';
import { Interruption } from './context.js';
import type { CommandStart, FromCommand, ToCommand } from './messages.js';
import { ALLOW_CODE_VARIABLE } from './own-chip-words.js';
import { packageVersion } from './package-root.js';
import { QUEUE_PASSWORD_VARIABLE } from './queue-words.js';
import { runCli } from './run-cli.js';

// Both ends are ours: nothing is checked here, a schema library would take longer to load than all the rest.
const start: CommandStart = workerData;

const parent = present(parentPort, 'the port of the process');
const send = (message: FromCommand): void => parent.postMessage(message);

const controller = new AbortController();
// Every task in flight listens, however many there are.
setMaxListeners(0, controller.signal);
parent.on('message', ({ stop }: ToCommand) => controller.abort(new Interruption(stop)));
// Waiting for a signal is no reason to go on.
parent.unref();

const code = await runCli(start.args, {
  out: (text) => send({ kind: 'out', text }),
  err: (text) => send({ kind: 'err', text }),
  isTerminal: start.isTerminal,
  columns: start.columns,
  colours: start.colours,
  signal: controller.signal,
  defaultWorkers: availableParallelism(),
  version: packageVersion(),
  allowsCode: process.env[ALLOW_CODE_VARIABLE] === '1',
  queuePassword: process.env[QUEUE_PASSWORD_VARIABLE],
});
send({ kind: 'ended', code });
