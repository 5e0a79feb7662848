import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../../src/common/diagnostics.js';
import { Findings } from '../../../../../src/ir/program/formats/nscs/findings.js';
import { JsonBytes } from '../../../../../src/ir/program/formats/nscs/json-bytes.js';
import { bytesOf } from './models.js';

const cursor = (text: string | Uint8Array): JsonBytes => {
  const bytes = typeof text === 'string' ? bytesOf(text) : text;
  return new JsonBytes(bytes, new Findings(bytes, 'file'));
};
/** The message of what is refused. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ place, message }) => `${place}: ${message}`).join();
    throw error;
  }
  return 'nothing';
}

/** Any value, as JSON.parse gives it but for repeated keys, which all stay. */
function value(json: JsonBytes): unknown {
  const kind = json.kind();
  if (kind === 'object') {
    const members: unknown[] = [];
    json.members((key) => members.push([key, value(json)]));
    return { members };
  }
  if (kind === 'array') {
    const list: unknown[] = [];
    json.elements((index) => list.push([index, value(json)]));
    return list;
  }
  if (kind === 'string') return json.string();
  if (kind === 'number') return json.number();
  if (kind === 'boolean') return json.boolean();
  return json.skip();
}

describe('JSON in bytes', () => {
  it('is read with every repeated key, and with comments and white space of every kind anywhere', () => {
    const text = '/* a */ {\t"a" :\r\n[ 1 /**/ ,\t"x" , true ] /* * / */, "a":/***/false , "b":{ },"c":[ ] } ';
    const json = cursor(text);
    expect(value(json)).toEqual({
      members: [
        ['a', [[0, 1], [1, 'x'], [2, true]]],
        ['a', false],
        ['b', { members: [] }],
        ['c', []],
      ],
    }); // prettier-ignore
    expect(json.kind()).toBe('end');
    expect(json.position).toBe(text.length);
  });

  it.each([
    [' {', 'object', 1],
    ['[', 'array', 0],
    ['"', 'string', 0],
    ['-', 'number', 0],
    ['0', 'number', 0],
    ['9', 'number', 0],
    ['true', 'boolean', 0],
    ['false', 'boolean', 0],
    ['null', 'null', 0],
    ['/**/ ', 'end', 5],
    ['nul', 'other', 0],
    ['xrue', 'other', 0],
    ['falsx', 'other', 0],
    ['xull', 'other', 0],
    ['/', 'other', 0],
    [':', 'other', 0],
    ['.', 'other', 0],
    ['}', 'other', 0],
  ] as const)('tells the kind of %j by its first bytes', (text, kind, position) => {
    const json = cursor(text);
    expect([json.kind(), json.position]).toEqual([kind, position]);
  });

  it('may begin with a byte order mark, and with nothing else of its bytes', () => {
    expect(cursor(Uint8Array.of(0xef, 0xbb, 0xbf, 0x37)).number()).toBe(7);
    for (const bytes of [
      [0xef, 0xbb, 0x20, 0x37],
      [0xef, 0x20, 0xbf, 0x37],
      [0x20, 0xbb, 0xbf, 0x37],
    ]) {
      expect(refusal(() => cursor(Uint8Array.from(bytes)).number())).toContain('a number is needed');
    }
  });

  it.each(['0', '-0', '7', '10', '-120', '123456789012345', '-999999999999999', '1234567890123456', '12345678901234567890', '0.5', '-0.25', '1e3', '1E+2', '12.5e-1', '100000000000000000000'])(
    'has the number %s',
    (text) => {
      const json = cursor(`${text},`);
      expect(json.number()).toBe(Number(text) + 0);
      expect(json.position).toBe(text.length);
    },
  ); // prettier-ignore

  it.each(['01', '-', '-01', '+1', '.5', '1.', '1e', '1e+', '1.2.3', '--1', '1-1', 'x', '', '0x1', `1${'0'.repeat(70)}`])(
    'has no number %j',
    (text) => {
      const json = cursor(text);
      const told = refusal(() => json.number() + (json.kind() === 'end' ? 0 : json.number()));
      expect(told).toContain('a number is needed here');
    },
  ); // prettier-ignore

  it('reads numbers of up to 64 characters', () => {
    expect(cursor(`0.${'0'.repeat(61)}1`).number()).toBe(1e-62);
    expect(refusal(() => cursor(`0.${'0'.repeat(62)}1`).number())).toContain('a number is needed');
  });

  it.each(['""', '"a"', '"\\n\\u0041\\""', '"\\\\"', '"\u00e4\u20ac"', '"~ \u007f"', `"${'long'.repeat(100)}"`, '"x\\/"'])(
    'has the string %s',
    (text) => {
      const json = cursor(` ${text} `);
      expect(json.string()).toBe(JSON.parse(text));
      expect(json.position).toBe(1 + bytesOf(text).length);
    },
  ); // prettier-ignore

  it('keeps strings apart that are alike: of one length, of the same ends', () => {
    const words = ['abcd', 'aXcd', 'abXd', 'abcd', 'ad', 'abcde', 'a', '', 'abcd', 'aXcd'];
    const json = cursor(JSON.stringify(words));
    const read: string[] = [];
    json.elements(() => read.push(json.string()));
    expect(read).toEqual(words);
  });

  it.each([
    ['"a', 'a string without an end'],
    ['"a\\"', 'a string without an end'],
    ['"\\q"', 'a string with an invalid escape'],
    ['"\t"', 'a string with an invalid escape'],
    ['\u00e4', 'a string is needed here'],
    ['', 'a string is needed here, but the file ends'],
  ])('has no string %j', (text, message) => {
    expect(refusal(() => cursor(text).string())).toContain(message);
  });

  it('has no string of bytes that are not UTF-8', () => {
    expect(refusal(() => cursor(Uint8Array.of(34, 0xff, 34)).string())).toContain('invalid escape');
    expect(refusal(() => cursor(Uint8Array.of(34, 0x80, 34)).string())).toContain('invalid escape');
  });

  it('gives where the text of a string begins and ends', () => {
    const json = cursor('  "ab\\"c", 1');
    expect([json.stringSpan(), json.spanEnd, json.position]).toEqual([3, 8, 9]);
  });

  it.each([
    ['{"a":1,}', 'a string is needed here'],
    ['{"a" 1}', ': is needed here'],
    ['{"a":1 "b":2}', '} or , is needed here'],
    ['[1 2]', '] or , is needed here'],
    ['[1,]', 'a value is needed here'],
    ['{"a":[1}', '] or , is needed here'],
    ['{1:2}', 'a string is needed here'],
    ['/* x', 'a comment without an end'],
    ['/* x *', 'a comment without an end'],
    ['/*/', 'a comment without an end'],
    ['{"a":tru}', 'a value is needed here'],
    ['[', 'a value is needed here, but the file ends'],
  ])('refuses %s', (text, message) => {
    expect(refusal(() => cursor(text).skip())).toMatch(new RegExp(`^file:1: ${message.replaceAll('*', '\\*')}`));
  });

  it('is skipped value by value: nothing of a value is left, nothing of the next is taken', () => {
    for (const text of ['{"a":[1,{"b":null}]}', '[true,false,null]', '"\\"x"', '-1.5e3', 'true', 'false', 'null', '{}', '[]']) {
      const json = cursor(`  ${text} /**/ 77`);
      expect([json.skip(), json.position]).toEqual([2, 2 + text.length]);
      expect(json.number()).toBe(77);
    }
  }); // prettier-ignore

  it('has true and false and no other truth', () => {
    const json = cursor(' true false');
    expect([json.boolean(), json.boolean()]).toEqual([true, false]);
    expect(json.position).toBe(11);
    expect(refusal(() => cursor('1').boolean())).toContain('true or false is needed here');
  });

  it('is skipped down to 64 levels and no deeper', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(cursor(nested(65)).skip()).toBe(0);
    expect(refusal(() => cursor(nested(66)).skip())).toContain('nesting deeper than 64');
    const objects = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
    expect(cursor(objects(64)).skip()).toBe(0);
    expect(refusal(() => cursor(objects(65)).skip())).toContain('nesting deeper than 64');
  });
});

