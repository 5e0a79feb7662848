/**
 * Files that exist while something is being written, and have to go when the process is ended from outside. A thread that is stopped in the
 * middle of a computation cannot tidy up; whoever stops it hears here what it has to remove.
 */

const NAME = 'lodestone: unfinished files';

/** Says in all threads that an unfinished file is about to exist, or that it is gone. */
export function announceUnfinished(path: string, exists: boolean): void {
  const channel = new BroadcastChannel(NAME);
  channel.postMessage(`${exists ? '+' : '-'}${path}`);
  channel.close();
}

/** The unfinished files that other threads announced and that are not gone. */
export interface UnfinishedFiles {
  readonly paths: ReadonlySet<string>;
  close(): void;
}

/** Listens from now on, without keeping the process alive. */
export function watchUnfinished(): UnfinishedFiles {
  const paths = new Set<string>();
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = (event) => {
    const text = typeof event === 'object' && event !== null && 'data' in event ? String(event.data) : '';
    if (text.startsWith('+')) paths.add(text.slice(1));
    else paths.delete(text.slice(1));
  };
  channel.unref();
  return { paths, close: () => channel.close() };
}
