import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { parseYaml, valueOfYaml } from '../../src/common/parse-yaml.js';

/** Codes, lines and texts of what is wrong with a YAML text. */
function problemsOf(text: string): readonly string[] {
  try {
    parseYaml(text, 'file');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(valueOfYaml(text)).toBeUndefined();
    return error.diagnostics.map(({ code, place, message, remedy }) => `${code} ${place}: ${message}; ${remedy}`);
  }
  return [];
}

/** Each of ten anchors stands for nine of the one before. */
const BOMB = ['a0: &a0 [x,x,x,x,x,x,x,x,x]']
  .concat(Array.from({ length: 10 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(',')}]`))
  .join('\n');

describe('a YAML text', () => {
  it('is read, with anchors that aliases stand for', () => {
    expect(parseYaml('a: &x [1, 2]\nb: *x\nc: ["*x", mlp-*-none]', 'file')).toEqual({
      a: [1, 2],
      b: [1, 2],
      c: ['*x', 'mlp-*-none'],
    });
    expect(parseYaml('\uFEFFname: x', 'file')).toEqual({ name: 'x' });
  });

  it('is refused with the line of every alias without an anchor, and the quotes a pattern needs', () => {
    expect(problemsOf('name: *x')).toEqual([
      'bad-yaml file line 1: "*x" stands for an anchor "&x", which there is not; put a pattern with * in quotes: "*x"',
    ]);
    const found = problemsOf('a: 1\nnetworks: [*-sign]\nb: *later\nlater: &later 3');
    expect(found).toHaveLength(2);
    expect(found[0]).toMatch(/line 2: "\*-sign".*quotes: "\*-sign"$/);
    expect(found[1]).toMatch(/line 3: "\*later"/);
  });

  it('is refused when its aliases multiply', () => {
    expect(problemsOf(BOMB)).toEqual([expect.stringMatching(/^bad-yaml file line 2: its aliases stand for more/)]);
  });

  it('is refused when it is nested too deeply, closed or not', () => {
    const deep = [expect.stringMatching(/^bad-yaml file line 2: it is nested too deeply/)];
    for (const [open, close] of [
      ['[', ']'],
      ['{a: ', '}'],
      ['- ', ''],
      ['? ', ''],
    ] as const) {
      for (const depth of [1000, 100_000]) {
        expect(problemsOf(`# ${open}\n${open.repeat(depth)}1`)).toEqual(deep);
        expect(problemsOf(`# ${open}\n${open.repeat(depth)}1${close.repeat(depth)}`)).toEqual(deep);
      }
      expect(problemsOf(`${open.repeat(100)}1${close.repeat(100)}`)).toEqual([]);
    }
    const steps = (n: number): string => Array.from({ length: n }, (_, i) => `${' '.repeat(i)}a:\n`).join('');
    expect(problemsOf(steps(1000))).toEqual([expect.stringMatching(/line 402: it is nested too deeply/)]);
    expect(problemsOf(steps(300))).toEqual([]);
  });

  it('is refused for unknown tags, several documents and keys given twice, with the line', () => {
    expect(problemsOf('a: 1\nb: !secret x')).toEqual([expect.stringMatching(/^bad-yaml file line 2: .*!secret/)]);
    expect(problemsOf('a: 1\n---\nb: 2')).toEqual([expect.stringMatching(/line 2: .*multiple documents/)]);
    expect(problemsOf('a: 1\na: 2')).toEqual([expect.stringMatching(/line 2: .*unique/)]);
  });

  it('may be nested 200 levels deep in brackets, 400 in columns, and no deeper', () => {
    const brackets = (depth: number): number => problemsOf(`${'['.repeat(depth)}1${']'.repeat(depth)}`).length;
    expect([brackets(200), brackets(201)]).toEqual([0, 1]);
    const columns = (width: number): number => problemsOf(`a:\n${' '.repeat(width)}b: 1`).length;
    expect([columns(400), columns(401)]).toEqual([0, 1]);
    // Brackets that are closed again, and those of other lines, do not add up; text behind an indicator is none.
    expect(problemsOf(`- [[1],[2]]\n`.repeat(300))).toEqual([]);
    expect(problemsOf(`a: ${'-'.repeat(500)}`)).toEqual([]);
    expect(problemsOf(`a: "]]]"\nb: ${'['.repeat(200)}1${']'.repeat(200)}`)).toEqual([]);
  });
});
