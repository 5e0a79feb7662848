import { describe, expect, it } from 'vitest';
import { binEvents, type Binning, stepsOf } from '../../src/data/events/bin.js';
import { parseCsvEvents } from '../../src/data/events/csv-events.js';
import { type EventList, TIME_UNITS } from '../../src/data/events/event-list.js';
import { parseNmnist } from '../../src/data/events/nmnist.js';
import { parseNpyEvents } from '../../src/data/events/npy-events.js';
import { problemsOf } from './support/files.js';
import { npyFile, recordsFile } from './support/npy-files.js';

const US = TIME_UNITS.us;
const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const rows = ({ t, x, y, p }: EventList): number[][] => Array.from(t, (time, i) => [time, x[i]!, y[i]!, p[i]!]);
const csv = (content: string): number[][] => rows(parseCsvEvents(text(content), 'a.csv', US));

describe('events as CSV', () => {
  it('have their columns in any order and their lines in any order', () => {
    expect(csv('y,p,t,x\r\n2,1,30,4\r\n\r\n0,0,1.5,3\n')).toEqual([
      [30, 4, 2, 1],
      [1.5, 3, 0, 0],
    ]);
  });

  it('may leave out rows and polarities, which are 0, and quote the names of columns', () => {
    expect(csv('\ufeff"T","X"\n5,7')).toEqual([[5, 7, 0, 0]]);
  });

  it('report every wrong line with its number', async () => {
    expect(await problemsOf(() => csv('t,x,y,p\n1,2,3\n1,2.5,3,0\nsoon,2,3,0\n1,2,3,"1"\n1,9999999999,0,0'))).toEqual([
      'bad-event-file a.csv line 2: 3 columns, the header has 4',
      'bad-event-file a.csv line 3: x is "2.5", not a whole number',
      'bad-event-file a.csv line 4: t is "soon", not a number',
      'bad-event-file a.csv line 5: p is "\\"1\\"", not a whole number',
      'bad-event-file a.csv line 6: x is "9999999999", not a whole number',
    ]);
  });

  it('report everything that is wrong with the header', async () => {
    expect(await problemsOf(() => csv('x,x,pol\n1,2,3'))).toEqual([
      'bad-event-file a.csv line 1: the column "x" stands there twice',
      'bad-event-file a.csv line 1: there is no column "pol"; did you mean "p"?',
      'bad-event-file a.csv line 1: the column "t" is missing',
    ]);
  });

  it('are refused where a line has no end', async () => {
    const long = `t,x\n${'1'.repeat(5000)},2\n`;
    expect(await problemsOf(() => csv(long))).toEqual([
      'bad-event-file a.csv line 2: 5002 characters, at most 4096 are read',
    ]);
  });
});

describe('recordings of N-MNIST', () => {
  it('have 40 bits an event: column, row, polarity, microseconds', () => {
    const bytes = Uint8Array.of(33, 7, 0x80, 0x00, 0x05, 1, 2, 0x7f, 0xff, 0xff, 0, 0, 0x81, 0x02, 0x03);
    expect(rows(parseNmnist(bytes, 'a.bin'))).toEqual([
      [5, 33, 7, 1],
      [0x7fffff, 1, 2, 0],
      [0x010203, 0, 0, 1],
    ]);
  });

  it('are whole numbers of events', async () => {
    expect(await problemsOf(() => parseNmnist(new Uint8Array(11), 'a.bin'))).toEqual([
      'bad-event-file a.bin: 11 bytes are no whole number of events of 5 bytes',
    ]);
  });
});

describe('events as npy', () => {
  const read = (bytes: Uint8Array, columns: readonly ('t' | 'x' | 'y' | 'p')[] = ['t', 'x', 'y', 'p']): number[][] =>
    rows(parseNpyEvents(bytes, 'a.npy', { unitSeconds: US, columns }));

  it('are structured arrays, in any order of fields, with the padding of aligned records', () => {
    const bytes = recordsFile(
      "[('x', '<u2'), ('', '|V2'), ('t', '<i8'), ('p', '|b1'), ('y', '>i2')]",
      2,
      Uint8Array.of(3, 1, 9, 9, 7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 5, 2, 0, 9, 9, 6, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1),
    );
    expect(read(bytes)).toEqual([
      [7, 259, 5, 1],
      [6, 2, 257, 0],
    ]);
  });

  it('are plain arrays of integers, in the order that is said', () => {
    const array = npyFile('<i2', [2, 4], Uint8Array.of(1, 0, 2, 0, 3, 0, 0, 0, 4, 0, 5, 0, 6, 0, 1, 0));
    expect(read(array)).toEqual([
      [1, 2, 3, 0],
      [4, 5, 6, 1],
    ]);
    expect(read(array, ['x', 'y', 't', 'p'])).toEqual([
      [3, 1, 2, 0],
      [6, 4, 5, 1],
    ]);
  });

  it('are refused with other columns, without times, and with pixels between pixels', async () => {
    expect((await problemsOf(() => read(npyFile('<i2', [1, 3], new Uint8Array(6)))))[0]).toBe(
      'bad-event-file a.npy: an array of shape [1, 3] has no columns t, x, y, p',
    );
    expect((await problemsOf(() => read(recordsFile("[('x', '<i2'), ('y', '<i2')]", 1, new Uint8Array(4)))))[0]).toBe(
      'bad-event-file a.npy: it has the fields x, y, and not t',
    );
    const half = new Uint8Array(Float32Array.of(1, 2, 0.5, 0).buffer);
    expect((await problemsOf(() => read(npyFile('<f4', [1, 4], half))))[0]).toBe(
      'bad-event-file a.npy: y of event 0 is 0.5, as that of 1 events in all is no pixel',
    );
  });

  it('are refused with fields of several values, nested records, and sizes that the file does not have', async () => {
    const problems = async (descr: string, n: number, bytes: Uint8Array): Promise<string | undefined> =>
      (await problemsOf(() => read(recordsFile(descr, n, bytes))))[0];
    expect(await problems("[('t', '<i8', (3,)), ('x', '<i2')]", 1, new Uint8Array(26))).toContain('plain numbers');
    expect(await problems("[('t', [('a', '<i8')]), ('x', '<i2')]", 1, new Uint8Array(10))).toContain('plain numbers');
    expect(await problems("[('t', '|O'), ('x', '<i2')]", 1, new Uint8Array(10))).toContain('of type "|O"');
    expect(await problems("[('t', '<i8'), ('x', '<i2')]", 1_000_000_000, new Uint8Array(10))).toContain(
      'needs more than 1073741824 bytes',
    );
    expect(await problems("[('t', '<i8'), ('x', '<i2')]", 2, new Uint8Array(10))).toContain('needs 20 bytes');
    expect(await problems('[]', 2, new Uint8Array(0))).toContain('plain numbers');
  });
});

