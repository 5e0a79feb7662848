import { describe, expect, it } from 'vitest';
import { CHIPS } from '../../src/chips/installed.js';
import { row } from '../../src/chips/validation-row.js';
import type { ValidationRow } from '../../src/ir/trace/validation-row.js';
import { cli, type Outcome, temporaryFolder } from './harness.js';

/** `lodestone validate` with one chip that has these rows. */
function validate(rows: readonly ValidationRow[], ...args: readonly string[]): Promise<Outcome> {
  const chip = {
    ...CHIPS[0]!,
    validation: () => Promise.resolve({ constants: [], rows: () => Promise.resolve(rows) }),
  };
  return cli(['validate', '--models', NOWHERE, ...args], { chips: [chip] });
}

/** A folder without the files of other projects: their rows are those of test/validation. */
const NOWHERE = temporaryFolder().at('none');

const claim = (ours: number, status: ValidationRow['status'] = 'validated'): ValidationRow =>
  row({
    ...{ id: 'cores of the network', published: 100, ours, unit: 'cores', source: 'a paper', status },
    tolerance: { kind: 'relative', value: 0.5 },
  });

describe('lodestone validate', () => {
  it('exits with 0 where every claim is met, up to the end of its tolerance', async () => {
    const { code, out } = await validate([claim(150), claim(50)]);
    expect(code).toBe(0);
    expect(out).toMatch(/cores of the network +100 +150 +cores.* yes/);
  });

  it('exits with 1 where one claim of several is not met, in both forms', async () => {
    const rows = [claim(100), claim(151), claim(100)];
    const { code, out } = await validate(rows);
    expect([code, /151 .* no/.test(out)]).toEqual([1, true]);
    const json = await validate(rows, '--json');
    expect([json.code, JSON.parse(json.out)]).toMatchObject([1, { ok: false }]);
    expect(JSON.parse(json.out)).toHaveProperty('rows', expect.arrayContaining(rows));
  });

  it('exits with 0 where a row misses for a known reason', async () => {
    const { code, out } = await validate([{ ...claim(160), status: 'misses', note: 'the reason' }]);
    expect(code).toBe(0);
    expect(out).toMatch(/cores of the network +100 +160 +cores.* no +misses/);
    expect(out).toContain('the reason');
  });

  it('has a row for every file of other projects, which says what is not there', async () => {
    const { code, out } = await validate([claim(100)]);
    expect(code).toBe(0);
    expect(out).toMatch(/cnvW1A1 \(BNN-PYNQ\) +80\.60 +not computed/);
    expect(out).toContain(`not run: bnn-pynq/cifar10-cnvW1A1.tar.gz is not in ${NOWHERE}`);
  });

  it('exits with 0 where only a prediction is off', async () => {
    expect((await validate([claim(160, 'predicted')])).code).toBe(0);
  });
});

describe('the verdict of a row', () => {
  const verdict = (tolerance: ValidationRow['tolerance'], ours: number | undefined): boolean | null =>
    row({ ...claim(0), tolerance, ours }).ok;

  it.each([
    [{ kind: 'absolute', value: 2 }, [97, 98, 102, 103], [false, true, true, false]],
    [{ kind: 'relative', value: 0.5 }, [49, 50, 150, 151], [false, true, true, false]],
    [{ kind: 'atLeast' }, [99, 100, 101], [false, true, true]],
    [{ kind: 'atMost' }, [99, 100, 101], [true, true, false]],
    [{ kind: 'none' }, [0, 100], [null, null]],
  ] as const)('by the tolerance %j', (tolerance, ours, expected) => {
    expect(ours.map((value) => verdict(tolerance, value))).toEqual(expected);
    expect(verdict(tolerance, undefined)).toBeNull();
  });
});
