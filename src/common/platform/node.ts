/** Node. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import type * as Yaml from 'yaml';
import { present } from '../assert.js';
import { builtFile } from '../built-file.js';
import type { Platform, ThreadPort } from './platform.js';

const require = createRequire(import.meta.url);
const UNPACK = { gzip: gunzipSync, zlib: inflateSync, deflate: inflateRawSync } as const;

export const platform: Platform = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  inflate: (bytes, packing, limit) => {
    // A limit of 0 is refused by zlib; one byte more than announced is still an error of the caller's check.
    const out = UNPACK[packing](bytes, { maxOutputLength: Math.max(limit, 1) });
    return new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
  },
  readBuilt: (path) => readFileSync(builtFile(path)),
  yaml: () => {
    const library: typeof Yaml = require('yaml');
    return library;
  },
  importFile: (path) => import(pathToFileURL(isAbsolute(path) ? path : builtFile(path)).href),
  startThread: (path, data, { onMessage, onEnd }) => {
    const worker = new Worker(builtFile(path), { workerData: data });
    worker.on('message', onMessage);
    if (onEnd !== undefined) {
      worker.on('error', onEnd);
      worker.on('exit', () => onEnd(new Error('a thread ended while tasks waited for it')));
    }
    return {
      post: (message) => worker.postMessage(message),
      keepAlive: (wanted) => (wanted ? worker.ref() : worker.unref()),
      end: async () => {
        await worker.terminate();
      },
    };
  },
  threadPort: <Message, Data>(): ThreadPort<Message, Data> => {
    const port = present(parentPort, 'port of a thread');
    return {
      data: present<Data>(workerData, 'start of a thread'),
      post: (message) => port.postMessage(message),
      listen: (hear) => {
        port.on('message', hear);
      },
    };
  },
  nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
};
