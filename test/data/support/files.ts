import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, expect } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { crc32 } from '../../../src/common/archive/crc32.js';

/** A folder of this test file, removed at its end; `write` makes the folders of a path too and gives the whole path. */
export function dataFolder(): {
  readonly at: (name: string) => string;
  readonly write: (name: string, content: string | Uint8Array) => string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'lodestone-data-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  return {
    at,
    write: (name, content) => {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
      return at(name);
    },
  };
}

/** Bytes of a base64 text; spaces and line breaks do not count. */
export const base64 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));

/** The diagnostics of a call that must end in a user's error. */
export async function problemsOf(call: () => unknown): Promise<readonly string[]> {
  try {
    await call();
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map((d) => `${d.code} ${d.place}: ${d.message}`);
    throw error;
  }
  return expect.fail('the input was accepted');
}

/** An IDX file with the given sizes in its header, followed by the values. */
export function idxFile(sizes: readonly number[], values: readonly number[], type = 8): Uint8Array {
  const header = sizes.flatMap((size) => [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255]);
  return Uint8Array.from([0, 0, type, sizes.length, ...header, ...values]);
}

/** A PNG file of unfiltered 8-bit rows; `rows` are their bytes. Header fields and the packed pixels can be replaced. */
export function pngFile(
  width: number,
  rows: readonly (readonly number[])[],
  colourType: number,
  change: {
    readonly height?: number;
    readonly depth?: number;
    readonly interlace?: number;
    readonly data?: Uint8Array;
  } = {},
): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, change.height ?? rows.length);
  header.set([change.depth ?? 8, colourType, 0, 0, change.interlace ?? 0], 8);
  const data = change.data ?? deflateSync(Uint8Array.from(rows.flatMap((row) => [0, ...row])));
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return concat([signature, pngChunk('IHDR', header), pngChunk('IDAT', data), pngChunk('IEND', new Uint8Array(0))]);
}

/** One chunk with its checksum. */
export function pngChunk(type: string, body: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(body.length + 12);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, body.length);
  chunk.set(new TextEncoder().encode(type), 4);
  chunk.set(body, 8);
  view.setUint32(body.length + 8, crc32(chunk.subarray(4, body.length + 8)));
  return chunk;
}

/** A tar archive of regular files. */
export function tarFile(files: readonly (readonly [name: string, bytes: Uint8Array, type?: string])[]): Uint8Array {
  const blocks = files.flatMap(([name, bytes, type = '0']) => {
    const header = new Uint8Array(512);
    const put = (at: number, text: string): void => header.set(new TextEncoder().encode(text), at);
    put(0, name);
    put(100, '0000644\0');
    put(124, `${bytes.length.toString(8).padStart(11, '0')} `);
    put(148, '        ');
    put(156, type);
    put(257, 'ustar\0' + '00');
    put(
      148,
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
    );
    const content = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
    content.set(bytes);
    return [header, content];
  });
  return concat([...blocks, new Uint8Array(1024)]);
}

/** All bytes one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
