import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { importersOf, testsThatReach } from '../../bench/mutants/import-graph.js';
import { mutationsOf } from '../../bench/mutants/mutations.js';
import { withinBudget } from '../../bench/mutants/test-times.js';

const changes = (text: string): readonly string[] => mutationsOf(text).map(({ change }) => change);

describe('the changes that npm run mutants makes', () => {
  it.each([
    ['const x = a < b;', ['< -> <=']],
    ['const x = a >= b && c;', ['>= -> >', '&& -> ||']],
    ['const x = a + 2;', ['+ -> -', '2 -> 3']],
    ['const x = a * 0.5;', ['* -> /', '0.5 -> 0.55']],
    ['if (a) f();', ['a -> !(a)', 'a -> false', 'f(); -> ;']],
    ['const x = a ? b : c;', ['a -> !(a)']],
    ['const x = Math.min(a, Math.abs(b));', ['min -> max', 'Math.abs(b) -> (b)']],
    ['const x = list.filter(f);', ['list.filter(f) -> list']],
    ['function f() { return a - b; }', ['a - b -> (a - b) + 1', '- -> +']],
    ['const x = { flag: true, n: -y };', ['true -> false', '-y -> (y)']],
    ['const x = a ?? b;', ['a ?? b -> (b)']],
  ])('to %s', (text, expected) => {
    expect([...changes(text)].sort()).toEqual([...expected].sort());
  });

  it('are none to types, imports, comments, texts and names', () => {
    const text = `import { a } from './b1.js'; // 1 < 2
type T = 1 | 2; interface I { readonly x: 3 }
/** 4 + 5 */
const x: Record<string, 6> = {}; const s = 'x < 7' + \`y\`; const o = { 8: s };`;
    expect(changes(text)).toEqual([]);
  });

  it('are at their line, and replace what they say', () => {
    const text = 'const a = 1;\n\nconst b = a - a;\n';
    const [one, minus] = mutationsOf(text);
    expect([one?.line, minus?.line]).toEqual([1, 3]);
    expect(text.slice(0, minus!.start) + minus!.replacement + text.slice(minus!.end)).toBe(
      'const a = 1;\n\nconst b = a + a;\n',
    );
  });
});

describe('the tests that can notice a change', () => {
  const root = mkdtempSync(join(tmpdir(), 'lodestone-graph-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const files = {
    'src/a.ts': 'export const a = 1;',
    'src/b.ts': "import { a } from './a.js';\nexport const b = a;",
    'src/types.ts': "import type { a } from './a.js';\nexport type A = typeof a;",
    'test/z.test.ts': "import { a } from '../src/a.js';\na;",
    'test/b.test.ts': "const { b } = await import('../src/b.js');\nb;",
    'src/room/c.ts': "import { a } from '../a.js';\nexport const c = a;",
    'test/c.test.ts': "import { c } from '../src/room/c.js';\nc;",
    'test/room/d.test.ts': "import { b } from '../../src/b.js';\nimport { c } from '../../src/room/c.js';\nb + c;",
    'test/types.test.ts': "import type { A } from '../src/types.js';\nexport const x: A = 1;",
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }

  it('are those that import it over any number of steps, those of its own room and the nearest first, types left out', () => {
    const importers = importersOf(root, Object.keys(files));
    expect(testsThatReach('src/a.ts', importers)).toEqual([
      'test/z.test.ts',
      ...['test/b.test.ts', 'test/c.test.ts', 'test/room/d.test.ts'],
    ]);
    expect(testsThatReach('src/room/c.ts', importers)).toEqual(['test/room/d.test.ts', 'test/c.test.ts']);
    expect(testsThatReach('src/types.ts', importers)).toEqual([]);
  });

  it('are taken until they fill the time, slow ones left out', () => {
    const times = new Map([['slow', 11], ['a', 8], ['b', 9], ['c', 8], ['d', 1]]); // prettier-ignore
    expect(withinBudget(['slow', 'a', 'b', 'c', 'd'], times, 20)).toEqual(['a', 'b', 'c']);
  });
});
