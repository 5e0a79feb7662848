import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UserError } from '../../src/common/diagnostics.js';
import { checkSchema, lookUp } from '../../src/common/check-schema.js';

const schema = z.strictObject({
  destination_core: z.int().exactOptional(),
  inner: z.strictObject({ axon: z.int().exactOptional() }).exactOptional(),
});
const known = ['destination_core', 'inner', 'axon'];
const check = (value: unknown): (() => unknown) => {
  return () => checkSchema(schema, value, 'file', 'see the docs', known);
};

describe('an unknown key', () => {
  it('is answered with the nearest key that is not there yet', () => {
    expect(check({ destination_cora: 1 })).toThrow('unknown key "destination_cora" (did you mean "destination_core"?)');
    expect(check({ inner: { axom: 1 } })).toThrow('file: inner: unknown key "axom" (did you mean "axon"?)');
  });

  it('is answered with one that is there where no other is near', () => {
    // "inner" is there and nearer to "inne" than anything that is missing, and still the only one that can be meant.
    expect(check({ inner: {}, innr: 1 })).toThrow('unknown key "innr" (did you mean "inner"?)');
    const near = () =>
      checkSchema(
        z.strictObject({ core: z.int(), cores: z.int().exactOptional() }),
        { core: 1, coree: 2 },
        'file',
        '',
        ['core', 'cores'],
      );
    expect(near).toThrow('unknown key "coree" (did you mean "cores"?)');
    expect(check({ zzzzzzzz: 1 })).toThrow(/unknown key "zzzzzzzz"\n/);
  });

  it('is never answered with itself', () => {
    expect(check({ inner: { destination_core: 1 } })).toThrow(
      'unknown key "destination_core" (it belongs to another part of the file)',
    );
  });

  it('shows what cannot be seen in it', () => {
    expect(check({ 'destination_core\u200b': 1, ахon: 2 })).toThrow(
      'unknown key "destination_core\\u{200b}" (did you mean "destination_core"?), "\\u{430}\\u{445}on"',
    );
  });
});

describe('an issue of a schema', () => {
  const told = (of: z.ZodType, value: unknown): string => {
    try {
      checkSchema(of, value, 'file', 'see the docs');
      return 'nothing';
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.diagnostics.map((d) => [d.code, d.place, d.message, d.remedy].join(' | ')).join('\n');
    }
  };

  it('has its path, the file where it has none, and the remedy', () => {
    expect(told(schema, { inner: { axon: 'x' } })).toMatch(/^bad-value \| file: inner\.axon \| .* \| see the docs$/);
    expect(told(z.int(), 'x')).toMatch(/^bad-value \| file \| /);
    expect(told(z.object({ a: z.int(), b: z.int() }), { a: 'x' }).split('\n')).toHaveLength(2);
  });

  it('of a kind that nobody knows names what was given', () => {
    const shapes = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a') }),
      z.object({ kind: z.literal('b') }),
    ]);
    expect(told(z.array(shapes), [{ kind: 'a' }, { kind: 'c' }])).toBe(
      'unknown-kind | file: 1.kind | unsupported kind "c" | see the docs',
    );
    expect(told(z.union([z.int(), z.boolean()]), 'x')).toMatch(/^bad-value/);
  });
});

it('a value at a path is found through objects and lists, and undefined beside them', () => {
  const value = { a: [{ b: 0 }, null], 5: 'x' };
  expect([lookUp(value, ['a', 0, 'b']), lookUp(value, [5]), lookUp(value, [])]).toEqual([0, 'x', value]);
  expect([lookUp(value, ['a', 1, 'b']), lookUp(value, ['c']), lookUp('text', ['length'])]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
