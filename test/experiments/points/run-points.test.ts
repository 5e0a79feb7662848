import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openBudget } from '../../../src/experiments/points/budget.js';
import { openJournal } from '../../../src/experiments/points/journal.js';
import type { PointsProgress } from '../../../src/experiments/points/pace.js';
import { type Keyed, type Measurement, PointLost, runPoints } from '../../../src/experiments/points/run-points.js';

const folder = mkdtempSync(join(tmpdir(), 'lodestone-points-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const options = { schema: z.strictObject({ n: z.number() }), remedy: 'choose another folder' };
let nFiles = 0;
const newJournal = () => openJournal(join(folder, `${nFiles++}.jsonl`), options);

const point = (n: number, group?: string): Keyed => ({ key: `${n}`, label: `point ${n}`, group });
const points = Array.from({ length: 12 }, (_, n) => point(n));
const double = async ({ key }: Keyed) => ({ n: 2 * Number(key) });

describe('a run of points', () => {
  test('gives the outcomes in the order of the points, however many there are at a time', async () => {
    for (const lanes of [1, 3, 20]) {
      const journal = await newJournal();
      const slow = async (one: Keyed) => {
        await sleep((13 - Number(one.key)) % 5);
        return double(one);
      };
      const outcomes = await runPoints(points, { journal, measure: slow, lanes });
      expect(outcomes).toEqual(points.map((_, n) => ({ n: 2 * n })));
      await journal.close();
    }
  });

  test('measures nothing that the journal has, and equal points once', async () => {
    const journal = await newJournal();
    await runPoints(points.slice(0, 5), { journal, measure: double, lanes: 2 });
    const measured: string[] = [];
    const outcomes = await runPoints([...points, ...points], {
      journal,
      lanes: 2,
      measure: (one) => {
        measured.push(one.key);
        return double(one);
      },
    });
    expect(measured).toEqual(points.slice(5).map(({ key }) => key));
    expect(outcomes.slice(12)).toEqual(outcomes.slice(0, 12));
    await journal.close();
  });

  test('records what fails with its reason, goes on, and tries it again the next time', async () => {
    const journal = await newJournal();
    const measure = async (one: Keyed) => {
      if (one.key === '3') throw new PointLost('it took longer than 1 s');
      return double(one);
    };
    const outcomes = await runPoints(points, { journal, measure, lanes: 2 });
    expect(outcomes[3]).toEqual({ failure: 'it took longer than 1 s' });
    expect(outcomes.filter((one) => one !== undefined && 'n' in one)).toHaveLength(11);
    expect(await runPoints(points, { journal, measure: double, lanes: 1 })).toContainEqual({ n: 6 });
    await journal.close();
  });

  test('keeps points of one group on one lane while other groups are left for the others', async () => {
    const journal = await newJournal();
    const grouped = Array.from({ length: 24 }, (_, n) => point(n, `group ${n % 4}`));
    const lanes: string[][] = [[], []];
    const measure = async (one: Keyed, { lane }: Measurement) => {
      lanes[lane]?.push(one.group ?? '');
      await sleep(1);
      return double(one);
    };
    await runPoints(grouped, { journal, measure, lanes: 2 });
    const changes = lanes.map((own) => own.filter((group, i) => i > 0 && group !== own[i - 1]).length);
    expect(Math.max(...changes)).toBeLessThanOrEqual(3);
    await journal.close();
  });

  test('ends with the reason of its signal, and what was measured is kept', async () => {
    const journal = await newJournal();
    const controller = new AbortController();
    const run = runPoints(points, {
      journal,
      lanes: 2,
      signal: controller.signal,
      measure: async (one, { signal }) => {
        if (one.key === '4') controller.abort(new Error('stopped'));
        signal.throwIfAborted();
        return double(one);
      },
    });
    await expect(run).rejects.toThrow('stopped');
    expect([...journal.results()].length).toBeGreaterThanOrEqual(3);
    expect(journal.resultOf('4')).toBeUndefined();
    await journal.close();
  });

  test('ends when its journal cannot be written, and begins nothing more', async () => {
    const journal = await newJournal();
    await journal.close();
    let begun = 0;
    const run = runPoints(points, {
      journal,
      lanes: 2,
      measure: (one) => {
        begun++;
        return double(one);
      },
    });
    await expect(run).rejects.toThrow('unwritable-output');
    expect(begun).toBeLessThanOrEqual(4);
  });

  test('begins nothing once its budget is spent', async () => {
    const journal = await newJournal();
    const budget = openBudget({ points: 7 });
    const outcomes = await runPoints(points, { journal, measure: double, lanes: 1, budget });
    expect(outcomes.filter((one) => one !== undefined)).toHaveLength(7);
    expect(budget.spent(7)).toBe('7 points');
    await journal.close();
  });

  test('says where it stands: what was there before, what failed, and the time left at its rate', async () => {
    const journal = await newJournal();
    await runPoints(points.slice(0, 2), { journal, measure: double, lanes: 1 });
    const heard: PointsProgress[] = [];
    const measure = async (one: Keyed) => {
      await sleep(5);
      if (one.key === '5') throw new Error('bad');
      return double(one);
    };
    await runPoints(points, { journal, measure, lanes: 1, onProgress: (progress) => heard.push(progress) });
    const last = heard.at(-1);
    expect(last).toMatchObject({ done: 12, total: 12, before: 2, failed: 1, running: [], share: 0, secondsLeft: 0 });
    const middle = heard.find(({ done, perMinute }) => done === 7 && perMinute !== undefined);
    expect(middle?.secondsLeft).toBeCloseTo((60 * 5) / (middle?.perMinute ?? 0), 6);
  });
});

describe('a budget', () => {
  test('is spent by points, by minutes, and by the energy of the processor', () => {
    let now = 0;
    const minutes = openBudget({ minutes: 2 }, () => now);
    expect(minutes.spent(1e6)).toBeUndefined();
    now = 120_000;
    expect(minutes.spent(0)).toBe('2 minutes');
    const joules = openBudget({ joules: 100, wattsPerCore: 10 });
    joules.spend(9.9);
    expect(joules.spent(0)).toBeUndefined();
    joules.spend(0.1);
    expect(joules.spent(0)).toBe('100 joules');
  });
});
