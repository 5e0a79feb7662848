import { describe, expect, it } from 'vitest';
import {
  assumed,
  calibrated,
  choice,
  custom,
  derived,
  flag,
  following,
  isParameter,
  type Parameter,
  published,
  real,
  subset,
  whole,
} from '../../../src/common/parameters/parameter.js';
import { parameterTable } from '../../../src/common/parameters/print-table.js';
import { printSpecFile } from '../../../src/common/parameters/print-spec.js';
import { isSpecOf, specSchema, withStandardValues } from '../../../src/common/parameters/spec-schema.js';
import {
  changedValues,
  checkValues,
  entriesOf,
  mergeValues,
  parametersOf,
  sameValue,
  standardValues,
  treeOf,
  valueAt,
} from '../../../src/common/parameters/value-tree.js';
import { z } from 'zod';

const OURS = assumed('what', 'u', 'nothing');
const TABLE = {
  a: whole([1, 9], 5, OURS),
  group: { b: real([0, 1], 0.5, OURS), inner: { c: choice(['x', 'y'], 'x', assumed('why', '', 'nothing')) } },
  list: subset([1, 2, 4], [1], OURS, { min: 0 }),
};
const VALUES = { a: 5, group: { b: 0.5, inner: { c: 'x' } }, list: [1] };

describe('a tree of values', () => {
  it('has a path for each parameter, in the order of the table', () => {
    expect(parametersOf(TABLE).map(({ path }) => path)).toEqual(['a', 'group.b', 'group.inner.c', 'list']);
    expect(parametersOf(TABLE.group, 'g.').map(({ path }) => path)).toEqual(['g.b', 'g.inner.c']);
    expect(standardValues(TABLE)).toEqual(VALUES);
  });

  it('has the value at a path, or nothing', () => {
    expect(['a', 'group.inner.c', 'group.none.c', 'a.b', 'list'].map((path) => valueAt(VALUES, path))).toEqual([
      5,
      'x',
      undefined,
      undefined,
      [1],
    ]);
    expect([valueAt(undefined, 'a'), [...entriesOf(null)], [...entriesOf('text')]]).toEqual([undefined, [], []]);
  });

  it('takes what a change sets, deep inside too, and no other keys', () => {
    expect(mergeValues(TABLE, VALUES, { group: { inner: { c: 'y' } }, other: 1 })).toEqual({
      ...VALUES,
      group: { b: 0.5, inner: { c: 'y' } },
    });
    expect(mergeValues(TABLE, { a: 1 }, undefined)).toEqual({
      a: 1,
      group: { b: undefined, inner: { c: undefined } },
      list: undefined,
    });
    expect(mergeValues(TABLE, VALUES, { a: 0 })).toMatchObject({ a: 0 });
  });

  it('is built from paths', () => {
    expect(treeOf([['a', 1], ['g.b', 2], ['g.i.c', 3], ['g.d', 4]])).toEqual({ a: 1, g: { b: 2, d: 4, i: { c: 3 } } }); // prettier-ignore
    expect(treeOf([])).toEqual({});
  });

  it('differs from another in what is not equal as data', () => {
    expect(changedValues(TABLE, VALUES, structuredClone(VALUES))).toEqual({});
    expect(changedValues(TABLE, { ...VALUES, a: 6, list: [1, 2] }, VALUES)).toEqual({ a: 6, list: [1, 2] });
    expect(changedValues(TABLE, { ...VALUES, group: { b: 0.5, inner: { c: 'y' } } }, VALUES)).toEqual({
      group: { inner: { c: 'y' } },
    });
    expect([sameValue([1, { a: 2 }], [1, { a: 2 }]), sameValue([1, 2], [2, 1])]).toEqual([true, false]);
  });
});

