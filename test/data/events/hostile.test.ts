/** Hostile recordings: mutants become frames or are refused, within time and memory. `npm run fuzz:import` tries 50 times as many. */
import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { binEvents, stepsOf } from '../../../src/data/events/bin.js';
import { parseCsvEvents } from '../../../src/data/events/csv-events.js';
import { EVENT_FIELDS } from '../../../src/data/events/event-list.js';
import { recordingOf } from '../../../src/data/events/recordings.js';
import type { SequenceOptions } from '../../../src/data/events/sequence-types.js';
import { openSequences } from '../../../src/data/events/sequences.js';
import { arrayBytesOf, expectFates } from '../../support/hostile.js';
import { mutantOf, mutantText } from '../../support/mutants.js';
import { FUZZ, RUN_SEED } from '../../support/random-runs.js';
import { dataFolder } from '../support/files.js';
import { npyFile, recordsFile } from '../support/npy-files.js';

const COUNT = 2000 * FUZZ;
const TIMEOUT = { timeout: 120_000 * FUZZ };
const folder = dataFolder();
const READER = { inputShape: [4, 4, 2], stepSeconds: 1e-3 };
const N_EVENTS = 12;

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

/** Events of a sensor of 4 x 4 as a table with these columns, a microsecond's quarter thousand apart. */
function csv(columns: string): string {
  const event = (i: number): string => {
    const fields: Readonly<Record<string, number>> = { t: i * 250, x: i % 4, y: (i >> 2) % 4, p: i % 2 };
    return columns
      .split(',')
      .map((name) => fields[name] ?? 0)
      .join(',');
  };
  return `${[columns, ...Array.from({ length: N_EVENTS }, (_, i) => event(i))].join('\n')}\n`;
}

const CSV = ['t,x', 't,x,y,p', 'p,y,x,t'].map(csv);
const small = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => i % 2);
const RECORD = "[('t', '<u4'), ('x', '|u1'), ('y', '|u1'), ('', '|V1'), ('p', '|i1')]";
const NPY = [
  recordsFile(RECORD, 4, small(32)),
  npyFile('|u1', [8, 4], small(32)),
  npyFile('<i2', [4, 4], small(32)),
  npyFile('<f4', [2, 4], new Uint8Array(32)),
  npyFile('|u1', [2, 4, 4, 2], small(64)),
  npyFile('<f8', [1, 4, 4, 2], new Uint8Array(256)),
];
const NMNIST = Uint8Array.from(
  Array.from({ length: N_EVENTS }, (_, i) => [i % 4, (i >> 2) % 4, (i & 1) << 7, i, 5]).flat(),
);

/** Mutants of recordings of every kind by the ending of their names. */
const KINDS = {
  csv: (k: number): Uint8Array => {
    const table = CSV[k % CSV.length] ?? '';
    return k % 4 === 0 ? mutantOf(text(table), RUN_SEED, k) : text(mutantText(table, RUN_SEED, k));
  },
  npy: (k: number): Uint8Array => mutantOf(NPY[k % NPY.length] ?? NMNIST, RUN_SEED, k),
  bin: (k: number): Uint8Array => mutantOf(NMNIST, RUN_SEED, k),
} as const;

/** Ways to bin. Without steps nothing is read to its end, but how many there are is said. */
function optionsOf(k: number): SequenceOptions {
  const draw = sequence(RUN_SEED, PURPOSE.test, 1_000_000 + k);
  return {
    timeUnit: (['us', 'ms', 's'] as const)[draw.below(3)] ?? 'us',
    steps: draw.below(16) === 0 ? undefined : 1 + draw.below(4),
    counts: draw.below(2) === 0 ? 'count' : 'one',
    strays: draw.below(4) === 0 ? 'error' : 'drop',
    origin: draw.below(2) === 0 ? 'zero' : 'first',
  };
}

/** The events of a recording in frames, without a file. */
function binned(bytes: Uint8Array, kind: string, { timeUnit, steps = 1, ...options }: SequenceOptions): void {
  const recording = recordingOf(bytes, `a.${kind}`, { timeUnit, columns: EVENT_FIELDS });
  if (recording.kind === 'frames') return;
  const { counts = 'count', strays = 'drop', origin = 'zero' } = options;
  const frames = new Uint8Array(steps * 32);
  const sensor = [4, 4, 2] as const;
  const lost = binEvents(recording.events, { stepSeconds: 1e-3, steps, sensor, counts, strays, origin }, frames);
  const kept = frames.reduce((sum, count) => sum + count, 0);
  if (counts === 'count')
    expect(kept + lost.before + lost.after + lost.outside + lost.capped).toBe(recording.events.t.length);
  expect(stepsOf(recording.events, 1e-3, origin)).toBeGreaterThanOrEqual(0);
}

const framesOf = async (path: string, options: SequenceOptions): Promise<void> => {
  const opened = await openSequences(path, 'test', READER, options);
  const { data } = await opened.take(0, Infinity);
  expect(data.images).toHaveLength(data.labels.length * (options.steps ?? 0) * 32);
};

describe(`hostile recordings (seed ${RUN_SEED})`, () => {
  it.each(['csv', 'npy', 'bin'] as const)(
    `of kind .%s become frames or are refused, ${COUNT} of them`,
    TIMEOUT,
    async (kind) => {
      await expectFates(COUNT, (k) => binned(KINDS[kind](k), kind, optionsOf(k)));
    },
  );

  it.each(['csv', 'npy', 'bin'] as const)(
    `of kind .%s in a folder become frames or are refused, ${COUNT / 20} of them`,
    TIMEOUT,
    async (kind) => {
      await expectFates(COUNT / 20, (k) => {
        folder.write(`${kind}/7/one.${kind}`, KINDS[kind](k));
        return framesOf(folder.at(kind), optionsOf(k));
      });
    },
  );

  it(`with other lists of labels become frames or are refused, ${COUNT / 20} of them`, TIMEOUT, async () => {
    for (const [i, kind] of (['csv', 'npy', 'bin'] as const).entries()) {
      const bytes = { csv: text(CSV[0] ?? ''), npy: NPY[0] ?? NMNIST, bin: NMNIST }[kind];
      folder.write(`labels/r${i}.${kind}`, bytes);
    }
    const list = 'file,label\nr0.csv,1\nr1.npy,0\nr2.bin,1\n';
    await expectFates(COUNT / 20, (k) => {
      folder.write('labels/labels.csv', mutantText(list, RUN_SEED, k));
      return framesOf(folder.at('labels'), { timeUnit: 'us', steps: 2, strays: 'drop' });
    });
  });

  it('take memory for events, not for lines without any', async () => {
    const header = text('t,x,y,p\n');
    const blank = new Uint8Array(1 << 20).fill(10);
    blank.set(header);
    expect(await arrayBytesOf(() => parseCsvEvents(blank, 'a.csv', 1))).toBeLessThan(4 * blank.length);
  });
});
