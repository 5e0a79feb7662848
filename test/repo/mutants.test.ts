import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Coverage, candidates, hashOf } from '../../bench/mutants/coverage.js';
import { importersOf, testsThatReach } from '../../bench/mutants/import-graph.js';
import { mutationsOf } from '../../bench/mutants/mutations.js';
import { regionAt, withProbes } from '../../bench/mutants/regions.js';
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

describe('regions of a source file', () => {
  /** Runs a text with counters; the parts of it that ran. */
  const ranIn = (text: string): readonly string[] => {
    const { text: probed, regions } = withProbes(text, 2);
    const probes = new Uint8Array(2 + regions.length);
    // The text is JavaScript, too.
    new Function('lodestoneProbes', probed)(probes);
    return regions.flatMap(({ start, end }, i) => (probes[2 + i] === 1 ? [text.slice(start, end)] : []));
  };

  it('are statements of functions, branches of expressions and bodies of arrow functions', () => {
    expect(ranIn('const f = (a) => a ? 1 : 2; f(0);')).toEqual(['a ? 1 : 2', '2']);
    expect(ranIn('const f = (a) => a && 1; f(0);')).toEqual(['a && 1']);
    expect(ranIn('const f = (a) => a ?? { b: 1 }; f(); f(1);')).toEqual(['a ?? { b: 1 }', '{ b: 1 }']);
    expect(ranIn('function f(a) { if (a) return 1; else a = 2; return a; } f(1);')).toEqual([
      'if (a) return 1; else a = 2;',
      'return 1;',
    ]);
    expect(ranIn('function f(n) { for (let i = 0; i < n; i++) g(); switch (n) { case 1: g(); break; default: } } function g() {} f(0);')).toEqual([
      'for (let i = 0; i < n; i++) g();',
      'switch (n) { case 1: g(); break; default: }',
    ]); // prettier-ignore
  });

  it('are found by an offset, the innermost first; what runs when a module is loaded is none', () => {
    const text = 'const a = 1; const f = () => (a ? 2 : 3);';
    const { regions } = withProbes(text, 0);
    const at = (part: string): string => {
      const { start, end } = regions[regionAt(regions, text.indexOf(part))] ?? { start: 0, end: 0 };
      return text.slice(start, end);
    };
    expect([at('2'), at('a ?'), at('1')]).toEqual(['2', '(a ? 2 : 3)', '']);
  });
});

describe('tests that may notice a change', () => {
  const text = 'export const f = (a: number): number => (a > 0 ? a : -a);\nexport const g = 1 + 2;';
  const { regions } = withProbes(text, 0);
  const bits = (...ran: number[]): string =>
    Buffer.from([ran.reduce((byte, region) => byte | (1 << region), 0)]).toString('base64');
  const coverageOf = (hash: string, loaded: readonly number[]): Coverage => ({
    tests: {
      both: { hash: '', seconds: 1, hits: { 'src/f.ts': { hash, regions: bits(0, 1, 2) } } },
      positive: { hash: '', seconds: 1, hits: { 'src/f.ts': { hash, regions: bits(0, 1) } } },
      other: { hash: '', seconds: 1, hits: {} },
    },
    loaded: { 'src/f.ts': { hash, regions: bits(...loaded) } },
  });
  const found = (coverage: Coverage, part: string) =>
    candidates(coverage, 'src/f.ts', text, regions, text.indexOf(part));

  it('are those that ran its place', () => {
    const coverage = coverageOf(hashOf(text), []);
    expect(found(coverage, '-a')).toEqual({ covering: ['both'], isOpen: false });
    expect(found(coverage, 'a > 0')).toEqual({ covering: ['both', 'positive'], isOpen: false });
  });

  it('are others, too, where it runs when its module is loaded, or the file was changed since', () => {
    const coverage = coverageOf(hashOf(text), [2]);
    expect(found(coverage, '-a')).toEqual({ covering: ['both'], isOpen: true });
    expect(found(coverage, '1 + 2')).toEqual({ covering: [], isOpen: true });
    expect(found(coverageOf('of an older text', []), '-a')).toEqual({ covering: ['both', 'positive'], isOpen: true });
  });
});
