import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { formatDiagnostics, UserError } from '../../src/common/diagnostics.js';
import { fieldMeaning } from '../../src/ir/network/field-meanings.js';
import { decodeNetwork, encodeNetwork } from '../../src/ir/network/file.js';
import { parseNetwork } from '../../src/ir/network/parse.js';
import { printNetwork } from '../../src/ir/network/print.js';
import { NODE_FIELDS } from '../../src/ir/network/schema.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { lowerToInteger } from '../../src/compiler/pipelines.js';
import { randomNetwork } from '../support/random-network.js';
import { randomQuantisedNetwork } from '../support/random-quantised-network.js';

const lines = (name: string, weights: string, more: readonly string[] = []): string =>
  [
    `lodestone-network 1 float ${name}`,
    '%image = input',
    '  shape [3]',
    '%encode = encode %image',
    '  code {"kind":"threshold","level":128}',
    '%d = dense %encode',
    '  nOut 2',
    `  weights ${weights}`,
    ...more,
    '%s = scores %d',
    '',
  ].join('\n');

/** Every finding as `place: message`. */
function findings(text: string): readonly string[] {
  try {
    parseNetwork(text, 'net');
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map((d) => `${d.place}: ${d.message}`);
    throw error;
  }
  return [];
}

describe('numbers of short arrays', () => {
  it.each([
    ['i8(1,-1,,1,1,-1)', 'number 3 of an array is missing'],
    ['i8(1,-1,1,1,1,)', 'number 6 of an array is missing'],
    ['i8(,)', 'number 1 of an array is missing'],
    ['i8(1,-1,1-,1,1,-1)', 'number 3 of an array, "1-", is no number'],
    ['i8(1, 2,1,1,1,-1)', 'number 2 of an array, " 2", is no number'],
    ['i8(1,0x2,1,1,1,-1)', 'number 2 of an array, "0x2", is no number'],
    ['i8(1,1e,1,1,1,-1)', 'number 2 of an array, "1e", is no number'],
    ['i8(1,.5,1,1,1,-1)', 'number 2 of an array, ".5", is no number'],
    ['i8(1,128,1,1,1,-1)', 'number 2 of an array, 128, does not fit i8'],
    ['i8(1,NaN,1,1,1,-1)', 'number 2 of an array, NaN, does not fit i8'],
    ['f32(1,0.1,1,1,1,-1)', 'number 2 of an array, 0.1, does not fit f32'],
  ])('%s is refused with its line', (weights, message) => {
    expect(findings(lines('"t"', weights))).toEqual([`net line 8: ${message}`]);
  });
});

describe('the name of a network', () => {
  it('with a bad escape is refused with its line', () => {
    const [found, ...others] = findings(lines('"a\\x"', 'i8(1,-1,1,1,1,-1)'));
    expect(found).toMatch(/^net line 1: its name is no JSON string: /);
    expect(others).toEqual([]);
  });

  it.each(['a\u2028b', 'a\u2029b', 'a\rb', 'a\nb', '\u0085', 'quote " and \\ and \u0000', '\ud800', '\ufeffname'])(
    '%j reads back as it was printed',
    (name) => {
      const graph: NetworkGraph = { ...parseNetwork(lines('"t"', 'i8(1,-1,1,1,1,-1)'), 'net'), name };
      expect(parseNetwork(printNetwork(graph), 'net')).toEqual(graph);
    },
  );

  it('reads back for any text of 1 to 200 characters', () => {
    const graph = parseNetwork(lines('"t"', 'i8(1,-1,1,1,1,-1)'), 'net');
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }), (name) => {
        fc.pre(name.length <= 200);
        expect(parseNetwork(printNetwork({ ...graph, name }), 'net')).toEqual({ ...graph, name });
      }),
      { numRuns: 300 },
    );
  });
});

it('reads a text with a byte order mark and with carriage returns', () => {
  const text = lines('"t"', 'i8(1,-1,1,1,1,-1)');
  expect(parseNetwork(`\ufeff${text.replaceAll('\n', '\r\n')}`, 'net')).toEqual(parseNetwork(text, 'net'));
});

test('what stands in the first line of a layer, or twice, is refused', () => {
  const weights = 'i8(1,-1,1,1,1,-1)';
  expect(
    findings(lines('"t"', weights, ['  kind "input"', '  nOut 3', '  scale {"a":1,"a":2}', '  __proto__ 1'])),
  ).toEqual([
    'net line 9: kind stands in the first line of a layer: %id = kind %input',
    'net line 10: nOut is given twice',
    'net line 11: "a" is given twice',
  ]);
  expect(findings(lines('"t"', weights, ['  __proto__ {"scale":1}']))).toEqual([
    'net line 6: layer "d" (dense): unknown key "__proto__"',
  ]);
});