describe('the check of values', () => {
  const check = (values: unknown, complete = false, otherKeys: readonly string[] = []) => {
    const { diagnostics, wrong, values: right } = checkValues(TABLE, values, { complete, place: 'file', otherKeys });
    return {
      told: diagnostics.map(({ code, place, message }) => `${code} ${place}: ${message}`),
      wrong: [...wrong],
      right,
    };
  };

  it('keeps what is right and names the path of what is not', () => {
    expect(check({ a: 0, group: { b: 0.25, inner: { c: 'z' } }, list: [4] })).toEqual({
      told: ['bad-value file: a: is 0; what, u: 1..9', 'bad-value file: group.inner.c: is "z"; why: x or y'],
      wrong: ['a', 'group.inner.c'],
      right: { group: { b: 0.25, inner: {} }, list: [4] },
    });
  });

  it('misses parameters only where all are asked for', () => {
    expect(check({})).toEqual({ told: [], wrong: [], right: {} });
    const whole = check({ a: 1, group: { b: 0 } }, true);
    expect(whole.told).toEqual([
      'bad-value file: group.inner: nothing where 1 parameters belong',
      'bad-value file: list: is missing; what, u: any of 1, 2, 4',
    ]);
    expect(whole.wrong).toEqual(['group.inner.c', 'list']);
    // A key without a value is said to be there.
    expect(check({ a: undefined }).told).toEqual(['bad-value file: a: is missing; what, u: 1..9']);
  });

  it('refuses what is no group, with all its parameters', () => {
    for (const none of [5, null, [1], 'x']) {
      const found = check({ group: none });
      expect(found.told).toEqual([`bad-value file: group: ${JSON.stringify(none)} where 2 parameters belong`]);
      expect(found.wrong).toEqual(['group.b', 'group.inner.c']);
    }
    expect(check([]).told).toEqual(['bad-value file: [] where 3 parameters belong']);
  });

  it('knows other keys at its top alone, and the nearest of an unknown one', () => {
    expect(check({ name: 1 }, false, ['name']).told).toEqual([]);
    expect(check({ name: 1 }).told).toEqual(['unknown-key file: unknown key "name"']);
    expect(check({ group: { name: 1 } }, false, ['name']).told).toEqual([
      'unknown-key file: group: unknown key "name" (it belongs to another part of the file)',
    ]);
    expect(check({ grup: 1 }).told).toEqual(['unknown-key file: unknown key "grup" (did you mean "group"?)']);
  });
});

describe('a parameter', () => {
  const takes = (parameter: Parameter<unknown>, ...values: readonly unknown[]): readonly boolean[] =>
    values.map((value) => parameter.schema.safeParse(value).success);

  it('that is a whole number has both ends and steps', () => {
    expect(takes(whole([1, 9], 5, OURS), 1, 9, 0, 10, 1.5, '5')).toEqual([true, true, false, false, false, false]);
    const even = whole([0, 8], 2, OURS, { multipleOf: 2 });
    expect([takes(even, 0, 8, 3), even.range, whole([1, 9], 5, OURS).range]).toEqual([
      [true, true, false],
      '0..8, a multiple of 2',
      '1..9',
    ]);
  });

  it('that is a real number is finite and within both ends', () => {
    for (const parameter of [real([0, 1], 0, OURS), following([0, 1], OURS)]) {
      expect(takes(parameter, 0, 1, 0.5, -0.1, 1.1, Number.NaN, null)).toEqual([
        true,
        true,
        true,
        false,
        false,
        false,
        false,
      ]);
      expect(parameter.range).toBe('0..1');
    }
    expect([
      following([0, 1], OURS).follows,
      following([0, 1], OURS).standard,
      real([0, 1], 0.5, OURS).follows,
    ]).toEqual([true, 0, undefined]);
  });

  it('that is a name, several names or a truth has these', () => {
    expect([takes(choice(['x', 'y'], 'x', OURS), 'x', 'z'), choice(['x', 'y'], 'x', OURS).range]).toEqual([
      [true, false],
      'x or y',
    ]);
    const some = subset([8, 4, 2], [8], OURS);
    expect([takes(some, [8], [2, 8], [], [8, 8], [3], 8), some.range]).toEqual([
      [true, true, false, false, false, false],
      '1 or more of 8, 4, 2',
    ]);
    expect(takes(subset([8, 4, 2], [8, 4], OURS, { min: 2 }), [8], [8, 2])).toEqual([false, true]);
    expect([takes(subset([8], [], OURS, { min: 0 }), []), subset([8], [], OURS, { min: 0 }).range]).toEqual([
      [true],
      'any of 8',
    ]);
    expect([takes(flag(true, OURS), true, false, 1), flag(true, OURS).range]).toEqual([
      [true, true, false],
      'true or false',
    ]);
    expect(takes(custom(z.literal('q'), 'q only', 'q', OURS), 'q', 'r')).toEqual([true, false]);
  });

  it('says where its standard value comes from', () => {
    expect([published, calibrated, derived, assumed].map((of) => of('w', 'u', 's').status)).toEqual([
      'published',
      'calibrated',
      'derived',
      'assumed',
    ]);
    expect([isParameter(TABLE.a), isParameter(TABLE.group)]).toEqual([true, false]);
  });
});

