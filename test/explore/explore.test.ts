import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { present } from '../../src/common/assert.js';
import { isFailure } from '../../src/experiments/points/journal.js';
import { dryRun } from '../../src/explore/dry-run.js';
import { type Experiment, parseExperiment } from '../../src/explore/experiment.js';
import { reproducePoint } from '../../src/explore/reproduce.js';
import { rowsOf } from '../../src/explore/results/table.js';
import { writeResults } from '../../src/explore/results/write.js';
import { type Exploration, runExploration } from '../../src/explore/run-exploration.js';
import { temporaryFolder } from '../cli/harness.js';

const folder = temporaryFolder();
const MODEL = resolve('examples/models/mnist-5core.lsn');
const read = (text: string): Promise<Experiment> =>
  parseExperiment(`name: test\nnetworks: [{ model: ${MODEL}, dataset: mnist }]\n${text}`, folder.at('test.yaml'));
const common = { version: 'test', resume: false, workers: 1 } as const;
const run = (experiment: Experiment, name: string, options: Partial<Parameters<typeof runExploration>[1]> = {}) =>
  runExploration(experiment, { ...common, output: folder.at(name), ...options });
const metricsAt = ({ points }: Exploration, i: number) => {
  const outcome = present(points[i], 'point').outcome;
  if ('refused' in outcome || isFailure(outcome)) throw new Error('it has no measures');
  return outcome.measured;
};

const SMALL = `images: 40
chips:
  - chip: truenorth
    parameters: { axonsPerCore: [256, 512], axonTypes: [4, 1], tickHz: [1000, 2000] }
    faults: { ber: [0, 0.1] }
chipsPerPoint: 2
objectives: [accuracy, energy, latency]
constraints: [axonsPerCore - 256 * axonTypes <= 0]
`;
const small = await read(SMALL);
const one = await run(small, 'one');
await writeResults(one, small, folder.at('one'));
const files = ['results.csv', 'results.json', 'results.parquet'];
const bytesOf = (name: string) => files.map((file) => readFileSync(folder.at(`${name}/${file}`)));

describe('an exploration', () => {
  test('measures every design on its chip, and says why others were not', () => {
    const rows = rowsOf(one, small);
    expect(rows.map(({ status }) => status)).toEqual([
      // 256 axons of 4 types, then of 1; 512 of 4, and 512 of 1, which the constraint forbids.
      ...Array.from({ length: 4 }, () => 'measured'),
      ...Array.from({ length: 4 }, () => 'refused'),
      ...Array.from({ length: 4 }, () => 'measured'),
      ...Array.from({ length: 4 }, () => 'refused'),
    ]);
    expect(rows[4]?.reason).toContain('too-few-axon-types');
    expect(rows[12]?.reason).toContain('axonsPerCore - 256 * axonTypes <= 0');
    expect(rows.some(({ isOnFront }) => isOnFront)).toBe(true);
    for (const { isOnFront, isFeasible } of rows) expect(isOnFront && !isFeasible).toBe(false);
  });

  test('runs points once that differ in their price only, and prices them anew', () => {
    const [slow, fast] = [metricsAt(one, 0), metricsAt(one, 2)];
    expect(fast.scores).toEqual(slow.scores);
    expect(fast.metrics['latency']).toBeCloseTo((slow.metrics['latency'] ?? 0) / 2, 12);
    expect(fast.metrics['energy']).toBeLessThan(slow.metrics['energy'] ?? 0);
    expect(fast.metrics['accuracy']).toBe(slow.metrics['accuracy']);
  });

  test('runs several chips of a point with faults, and has an interval of their accuracy', () => {
    const hit = metricsAt(one, 1);
    expect(hit.scores).toHaveLength(2);
    expect(hit.metrics['accuracy']).toBeLessThan(metricsAt(one, 0).metrics['accuracy'] ?? 0);
    const [low, high] = present(hit.intervals['accuracy'], 'interval');
    expect(low).toBeLessThanOrEqual(hit.metrics['accuracy'] ?? 0);
    expect(high).toBeGreaterThanOrEqual(hit.metrics['accuracy'] ?? 0);
  });

  test('has the measures that NeuroBench names', () => {
    const { metrics } = metricsAt(one, 0);
    const { footprint = 0, connectionSparsity = -1, activationSparsity = -1, denseOperations = 0 } = metrics;
    const { effectiveOperations = 0, membraneUpdates } = metrics;
    expect(footprint).toBeGreaterThan(1000);
    for (const share of [connectionSparsity, activationSparsity]) expect(share >= 0 && share < 1).toBe(true);
    expect(effectiveOperations).toBeGreaterThan(0);
    expect(effectiveOperations).toBeLessThan(denseOperations);
    expect(membraneUpdates).toBe(0);
  });

  test('gives the same bytes with two workers after a stop between its points, and measures no point twice', async () => {
    const controller = new AbortController();
    const broken = run(small, 'broken', {
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done === 5) controller.abort(new Error('stopped'));
      },
    });
    await expect(broken).rejects.toThrow('stopped');
    const lines = readFileSync(folder.at('broken/points.jsonl'), 'utf8').split('\n').length - 1;
    expect(lines).toBeGreaterThanOrEqual(5);
    await expect(run(small, 'broken')).rejects.toThrow('folder-has-points');
    const resumed = await run(small, 'broken', { resume: true, workers: 2 });
    await writeResults(resumed, small, folder.at('broken'));
    expect(bytesOf('broken')).toEqual(bytesOf('one'));
    const keys = readFileSync(folder.at('broken/points.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.slice(0, 41));
    expect(new Set(keys).size, 'no point is measured twice').toBe(keys.length);
  });

  test('loses no point to a limit but those that exceed it', async () => {
    const experiment = await read(`${SMALL}limits: { seconds: 0.001 }\n`);
    const found = await run(experiment, 'late');
    const failed = rowsOf(found, experiment).filter(({ status }) => status === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0]?.reason).toBe('it took longer than 0.001 s');
  });

  test('ends with its budget, and says so', async () => {
    const experiment = await read(`${SMALL}budget: { minutes: 0.000001 }\n`);
    const { spent, points } = await run(experiment, 'spent');
    expect(spent).toBe('0.000001 minutes');
    expect(points.every(({ outcome }) => 'refused' in outcome)).toBe(true);
  });

  test('searches over networks and chips of a group together, the same with any number of workers', async () => {
    const text = `images: 20
chips:
  - { chip: truenorth, parameters: { axonsPerCore: { from: 256, to: 512 }, tickHz: { from: 500, to: 4000, scale: log } } }
  - { chip: northpole, parameters: { vmm.outputs: [32, 64], clockMhz: { from: 200, to: 800 } } }
objectives: [latency, cores]
search: { method: nsga2 }
budget: { points: 6 }
`;
    const experiment = await read(text);
    const [first, second] = [await run(experiment, 'nsga', { workers: 2 }), await run(experiment, 'nsga-1')];
    expect(first.points).toHaveLength(6);
    expect(second.points.map(({ key }) => key)).toEqual(first.points.map(({ key }) => key));
    expect(new Set(first.points.map(({ candidate }) => candidate.target.name))).toEqual(
      new Set(['truenorth', 'northpole']),
    );
  });

  test('leaves points out on the way whose interval says that they miss the floor', async () => {
    const experiment = await read(`images: 80
chips: [{ chip: truenorth, faults: { ber: [0, 0.3] } }]
chipsPerPoint: 3
objectives: [accuracy]
constraints: [accuracy >= 0.9]
search: { rungs: [40] }
`);
    const found = await run(experiment, 'rungs');
    expect(rowsOf(found, experiment).map(({ status }) => status)).toEqual(['measured', 'left-out']);
    expect(found.points.map(({ images }) => images)).toEqual([80, 40]);
  });

  test('drops designs that a constraint forbids, before or once they are compiled, and runs none of them', async () => {
    const experiment = await read(`images: 40
chips: [{ chip: truenorth, parameters: { axonsPerCore: [256, 128, 96] } }]
objectives: [accuracy]
constraints: [cores <= 8]
`);
    const found = await run(experiment, 'dropped');
    const [kept, compiled, bounded] = rowsOf(found, experiment);
    expect([kept?.status, compiled?.status, bounded?.status]).toEqual(['measured', 'dropped', 'dropped']);
    expect(compiled?.reason).toMatch(/^"cores <= 8" does not hold, cores is \d+$/);
    expect(bounded?.reason).toBe('"cores <= 8" does not hold, cores is at least 9 by the network alone');
    for (const point of [1, 2]) expect(metricsAt(found, point).samples).toBeUndefined();
  });
});

