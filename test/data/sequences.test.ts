import { describe, expect, it } from 'vitest';
import { openSequences } from '../../src/data/events/sequences.js';
import type { SequenceOptions, SequenceReader, Sequences } from '../../src/data/events/sequence-types.js';
import { dataFolder, pngFile, problemsOf } from './support/files.js';
import { npyFile, recordsFile } from './support/npy-files.js';

const folder = dataFolder();
const reader: SequenceReader = { inputShape: [2, 2, 2], stepSeconds: 1e-3 };
const take = async (path: string, options: SequenceOptions = {}, used = reader): Promise<Sequences> =>
  (await (await openSequences(path, 'test', used, options)).take(0, Infinity)).data;
/** One event of N-MNIST. */
const nmnist = (t: number, x: number, y: number, p: number): number[] => [
  x,
  y,
  (p << 7) | (t >> 16),
  (t >> 8) & 255,
  t & 255,
];
const set = (data: Sequences): number[][] => [...data.images.entries()].filter(([, count]) => count > 0);

describe('folders of recordings', () => {
  it('have a class per folder and are binned by the time step of the network', async () => {
    folder.write('nm/Train/7/a.bin', Uint8Array.from(nmnist(0, 0, 0, 0)));
    folder.write('nm/Test/3/00001.bin', Uint8Array.from([...nmnist(2999, 1, 0, 1), ...nmnist(10, 0, 1, 0)]));
    folder.write('nm/Test/1/00002.bin', Uint8Array.from(nmnist(1000, 0, 0, 0)));
    const data = await take(folder.at('nm'), { steps: 3 });
    expect([data.shape, [...data.labels], data.nClasses, data.name]).toEqual([[3, 2, 2, 2], [1, 3], 8, 'nm']);
    expect(set(data)).toEqual([
      [8, 1],
      [24 + 4, 1],
      [24 + 16 + 2 + 1, 1],
    ]);
  });

  it('are taken by CSV and npy with the unit of time that is said, their labels beside them or not', async () => {
    folder.write('mixed/labels.csv', 'file,label\na.csv,1\nb.npy,0\n');
    folder.write('mixed/a.csv', 't,x,y,p\n3,1,1,1\n');
    const record = new Uint8Array(10);
    record.set([2, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    folder.write('mixed/b.npy', recordsFile("[('t', '<i8'), ('x', '<i2')]", 1, record));
    const data = await take(folder.at('mixed'), { steps: 2, timeUnit: 'ms', bin: 2e-3 });
    expect([[...data.labels], set(data)]).toEqual([
      [1, 0],
      [
        [8 + 7, 1],
        [16 + 8 + 2, 1],
      ],
    ]);
    expect(await problemsOf(() => take(folder.at('mixed'), { steps: 2 }))).toEqual([
      `time-unit-missing ${folder.at('mixed/a.csv')}: nothing says what unit its times have`,
    ]);
  });

  it('may hold frames, with polarities last', async () => {
    folder.write(
      'fr/0/a.npy',
      npyFile(
        '|u1',
        [2, 2, 2, 2],
        Uint8Array.from({ length: 16 }, (_, i) => i),
      ),
    );
    expect([...(await take(folder.at('fr'), { steps: 3 })).images]).toEqual([
      ...Array.from({ length: 16 }, (_, i) => i),
      ...new Array<number>(8).fill(0),
    ]);
    expect(set(await take(folder.at('fr'), { steps: 2, counts: 'one' }))).toHaveLength(15);
    expect((await problemsOf(() => take(folder.at('fr'), { steps: 1 })))[0]).toContain(
      `${(8 + 15) * 4} events are beyond`,
    );
    folder.write('fr2/0/a.npy', npyFile('<i2', [1, 2, 2, 2], Uint8Array.of(0, 1, ...new Array<number>(14).fill(0))));
    expect((await problemsOf(() => take(folder.at('fr2'), { steps: 1 })))[0]).toContain('element 0 is 256');
    folder.write('fr3/0/a.npy', npyFile('|u1', [1, 2, 2, 3], new Uint8Array(12)));
    expect((await problemsOf(() => take(folder.at('fr3'), { steps: 1 })))[0]).toContain('needed are [steps, 2, 2, 2]');
  });

  it('say how many steps the longest has where nobody says how many', async () => {
    expect(await problemsOf(() => take(folder.at('nm'), { bin: 1e-4 }))).toEqual([
      'steps-missing data set "nm": nothing says how many steps a sample has; the longest of 2 recordings has 30 of 0.0001 s',
    ]);
  });

  it('refuse events that no frame has a place for, file by file, and drop them on request, with their number', async () => {
    folder.write(
      'far/0/a.bin',
      Uint8Array.from([...nmnist(5000, 0, 0, 0), ...nmnist(0, 9, 0, 0), ...nmnist(1, 1, 1, 1)]),
    );
    folder.write('far/0/b.bin', Uint8Array.from(nmnist(0, 0, 7, 0)));
    expect(await problemsOf(() => take(folder.at('far'), { steps: 2 }))).toEqual([
      `stray-events ${folder.at('far/0/a.bin')}: 1 events are beyond 2 steps of 0.001 s`,
      `stray-events ${folder.at('far/0/a.bin')}: 1 events are outside of 2 rows, 2 columns and 2 polarities`,
      `stray-events ${folder.at('far/0/b.bin')}: 1 events are outside of 2 rows, 2 columns and 2 polarities`,
    ]);
    const open = await openSequences(folder.at('far'), 'test', reader, { steps: 2, strays: 'drop' });
    const { data, warnings } = await open.take(0, 2);
    expect([set(data), warnings.map(({ message }) => message)]).toEqual([
      [[7, 1]],
      ['3 events are dropped: 1 beyond the last step, 2 outside of the sensor'],
    ]);
  });

  it('are read when they are taken: what is wrong with others is not seen', async () => {
    folder.write('lazy/0/a.bin', Uint8Array.from(nmnist(0, 1, 1, 1)));
    folder.write('lazy/0/b.bin', new Uint8Array(3));
    const open = await openSequences(folder.at('lazy'), 'test', reader, { steps: 1 });
    expect([open.nSamples, set((await open.take(0, 1)).data)]).toEqual([2, [[7, 1]]]);
    expect((await problemsOf(() => open.take(1, 2)))[0]).toContain('3 bytes are no whole number of events');
  });

  it('fit a flat input as one row, or as the sensor that is said', async () => {
    const flat = { inputShape: [8], stepSeconds: 1e-3 };
    folder.write('flat/0/a.csv', 't,x\n0,5\n');
    expect(set(await take(folder.at('flat'), { steps: 1, timeUnit: 's' }, flat))).toEqual([[5, 1]]);
    folder.write('flat2/0/a.bin', Uint8Array.from(nmnist(0, 1, 0, 1)));
    expect(set(await take(folder.at('flat2'), { steps: 1, sensor: [2, 2, 2] }, flat))).toEqual([[3, 1]]);
    expect(await problemsOf(() => take(folder.at('flat2'), { steps: 1, sensor: [2, 2, 3] }, flat))).toEqual([
      'wrong-input-shape --sensor 2,2,3: a sensor of [2, 2, 3] gives no frames of [8], which the network reads',
    ]);
  });

  it('ask for no more room than there is', async () => {
    expect(await problemsOf(() => take(folder.at('lazy'), { steps: 1e9 }))).toEqual([
      'sequences-too-large data set "lazy": 2 samples of 1000000000 frames of 8 values are 16000000000 bytes, at most 1073741824 are kept',
    ]);
  });

  it('refuse recordings of formats that are not read, a split that is missing, and polarities -1 and 0 at once', async () => {
    folder.write('aedat/0/a.csv', 't,x\n');
    folder.write('aedat/0/b.aedat4', '');
    expect((await problemsOf(() => take(folder.at('aedat'), { steps: 1, timeUnit: 's' })))[0]).toContain(
      'not-a-recording',
    );
    folder.write('half/train/0/a.csv', 't,x\n');
    expect((await problemsOf(() => take(folder.at('half'), { steps: 1, timeUnit: 's' })))[0]).toContain(
      'split-missing',
    );
    folder.write('pol/0/a.csv', 't,x,p\n0,0,-1\n0,0,0\n');
    expect((await problemsOf(() => take(folder.at('pol'), { steps: 1, timeUnit: 's' })))[0]).toContain(
      'polarities -1 and 0',
    );
  });
});

describe('arrays of frames', () => {
  it('are [n, steps, ...] with their labels beside them, cut only where nothing is lost', async () => {
    folder.write(
      'arrays/frames.npy',
      npyFile(
        '|u1',
        [2, 2, 2, 2, 2],
        Uint8Array.from({ length: 32 }, (_, i) => (i < 24 ? i : 0)),
      ),
    );
    folder.write('arrays/labels.npy', npyFile('|u1', [2], Uint8Array.of(1, 0)));
    const data = await take(folder.at('arrays'));
    expect([data.shape, [...data.labels], data.images[23], data.nClasses]).toEqual([[2, 2, 2, 2], [1, 0], 23, 2]);
    expect((await take(folder.at('arrays'), { steps: 3 })).images).toHaveLength(48);
    const open = await openSequences(folder.at('arrays'), 'test', reader, { steps: 1 });
    expect([...(await open.take(1, 2)).data.images]).toEqual([16, 17, 18, 19, 20, 21, 22, 23]);
    expect((await problemsOf(() => open.take(0, 2)))[0]).toBe(
      `stray-events data set "arrays": ${8 + 9 + 10 + 11 + 12 + 13 + 14 + 15} events are in frames beyond step 1 of 2`,
    );
  });
});

describe('images', () => {
  it('are shown in every step', async () => {
    folder.write(
      'pics/0/a.png',
      pngFile(
        2,
        [
          [1, 2],
          [3, 4],
        ],
        0,
      ),
    );
    const grey = { inputShape: [2, 2, 1], stepSeconds: 1e-3 };
    const data = await take(folder.at('pics'), { steps: 2 }, grey);
    expect([data.shape, [...data.images]]).toEqual([
      [2, 2, 2, 1],
      [1, 2, 3, 4, 1, 2, 3, 4],
    ]);
    expect((await problemsOf(() => take(folder.at('pics'), {}, grey)))[0]).toContain('for how many steps one is shown');
  });
});
