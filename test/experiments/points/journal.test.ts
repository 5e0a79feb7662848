import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { contentKey } from '../../../src/experiments/points/digest.js';
import { openJournal } from '../../../src/experiments/points/journal.js';

const folder = mkdtempSync(join(tmpdir(), 'lodestone-journal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const options = { schema: z.strictObject({ n: z.int() }), remedy: 'choose another folder with -o' };
let nFiles = 0;
const newPath = (): string => join(folder, `${nFiles++}`, 'points.jsonl');

/** Results in a journal that is opened anew. */
async function readAgain(path: string): Promise<readonly (readonly [string, { readonly n: number }])[]> {
  const journal = await openJournal(path, options);
  const found = [...journal.results()];
  await journal.close();
  return found;
}

describe('a journal of points', () => {
  test('holds what was added, in its order, and what failed is not done', async () => {
    const path = newPath();
    const journal = await openJournal(path, options);
    await journal.add('a', { n: 1 });
    await journal.add('b', { failure: 'no luck' });
    await journal.add('c', { n: 3 });
    expect([journal.resultOf('a'), journal.resultOf('b')]).toEqual([{ n: 1 }, undefined]);
    await journal.close();
    expect(await readAgain(path)).toEqual([
      ['a', { n: 1 }],
      ['c', { n: 3 }],
    ]);
  });

  test('has a point in its file before it says so, also where many are added at once', async () => {
    const path = newPath();
    const journal = await openJournal(path, options);
    await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        await journal.add(`k${n}`, { n });
        expect(readFileSync(path, 'utf8')).toContain(`{"key":"k${n}","n":${n}}\n`);
      }),
    );
    await journal.close();
    expect(await readAgain(path)).toHaveLength(50);
  });

  test('goes on behind a line that a kill tore, at whichever byte', async () => {
    const whole = '{"key":"a","n":1}\n{"key":"b","n":2}\n';
    for (let length = 0; length <= whole.length; length++) {
      const path = newPath();
      const journal = await openJournal(path, options);
      await journal.close();
      writeFileSync(path, whole);
      truncateSync(path, length);
      const again = await openJournal(path, options);
      await again.add('c', { n: 3 });
      await again.close();
      // A line that only lacks its end is whole.
      const kept = length >= whole.length - 1 ? ['a', 'b'] : length >= 17 ? ['a'] : [];
      expect(
        (await readAgain(path)).map(([key]) => key),
        `${length} bytes`,
      ).toEqual([...kept, 'c']);
    }
  });

  test('does not read lines of another form', async () => {
    const path = newPath();
    const journal = await openJournal(path, options);
    await journal.add('a', { n: 1 });
    await journal.close();
    appendFileSync(path, '{"key":"b","n":"2"}\n{"n":3}\n[]\n{"key":"d","n":4,"more":1}\n');
    expect(await readAgain(path)).toEqual([['a', { n: 1 }]]);
  });

  test('that is no file is not read', async () => {
    await expect(openJournal('/dev/full', options)).rejects.toThrow('it is no file');
  });
});

describe('a key by content', () => {
  test('does not depend on the order of fields, and on nothing that is not there', () => {
    expect(contentKey({ a: 1, b: { c: [1, 2], d: undefined } })).toBe(contentKey({ b: { c: [1, 2] }, a: 1 }));
    expect(contentKey({ a: [1, 2] })).not.toBe(contentKey({ a: [2, 1] }));
  });
});
