import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { present } from '../../src/common/assert.js';
import type { StudyPart, StudyRow } from '../../src/ir/trace/study.js';
import { studyJson } from '../../src/studies/output/write-study.js';
import { readStudySpec, runStudy, type StudyProgress, writeStudyFiles } from '../../src/studies/run-study.js';
import { NETWORKS, PARTS, studyFolderForTest } from './synthetic.js';

const folder = studyFolderForTest();
writeFileSync(folder.at('study.yaml'), NETWORKS + PARTS);
const spec = await readStudySpec(folder.at('study.yaml'));
const common = { command: 'lodestone study', workers: 1 } as const;
const whole = await runStudy(spec, { ...common, output: folder.at('whole') });

const rowsOf = (part: StudyPart, wanted: Partial<StudyRow> = {}): readonly StudyRow[] =>
  whole.rows.filter(
    (row) => row.part === part && Object.entries(wanted).every(([key, value]) => row[keyOf(key)] === value),
  );
const keyOf = (key: string): keyof StudyRow =>
  present(
    FIELDS.find((field) => field === key),
    key,
  );
const FIELDS = ['network', 'target', 'level', 'where', 'countermeasure', 'volts', 'effect'] as const;
const accuracy = (rows: readonly StudyRow[]): number =>
  rows.reduce((sum, row) => sum + row.correct / row.samples, 0) / rows.length;

const FEW_PARTS = `quantise: { bits: 8 }
distortions: { networks: ['*-clip'], effects: { additive: [0.8] } }
faults:
  - { chip: northpole, networks: ['*-clip'], effect: ber, levels: [0.02] }
`;

