import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import type * as CliProgress from 'cli-progress';
import type { CliContext } from './context.js';

const require = createRequire(import.meta.url);

/** A progress bar on a terminal; nothing otherwise. */
export interface Progress {
  /** `note` stands behind the bar, e.g. the loss. */
  update(done: number, total: number, note?: string): void;
  stop(): void;
}

/** Starts a bar on standard error, unless it is not a terminal or `quiet`. */
export function startProgress(label: string, context: CliContext, quiet: boolean): Progress {
  if (!context.isTerminal || quiet) return { update: () => undefined, stop: () => undefined };
  // Loaded here: without a terminal nobody needs it.
  const { SingleBar, Presets }: typeof CliProgress = require('cli-progress');
  const bar = new SingleBar(
    {
      format: `${label} {bar} {value}/{total} {note} | {eta_formatted} left`,
      stream: terminal(context),
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
      etaBuffer: 50,
      // Ctrl-C is ours: the command stops cleanly and chooses the exit code.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update: (done, total, note = '') => {
      if (started) bar.setTotal(total);
      else bar.start(total, 0, { note });
      started = true;
      bar.update(done, { note });
    },
    stop: () => {
      if (started) bar.stop();
    },
  };
}

/** Standard error as the bar wants it: a command writes through its context only, whatever thread it is in. */
function terminal({ err, columns = 80 }: CliContext): NodeJS.WritableStream {
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk, _, done) => {
      err(String(chunk));
      done();
    },
  });
  return Object.assign(stream, { isTTY: true, columns });
}
