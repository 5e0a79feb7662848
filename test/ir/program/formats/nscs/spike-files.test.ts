import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../../src/common/diagnostics.js';
import { type Connector, readPinMap, writePinMap } from '../../../../../src/ir/program/formats/nscs/pin-map.js';
import { readSpikes, writeSpikes } from '../../../../../src/ir/program/formats/nscs/spike-file.js';
import {
  MAX_TICK,
  NOT_NAMED,
  type SpikeRecords,
  spikeRecords,
} from '../../../../../src/ir/program/formats/nscs/spike-records.js';
import { bytesOf } from './models.js';

const connector = (kind: Connector['kind'], name: string, pins: readonly (readonly [number, number])[]): Connector => ({
  ...{ id: 1, kind, name, shape: [pins.length, 1, 1] },
  core: Int32Array.from(pins, ([core]) => core),
  index: Int16Array.from(pins, ([, index]) => index),
});
const OUTPUTS = [connector('output', 'classes', [[4, 0], [4, 9]]), connector('output', 'more', [[7, 255]])]; // prettier-ignore
const INPUTS = [connector('input', 'image', [[0, 3], [-1, 0], [2, 1]])]; // prettier-ignore

const read = (bytes: Uint8Array | string, connectors?: readonly Connector[]): SpikeRecords =>
  readSpikes(typeof bytes === 'string' ? bytesOf(bytes) : bytes, 'spikes', { connectors, mapOption: '--out-map' });

const HEADER = '{"class":"SpikeWriter","encoding":"TEXT","nscsVersion":"1.4.0"}\n';

describe('spikes as text', () => {
  it('have the delay of the header unless they say one', () => {
    const spikes = read(
      `${HEADER}{"version":"sfti1.0", "defaultDestinationDelay" : 3}\n` +
        '{"spike":{"srcTime":5,"destCore":0,"destAxon":14}}\n{"spike":{"srcTime":6,"destCore":1,"destAxon":2,"destDelay":9}}\n',
    );
    expect([...spikes.tick, ...spikes.destCore, ...spikes.destAxon, ...spikes.delay]).toEqual([
      5, 6, 0, 1, 14, 2, 3, 9,
    ]);
    expect([spikes.srcCore[0], spikes.nTicks]).toEqual([NOT_NAMED, 7]);
  });

  it('name their sources in recordings', () => {
    const spikes = read(
      `${HEADER}{"spike":{"srcTime":0,"srcCore":4,"srcNeuron":130,"destCore":-32,"destAxon":1,"destDelay":1}}`,
    );
    expect([spikes.srcCore[0], spikes.srcNeuron[0], spikes.destCore[0]]).toEqual([4, 130, -32]);
  });

  it.each([
    ['a time below 0', '{"spike":{"srcTime":-1,"destCore":0,"destAxon":14}}', 'bad-spike'],
    ['no destination', '{"spike":{"srcTime":1,"destCore":0}}', 'bad-spike'],
    ['a time that is no number', '{"spike":{"srcTime":"1","destCore":0,"destAxon":1}}', 'bad-value'],
    ['a delay that does not fit', '{"spike":{"srcTime":1,"destCore":0,"destAxon":1,"destDelay":999}}', 'bad-spike'],
    ['a broken line', '{"spike":{"srcTime":1,"destCore"', 'json-syntax'],
  ])('refuses %s with its line', (_, line, code) => {
    expect(() => read(`${HEADER}${line}`)).toThrow(`error[${code}] spikes:2`);
  });
});

