/** Hostile archives: mutants are unpacked or refused, within time and memory. `npm run fuzz:import` tries 50 times as many. */
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseTar } from '../../../src/common/archive/tar.js';
import { unpack } from '../../../src/common/archive/unpack.js';
import type { Packing } from '../../../src/common/platform/platform.js';
import { unzip } from '../../../src/common/archive/zip.js';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { tarFile } from '../../data/support/files.js';
import { arrayBytesOf, expectFates } from '../../support/hostile.js';
import { mutantOf } from '../../support/mutants.js';
import { FUZZ, RUN_SEED } from '../../support/random-runs.js';
import { zipFile } from '../../support/zip-file.js';

const COUNT = 2000 * FUZZ;
const TIMEOUT = { timeout: 60_000 * FUZZ };
const bytes = Uint8Array.from({ length: 700 }, (_, i) => (i * i) >> 3);
const FILES = [
  ['a/weights.bin', bytes],
  ['a/classes.txt', bytes.subarray(0, 20)],
  ['empty', new Uint8Array(0)],
] as const;
const BLOCK = 512;

/** The checksums of the headers made right again, where headers are. */
function withChecksums(tar: Uint8Array): Uint8Array {
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    header.fill(0x20, 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
    const size = Number.parseInt(new TextDecoder('latin1').decode(header.subarray(124, 136)), 8);
    at += BLOCK + Math.ceil((Number.isSafeInteger(size) ? size : 0) / BLOCK) * BLOCK;
  }
  return tar;
}

describe(`hostile archives (seed ${RUN_SEED})`, () => {
  it(`of tar are read or refused, ${COUNT} of them, what is read lies within the archive`, TIMEOUT, async () => {
    const tar = tarFile(FILES);
    await expectFates(COUNT, (k) => {
      const mutant = mutantOf(tar, RUN_SEED, k);
      const read = parseTar(k % 4 === 0 ? mutant : withChecksums(mutant), 'a.tar');
      expect(read.reduce((sum, file) => sum + file.bytes.length, 0)).toBeLessThanOrEqual(mutant.length);
    });
  });

  it(`of zip are read or refused, ${COUNT} of them`, TIMEOUT, async () => {
    const archives = [0, 8].map((method) => zipFile(FILES.map(([name, content]) => ({ name, content, method }))).bytes);
    await expectFates(COUNT, (k) =>
      unzip(mutantOf(archives[k % 2] ?? bytes, RUN_SEED, k), 'a.zip', (name) => !name.startsWith('-'), 1 << 20),
    );
  });

  it(
    `of gzip, zlib and deflate are read or refused, ${COUNT} of them, and never give more than is asked for`,
    TIMEOUT,
    async () => {
      const packed = [gzipSync(bytes), deflateSync(bytes), deflateRawSync(bytes)];
      const packings = ['gzip', 'zlib', 'deflate'] as const satisfies readonly Packing[];
      await expectFates(COUNT, (k) => {
        const limit = sequence(RUN_SEED, PURPOSE.test, k).below(2000);
        const out = unpack(mutantOf(packed[k % 3] ?? bytes, RUN_SEED, k), packings[k % 3] ?? 'gzip', limit, 'a');
        expect(out.length).toBeLessThanOrEqual(Math.max(1, limit));
      });
    },
  );

  it('that unpack to far more than is wanted are refused before that is in memory', async () => {
    const bomb = gzipSync(new Uint8Array(1 << 26));
    expect(bomb.length).toBeLessThan(1 << 17);
    expect(await arrayBytesOf(() => unpack(bomb, 'gzip', 1 << 20, 'a.gz'))).toBeLessThan(1 << 24);
  });
});
