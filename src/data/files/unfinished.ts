/**
 * Files that exist while something is being written, and have to go when the process is ended from outside. A thread that is stopped in the
 * middle of a computation cannot tidy up; whoever stops it hears here what it has to remove.
 */
import { BroadcastChannel } from 'node:worker_threads';
import { z } from 'zod';

const NAME = 'lodestone: unfinished files';
const message = z.object({ path: z.string(), exists: z.boolean() });

/** Says in all threads that an unfinished file is about to exist, or that it is gone. */
export function announceUnfinished(path: string, exists: boolean): void {
  const channel = new BroadcastChannel(NAME);
  channel.postMessage({ path, exists });
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
    const found = z.object({ data: message }).parse(event).data;
    if (found.exists) paths.add(found.path);
    else paths.delete(found.path);
  };
  channel.unref();
  return { paths, close: () => channel.close() };
}
