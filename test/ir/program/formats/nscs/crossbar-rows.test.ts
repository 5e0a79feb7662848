import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../../src/common/diagnostics.js';
import { printSynapses, readCrossbar } from '../../../../../src/ir/program/formats/nscs/crossbar-rows.js';
import { Findings } from '../../../../../src/ir/program/formats/nscs/findings.js';
import { JsonBytes } from '../../../../../src/ir/program/formats/nscs/json-bytes.js';
import { bytesOf } from './models.js';

const EMPTY = '00'.repeat(32);
/** A crossbar of 256 rows, those that are given by number, on lines of their own from line 2 on. */
const crossbar = (given: Readonly<Record<number, string>>, nRows = 256): string => {
  const row = (i: number): string => given[i] ?? `{"type":"S0","synapses":"${EMPTY}"}`;
  return `{"rows":[\n${Array.from({ length: nRows }, (_, i) => row(i)).join(',\n')}]}`;
};
/** What a text holds: arrays where it has rows, a name where it has none. */
function read(text: string) {
  const bytes = bytesOf(text);
  const findings = new Findings(bytes, 'file');
  const found = readCrossbar(new JsonBytes(bytes, findings));
  const warnings = findings.finish();
  return typeof found === 'object'
    ? { synapses: found.synapses, axonType: found.axonType, name: undefined, warnings }
    : { synapses: undefined, axonType: undefined, name: found, warnings };
}
const told = (text: string): readonly string[] => {
  try {
    return read(text).warnings.map(({ code, place }) => `${code} ${place}`);
  } catch (error) {
    if (error instanceof UserError)
      return error.diagnostics.map(({ code, place, message }) => `${code} ${place}: ${message}`);
    throw error;
  }
};
/** [axon, neuron] of every synapse. */
const connected = (synapses: Uint32Array): readonly (readonly [number, number])[] =>
  [...synapses].flatMap((word, w) =>
    Array.from({ length: 32 }, (_, bit) => bit).flatMap((bit) =>
      ((word >>> bit) & 1) === 1 ? [[Math.floor(w / 8), 32 * (w % 8) + bit] as const] : [],
    ),
  );
/** A row whose only bits are those of these neurons. */
const rowText = (neurons: readonly number[], between = ''): string =>
  Array.from({ length: 32 }, (_, byte) => {
    const value = neurons.filter((j) => j >> 3 === byte).reduce((sum, j) => sum + 2 ** (7 - (j & 7)), 0);
    return value.toString(16).padStart(2, '0');
  }).join(between);

describe('a crossbar of a model file', () => {
  it('has neuron 8 b + k at bit 7 - k of byte b, in hex of either case, with or without spaces', () => {
    const neurons = [0, 7, 8, 31, 32, 100, 171, 255];
    for (const text of [
      rowText(neurons),
      rowText(neurons).toUpperCase(),
      rowText(neurons, ' '),
      ` ${rowText(neurons, '  ')} `,
    ]) {
      const { synapses, axonType } = read(crossbar({ 9: `{"type":"S3","synapses":"${text}"}` }));
      expect(connected(synapses!)).toEqual(neurons.map((j) => [9, j]));
      expect([...axonType!].map((type, i) => [i, type]).filter(([, type]) => type !== 0)).toEqual([[9, 3]]);
    }
  });

  it('has its last row, and keys of a row in any order', () => {
    const found = read(crossbar({ 255: `{"synapses":"${rowText([255])}","type":"S2"}` }));
    expect([connected(found.synapses!), found.axonType![255]]).toEqual([[[255, 255]], 2]);
  });

  it('prints its rows as the files have them', () => {
    for (const neurons of [[], [0], [7], [8, 9, 10, 11], [31, 32], [255], [1, 77, 200]]) {
      const { synapses } = read(crossbar({ 3: `{"type":"S0","synapses":"${rowText(neurons)}"}` }));
      expect(printSynapses(synapses!, 24)).toBe(rowText(neurons, ' ').toUpperCase());
      expect(printSynapses(synapses!, 16)).toBe(rowText([], ' '));
    }
  });

  it('may be the name of a prototype; rows count where it has both', () => {
    expect(read('{"name":"p"}')).toMatchObject({ name: 'p', warnings: [] });
    expect(read(`{"name":"p",${crossbar({}).slice(1)}`).synapses).toHaveLength(2048);
    expect(told('{}')).toEqual(['missing-key file:1: a crossbar without rows and without name']);
    expect(told('{"name":"p","colour":[1]}')).toEqual(['unknown-key file:1']);
  });

  it.each([
    ['an unknown type', `{"type":"S4","synapses":"${EMPTY}"}`, 'axon-type file:5: an unknown axon type'],
    ['a type below 0', `{"type":"S/","synapses":"${EMPTY}"}`, 'axon-type file:5: an unknown axon type'],
    ['a long type', `{"type":"S00","synapses":"${EMPTY}"}`, 'axon-type file:5: an unknown axon type'],
    ['a type of another letter', `{"type":"T0","synapses":"${EMPTY}"}`, 'axon-type file:5: an unknown axon type'],
    ['no type', `{"synapses":"${EMPTY}"}`, 'missing-key file:5: a row without type or synapses'],
    ['no synapses', '{"type":"S0"}', 'missing-key file:5: a row without type or synapses'],
    ['too few bytes', `{"type":"S0","synapses":"${'00'.repeat(31)}"}`, 'synapses file:5: 31 bytes of synapses'],
    ['too many bytes', `{"type":"S0","synapses":"${'00'.repeat(33)}"}`, 'synapses file:5: 33 bytes of synapses'],
    ['half a byte', `{"type":"S0","synapses":"${EMPTY}0"}`, 'synapses file:5: synapses that are not hex bytes'],
    ['a letter', `{"type":"S0","synapses":"g${EMPTY.slice(1)}"}`, 'synapses file:5: synapses that are not hex bytes'],
    [
      'a letter in second place',
      `{"type":"S0","synapses":"0x${EMPTY.slice(2)}"}`,
      'synapses file:5: synapses that are not hex bytes',
    ],
  ])('is refused with the line of a row with %s', (_, row, expected) => {
    expect(told(crossbar({ 3: row }))).toEqual([expected]);
  });

  it('does not take what one row says for the next', () => {
    const rows = { 3: `{"type":"S1","synapses":"${rowText([5])}"}`, 4: `{"type":"S0"}`, 5: `{"synapses":"${EMPTY}"}` };
    expect(told(crossbar(rows))).toEqual([
      'missing-key file:6: a row without type or synapses',
      'missing-key file:7: a row without type or synapses',
    ]);
  });

  it('reads keys of rows that nobody knows with a warning', () => {
    expect(told(crossbar({ 3: `{"type":"S0","x":{"y":[1]},"synapses":"${EMPTY}"}` }))).toEqual(['unknown-key file:5']);
  });

  it('has 256 rows', () => {
    expect(told(crossbar({}, 255))).toEqual(['crossbar-rows file:1: 255 rows of a crossbar']);
    const full = `{"type":"S3","synapses":"${'FF'.repeat(32)}"}`;
    expect(told(crossbar({ 256: full }, 257))).toEqual(['crossbar-rows file:1: 257 rows of a crossbar']);
  });
});
