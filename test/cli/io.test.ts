import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkWritable, MAX_BYTES, readBytes, readText, writeAtomic } from '../../src/cli/io.js';
import { temporaryFolder } from './harness.js';

const folder = temporaryFolder();

describe('reading files', () => {
  it('refuses what is missing, no file, too large or not text', async () => {
    await expect(readBytes(folder.at('nothing'), 'model')).rejects.toThrow(/error\[file-missing\].*nothing/);
    await expect(readBytes(folder.at(''), 'model')).rejects.toThrow(/error\[not-a-file\]/);
    await expect(readBytes(folder.at('nothing/below'), 'model')).rejects.toThrow(/error\[file-missing\]/);
    writeFileSync(folder.at('large'), '');
    truncateSync(folder.at('large'), MAX_BYTES.recipe + 1);
    await expect(readText(folder.at('large'), 'recipe')).rejects.toThrow(/error\[file-too-large\].*large/);
    writeFileSync(folder.at('binary'), Uint8Array.of(0x80, 0xff));
    await expect(readText(folder.at('binary'), 'recipe')).rejects.toThrow(/error\[not-text\]/);
  });

  it('gives the bytes of a file', async () => {
    writeFileSync(folder.at('three'), Uint8Array.of(1, 2, 3));
    expect(await readBytes(folder.at('three'), 'model')).toEqual(Uint8Array.of(1, 2, 3));
  });
});

describe('writing files', () => {
  it('replaces a file and leaves nothing else behind', async () => {
    mkdirSync(folder.at('out'));
    await writeAtomic(folder.at('out/a'), 'first');
    await writeAtomic(folder.at('out/a'), 'second');
    expect(readFileSync(folder.at('out/a'), 'utf8')).toBe('second');
    expect(readdirSync(folder.at('out'))).toEqual(['a']);
  });

  it('refuses places that cannot be written, with the reason', async () => {
    await expect(writeAtomic(folder.at('no/such/file'), '')).rejects.toThrow(
      /unwritable-output.*folder does not exist/,
    );
    await expect(checkWritable(folder.at('out'))).rejects.toThrow(/unwritable-output.*it is a folder/);
    await expect(checkWritable(folder.at('out/a/b'))).rejects.toThrow(/unwritable-output.*not a folder/);
    // A folder nobody can write to, root included.
    await expect(writeAtomic('/proc/lodestone', '')).rejects.toThrow(/unwritable-output/);
  });
});