describe('a whole spec', () => {
  it('has a name of 1 to 400 characters and every parameter', () => {
    const is = (value: unknown): boolean => isSpecOf(TABLE, value);
    expect([is({ ...VALUES, name: 'n' }), is({ ...VALUES, name: 'n'.repeat(400) })]).toEqual([true, true]);
    expect([
      is(VALUES),
      is({ ...VALUES, name: '' }),
      is({ ...VALUES, name: 'n'.repeat(401) }),
      is({ ...VALUES, name: 5 }),
    ]).toEqual([false, false, false, false]);
    expect([is({ name: 'n' }), is({ ...VALUES, name: 'n', more: 1 }), is(null)]).toEqual([false, false, false]);
  });

  it('as a schema tells all paths that are wrong', () => {
    const issues = (value: unknown) =>
      specSchema(TABLE)
        .safeParse(value)
        .error?.issues.map(({ path }) => path.join('.'));
    expect(issues({ ...VALUES, name: 'n' })).toBeUndefined();
    expect(issues({ ...VALUES, a: 0, group: { b: 9, inner: { c: 'x' } } })).toEqual(['a', 'group.b', 'name']);
    expect(issues(5)).toEqual(['', 'name']);
  });

  it('is made of one that lacks some, with what it does not know left in', () => {
    expect(withStandardValues(TABLE, { a: 1, group: { b: 1 }, more: 2 })).toEqual({
      ...VALUES,
      a: 1,
      group: { b: 1, inner: { c: 'x' } },
      more: 2,
    });
  });
});

describe('a spec in print', () => {
  const line = (path: string, more: object = {}) =>
    ({ path, what: 'w', unit: 'u', range: '1..2', value: '1', status: 'assumed', source: 's', ...more }) as const;

  it('is a table with a row per parameter', () => {
    expect(parameterTable([line('a'), line('g.b', { unit: '', value: 'x' })])).toBe(
      '| parameter | value | range | meaning | status | source |\n|---|---|---|---|---|---|\n' +
        '| `a` | 1 u | 1..2 | w | assumed | s |\n| `g.b` | x | 1..2 | w | assumed | s |\n',
    );
  });

  it('is a file whose groups open once, the inner ones again under another outer one', () => {
    const lines = ['a', 'g.b', 'g.i.c', 'g.i.d', 'h.i.e', 'f'].map((path) => line(path, { unit: '', source: '' }));
    const values = { a: 1, g: { b: 2, i: { c: 3, d: 'x y' } }, h: { i: { e: [1, 2] } }, f: true };
    const text = printSpecFile({ base: 'base', name: 'mine', note: 'the base', chip: 'toy', values, lines });
    expect(text.split('\n').filter((row) => !row.includes('#'))).toEqual([
      ...['base: base', 'name: mine', 'a: 1', '', 'g:', '  b: 2', '', '  i:', '    c: 3', '    d: x y', ''],
      ...['h:', '', '  i:', '    e: [ 1, 2 ]', 'f: true', ''],
    ]);
    expect(text).toContain('    # w [1..2]; assumed\n');
  });

  it('breaks comments at 110 characters less the indentation', () => {
    const what = Array.from({ length: 30 }, () => 'words').join(' ');
    const values = { g: { b: 1 } };
    const text = printSpecFile({
      base: 'b',
      name: 'n',
      note: '',
      chip: 'toy',
      values,
      lines: [line('g.b', { what }), line('g.b', { what, follows: true })],
    });
    const comments = text.split('\n').filter((row) => row.trim().startsWith('# words') || row.startsWith('# g.b'));
    // 18 words and 17 spaces are 107 characters; 19 words would be 113.
    expect(comments[0]).toBe(`  # ${Array.from({ length: 18 }, () => 'words').join(' ')}`);
    expect(comments.some((row) => row.startsWith('# g.b is 1 u and follows from the others: words'))).toBe(true);
    for (const row of text.split('\n').slice(2)) expect(row.length).toBeLessThanOrEqual(112);
  });
});
