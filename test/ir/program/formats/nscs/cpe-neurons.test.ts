import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../../src/common/diagnostics.js';
import { type NeuronLists, readNeurons } from '../../../../../src/ir/program/formats/nscs/cpe-neurons.js';
import { Findings } from '../../../../../src/ir/program/formats/nscs/findings.js';
import { JsonBytes } from '../../../../../src/ir/program/formats/nscs/json-bytes.js';
import { bytesOf } from './models.js';

function read(text: string, types: readonly number[] = []): NeuronLists & { readonly warnings: readonly string[] } {
  const bytes = bytesOf(text);
  const findings = new Findings(bytes, 'file');
  const lists = readNeurons(new JsonBytes(bytes, findings), (type) => types.includes(type));
  return { ...lists, warnings: findings.finish().map(({ code, message }) => `${code}: ${message}`) };
}
function told(text: string, types: readonly number[] = []): readonly string[] {
  try {
    return read(text, types).warnings;
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ code, message }) => `${code}: ${message}`);
    throw error;
  }
}
/** Neurons as five lists; what is not given has one entry per dendrite. */
const lists = (given: Readonly<Record<string, string>>): string => {
  const all: Readonly<Record<string, string>> = {
    ...{ dendrites: '"0:2"', types: '"0x3"', destCores: '"-1x3"', destAxons: '"0x3"', destDelays: '"1x3"' },
    ...given,
  };
  return `{${Object.entries(all)
    .flatMap(([key, list]) => (list === '' ? [] : [`"${key}":[${list}]`]))
    .join(',')}}`;
};

describe('neurons as lists', () => {
  it('stand at their dendrites; the others are unused, unconnected, with a delay of 1', () => {
    const found = read(
      lists({
        dendrites: '255,"3:-2:1"',
        types: '7,"8:9"',
        destCores: '-32,"5x2"',
        destAxons: '1,"2x2"',
        destDelays: '15,"3x2"',
      }),
    );
    const at = (j: number) => [found.types[j], found.destCores[j], found.destAxons[j], found.destDelays[j]];
    expect([255, 3, 1].map(at)).toEqual([[7, -32, 1, 15], [8, 5, 2, 3], [9, 5, 2, 3]]); // prettier-ignore
    expect([0, 2, 254].map(at)).toEqual([[0, -1, 0, 1], [0, -1, 0, 1], [0, -1, 0, 1]]); // prettier-ignore
    expect([found.typeNames, found.warnings]).toEqual([[], []]);
  });

  it.each([
    ['dendrites', '0,1,255', '0,1,256', '-1,0,1', '0..255'],
    ['types', '0,1,2147483647', '0,1,2147483648', '-1,0,1', '0..2147483647'],
    ['destCores', '0,1,2147483647', '0,1,2147483648', '-2147483649,0,1', '-2147483648..2147483647'],
    ['destAxons', '-1,0,255', '0,1,256', '-2,0,1', '-1..255'],
    ['destDelays', '0,1,255', '0,1,256', '-1,0,1', '0..255'],
  ])('have %s within their range, both ends of a run', (name, inside, above, below, range) => {
    expect(told(lists({ [name]: inside }))).toEqual([]);
    const message = `list-value: ${name} has a value outside ${range}`;
    expect(told(lists({ [name]: above }))[0]).toBe(message);
    expect(told(lists({ [name]: below }))[0]).toBe(message);
  });

  it('have runs whose every value is in range, down too, and may have runs of none', () => {
    expect(told(lists({ dendrites: '"255:-1:253"' }))).toEqual([]);
    expect(told(lists({ dendrites: '"1:-1:-1"' }))[0]).toMatch(/^list-value: dendrites has a value/);
    expect(told(lists({ dendrites: '"254:256"' }))[0]).toMatch(/^list-value/);
    expect(told(lists({ dendrites: '"999x0","0:2"' }))).toEqual([]);
    expect(told(lists({ dendrites: '1.5,0,1' }))[0]).toMatch(/^list-value/);
    expect(told(lists({ dendrites: '"0-2"' }))[0]).toBe('list-value: dendrites has "0-2"');
    expect(told(lists({ dendrites: `"${'9'.repeat(60)}"` }))[0]).toBe(`list-value: dendrites has "${'9'.repeat(40)}"`);
  });

  it('are 256 at most', () => {
    const all = (n: number) =>
      lists(
        Object.fromEntries(
          ['types', 'destCores', 'destAxons', 'destDelays']
            .map((key) => [key, `"1x${n}"`])
            .concat([['dendrites', `"0:255"`]]),
        ),
      );
    expect(told(all(256))).toEqual([]);
    expect(told(all(257)).slice(0, 1)).toEqual(['list-length: types has 257 values']);
    expect(
      told(
        lists({
          types: '"1x200","2x56"',
          dendrites: '"0:255"',
          destCores: '"1x256"',
          destAxons: '"1x256"',
          destDelays: '"1x256"',
        }),
      ),
    ).toEqual([]);
    expect(told(lists({ types: '"1x200","2x57"' }))[0]).toBe('list-length: types has 257 values');
  });

  it('have every list, of one length, each dendrite once', () => {
    expect(told(lists({ destAxons: '', types: '' }))).toEqual(['missing-key: neurons lack types, destAxons']);
    expect(told(lists({ destAxons: '"0x2"' }))).toEqual([
      'list-length: lists of different lengths: dendrites 3, types 3, destCores 3, destAxons 2, destDelays 3',
    ]);
    expect(told(lists({ dendrites: '4,5,4' }))).toEqual(['duplicate-dendrite: dendrite 4 is there twice']);
    expect(told(lists({ colours: '1' }))).toEqual(['unknown-key: unknown key "colours" of neurons']);
  });

  it('have a list of types mended that is one short by one run, where that leaves one reading', () => {
    const short = (types: string, known: readonly number[]) => told(lists({ types }), known);
    const mended = (types: string, known: readonly number[]) => [...read(lists({ types }), known).types.subarray(0, 3)];
    expect(short('"2x2"', [2, 3, 4])).toEqual([
      'run-repaired: types is one short; "2x2" is read as "2:4", which makes it right',
    ]);
    expect(mended('"2x2"', [2, 3, 4])).toEqual([2, 3, 4]);
    // A type that does not exist, the unused type, a single value, a range, two candidates, two short.
    for (const [types, known] of [
      ['"2x2"', [2, 3]],
      ['"0x2"', [0, 1, 2]],
      ['5,"6x1"', [5, 6, 7]],
      ['"2:3"', [2, 3, 4]],
      ['"2x1"', [2, 3, 4]],
    ] as const) {
      expect(short(types, known)[0], types).toMatch(/^list-length/);
    }
    const four = { dendrites: '"0:4"', destCores: '"-1x5"', destAxons: '"0x5"', destDelays: '"1x5"' };
    expect(told(lists({ ...four, types: '"2x2","7x2"' }), [2, 3, 4, 7, 8, 9])[0]).toMatch(/^list-length/);
    expect(told(lists({ ...four, types: '"7x2","2x2"' }), [2, 3, 4])[0]).toMatch(/^run-repaired/);
    // What stands before and after the run stays.
    expect([...read(lists({ ...four, types: '9,"2x2",8' }), [2, 3, 4]).types.subarray(0, 5)]).toEqual([9, 2, 3, 4, 8]);
  });
});

