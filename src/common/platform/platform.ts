/**
 * What the core needs of the system it runs on. `#platform` is the one in use: package.json names the file for Node and, under the condition
 * `browser`, the one for pages. Nothing else in the core may know either (test/repo/platform.test.ts).
 */
import type * as Yaml from 'yaml';

/** How a stream is packed: gzip, zlib (PNG) or bare deflate (zip). */
export type Packing = 'gzip' | 'zlib' | 'deflate';

/** A stream that unpacks to more than the limit. */
export const UNPACKS_TOO_LARGE = 'ERR_BUFFER_TOO_LARGE';

/** A thread of workers, as whoever started it sees it. */
export interface StartedThread {
  post(message: unknown): void;
  /** Whether it keeps the process alive; it does at first. No matter in a page. */
  keepAlive(wanted: boolean): void;
  /** Ends it at once. */
  end(): Promise<void>;
}

/** Who listens to a thread. */
export interface ThreadListener<Message> {
  readonly onMessage: (message: Message) => void;
  /** It failed, or ended by itself. */
  readonly onEnd?: (error: unknown) => void;
}

/** The other end, inside a thread. */
export interface ThreadPort<Message, Data> {
  /** What the thread was started with. */
  readonly data: Data;
  post(message: unknown): void;
  listen(hear: (message: Message) => void): void;
}

/** A system. */
export interface Platform {
  /** The 32 bytes of SHA-256. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** Unpacks at most `limit` bytes. Throws an error whose `code` is {@link UNPACKS_TOO_LARGE} for more, and any other one for damage. */
  inflate(bytes: Uint8Array, packing: Packing, limit: number): Uint8Array;
  /** A built file (a kernel), by its path under src. */
  readBuilt(path: string): Uint8Array<ArrayBuffer>;
  /** The YAML library. */
  yaml(): typeof Yaml;
  /** The modules of a file: of a worker by its path under src, of a chip of a user by its path from the root of the file system. */
  importFile(path: string): Promise<unknown>;
  /** Starts a worker, by its path under src. */
  startThread<Message>(path: string, data: unknown, listener: ThreadListener<Message>): StartedThread;
  /** The port of the thread that asks. */
  threadPort<Message, Data>(): ThreadPort<Message, Data>;
  /** Goes on in a later turn of the event loop, so that messages and progress get through. */
  nextTurn(): Promise<void>;
}