describe('a missing field', () => {
  const norm = ['%b = batchNorm %d', '  beta f64(0,0)', '  mean f64(0,0)', '  variance f64(1,1)', '  epsilon 0.001'];

  it('is named with its layer, its line, what it means and what stands for leaving it out', () => {
    const text = lines('"t"', 'i8(1,-1,1,1,1,-1)', norm).replace('scores %d', 'scores %b');
    expect(() => parseNetwork(text, 'net')).toThrow(
      'error[missing-field] net line 9: layer "b" (batchNorm): gamma is missing: the factor of every channel after normalising\n' +
        '  remedy: add gamma; leaving it out means 1 for every channel',
    );
  });

  it('is named in a model file too', () => {
    const text = lines('"t"', 'i8(1,-1,1,1,1,-1)', [...norm, '  gamma f64(1,1)']).replace('scores %d', 'scores %b');
    const graph = parseNetwork(text, 'net');
    const nodes = graph.nodes.map((node) => Object.fromEntries(Object.entries(node).filter(([key]) => key !== 'beta')));
    const bytes = encodeNetwork(Object.assign({}, graph, { nodes }));
    expect(() => decodeNetwork(bytes, 'file')).toThrow(
      'error[missing-field] file: layer "b" (batchNorm): beta is missing: the addend of every channel after normalising\n' +
        '  remedy: add beta; leaving it out means 0 for every channel',
    );
  });

  it('has a meaning whichever it is', () => {
    for (const [kind, fields] of NODE_FIELDS) {
      for (const { name, isOptional } of fields) {
        if (name === 'kind' || isOptional) continue;
        expect(fieldMeaning(kind, name), `${kind}.${name}`).toBeDefined();
      }
    }
  });

  it('is found for every field of every layer of random networks', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(1000), (seed, pick) => {
        const graph = seed % 2 === 0 ? randomNetwork(seed, { averagePool: true }) : randomQuantisedNetwork(seed);
        const places = graph.nodes.flatMap((node, n) =>
          (NODE_FIELDS.get(node.kind) ?? []).flatMap(({ name, isOptional }) =>
            isOptional ? [] : [[n, name] as const],
          ),
        );
        const [n, name] = places[pick % places.length] ?? [0, ''];
        const nodes = graph.nodes.map((node, i) =>
          Object.fromEntries(Object.entries(node).filter(([key]) => i !== n || key !== name)),
        );
        const bytes = encodeNetwork(Object.assign({}, graph, { nodes }));
        expect(() => decodeNetwork(bytes, 'file')).toThrow(`${name} is missing`);
      }),
      { numRuns: 100 },
    );
  });
});

test('an unknown field and an unknown kind are named with the nearest known one', () => {
  const text = lines('"t"', 'i8(1,-1,1,1,1,-1)', ['  weightbits 2']).replace('scores', 'score');
  expect(findings(text)).toEqual([
    'net line 6: layer "d" (dense): unknown key "weightbits" (did you mean "weightBits"?)',
    'net line 10: layer "s" (score): unsupported kind "score"; did you mean "scores"?',
  ]);
});

/** Cuts, copies and changes characters or lines. */
function mutate(text: string, draws: readonly number[]): string {
  const all = text.split('\n');
  const at = (k: number, n: number): number => (draws[k] ?? 0) % Math.max(1, n);
  const PIECES = [
    '"',
    '\\',
    '%',
    ',',
    '(',
    ')',
    '[',
    '{',
    '}',
    ' ',
    '-',
    '0',
    '9e9',
    '1e999',
    'NaN',
    '\u2028',
    '\u0000',
    '=',
    ':',
  ];
  const line = at(1, all.length);
  const own = all[line] ?? '';
  const column = at(2, own.length + 1);
  switch (at(0, 7)) {
    case 0:
      return [...all.slice(0, line), ...all.slice(line + 1)].join('\n');
    case 1:
      return [...all.slice(0, line), own, ...all.slice(line)].join('\n');
    case 2:
      return [...all.slice(0, line), own.slice(0, column) + own.slice(column + 1), ...all.slice(line + 1)].join('\n');
    case 3: {
      const piece = PIECES[at(3, PIECES.length)] ?? '';
      return [...all.slice(0, line), own.slice(0, column) + piece + own.slice(column), ...all.slice(line + 1)].join(
        '\n',
      );
    }
    case 4:
      return [
        ...all.slice(0, line),
        own.replace(/\d+/, String((draws[3] ?? 0) % 2_000_000)),
        ...all.slice(line + 1),
      ].join('\n');
    case 5:
      return [...all.slice(0, line), all[at(3, all.length)] ?? '', ...all.slice(line + 1)].join('\n');
    default:
      return text.slice(0, at(3, text.length));
  }
}

test('a mutated text is read or refused with a place in it, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.nat(100_000),
      fc.array(fc.array(fc.nat(), { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      (seed, mutations) => {
        const graph = seed % 2 === 0 ? randomNetwork(seed, { averagePool: true }) : randomQuantisedNetwork(seed);
        const printed = printNetwork(seed % 3 === 0 ? lowerToInteger(graph) : graph);
        const text = mutations.reduce(mutate, printed);
        let read: NetworkGraph;
        try {
          read = parseNetwork(text, 'net');
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          expect(formatDiagnostics(error.diagnostics)).toMatch(/^error\[[a-z-]+\] net/);
          return;
        }
        expect(parseNetwork(printNetwork(read), 'net')).toEqual(read);
      },
    ),
    { numRuns: 400 },
  );
});