describe('spikes as frames of connector pins', () => {
  const header = (list: string): string => `{"class":"SpikeWriter","encoding":"CONNPIN"}\n{"connectors":[${list}]}\n`;
  const frames = (text: string, ...parts: readonly (readonly number[])[]): Uint8Array =>
    Uint8Array.from([...bytesOf(text), 0xff, ...parts.flat()]);
  const frame = (tick: number, ...blocks: readonly number[]): readonly number[] => {
    const time = [24, 16, 8, 0].map((shift) => (tick >> shift) & 255);
    return [0xfe, 0xfc, 0xfe, 0xfc, ...time, 0, 0, 0, 0, 0, 0, 0, 0, ...blocks];
  };
  const ONE = '{"ID":0,"name":"classes","csize":2,"bpp":8,"delayMode":1}';
  const TWO = `${ONE},{"ID":1,"name":"more","csize":1,"bpp":16,"delayMode":0}`;

  it('become neurons through the pin map; empty frames count as ticks', () => {
    const file = frames(header(TWO), frame(0, 0, 0, 0, 2, 0, 1, 1, 1, 0, 1, 0, 1, 0, 0), frame(1), frame(2, 0, 0, 0, 1, 1, 4), frame(3), frame(-1)); // prettier-ignore
    const spikes = read(file, OUTPUTS);
    expect([...spikes.tick]).toEqual([0, 0, 0, 2]);
    expect([...spikes.srcCore]).toEqual([4, 4, 7, 4]);
    expect([...spikes.srcNeuron]).toEqual([0, 9, 255, 9]);
    expect([...spikes.delay]).toEqual([1, 1, 1, 4]);
    expect(spikes.nTicks).toBe(4);
  });

  it('become axons on an input map; pins that lead nowhere are left out', () => {
    const file = frames(header('{"ID":0,"name":"image","csize":3,"bpp":8,"delayMode":0}'), frame(4, 0, 0, 0, 3, 0, 1, 2), frame(-1)); // prettier-ignore
    const spikes = read(file, INPUTS);
    expect([...spikes.destCore, ...spikes.destAxon]).toEqual([0, 2, 3, 1]);
  });

  it('take the connector from the frame where the block has none', () => {
    const named = [...frame(0), 0, 0, 0, 1, 0, 0];
    named[11] = 1;
    expect(read(frames(header(TWO), named, frame(-1)), OUTPUTS).srcCore[0]).toBe(7);
  });

  it('need their pin map', () => {
    expect(() => read(frames(header(ONE), frame(-1)))).toThrow(/pin-map-missing.*\n.*pass --out-map/);
    expect(() => read(frames(header('{"ID":0,"name":"classes","csize":3}'), frame(-1)), OUTPUTS)).toThrow(/has 3 pins/);
  });

  it.each([
    ['a count beyond the end', frames(header(ONE), frame(0, 0, 0, 255, 255, 1))],
    ['no end', frames(header(ONE), frame(0))],
    ['a pin that is not there', frames(header(ONE), frame(0, 0, 0, 0, 1, 2, 1), frame(-1))],
    ['a connector that is not listed', frames(header(ONE), frame(0, 0, 5, 0, 1, 0, 1), frame(-1))],
    ['a tick below -1', frames(header(ONE), frame(-2), frame(-1))],
    ['bytes between frames', frames(header(ONE), frame(0), [1, 2, 3])],
    ['a connector without a size', frames(header('{"ID":0}'), frame(-1))],
    ['no connectors', frames(header(''), frame(-1))],
  ])('refuse %s', (_, file) => {
    expect(() => read(file, OUTPUTS.slice(0, 1))).toThrow(UserError);
  });
});

describe('spikes as raw words', () => {
  it('are read with three words', () => {
    const words = [3, 1, 200].flatMap((word) => [0, 0, 0, word]);
    const file = Uint8Array.from([...bytesOf('{"encoding":"RAWI3","defaultDestinationDelay":2}'), 0xff, ...words]);
    const spikes = read(file);
    expect([spikes.tick[0], spikes.destCore[0], spikes.destAxon[0], spikes.delay[0]]).toEqual([3, 1, 200, 2]);
  });

  it.each([
    [0, 255, true],
    [0, 256, false],
    [0, 0, true],
    [0, -1, false],
    [MAX_TICK, 1, true],
    [MAX_TICK + 1, 1, false],
    [-2, 1, false],
  ])('may have time %d with delay %d: %s', (tick, delay, isFine) => {
    const words = new DataView(new ArrayBuffer(16));
    [tick, 1, 200, delay].forEach((word, i) => {
      words.setInt32(4 * i, word);
    });
    const file = Uint8Array.from([...bytesOf('{"encoding":"RAWI4"}'), 0xff, ...new Uint8Array(words.buffer)]);
    if (isFine) expect([read(file).tick[0], read(file).delay[0]]).toEqual([tick, delay]);
    else expect(() => read(file)).toThrow(`bad-spike`);
  });

  it('may end with a time of -1', () => {
    const spikes = spikeRecords([{ tick: 1, srcCore: 2, srcNeuron: 3, destCore: -32, destAxon: 4 }]);
    const file = writeSpikes(spikes, 'a.sfro', undefined);
    for (const words of [1, 6]) {
      expect(read(Uint8Array.from([...file, 255, 255, 255, 255, ...new Uint8Array(4 * words - 4)]))).toEqual(spikes);
    }
  });

  it('refuse a file that is cut', () => {
    const spikes = spikeRecords([{ tick: 1, srcCore: 2, srcNeuron: 3, destCore: -32, destAxon: 4 }]);
    const file = writeSpikes(spikes, 'a.sfro', undefined);
    expect(read(file)).toEqual(spikes);
    expect(() => read(file.subarray(0, file.length - 1))).toThrow(/file-truncated/);
  });
});

