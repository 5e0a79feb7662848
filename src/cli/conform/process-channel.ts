/** A model in another process, as lines. */
import { spawn } from 'node:child_process';
import { fail } from '../../common/diagnostics.js';
import type { LineChannel } from '../../conformance/foreign/model.js';

/** Characters of a line, at most. */
const MOST_CHARACTERS = 2 ** 26;
/** Milliseconds until a silent process is given up. */
const PATIENCE = 60_000;
/** Milliseconds that a process has to end when its input ends. */
const GRACE = 2000;

/** Starts a command in a shell; what it writes to standard error goes to `err`. */
export function startProcess(command: string, err: (text: string) => void, signal: AbortSignal): LineChannel {
  const child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const lines: string[] = [];
  let rest = '';
  let ended: string | undefined;
  let wake: (() => void) | undefined;
  const end = (why: string): void => {
    ended ??= why;
    wake?.();
  };
  const stop = (): void => {
    // The whole group: a shell does not pass signals on.
    if (child.pid === undefined || child.exitCode !== null) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has gone meanwhile.
    }
  };
  const aborted = (): void => {
    stop();
    end('it was stopped');
  };
  signal.addEventListener('abort', aborted, { once: true });
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    const pieces = (rest + text).split('\n');
    rest = pieces.pop() ?? '';
    for (const piece of pieces) lines.push(piece.replace(/\r$/, ''));
    if (rest.length > MOST_CHARACTERS) end(`a line has more than ${MOST_CHARACTERS} characters`);
    wake?.();
  });
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', err);
  child.on('error', (error) => end(error.message));
  child.on('close', (code, by) => end(by === null ? `it ended with code ${code ?? 0}` : `it was ended by ${by}`));
  // Who does not read has ended, which is said when an answer is due.
  child.stdin.on('error', () => undefined);
  const place = `process ${command}`;
  return {
    send: (text) => {
      child.stdin.write(text);
    },
    next: async () => {
      const until = Date.now() + PATIENCE;
      for (;;) {
        const line = lines.shift();
        if (line !== undefined) return line;
        signal.throwIfAborted();
        if (ended !== undefined) fail('foreign-ended', place, `an answer is due, and ${ended}`, 'run it by hand');
        const left = until - Date.now();
        if (left <= 0) fail('foreign-silent', place, `no answer for ${PATIENCE / 1000} s`, 'flush every answer');
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
    },
    close: async () => {
      signal.removeEventListener('abort', aborted);
      child.stdin.end();
      const timer = setTimeout(stop, GRACE);
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
        await new Promise<void>((resolve) => child.once('close', () => resolve()));
      }
      clearTimeout(timer);
    },
  };
}
