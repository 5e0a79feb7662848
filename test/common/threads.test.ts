import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { askForStandardInput, onStandardInputAsked, STANDARD_STREAM } from '../../src/common/standard-input.js';
import { announceUnfinished, watchUnfinished } from '../../src/common/unfinished.js';

/** Waits until something holds, for two seconds at most. */
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !holds(); i++) await sleep(10);
  expect(holds()).toBe(true);
}

describe('unfinished files', () => {
  it('are known from their announcement until they are gone, each by its path', async () => {
    const watched = watchUnfinished();
    announceUnfinished('/tmp/+a', true);
    announceUnfinished('/tmp/-b', true);
    await until(() => watched.paths.size === 2);
    expect([...watched.paths].sort()).toEqual(['/tmp/+a', '/tmp/-b']);
    announceUnfinished('/tmp/+a', false);
    await until(() => watched.paths.size === 1);
    expect([...watched.paths]).toEqual(['/tmp/-b']);
    watched.close();
    announceUnfinished('/tmp/c', true);
    await sleep(30);
    expect([...watched.paths]).toEqual(['/tmp/-b']);
  });
});

describe('standard input', () => {
  it('is answered when it is asked for, once', async () => {
    let asked = 0;
    onStandardInputAsked(() => asked++);
    await sleep(30);
    expect(asked).toBe(0);
    askForStandardInput();
    await until(() => asked === 1);
    askForStandardInput();
    await sleep(30);
    expect([asked, STANDARD_STREAM]).toEqual([1, '-']);
  });
});
