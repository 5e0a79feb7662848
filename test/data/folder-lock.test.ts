import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LOCK_FILE, lockFolder, withFolderLock } from '../../src/data/files/folder-lock.js';

const root = mkdtempSync(join(tmpdir(), 'lodestone-lock-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let nFolders = 0;
const newFolder = (): string => join(root, `folder-${nFolders++}`);
const lockOf = (folder: string): string => join(folder, LOCK_FILE);
const held = (folder: string, by: object): void => writeFileSync(lockOf(folder), JSON.stringify(by));

/** The number of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await new Promise((resolve) => child.on('exit', resolve));
  return child.pid!;
}

describe('the lock of a folder', () => {
  it('says who holds it, is given free, and leaves nothing behind', async () => {
    const folder = newFolder();
    const lock = await lockFolder(folder);
    const who = new RegExp(
      `error\\[folder-in-use\\] .*process ${process.pid} on ${hostname()} writes into it since \\d{4}-`,
    );
    await expect(lockFolder(folder)).rejects.toThrow(who);
    expect(readdirSync(folder)).toEqual([LOCK_FILE]);
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
    await (await lockFolder(folder)).release();
  });

  it('is given free when the action fails', async () => {
    const folder = newFolder();
    await expect(withFolderLock(folder, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await withFolderLock(folder, () => Promise.resolve(7))).toBe(7);
  });

  it('is taken by one of many', async () => {
    const folder = newFolder();
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is taken over from a process that is gone, also where another one has its number', async () => {
    const folder = newFolder();
    await (await lockFolder(folder)).release();
    const since = '2026-01-01T00:00:00.000Z';
    const stale: object[] = [{ pid: await deadPid(), host: hostname(), since }, { broken: true }];
    if (process.platform === 'linux') stale.push({ pid: process.pid, host: hostname(), since, start: '1' });
    for (const by of stale) {
      held(folder, by);
      const lock = await lockFolder(folder);
      expect(readFileSync(lockOf(folder), 'utf8')).toContain(`"pid":${process.pid},`);
      await lock.release();
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('is not taken from another host, and not given free by who lost it', async () => {
    const folder = newFolder();
    const lock = await lockFolder(folder);
    held(folder, { pid: 1, host: 'elsewhere', since: '2026-01-01T00:00:00.000Z' });
    await lock.release();
    await expect(lockFolder(folder)).rejects.toThrow(/process 1 on elsewhere since|process 1 on elsewhere writes/);
    await expect(lockFolder(folder)).rejects.toThrow(/remove .*\.lodestone-lock if that process is gone/);
  });

  it('is refused where the folder cannot be made', async () => {
    writeFileSync(join(root, 'file'), '');
    await expect(lockFolder(join(root, 'file/below'))).rejects.toThrow(/unwritable-output/);
  });
});
