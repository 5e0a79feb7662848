import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../../src/common/diagnostics.js';
import { MAX_TICK, NOT_NAMED, spikeRecords } from '../../../../../src/ir/program/formats/nscs/spike-records.js';
import { readSpikeText, writeSpikeText } from '../../../../../src/ir/program/formats/nscs/spike-text.js';
import { bytesOf } from './models.js';

const read = (...lines: readonly string[]) => readSpikeText(bytesOf(lines.join('\n')), 'spikes');
const spike = (fields: object): string => JSON.stringify({ spike: fields });
/** Everything a spike of a text may say. */
const ALL = { srcTime: 3, srcCore: 4, srcNeuron: 5, destCore: 6, destAxon: 7, destDelay: 8 };

const without = (fields: object, key: string): object =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => name !== key));

/** Codes and lines of what is wrong. */
function told(...lines: readonly string[]): readonly string[] {
  try {
    read(...lines);
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ code, place }) => `${code} ${place}`);
    throw error;
  }
}

/** One spike as [tick, srcCore, srcNeuron, destCore, destAxon, delay]. */
const fieldsOf = (records: ReturnType<typeof read>, i: number): readonly (number | undefined)[] =>
  [records.tick, records.srcCore, records.srcNeuron, records.destCore, records.destAxon, records.delay].map(
    (column) => column[i],
  );

describe('a spike as text', () => {
  it('takes nothing from the spike before: what it does not name is not named, its delay is that of the header', () => {
    const toAxon = spike({ srcTime: 9, destCore: 1, destAxon: 2 });
    const fromNeuron = spike({ srcTime: 11, srcCore: 1, srcNeuron: 2 });
    const records = read('{"defaultDestinationDelay":4}', spike(ALL), toAxon, spike(ALL), fromNeuron);
    expect(fieldsOf(records, 0)).toEqual([3, 4, 5, 6, 7, 8]);
    expect(fieldsOf(records, 1)).toEqual([9, NOT_NAMED, NOT_NAMED, 1, 2, 4]);
    expect(fieldsOf(records, 3)).toEqual([11, 1, 2, NOT_NAMED, NOT_NAMED, 4]);
    expect([records.n, records.nTicks]).toEqual([4, 12]);
  });

  it.each(['srcTime', 'srcNeuron'] as const)('needs its own %s, whatever the one before had', (key) => {
    const rest = without(ALL, key);
    expect(told(spike(ALL), spike(rest))).toEqual(['bad-spike spikes:2']);
  });

  it.each(['destCore', 'destAxon'] as const)('without a source needs its own %s', (key) => {
    const input = { srcTime: 1, destCore: 2, destAxon: 3 };
    expect(told(spike(input))).toEqual([]);
    const rest = without(input, key);
    expect(told(spike(ALL), spike(rest))).toEqual(['bad-spike spikes:2']);
  });

  it.each([
    ['srcTime', 0, MAX_TICK],
    ['destDelay', 0, 255],
  ])('has %s within %d..%d', (key, low, high) => {
    for (const value of [low, high]) expect(told(spike({ ...ALL, [key]: value }))).toEqual([]);
    for (const value of [low - 1, high + 1]) {
      expect(told(spike({ ...ALL, [key]: value }))).toEqual(['bad-spike spikes:1']);
    }
  });

  it('has numbers of 32 bits, the lowest of which means not named', () => {
    for (const destCore of [2 ** 31 - 1, 1 - 2 ** 31]) {
      expect(fieldsOf(read(spike({ ...ALL, destCore })), 0)[3]).toBe(destCore);
    }
    for (const destCore of [2 ** 31, -(2 ** 31), 0.5]) {
      expect(told(spike({ ...ALL, destCore }))).toEqual(['bad-value spikes:1']);
    }
  });

  it.each([
    [0, []],
    [255, []],
    [256, ['bad-value spikes:1']],
    [-1, ['bad-value spikes:1']],
    [1.5, ['bad-value spikes:1']],
  ])('may have a header with a delay of %d: %j', (delay, expected) => {
    expect(told(`{"defaultDestinationDelay":${delay}}`, spike(ALL))).toEqual(expected);
  });

  it('stands beside members that nobody knows', () => {
    const records = read('{"class":"SpikeWriter","defaultDestinationDelay":"2","spike":[1]}', spike({ ...ALL, srcTim: 7 }));
    expect(fieldsOf(records, 0)).toEqual([3, 4, 5, 6, 7, 8]);
  }); // prettier-ignore

  it('is written with what it names, and with its delay where the header does not say it', () => {
    const records = spikeRecords([
      { tick: 1, destCore: 2, destAxon: 3 },
      { tick: 4, destCore: 5, destAxon: 6, delay: 2 },
      { tick: 7, srcCore: 0, srcNeuron: 0, destCore: -32, destAxon: 0 },
    ]);
    const lines = (version: 'sfti1.0' | 'sfto1.0') =>
      new TextDecoder().decode(writeSpikeText(records, version)).trimEnd().split('\n').slice(1);
    expect(lines('sfti1.0')).toEqual([
      '{"version":"sfti1.0","defaultDestinationDelay":1}',
      '{"spike":{"srcTime":1,"destCore":2,"destAxon":3}}',
      '{"spike":{"srcTime":4,"destCore":5,"destAxon":6,"destDelay":2}}',
      '{"spike":{"srcTime":7,"srcCore":0,"srcNeuron":0,"destCore":-32,"destAxon":0}}',
    ]);
    expect(lines('sfto1.0')[1]).toBe('{"spike":{"srcTime":1,"destCore":2,"destAxon":3,"destDelay":1}}');
  });
});

describe('spike records', () => {
  it('grow past every size with all they hold, and cover the ticks up to the last spike', () => {
    const n = 5000;
    const list = Array.from({ length: n }, (_, i) => ({
      ...{ tick: i, srcCore: i + 1, srcNeuron: i + 2, destCore: i + 3, destAxon: i + 4, delay: i % 256 },
    }));
    const records = spikeRecords(list);
    expect([records.n, records.nTicks]).toEqual([n, n]);
    for (const i of [0, 1023, 1024, 2047, 2048, 4095, 4096, n - 1]) {
      expect(fieldsOf(records, i)).toEqual([i, i + 1, i + 2, i + 3, i + 4, i % 256]);
    }
  });

  it('cover empty ticks where they are said to, and never fewer than they have', () => {
    expect(spikeRecords([{ tick: 4 }], 9).nTicks).toBe(9);
    expect(spikeRecords([{ tick: 4 }], 2).nTicks).toBe(5);
    expect(spikeRecords([], 1).nTicks).toBe(1);
    expect(spikeRecords([]).nTicks).toBe(0);
  });
});
