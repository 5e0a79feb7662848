#!/usr/bin/env node
/** The program `lodestone`: connects {@link runCli} with the process. */
import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { EXIT } from './context.js';
import { packageVersion } from './package-root.js';
import { runCli } from './run-cli.js';

const controller = new AbortController();
// Every task in flight listens, however many there are.
setMaxListeners(0, controller.signal);
process.on('SIGINT', () => {
  // The first Ctrl-C stops cleanly; the second one does not wait.
  if (controller.signal.aborted) process.exit(EXIT.interrupted);
  controller.abort();
});
// `lodestone ... | head` closes the pipe early: that is not an error of ours.
process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
  signal: controller.signal,
  defaultWorkers: availableParallelism(),
  version: packageVersion(),
});
