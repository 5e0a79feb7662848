/** A page, or a web worker of one: no files, so whoever builds the page provides the kernels. */
import * as yaml from 'yaml';
import { inflateBytes } from './inflate.js';
import type { Platform } from './platform.js';
import { sha256Bytes } from './sha256-bytes.js';

const provided = new Map<string, Uint8Array<ArrayBuffer>>();

/** Provides built files (kernels) by their paths under src. Comes before what needs them. */
export function provideBuilt(files: Iterable<readonly [path: string, bytes: Uint8Array<ArrayBuffer>]>): void {
  for (const [path, bytes] of files) provided.set(path, bytes);
}

const none = (what: string): never => {
  throw new Error(`internal error: ${what} in a page`);
};

export const platform: Platform = {
  sha256: sha256Bytes,
  inflate: inflateBytes,
  readBuilt: (path) => provided.get(path) ?? none(`no file ${path} was provided`),
  yaml: () => yaml,
  importFile: () => none('a file was to be loaded'),
  startThread: () => none('a thread was to be started; take one worker'),
  threadPort: () => none('the port of a thread'),
  nextTurn: () =>
    new Promise((resolve) => {
      // Timers wait 4 ms once they are nested; messages do not.
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener(
        'message',
        () => {
          port1.close();
          resolve();
        },
        { once: true },
      );
      port1.start();
      port2.postMessage(0);
    }),
};
