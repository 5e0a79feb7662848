#!/usr/bin/env node
/**
 * The program `lodestone`. The command runs in a thread of its own (command-thread.ts), so that this one hears every signal, whatever the
 * command computes:
 *
 *   first signal     the command is told to stop; what has not stopped after {@link GRACE_MS} is ended
 *   second signal    the process ends at once
 *   standard output  a reader that went away ends the process quietly, a full disk with an error
 *
 *   standard input   goes to the command once it asks
 *
 * However the process ends, unfinished files are removed: outputs are complete or absent.
 */
import { rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { onStandardInputAsked } from '../common/standard-input.js';
import { watchUnfinished } from '../common/unfinished.js';
import { type Diagnostic, errorAt } from '../common/diagnostics.js';
import { EXIT, type ExitCode, interruptedAt, STOP_EXIT, STOP_SIGNALS, type StopSignal } from './context.js';
import { tellDiagnostics } from './tell.js';
import type { CommandStart, FromCommand, ToCommand } from './messages.js';

/** How long a command may take to stop cleanly: with what follows it stays below a second. */
const GRACE_MS = 500;

/**
 * Memory for objects that are new, in MB. What a large network is compiled from lives longer than that of V8 takes to fill (about 48): every collection
 * would copy it.
 */
const YOUNG_MB = 192;

const args = process.argv.slice(2);
const streams = { out: write(process.stdout), err: write(process.stderr) };
const unfinished = watchUnfinished();
process.on('exit', () => unfinished.paths.forEach((path) => rmSync(path, { force: true })));

const hasColours = (process.env['NO_COLOR'] ?? '') === '' && !args.includes('--no-color');
const colours = { out: hasColours && Boolean(process.stdout.isTTY), err: hasColours && Boolean(process.stderr.isTTY) };
const data: CommandStart = {
  args,
  colours,
  isTerminal: Boolean(process.stderr.isTTY),
  columns: process.stderr.isTTY ? process.stderr.columns : 80,
};
const worker = new Worker(new URL('./command-thread.js', import.meta.url), {
  workerData: data,
  stdin: true,
  resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
});
onStandardInputAsked(() => {
  if (worker.stdin === null) return;
  process.stdin.pipe(worker.stdin);
  // Whoever writes may go on for ever, and nobody reads it any more.
  worker.once('exit', () => process.stdin.destroy());
});
let stopped: StopSignal | undefined;
let ended: ExitCode | undefined;

worker.on('message', (message: FromCommand) => {
  if (message.kind === 'ended') ended = message.code;
  else streams[message.kind](message.text);
});
worker.on('error', (error: Error) => endWith(...crash(error)));
worker.on('exit', () => {
  // A script has to see that it was stopped, also where the command had done its work already.
  const code = stopped === undefined ? (ended ?? EXIT.internalError) : STOP_EXIT[stopped];
  if (stopped !== undefined && ended === EXIT.ok)
    streams.err('stopped, but the work was done: its outputs are complete\n');
  process.exitCode = code;
});

for (const signal of STOP_SIGNALS) {
  process.on(signal, () => {
    if (stopped !== undefined) end(STOP_EXIT[signal]);
    stopped = signal;
    const message: ToCommand = { stop: signal };
    worker.postMessage(message);
    setTimeout(() => void stopNow(signal), GRACE_MS).unref();
  });
}
process.stdout.on('error', (error) => failedOutput(error));
// There is nobody left to tell.
process.stderr.on('error', () => undefined);

/** Ends a command that is in the middle of a computation. */
async function stopNow(signal: StopSignal): Promise<void> {
  if (ended !== undefined) return;
  worker.removeAllListeners('exit');
  await worker.terminate();
  endWith([interruptedAt(signal)], STOP_EXIT[signal]);
}

function crash(error: Error): readonly [readonly Diagnostic[], ExitCode] {
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const remedy = 'set NODE_OPTIONS=--max-old-space-size=<MiB>, fewer --workers, or a smaller network';
    return [
      [errorAt('out-of-memory', 'lodestone', 'the command needs more memory than it may use', remedy)],
      EXIT.userError,
    ];
  }
  const remedy = 'this is a bug: please report it';
  return [[errorAt('internal-error', 'lodestone', error.message, remedy)], EXIT.internalError];
}

function failedOutput(error: Error): void {
  const code = 'code' in error ? String(error.code) : error.message;
  // `lodestone ... | head` closes the pipe early: that is not an error of ours.
  if (code === 'EPIPE') end(EXIT.ok);
  const reason = code === 'ENOSPC' ? 'the disk is full' : code;
  const message = `the results cannot be written: ${reason}`;
  tellDiagnostics([errorAt('unwritable-output', 'standard output', message, 'write them elsewhere')], {
    ...streams,
    json: false,
  });
  end(EXIT.userError);
}

function endWith(diagnostics: readonly Diagnostic[], code: ExitCode): void {
  tellDiagnostics(diagnostics, { ...streams, colours, json: args.includes('--json') });
  end(code);
}

function end(code: ExitCode): never {
  // A progress bar hides the cursor and keeps lines from wrapping.
  if (process.stderr.isTTY) streams.err('\u001b[?25h\u001b[?7h');
  process.exit(code);
}

/** Files and devices throw where pipes emit an error. */
function write(stream: NodeJS.WriteStream): (text: string) => void {
  return (text) => {
    try {
      stream.write(text);
    } catch (error) {
      stream.emit('error', error);
    }
  };
}
