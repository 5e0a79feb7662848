/**
 * Standard input between threads: a process has one, and only the thread of the process reads it without blocking. A command asks for it
 * when it reads from `-`, and not before: what is not asked for stays for whoever comes next.
 */

/** The path of standard streams: input where a file is read, output where one is written. */
export const STANDARD_STREAM = '-';

const NAME = 'lodestone: standard input';

/** Asks the thread of the process for its standard input, which then arrives as that of this thread. */
export function askForStandardInput(): void {
  const channel = new BroadcastChannel(NAME);
  channel.postMessage('wanted');
  channel.close();
}

/** Calls back when another thread asks. Does not keep the process alive. */
export function onStandardInputAsked(answer: () => void): void {
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = () => {
    channel.close();
    answer();
  };
  channel.unref();
}
