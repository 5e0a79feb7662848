import { appendFileSync, readFileSync } from 'node:fs';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import type { ChipStructure } from '../../src/chips/chip.js';
import { northPole } from '../../src/chips/northpole/chip.js';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import type { StudyRow } from '../../src/ir/trace/study.js';
import { openJournal } from '../../src/experiments/points/journal.js';
import { measuredSchema } from '../../src/studies/running/measure-all.js';
import { csv } from '../../src/common/csv.js';
import { rowsParquet } from '../../src/studies/output/tables.js';
import { matching } from '../../src/studies/patterns.js';
import { vote } from '../../src/studies/running/vote.js';
import { storedBits, wordBits } from '../../src/studies/structure.js';
import { studyFolderForTest } from './synthetic.js';

const folder = studyFolderForTest();

const PLAIN: StudyRow = {
  part: 'voltage',
  network: 'mlp-mnist-sign',
  family: 'mlp',
  dataset: 'mnist',
  variant: 'sign, "noisy"',
  target: 'northpole',
  effect: 'ber',
  level: 1e-7,
  where: '',
  countermeasure: '',
  chip: 0,
  chipSeed: 2 ** 36 * 65536 + 9,
  samples: 1000,
  correct: 931,
};
const ROW: StudyRow = { ...PLAIN, volts: 0.55, energyUj: 0.1 + 0.2, energyLowUj: 0.25, energyHighUj: 0.7 };

describe('tables', () => {
  test('come back from Parquet as they were, missing values as null', async () => {
    const rows: readonly StudyRow[] = [ROW, { ...PLAIN, chip: 1, gaussianBits: 0.679 }];
    const bytes = rowsParquet(rows);
    const back = await parquetReadObjects({ file: await new Blob([bytes.slice()]).arrayBuffer() });
    const energy = { energyUj: null, energyLowUj: null, energyHighUj: null };
    const none = { volts: null, ...energy, gaussianBits: null, mutualBits: null };
    expect(back).toEqual(rows.map((row) => ({ ...none, ...row, chipSeed: BigInt(row.chipSeed) })));
  });

  test('quote text as RFC 4180 says', () => {
    expect(
      csv(
        ['a', 'b'],
        [
          ['1,5', 'say "no"\nor'],
          [undefined, 0.5],
        ],
      ),
    ).toBe('a,b\r\n"1,5","say ""no""\nor"\r\n,0.5\r\n');
  });
});

describe('a journal', () => {
  test('gives back what was measured, without the line that a kill has torn', async () => {
    const path = folder.at('points.jsonl');
    const first = await openJournal(path, { schema: measuredSchema, remedy: '' });
    await first.add('a', { rows: [ROW] });
    await first.add('b', { failure: 'it is broken' });
    appendFileSync(path, '{"key":"c","rows":[{"part":"vol');
    const second = await openJournal(path, { schema: measuredSchema, remedy: '' });
    expect(second.resultOf('a')).toEqual({ rows: [ROW] });
    expect([second.resultOf('b'), second.resultOf('c')]).toEqual([undefined, undefined]);
    await second.add('c', { rows: [{ ...ROW, chip: 2 }] });
    const third = await openJournal(path, { schema: measuredSchema, remedy: '' });
    expect(third.resultOf('c')).toEqual({ rows: [{ ...ROW, chip: 2 }] });
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(5);
    await Promise.all([first, second, third].map((one) => one.close()));
  });
});

describe('a vote', () => {
  test('takes the class of most members, ties to the first member who has one of them', () => {
    const members = [Uint16Array.of(0, 1, 2, 3), Uint16Array.of(1, 1, 0, 2), Uint16Array.of(1, 2, 1, 2)];
    expect([...vote(members, 4)]).toEqual([1, 1, 2, 2]);
    expect([...vote(members.slice(0, 1), 4)]).toEqual([0, 1, 2, 3]);
  });
});

describe('stored bits', () => {
  const structure: ChipStructure = {
    nCores: 4,
    layers: ['a', 'b'],
    stores: [
      { memory: 'thresholds', layer: 'a', words: 200, bits: 18, cores: [0, 1] },
      { memory: 'thresholds', layer: 'b', words: 100, bits: 18, cores: [2] },
      { memory: 'synapses', layer: 'a', words: 1000, bits: 1, cores: [0, 1] },
    ],
  };

  test('are those of the memories of a scope; protected positions, other layers and other cores have no faults', () => {
    const of = (scope: Parameters<typeof storedBits>[2]) => storedBits(structure, trueNorth, scope);
    const stored = 300 * 18;
    expect(of({})).toEqual({ stored: 1000, protected: 0 });
    expect(of({ memories: ['thresholds'] })).toEqual({ stored, protected: 0 });
    expect(of({ memories: ['thresholds'], protectedBits: [17, 16, 40] })).toEqual({ stored, protected: 600 });
    expect(of({ memories: ['thresholds'], layers: ['b'] })).toEqual({ stored, protected: 3600 });
    expect(of({ memories: ['thresholds'], cores: [1] })).toEqual({ stored, protected: stored - 1800 });
    expect(of({ memories: ['weights'] })).toBeUndefined();
  });

  test('have as many positions as the widest word', () => {
    expect(wordBits(structure, trueNorth, { memories: ['thresholds'] })).toBe(18);
    expect(wordBits(structure, trueNorth, {})).toBe(1);
    expect(wordBits(undefined, northPole, {})).toBe(1);
  });
});

test('patterns match whole names, and nothing but * is special', () => {
  const names = ['mlp-mnist-sign', 'mlp-mnist-sign-2', 'conv-mnist-sign'];
  expect(matching('mlp-*-sign', names)).toEqual(['mlp-mnist-sign']);
  expect(matching('*', names)).toEqual(names);
  expect(matching('mlp.mnist.sign', names)).toEqual([]);
});
