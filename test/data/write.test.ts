import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { watchUnfinished } from '../../src/common/unfinished.js';
import {
  checkFolder,
  checkWritable,
  failWriting,
  makeFolder,
  writeAtomic,
  writeTogether,
} from '../../src/data/files/write.js';

const folder = mkdtempSync(join(tmpdir(), 'lodestone-write-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

/** A character device of our own that is always full; false where nodes cannot be made. */
function makeFullDevice(path: string): boolean {
  try {
    execFileSync('mknod', [path, 'c', '1', '7'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const hasNode = makeFullDevice(at('full'));

describe('writing files that belong together', () => {
  it('writes all of them, or changes none where one cannot be written', async () => {
    await writeTogether([
      { path: at('part'), data: 'shard' },
      { path: at('whole'), data: 'model' },
    ]);
    const before = readdirSync(folder);
    const content = (name: string): string => readFileSync(at(name), 'utf8');
    expect([content('part'), content('whole')]).toEqual(['shard', 'model']);
    mkdirSync(at('taken'));
    for (const path of [at('taken'), at('nowhere/file'), '-']) {
      const files = [
        { path: at('part'), data: 'new shard' },
        { path, data: 'new model' },
      ];
      await expect(writeTogether(files)).rejects.toThrow(/unwritable-output/);
    }
    const broken = (function* (): Iterable<string> {
      yield 'a piece';
      throw new Error('no more of it');
    })();
    const files = [
      { path: at('part'), data: 'new shard' },
      { path: at('whole'), data: broken },
    ];
    await expect(writeTogether(files)).rejects.toThrow('no more of it');
    expect([content('part'), content('whole')]).toEqual(['shard', 'model']);
    expect(readdirSync(folder)).toEqual([...before, 'taken'].sort());
  });
});

describe('writing over an existing file', () => {
  it('keeps its mode', async () => {
    for (const mode of [0o600, 0o755, 0o664, 0o200]) {
      writeFileSync(at('mode'), 'old');
      chmodSync(at('mode'), mode);
      await writeAtomic(at('mode'), 'new');
      expect(modeOf(at('mode'))).toBe(mode.toString(8));
      expect(readFileSync(at('mode'), 'utf8')).toBe('new');
      rmSync(at('mode'));
    }
  });

  it('refuses one that is write-protected, also to the superuser', async () => {
    writeFileSync(at('protected'), 'old');
    chmodSync(at('protected'), 0o444);
    await expect(writeAtomic(at('protected'), 'new')).rejects.toThrow(/unwritable-output.*write-protected/);
    expect(readFileSync(at('protected'), 'utf8')).toBe('old');
    expect(modeOf(at('protected'))).toBe('444');
  });

  it('follows links to it, and to where there is none yet', async () => {
    mkdirSync(at('elsewhere'));
    writeFileSync(at('elsewhere/a'), 'old');
    symlinkSync('elsewhere/a', at('link'));
    symlinkSync('link', at('link-to-link'));
    symlinkSync('elsewhere/b', at('dangling'));
    await writeAtomic(at('link-to-link'), 'new');
    await writeAtomic(at('dangling'), 'made');
    expect(readFileSync(at('elsewhere/a'), 'utf8')).toBe('new');
    expect(readFileSync(at('elsewhere/b'), 'utf8')).toBe('made');
    for (const link of ['link', 'link-to-link', 'dangling']) expect(lstatSync(at(link)).isSymbolicLink()).toBe(true);
    expect(readdirSync(at('elsewhere')).sort()).toEqual(['a', 'b']);
  });

  it('refuses links in a circle and to nowhere', async () => {
    symlinkSync('round', at('round'));
    symlinkSync('no/such/folder', at('nowhere'));
    await expect(writeAtomic(at('round'), '')).rejects.toThrow(/links go in a circle/);
    await expect(checkWritable(at('nowhere'))).rejects.toThrow(/folder does not exist/);
  });
});

describe('writing to what is no regular file', () => {
  it('goes through a pipe that somebody reads, whole, and leaves it a pipe', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const long = 'line of a long text\n'.repeat(50_000);
    const reader = spawn('cat', [at('pipe')], { stdio: ['ignore', 'pipe', 'inherit'] });
    let read = '';
    reader.stdout.on('data', (chunk: Buffer) => (read += chunk.toString()));
    const closed = new Promise((resolve) => reader.on('close', resolve));
    // The reader opens the pipe when it has started; until then nobody reads.
    for (let tries = 0; ; tries++) {
      try {
        await writeAtomic(at('pipe'), long);
        break;
      } catch (error) {
        if (tries > 200 || !String(error).includes('nobody reads')) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    await closed;
    expect(read).toBe(long);
    expect(statSync(at('pipe')).isFIFO()).toBe(true);
  });

  it('does not wait for a pipe that nobody reads', async () => {
    execFileSync('mkfifo', [at('lonely')]);
    await checkWritable(at('lonely'));
    await expect(writeAtomic(at('lonely'), 'x')).rejects.toThrow(/nobody reads from this pipe/);
  });

  it.skipIf(!hasNode)('goes through a device, whose errors are said, and leaves it a device', async () => {
    await expect(writeAtomic(at('full'), 'x')).rejects.toThrow(/unwritable-output.*the disk is full/);
    expect(statSync(at('full')).isCharacterDevice()).toBe(true);
  });

  it('refuses a socket and a folder', async () => {
    const server = createServer().listen(at('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(writeAtomic(at('socket'), '')).rejects.toThrow(/it is a socket/);
    server.close();
    mkdirSync(at('folder'));
    await expect(writeAtomic(at('folder'), '')).rejects.toThrow(/it is a folder/);
    await expect(writeAtomic(at('new/'), '')).rejects.toThrow(/it is a folder/);
  });
});

describe('places that cannot be written', () => {
  it('say why: names, disks, permissions', async () => {
    await expect(checkWritable('')).rejects.toThrow(/unwritable-output\] "": .*its name is empty/);
    await expect(checkWritable(at('x'.repeat(300)))).rejects.toThrow(/a name in the path is too long/);
    await expect(makeFolder(at('x'.repeat(300)))).rejects.toThrow(/a name in the path is too long/);
    await expect(makeFolder('')).rejects.toThrow(/its name is empty/);
    writeFileSync(at('file'), '');
    await expect(makeFolder(at('file/below'))).rejects.toThrow(/a part of the path is not a folder/);
    await expect(checkFolder(at('file/below'))).rejects.toThrow(/a part of the path is not a folder/);
    await expect(makeFolder(at('file'))).rejects.toThrow(/not a folder/);
    const reasons = {
      EROFS: /file system is read-only/,
      EACCES: /not writable/,
      ENOSPC: /disk is full/,
      EDQUOT: /quota/,
    };
    for (const [code, reason] of Object.entries(reasons)) {
      expect(() => failWriting('x', Object.assign(new Error(), { code }))).toThrow(reason);
    }
  });

  it('take the longest name there is', async () => {
    const longest = at('n'.repeat(255));
    await writeAtomic(longest, 'x');
    expect(readFileSync(longest, 'utf8')).toBe('x');
    rmSync(longest);
  });

  it('are checked without making anything', async () => {
    await checkFolder(at('some/new/folder'));
    await checkWritable(at('some-new-file'));
    expect(existsSync(at('some'))).toBe(false);
    expect(existsSync(at('some-new-file'))).toBe(false);
  });

  it('leave no file and no unfinished one behind', async () => {
    const before = readdirSync(folder).sort();
    const broken = (function* (): Generator<string> {
      yield 'begin';
      throw new Error('no more');
    })();
    await expect(writeAtomic(at('broken'), broken)).rejects.toThrow(/^no more$/);
    expect(readdirSync(folder).sort()).toEqual(before);
  });
});

it('an unfinished file is known to whoever watches, until it is gone', async () => {
  const watched = watchUnfinished();
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  let during: readonly string[] = [];
  const slow = (async function* (): AsyncGenerator<string> {
    await turn();
    during = [...watched.paths];
    yield 'x';
  })();
  await writeAtomic(at('watched'), slow);
  await turn();
  watched.close();
  expect(during).toHaveLength(1);
  expect(during[0]).toMatch(/\.lodestone-\d+-\d+-\d+\.tmp$/);
  expect(watched.paths.size).toBe(0);
});

it('a hard link is another name of the same file until it is written over', async () => {
  writeFileSync(at('one'), 'old');
  linkSync(at('one'), at('two'));
  await writeAtomic(at('two'), 'new');
  expect([readFileSync(at('one'), 'utf8'), readFileSync(at('two'), 'utf8')]).toEqual(['old', 'new']);
});