describe('a study', () => {
  test('learns, and runs its networks on chips as they are by themselves', () => {
    for (const network of ['mlp-quadrants-sign', 'mlp-quadrants-sign-2']) {
      const [own] = rowsOf('golden', { network, target: 'network' });
      const [chip] = rowsOf('golden', { network, target: 'northpole' });
      expect(own!.correct / own!.samples).toBeGreaterThan(0.7);
      expect(chip!.correct).toBe(own!.correct);
    }
    expect(rowsOf('golden', { target: 'truenorth' }).map(({ network }) => network)).toEqual(['mlp-quadrants-sign']);
  });

  test('quantises real weights for a chip: the accuracy stays near that of the network', () => {
    const [own] = rowsOf('golden', { network: 'mlp-quadrants-clip', target: 'network' });
    const [chip] = rowsOf('golden', { network: 'mlp-quadrants-clip', target: 'northpole' });
    expect(Math.abs(chip!.correct - own!.correct) / own!.samples).toBeLessThan(0.05);
  });

  test('records what cannot be measured and goes on', () => {
    const onTrueNorth = whole.failures.filter(({ point }) => point.includes('mlp-quadrants-clip on truenorth'));
    expect(onTrueNorth.map(({ part, point }) => [part, point])).toEqual([
      ['golden', 'golden: mlp-quadrants-clip on truenorth'],
      ['faults', 'faults: mlp-quadrants-clip on truenorth, ber = 0'],
      ['faults', 'faults: mlp-quadrants-clip on truenorth, ber = 0.1'],
    ]);
    expect(whole.failures).toEqual(onTrueNorth);
    expect(onTrueNorth[0]!.message).toContain('error[real-weights]');
  });

  test('has a row per chip, the same chips at every level, and the golden accuracy at level 0', () => {
    const seeds = [0, 1, 2].map((chip) => 5 * 65536 + chip);
    const [golden] = rowsOf('golden', { network: 'mlp-quadrants-sign', target: 'truenorth' });
    for (const level of [0, 0.1]) {
      const rows = rowsOf('faults', { network: 'mlp-quadrants-sign', level });
      expect(rows.map(({ chip }) => chip)).toEqual([0, 1, 2]);
      expect(rows.map(({ chipSeed }) => chipSeed)).toEqual(seeds);
      if (level === 0) for (const row of rows) expect(row.correct).toBe(golden!.correct);
    }
    expect(accuracy(rowsOf('faults', { network: 'mlp-quadrants-sign', level: 0.1 }))).toBeLessThan(
      golden!.correct / golden!.samples,
    );
  });

  test('has one chip where nothing is drawn, and effective bits under additive noise only', () => {
    expect(rowsOf('distortions', { effect: 'power' })).toHaveLength(1);
    const noisy = rowsOf('distortions', { effect: 'additive', level: 0.8 });
    expect(noisy).toHaveLength(3);
    expect(noisy[0]!.gaussianBits).toBeGreaterThan(0);
    expect(noisy[0]!.mutualBits).toBeUndefined();
    expect(rowsOf('distortions', { effect: 'additive', level: 0 })[0]).not.toHaveProperty('gaussianBits');
  });

  test('faults one bit position at a time: the highest hurts most', () => {
    expect([...new Set(rowsOf('bits').map(({ where }) => where))]).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    expect(accuracy(rowsOf('bits', { where: '7' }))).toBeLessThan(accuracy(rowsOf('bits', { where: '0' })) - 0.05);
  });

  test('scales the dynamic energy by the table of a voltage; what leaks stays', () => {
    const [full] = rowsOf('voltage', { volts: 0.8 });
    const [golden] = rowsOf('golden', { network: 'mlp-quadrants-sign', target: 'northpole' });
    expect(full!.energyUj).toBe(golden!.energyUj);
    const half = rowsOf('voltage', { volts: 0.6 });
    expect(half).toHaveLength(3);
    for (const { energyUj, energyLowUj, energyHighUj } of half) {
      expect(energyUj).toBeLessThan(full!.energyUj!);
      expect(energyUj).toBeGreaterThan(full!.energyUj! / 2);
      expect(energyLowUj! / energyUj!).toBeCloseTo(full!.energyLowUj! / full!.energyUj!, 12);
      expect(energyHighUj! / energyUj!).toBeCloseTo(full!.energyHighUj! / full!.energyUj!, 12);
    }
  });

  test('says what countermeasures cost beside the baseline', () => {
    expect(rowsOf('countermeasures').map(({ countermeasure }) => countermeasure)).toEqual(
      ['', 'protect', 'binary', 'three'].flatMap((name) => [name, name, name]),
    );
    const weights = 64 * 16 + 16 * 4;
    expect(
      whole.costs.map(({ countermeasure, members, storedBits, protectedBits, epochs }) => ({
        ...{ countermeasure, members, storedBits, protectedBits, epochs },
      })),
    ).toEqual([
      { countermeasure: '', members: 1, storedBits: 8 * weights, protectedBits: 0, epochs: 3 },
      { countermeasure: 'protect', members: 1, storedBits: 8 * weights, protectedBits: 2 * weights, epochs: 3 },
      { countermeasure: 'binary', members: 1, storedBits: 2 * weights, protectedBits: 0, epochs: 3 },
      { countermeasure: 'three', members: 3, storedBits: 6 * weights, protectedBits: 0, epochs: 8 },
    ]);
    const [baseline, , binary, three] = whole.costs;
    const [golden] = rowsOf('golden', { network: 'mlp-quadrants-clip', target: 'northpole' });
    expect(baseline!.energyUj).toBe(golden!.energyUj);
    expect(three!.energyUj).toBeCloseTo(3 * binary!.energyUj!, 12);
    expect(binary!.energyLowUj).toBeLessThan(binary!.energyUj!);
    expect(binary!.energyHighUj).toBeGreaterThan(binary!.energyUj!);
    expect(three!.energyLowUj).toBeCloseTo(3 * binary!.energyLowUj!, 12);
    expect(three!.energyHighUj).toBeCloseTo(3 * binary!.energyHighUj!, 12);
  });

  test('gives the same bytes for any number of workers, each with a tensor library of its own', async () => {
    const few = NETWORKS.replace(/ {6}sign-[23]: .*\n/g, '') + FEW_PARTS;
    writeFileSync(folder.at('few.yaml'), few);
    const small = await readStudySpec(folder.at('few.yaml'));
    const one = await runStudy(small, { ...common, output: folder.at('one') });
    const two = await runStudy(small, { ...common, workers: 2, output: folder.at('two') });
    expect(studyJson(two)).toBe(studyJson(one));
    expect(one.failures).toEqual([]);
    for (const name of ['clip', 'sign']) {
      const file = `models/mlp-quadrants-${name}.lsn`;
      expect(readFileSync(folder.at(`two/${file}`))).toEqual(readFileSync(folder.at(`one/${file}`)));
    }
  });

  test('compiles as its specification says, and measures again only what that changes', async () => {
    const few = NETWORKS.replace(/ {6}sign-[23]: .*\n/g, '') + FEW_PARTS;
    const measured: string[] = [];
    const runOf = async (text: string) => {
      writeFileSync(folder.at('compiled.yaml'), text);
      measured.length = 0;
      const onProgress = (progress: StudyProgress): void => {
        if (progress.stage === 'measuring' && !measured.includes(progress.point)) measured.push(progress.point);
      };
      return runStudy(await readStudySpec(folder.at('compiled.yaml')), {
        ...{ ...common, output: folder.at('compiled'), onProgress },
      });
    };
    const energies = ({ rows }: { readonly rows: readonly StudyRow[] }) =>
      rows.filter(({ target }) => target === 'northpole').map(({ energyUj }) => energyUj);
    const standard = await runOf(few);
    expect(measured).toContain('distortions: mlp-quadrants-clip, additive = 0.8');
    const small = await runOf(`${few}compile: { northpole: { spec: northpole-small } }\n`);
    expect(measured).toEqual([
      'golden: mlp-quadrants-clip on northpole',
      'faults: mlp-quadrants-clip on northpole, ber = 0.02',
    ]);
    expect(energies(small)).toHaveLength(energies(standard).length);
    expect(energies(small)).not.toEqual(energies(standard));
    const batches = await runOf(`${few}compile: { northpole: { spec: northpole-small, batch: 4 } }\n`);
    expect(measured).toHaveLength(2);
    expect(energies(batches)).not.toEqual(energies(small));
  });

  test('goes on where it was stopped, in training and in measuring, to the same bytes', async () => {
    const output = folder.at('stopped');
    const stoppedAt = async (isStop: (progress: StudyProgress) => boolean): Promise<void> => {
      const controller = new AbortController();
      const onProgress = (progress: StudyProgress): void => {
        if (isStop(progress)) controller.abort();
      };
      await expect(runStudy(spec, { ...common, output, signal: controller.signal, onProgress })).rejects.toThrow();
    };
    await stoppedAt((progress) => progress.stage === 'training' && progress.trained >= 2);
    await stoppedAt((progress) => progress.stage === 'measuring' && progress.done > 10);
    const journal = folder.at('stopped/work/points.jsonl');
    const lines = readFileSync(journal, 'utf8').split('\n').length - 1;
    expect(lines).toBeGreaterThan(5);
    // A kill in the middle of a write leaves half a line.
    truncateSync(journal, readFileSync(journal).length - 20);
    let before = 0;
    const again = await runStudy(spec, {
      ...common,
      output,
      onProgress: (progress) => {
        if (progress.stage === 'measuring') before = progress.before;
      },
    });
    expect(studyJson(again)).toBe(studyJson(whole));
    const failed = whole.failures.length;
    expect(before).toBeGreaterThanOrEqual(lines - 1 - failed);
    expect(before).toBeLessThan(lines);
  });

  test('measures nothing again but what failed', async () => {
    const measured: string[] = [];
    const again = await runStudy(spec, {
      ...common,
      output: folder.at('whole'),
      onProgress: (progress) => {
        expect(progress.stage).not.toBe('training');
        if (progress.stage === 'measuring') measured.push(progress.point);
      },
    });
    expect(studyJson(again)).toBe(studyJson(whole));
    expect([...new Set(measured)]).toEqual(whole.failures.map(({ point }) => point));
  });

  test('writes its tables', async () => {
    const files = await writeStudyFiles(whole, folder.at('whole'));
    expect(files).toEqual([
      'study.json',
      'rows.csv',
      'rows.parquet',
      'networks.csv',
      'costs.csv',
      'failures.csv',
      'specification.yaml',
    ]);
    expect(readFileSync(folder.at('whole/rows.csv'), 'utf8').split('\r\n')).toHaveLength(whole.rows.length + 2);
    expect(readFileSync(folder.at('whole/specification.yaml'), 'utf8')).toBe(NETWORKS + PARTS);
  });
});