describe('spike files', () => {
  const spike = fc.record({ tick: fc.integer({ min: 0, max: 40 }), pin: fc.integer({ min: 0, max: 2 }), delay: fc.integer({ min: 1, max: 15 }) }); // prettier-ignore
  const PINS = [[4, 0], [4, 9], [7, 255]] as const; // prettier-ignore

  it('of every encoding say the same', () => {
    fc.assert(
      fc.property(fc.array(spike, { maxLength: 50 }), (list) => {
        // Frames hold the spikes of a tick by connector.
        const sorted = list.sort((a, b) => a.tick - b.tick || a.pin - b.pin);
        const records = spikeRecords(
          sorted.map(({ tick, pin, delay }) => ({ tick, delay, srcCore: PINS[pin]![0], srcNeuron: PINS[pin]![1], destCore: -32, destAxon: pin })), // prettier-ignore
          45,
        );
        for (const path of ['a.sfto', 'a.sfro', 'a.sfcp']) {
          const back = read(writeSpikes(records, path, OUTPUTS), OUTPUTS);
          expect([path, [...back.tick], [...back.srcCore], [...back.srcNeuron], [...back.delay]]).toEqual([
            ...[path, [...records.tick], [...records.srcCore], [...records.srcNeuron], [...records.delay]],
          ]);
          if (path === 'a.sfcp') expect(back.nTicks).toBe(45);
        }
        const table = read(writeSpikes(records, 'a.csv', undefined));
        expect([...table.srcNeuron]).toEqual([...records.srcNeuron]);
      }),
    );
  });

  it('are read or refused, never an internal error, when bytes are changed or cut', () => {
    const records = spikeRecords([0, 0, 1, 3].map((tick, i) => ({ tick, srcCore: 4, srcNeuron: i % 2 === 0 ? 0 : 9, destCore: -32, destAxon: i }))); // prettier-ignore
    const files = ['a.sfto', 'a.sfro', 'a.sfcp', 'a.csv'].map((path) => writeSpikes(records, path, OUTPUTS));
    files.push(writePinMap(OUTPUTS));
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.array(change, { maxLength: 4 }), fc.nat(), (file, changes, cut) => {
        const changed = file.slice(0, cut % (file.length + 1));
        for (const [at, value] of changes) if (changed.length > 0) changed[at % changed.length] = value;
        for (const parse of [() => read(changed, OUTPUTS), () => readPinMap(changed, 'map')]) {
          try {
            parse();
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('pin maps', () => {
  it('are written as they are read', () => {
    const map = [...OUTPUTS, ...INPUTS];
    expect(readPinMap(writePinMap(map), 'map')).toEqual(map);
  });

  it('refuse sizes that the file does not have', () => {
    const map = writePinMap(OUTPUTS);
    new DataView(map.buffer).setInt32(8, 0x7fffffff, true);
    expect(() => readPinMap(map, 'map')).toThrow(/pin-map.*2147483647 pins/);
    expect(() => readPinMap(new Uint8Array(0), 'map')).toThrow(/the file is empty/);
  });
});