describe('binning', () => {
  const binning: Binning = {
    stepSeconds: 1e-5,
    steps: 3,
    sensor: [2, 2, 2],
    counts: 'count',
    strays: 'error',
    origin: 'zero',
  };
  const events = (
    list: readonly (readonly [number, number, number, number])[],
    unitSeconds: number = US,
  ): EventList => ({
    t: Float64Array.from(list, ([t]) => t),
    x: Int32Array.from(list, ([, x]) => x),
    y: Int32Array.from(list, ([, , y]) => y),
    p: Int32Array.from(list, ([, , , p]) => p),
    unitSeconds,
  });
  const binned = (list: EventList, change: Partial<Binning> = {}) => {
    const used = { ...binning, ...change };
    const frames = new Uint8Array(used.steps * used.sensor.reduce((n, d) => n * d, 1));
    const losses = binEvents(list, used, frames);
    const set = [...frames.entries()].filter(([, count]) => count > 0);
    return { set, losses };
  };

  it('counts the events of a step, row, column and polarity, whatever their order', () => {
    const { set, losses } = binned(
      events([
        [29, 1, 0, 1],
        [0, 0, 0, 0],
        [9, 0, 0, 0],
        [10, 0, 1, 0],
      ]),
    );
    expect(set).toEqual([
      [0, 2],
      [8 + 4, 1],
      [16 + 2 + 1, 1],
    ]);
    expect(losses).toEqual({ before: 0, after: 0, outside: 0, capped: 0 });
  });

  it('puts a time on a boundary into the step that begins there, though decimal quotients round', () => {
    // 0.29 / 0.01 is 28.999999999999996 in float64.
    expect(stepsOf(events([[0.29, 0, 0, 0]], 1), 0.01, 'zero')).toBe(30);
    expect(stepsOf(events([[30, 0, 0, 0]]), 1e-5, 'zero')).toBe(4);
    expect(stepsOf(events([[2 ** 40 * 7 - 1, 0, 0, 0]]), 7e-6, 'zero')).toBe(2 ** 40);
  });

  it('counts what is before time 0, beyond the last step and outside of the sensor, and takes none of it', () => {
    const { set, losses } = binned(
      events([
        [-1, 0, 0, 0],
        [30, 0, 0, 0],
        [31, 5, 5, 5],
        [0, 2, 0, 0],
        [0, 0, -1, 0],
        [0, 0, 0, 2],
        [0, 0, 0, -2],
      ]),
    );
    expect(set).toEqual([]);
    expect(losses).toEqual({ before: 1, after: 2, outside: 4, capped: 0 });
  });

  it('counts time from the earliest event where that is asked for', () => {
    const list = events([
      [1_000_020, 1, 1, 1],
      [1_000_000, 0, 0, 0],
    ]);
    expect(binned(list, { origin: 'first' }).set).toEqual([
      [0, 1],
      [16 + 7, 1],
    ]);
    expect(stepsOf(list, 1e-5, 'first')).toBe(3);
    expect(stepsOf(events([]), 1e-5, 'first')).toBe(0);
  });

  it('counts up to 255, and says how many events are beyond', () => {
    const many = events(Array.from({ length: 300 }, () => [5, 1, 1, 0] as const));
    expect(binned(many)).toEqual({ set: [[6, 255]], losses: { before: 0, after: 0, outside: 0, capped: 45 } });
    expect(binned(many, { counts: 'one' })).toEqual({
      set: [[6, 1]],
      losses: { before: 0, after: 0, outside: 0, capped: 0 },
    });
  });

  it('takes polarity -1 as 0', () => {
    expect(
      binned(
        events([
          [0, 0, 0, -1],
          [0, 0, 0, 1],
        ]),
      ).set,
    ).toEqual([
      [0, 1],
      [1, 1],
    ]);
  });
});