describe('a point of an exploration', () => {
  test('is reproduced bit for bit, by number or by key', async () => {
    const byNumber = await reproducePoint(folder.at('one'), '1', 'test');
    expect(byNumber.differences).toEqual([]);
    const byKey = await reproducePoint(folder.at('one'), byNumber.key.slice(0, 8), 'test');
    expect(byKey.key).toBe(byNumber.key);
  });

  test('that comes out otherwise says in which fields', async () => {
    const path = folder.at('broken/points.jsonl');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/"correct":\d+/g, '"correct":1'));
    const { differences } = await reproducePoint(folder.at('broken'), '0', 'test');
    expect(differences.map(({ field, before }) => [field, before])).toEqual([['correct', '1']]);
  });

  test('of another version, of none, and of changed images is refused', async () => {
    await expect(reproducePoint(folder.at('one'), '1', 'other')).rejects.toThrow('other-version');
    await expect(reproducePoint(folder.at('one'), 'ffffffffffff', 'test')).rejects.toThrow('unknown-point');
    await expect(reproducePoint(folder.at('one'), '12', 'test')).rejects.toThrow('refused-point');
    await expect(reproducePoint(folder.at('nowhere'), '1', 'test')).rejects.toThrow('no-points');
  });
});

describe('a dry run', () => {
  test('says how many points there are, what would be refused, and how long it takes, and leaves nothing behind', async () => {
    const found = await dryRun(small, { workers: 2 });
    expect(found.points).toBe(16);
    expect(found.refused).toEqual([
      {
        reason: 'constraint: "axonsPerCore - 256 * axonTypes <= 0" does not hold',
        designs: 4,
        example: 'mnist-5core on truenorth, axonsPerCore 512, axonTypes 1, tickHz 1000, faults.ber 0',
      },
    ]);
    expect(found.samples).toHaveLength(1);
    expect(found.seconds).toBeGreaterThan(0);
  });

  test('refuses what is not there as the run would', async () => {
    const absent = await parseExperiment(
      SMALL.replace('images', 'name: test\nnetworks: [{ model: none.lsn, dataset: mnist }]\nimages'),
      folder.at('test.yaml'),
    );
    await expect(dryRun(absent, { workers: 1 })).rejects.toThrow('files-absent');
    const many = await read(SMALL.replace('images: 40', 'images: 20000'));
    await expect(run(many, 'many')).rejects.toThrow('limit-beyond-data');
  });
});