describe('neurons one by one', () => {
  it('stand where they say or in their order, with what they leave out unconnected', () => {
    const found = read(
      '[{"type":5,"dendrite":9,"destCore":3,"destAxon":4,"delay":7},{"type":6},{"type":7,"destDelay":2}]',
    );
    const at = (j: number) => [found.types[j], found.destCores[j], found.destAxons[j], found.destDelays[j]];
    expect([9, 1, 2, 0].map(at)).toEqual([[5, 3, 4, 7], [6, -1, 0, 1], [7, -1, 0, 2], [0, -1, 0, 1]]); // prettier-ignore
  });

  it('have names of types numbered from -1 down, each name once', () => {
    const found = read('[{"type":"a"},{"type":"b"},{"type":"a"}]');
    expect([[...found.types.subarray(0, 3)], found.typeNames]).toEqual([
      [-1, -2, -1],
      ['a', 'b'],
    ]);
  });

  it('need a type, values in range, and 256 places', () => {
    expect(told('[{"dendrite":3}]')).toEqual(['missing-key: a neuron without "type"']);
    expect(told('[{"type":1,"colour":{}}]')).toEqual(['unknown-key: unknown key "colour" of a neuron']);
    for (const [field, value] of [
      ['destAxon', 256],
      ['destAxon', -2],
      ['delay', 256],
      ['delay', -1],
      ['dendrite', 256],
      ['dendrite', 0.5],
    ] as const) {
      expect(told(`[{"type":1,"${field}":${value}}]`)[0], field).toMatch(/^list-value/);
    }
    for (const [field, value] of [
      ['destAxon', 255],
      ['destAxon', -1],
      ['delay', 255],
      ['delay', 0],
      ['dendrite', 255],
    ] as const) {
      expect(told(`[{"type":1,"${field}":${value}}]`), field).toEqual([]);
    }
    const many = (n: number) => `[${Array.from({ length: n }, () => '{"type":1}').join(',')}]`;
    expect(told(many(256))).toEqual([]);
    expect(told(many(257))).toEqual(['list-length: neuron 256']);
    expect(told('[{"type":1,"dendrite":4},{"type":1,"dendrite":4}]')).toEqual([
      'duplicate-dendrite: dendrite 4 is there twice',
    ]);
  });
});
