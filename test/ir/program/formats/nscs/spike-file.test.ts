import { describe, expect, it } from 'vitest';
import { type Connector, readPinMap, writePinMap } from '../../../../../src/ir/program/formats/nscs/pin-map.js';
import { parseRun, printRuns } from '../../../../../src/ir/program/formats/nscs/run-length.js';
import { readSpikes, writeSpikes } from '../../../../../src/ir/program/formats/nscs/spike-file.js';
import { MAX_TICK, NOT_NAMED, spikeRecords } from '../../../../../src/ir/program/formats/nscs/spike-records.js';
import { encodeLines } from '../../../../../src/ir/program/formats/nscs/lines.js';
import { bytesOf } from './models.js';

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const read = (bytes: Uint8Array | string) =>
  readSpikes(typeof bytes === 'string' ? bytesOf(bytes) : bytes, 'spikes', { mapOption: '--out-map' });
const OUT = spikeRecords([{ tick: 3, srcCore: 4, srcNeuron: 5, destCore: -32, destAxon: 6, delay: 7 }]);
const IN = spikeRecords([{ tick: 3, destCore: 4, destAxon: 5, delay: 2 }]);
const MAP: Connector = {
  ...{ id: -7, kind: 'output', name: 'a\u00e4\u20ac', shape: [2, 3, 4] },
  ...{ core: Int32Array.of(4, -1), index: Int16Array.of(5, 0) },
};

describe('the encoding of a spike file', () => {
  it('is chosen by its name: frames, raw words, a table, else text', () => {
    const starts = (path: string): string => textOf(writeSpikes(OUT, path, [MAP])).slice(0, 60);
    for (const path of ['a.sfcp', 'a.sfci', 'A.SFCP']) expect(starts(path)).toContain('CONNPIN');
    for (const path of ['a.sfro', 'a.sfri', 'a.SFRO']) expect(starts(path)).toContain('RAWO6');
    for (const path of ['a.csv', 'a.CSV'])
      expect(textOf(writeSpikes(OUT, path, [MAP]))).toBe('# tick,core,neuron\n3,4,5\n');
    for (const path of ['a.sfto', 'a.txt', 'a', 'sfcp', 'a.sfcp.gz', 'acsv']) expect(starts(path)).toContain('TEXT');
    expect(() => writeSpikes(OUT, 'a.sfcp', undefined)).toThrow(/pin-map-missing\] a\.sfcp/);
  });

  it('says whether sources are named', () => {
    expect([
      textOf(writeSpikes(OUT, 'a', undefined)).includes('sfto1.0'),
      textOf(writeSpikes(IN, 'a', undefined)).includes('sfti1.0'),
    ]).toEqual([true, true]);
    expect(textOf(writeSpikes(IN, 'a.sfri', undefined).subarray(0, 60))).toContain('RAWI4');
  });

  it('is told by the bytes, whatever the name', () => {
    expect(read(writeSpikes(OUT, 'a.sfro', undefined))).toEqual(OUT);
    expect(read(writeSpikes(IN, 'a.sfri', undefined))).toEqual(IN);
    expect(read(writeSpikes(OUT, 'a.sfto', undefined))).toEqual(OUT);
    expect(read(writeSpikes(IN, 'a.sfti', undefined))).toEqual(IN);
    // A byte order mark is no letter of a table.
    expect(read(Uint8Array.from([0xef, 0xbb, 0xbf, ...writeSpikes(IN, 'a.sfti', undefined)]))).toEqual(IN);
    expect(read('').n).toBe(0);
  });
});

describe('a table of spikes', () => {
  it('has lines of tick, core and neuron, comments and empty lines', () => {
    const spikes = read('# a comment\n\n 7,8,9 \r\n0,0,0\n');
    expect(spikes).toEqual(spikeRecords([{ tick: 7, srcCore: 8, srcNeuron: 9 }, { srcCore: 0, srcNeuron: 0 }])); // prettier-ignore
    expect([spikes.destCore[0], spikes.delay[0]]).toEqual([NOT_NAMED, 1]);
  });

  it.each([
    '1,2',
    '1,2,3,4',
    '-1,2,3',
    '1,2,x',
    '12345678901,1,1',
    `${MAX_TICK + 1},1,1`,
    `1,${MAX_TICK + 1},1`,
    `1,1,${MAX_TICK + 1}`,
  ])('refuses the line %s', (line) => {
    expect(() => read(`# x\n${line}\n`)).toThrow(/error\[spike-encoding\] spikes:2: neither/);
  });

  it('has numbers up to the last tick', () => {
    expect(read(`# x\n${MAX_TICK},${MAX_TICK},${MAX_TICK}\n`).tick[0]).toBe(MAX_TICK);
  });
});

