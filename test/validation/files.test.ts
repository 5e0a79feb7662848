/** Every result of trained files of other projects, computed as `lodestone validate` does, where a checkout of them is at hand. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { northPole } from '../../src/chips/northpole/chip.js';
import { trueNorth } from '../../src/chips/truenorth/chip.js';
import { type CheckHost, fileChecks, rowOf } from '../../src/validation/index.js';

const SHARED = fileURLToPath(new URL('../../../shared', import.meta.url));
const missing = !existsSync(join(SHARED, 'models'));
const note = missing ? ' (skipped: ../shared/models is not there)' : '';

/** All images go through the chips in `npm run test:long` and in `lodestone validate`: one that differs shows among the first ones too. */
const isLong = process.env['LODESTONE_LONG'] !== undefined;
const CHIP_IMAGES = 100;

const hostOf = (models: string): CheckHost => ({
  models,
  data: (name) => Promise.resolve(name === 'cifar10' ? join(SHARED, 'data/cifar10') : name),
  chips: [trueNorth, northPole],
  workers: 2,
  ...(isLong ? {} : { chipImages: CHIP_IMAGES }),
  say: () => undefined,
});

/** What does not come out as known, with what does: the reasons stand in the table of known networks. */
const MISSES: Readonly<Record<string, number>> = {
  'TFC_1W1A (QONNX)': 92.96,
  'ResNet-8 (MLPerf Tiny), int8': 88,
  'ResNet-20 (CrossSim), float': 91.9,
};

/** Rows that take half a minute and more: `npm run test:long` and `lodestone validate` compute them. */
const LONG: readonly string[] = isLong
  ? []
  : [
      'lfcW1A1 (BNN-PYNQ) on truenorth: samples whose scores differ',
      'ResNet-20 (CrossSim), 8 bits',
      'ResNet-20 (CrossSim), 8 bits, 75.6 % of the weights at 4 bits',
    ];

const onChips = isLong ? 'all images on the chips' : `${CHIP_IMAGES} images on the chips`;
describe.skipIf(missing)(`trained files of other projects, ${onChips}${note}`, () => {
  const host = hostOf(join(SHARED, 'models'));
  const checks = fileChecks(host);
  it.skip.each(checks.filter(({ id }) => LONG.includes(id)))(
    '$id (skipped: it takes long; npm run test:long has it)',
    () => {
      expect.unreachable();
    },
  );
  it.each(checks.filter(({ id }) => !LONG.includes(id)))('$id', { timeout: 600_000 }, async (check) => {
    const row = await rowOf(check, host);
    const miss = MISSES[check.id];
    expect(row).toMatchObject(
      miss === undefined ? { ok: true, status: 'validated' } : { ours: miss, status: 'misses' },
    );
  });
});

test('files that are not there give rows that say so, and no number', async () => {
  const host = hostOf('/nowhere');
  const checks = fileChecks(host);
  expect(checks.length).toBeGreaterThan(25);
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  for (const check of checks) {
    const row = await rowOf(check, host);
    expect(row).toMatchObject({ ours: null, ok: null, note: `not run: ${check.files[0]} is not in /nowhere` });
  }
});

describe('the row of a check', () => {
  const check = {
    ...{ id: 'x', published: 90, unit: '%', source: 's', files: [] },
    tolerance: { kind: 'absolute', value: 0 },
    instead: { ours: 91, why: 'because' },
  } as const;
  const of = (ours: number) => rowOf({ ...check, compute: () => Promise.resolve(ours) }, hostOf('.'));

  it('is met, or misses by what is understood, or is not met', async () => {
    expect(await of(90)).toMatchObject({ ok: true, status: 'validated' });
    expect(await of(91)).toMatchObject({ ok: false, status: 'misses', note: 'because' });
    expect(await of(92)).toMatchObject({ ok: false, status: 'validated' });
  });
});
