/** Networks and images on their way to workers: once for each worker, by content, checked where they arrive. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { present } from '../../common/assert.js';
import { fail } from '../../common/diagnostics.js';
import { readStored, storePath, writeStored } from '../../experiments/points/store.js';
import { kindOf } from '../../data/files/bounded.js';
import { type Content, MAX_CONTENT_BYTES } from './messages.js';

/** Seconds that contents stay on the server after a coordinator last named them. */
const KEPT_SECONDS = 7 * 24 * 3600;

const keyOf = ({ sha256 }: Pick<Content, 'sha256'>): string => `lodestone:content:${sha256}`;
const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Sends a file of a store to the server, if it is not there. @throws UserError for one that is too large */
export async function sendContent(client: Redis, store: string, key: string, kind: Content['kind']): Promise<Content> {
  const bytes = present(await readStored(store, key, kind), `${key}.${kind} of the store`);
  if (bytes.length > MAX_CONTENT_BYTES) {
    const message = `it has ${bytes.length} bytes, a queue takes ${MAX_CONTENT_BYTES}`;
    fail('content-too-large', storePath(store, key, kind), message, 'explore it without --queue');
  }
  const content: Content = { key, kind, sha256: sha256Of(bytes), bytes: bytes.length };
  if ((await client.expire(keyOf(content), KEPT_SECONDS)) === 0) {
    await client.set(keyOf(content), Buffer.from(bytes), 'EX', KEPT_SECONDS);
  }
  return content;
}

/** Fetches what the store of a worker lacks. @throws Error for contents that are not there, or are others than their names say */
export async function fetchContents(client: Redis, store: string, contents: readonly Content[]): Promise<void> {
  for (const content of contents) {
    const { key, kind, sha256, bytes } = content;
    if ((await kindOf(storePath(store, key, kind))) === 'file') continue;
    // Before its bytes are asked for: a server that is not ours may hold anything.
    const length = await client.strlen(keyOf(content));
    if (length !== bytes) throw new Error(`${key}.${kind} has ${length} bytes on the server, not ${bytes}`);
    const read = await client.getBuffer(keyOf(content));
    if (read === null || sha256Of(read) !== sha256) throw new Error(`${key}.${kind} is not what its name says`);
    await writeStored(store, key, kind, read);
  }
}