describe('raw spikes', () => {
  const raw = (header: string, words: readonly number[]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(4 * words.length));
    words.forEach((word, i) => {
      view.setInt32(4 * i, word);
    });
    return Uint8Array.from([...bytesOf(header), 0xff, ...new Uint8Array(view.buffer)]);
  };
  const fields = (of: ReturnType<typeof read>, i: number) =>
    [of.tick, of.srcCore, of.srcNeuron, of.destCore, of.destAxon, of.delay].map((column) => column[i]);

  it('have three, four or six words, each in its place', () => {
    const three = read(raw('{"encoding":"RAWI3"}{"defaultDestinationDelay" : 12}', [1, 2, 3, 4, 5, 6]));
    expect([fields(three, 0), fields(three, 1)]).toEqual([[1, NOT_NAMED, NOT_NAMED, 2, 3, 12], [4, NOT_NAMED, NOT_NAMED, 5, 6, 12]]); // prettier-ignore
    expect(fields(read(raw('{"encoding":"RAWI3"}', [1, 2, 3])), 0).at(-1)).toBe(1);
    expect(fields(read(raw('{"encoding": "RAWI4"}', [1, 2, 3, 9])), 0)).toEqual([1, NOT_NAMED, NOT_NAMED, 2, 3, 9]);
    const six = read(raw('{"encoding":"RAWO6"}', [1, 2, 3, -32, 5, 6, 10, 20, 30, 40, 50, 60]));
    expect([fields(six, 0), fields(six, 1)]).toEqual([[1, 2, 3, -32, 5, 6], [10, 20, 30, 40, 50, 60]]); // prettier-ignore
    expect(fields(read(raw('{}', [1, 2, 3, 4, 5, 6])), 0)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('are refused in another encoding, cut, or with a time or delay that is none, with the byte', () => {
    expect(() => read(raw('{"encoding":"RAWX"}', [1]))).toThrow(/no raw spikes \(encoding "RAWX"\)/);
    expect(() => read(raw('{"encoding":"RAWI4"}', [1, 2, 3]))).toThrow(
      /file-truncated.*12 bytes of spikes of 16 bytes/,
    );
    expect(() => read(raw('{"encoding":"RAWI4"}', [1, 2, 3, 1, -2, 2, 3, 1]))).toThrow(
      'spikes byte 37: spike 1 has time -2 and delay 1',
    );
    expect(() => read(raw('{"encoding":"RAWI4"}', [1, 2, 3, 256]))).toThrow('spike 0 has time 1 and delay 256');
  });

  it('end with a time of -1, whole or cut; anything else behind the last spike is damage', () => {
    const spike = [1, 2, 3, 4];
    const n = (...rest: readonly number[]): number => read(raw('{"encoding":"RAWI4"}', [...spike, ...rest])).n;
    expect([n(), n(-1), n(-1, 0), n(-1, 0, 0), n(-1, 0, 0, 0)]).toEqual([1, 1, 1, 1, 1]);
    expect(read(raw('{"encoding":"RAWI4"}', [-1])).n).toBe(0);
    expect(read(raw('{"encoding":"RAWI4"}', [])).n).toBe(0);
    expect(() => n(0)).toThrow(/file-truncated/);
    expect(() => n(-1, 0, 0, 0, -1, 0, 0, 0)).toThrow(/bad-spike/);
  });

  it('are written word by word, most significant byte first', () => {
    const bytes = writeSpikes(OUT, 'a.sfro', undefined);
    expect([...bytes.subarray(bytes.indexOf(0xff) + 1)]).toEqual([
      ...[0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5],
      ...[255, 255, 255, 224, 0, 0, 0, 6, 0, 0, 0, 7],
    ]);
    const input = writeSpikes(IN, 'a.sfri', undefined);
    expect([...input.subarray(input.indexOf(0xff) + 1)]).toEqual([0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 2]);
  });
});

describe('a pin map', () => {
  it('has every field at its place, little endian, names in UTF-16', () => {
    const bytes = writePinMap([MAP]);
    const view = new DataView(bytes.buffer);
    expect([0, 4, 8, 12, 16, 20, 24].map((at) => view.getInt32(at, true))).toEqual([-7, 1, 2, 2, 3, 4, 3]);
    expect([28, 30, 32].map((at) => view.getUint16(at, true))).toEqual([97, 228, 0x20ac]);
    expect([34, 38].map((at) => view.getInt32(at, true))).toEqual([4, -1]);
    expect([42, 44].map((at) => view.getInt16(at, true))).toEqual([5, 0]);
    expect(bytes).toHaveLength(46);
    expect(readPinMap(bytes, 'm')).toEqual([MAP]);
  });

  it('has several connectors, inputs too, and none without a pin or a name', () => {
    const map: readonly Connector[] = [
      MAP,
      { ...MAP, id: 1, kind: 'input' },
      { id: 2, kind: 'input', name: '', shape: [0, 0, 0], core: new Int32Array(0), index: new Int16Array(0) },
    ];
    expect(readPinMap(writePinMap(map), 'm')).toEqual(map);
  });

  it('is refused with the byte where a connector is wrong', () => {
    const two = writePinMap([MAP, MAP]);
    const wrong = (at: number, value: number): Uint8Array => {
      const copy = two.slice();
      new DataView(copy.buffer).setInt32(at, value, true);
      return copy;
    };
    expect(() => readPinMap(two.subarray(0, 46 + 27), 'm')).toThrow(
      /m byte 46: a connector needs 28 bytes, 27 are left/,
    );
    expect(() => readPinMap(two.subarray(0, 91), 'm')).toThrow(
      /m byte 46: a connector of 2 pins with a name of 3 characters does not fit the 17 bytes left/,
    );
    expect(() => readPinMap(wrong(46 + 4, 2), 'm')).toThrow(/m byte 46: connector type 2/);
    expect(() => readPinMap(wrong(8, -1), 'm')).toThrow(/m byte 0: a connector of -1 pins/);
    expect(() => readPinMap(wrong(24, -1), 'm')).toThrow(/name of -1 characters/);
  });

  it('has axons and neurons of 0 to 255 where a pin is connected', () => {
    const of = (core: number, index: number) =>
      writePinMap([{ ...MAP, core: Int32Array.of(core, 0), index: Int16Array.of(index, 0) }]);
    for (const index of [0, 255]) expect(readPinMap(of(0, index), 'm')).toHaveLength(1);
    for (const index of [-1, 256]) {
      expect(() => readPinMap(of(0, index), 'm')).toThrow(`pin 0 of "a\u00e4\u20ac" is axon or neuron ${index}`);
      expect(readPinMap(of(-1, index), 'm')).toHaveLength(1);
    }
  });
});

describe('runs of a list', () => {
  it('are the shortest that say the same: equal values, steps, never two for a run', () => {
    const check = (values: readonly number[], expected: readonly string[]): void => {
      expect(printRuns(values)).toEqual(expected);
    };
    check([], []);
    check([5], ['5']);
    check([5, 5], ['"5x2"']);
    check([5, 6], ['5', '6']);
    check([5, 6, 7], ['"5:7"']);
    check([5, 8, 11], ['"5:3:11"']);
    check([7, 6, 5], ['"7:-1:5"']);
    check([1, 9, 9, 9], ['1', '"9x3"']);
    check([0, 0, 0, 1, 2, 3, 9], ['"0x3"', '"1:3"', '9']);
    check([0, 5, 6, 7], ['0', '"5:7"']);
  });

  it('hold the largest numbers they may', () => {
    expect(parseRun('9999999999x9999999999')).toEqual({ first: 9_999_999_999, step: 0, count: 9_999_999_999 });
    expect(parseRun('0:-5:-10')).toEqual({ first: 0, step: -5, count: 3 });
    expect(parseRun('0:-5:-9')).toEqual({ first: 0, step: -5, count: 2 });
    expect(parseRun('0:5:-10')).toBeUndefined();
  });
});

describe('lines', () => {
  it('are joined with the head, each with its end, past the size of a chunk', () => {
    const text = textOf(encodeLines('head\n', 65_540, (i) => `${i}`)).split('\n');
    expect([text.length, text[0], text[1], text[65_536], text[65_537], text[65_540], text[65_541]]).toEqual([
      65_542,
      'head',
      '0',
      '65535',
      '65536',
      '65539',
      '',
    ]);
    expect(textOf(encodeLines('h', 0, () => 'x'))).toBe('h');
  });
});