describe('findings of a file', () => {
  const bytes = bytesOf('a\nb\n\nc');
  const places = (positions: readonly number[]): readonly string[] => {
    const findings = new Findings(bytes, 'file');
    for (const position of positions) findings.warning('w', position, 'm', 'r');
    return findings.finish().map(({ place }) => place);
  };

  it('name the line of their position, in any order, the line feed being the end of its line', () => {
    expect(places([0, 1, 2, 3, 4, 5])).toEqual([1, 1, 2, 2, 3, 4].map((line) => `file:${line}`));
    expect(places([5, 2, 4, 0, 99])).toEqual([4, 2, 3, 1, 4].map((line) => `file:${line}`));
  });

  it('are fifty at most with the number of the others; the reason to stop is always told', () => {
    const many = (n: number): Findings => {
      const findings = new Findings(bytes, 'file');
      for (let i = 0; i < n; i++) findings.error('e', 0, `error ${i}`, 'r');
      return findings;
    };
    const listed = (act: () => unknown): readonly string[] => refusal(act).split(',');
    expect(listed(() => many(50).finish())).toHaveLength(50);
    const cut = listed(() => many(53).finish());
    expect([cut.length, cut.at(-2), cut.at(-1)]).toEqual([51, 'file:1: error 49', 'file: 3 more errors']);
    const stopped = listed(() => many(53).fatal('f', 5, 'stop', 'r'));
    expect(stopped.slice(-2)).toEqual(['file:4: stop', 'file: 3 more errors']);
    expect(listed(() => many(1).fatal('f', 5, 'stop', 'r'))).toEqual(['file:1: error 0', 'file:4: stop']);
  });

  it('are warnings alone where nothing is wrong, fifty at most, and stand behind the errors otherwise', () => {
    const findings = new Findings(bytes, 'file');
    for (let i = 0; i < 60; i++) findings.warning('w', 0, `warning ${i}`, 'r');
    expect(findings.finish()).toHaveLength(50);
    findings.error('e', 2, 'error', 'r');
    expect(refusal(() => findings.finish()).split(',').slice(0, 2)).toEqual(['file:2: error', 'file:1: warning 0']); // prettier-ignore
  });
});
