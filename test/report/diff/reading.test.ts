import { describe, expect, it } from 'vitest';
import { mappingReadings, readingsOf } from '../../../src/report/diff/reading.js';
import type { RunResult } from '../../../src/ir/trace/run-result.js';
import { syntheticProgram, syntheticResult } from '../synthetic.js';

const base = syntheticResult(syntheticProgram('net', [3, 1]));
const read = (more: Partial<RunResult> = {}) => {
  const readings = readingsOf({ ...base, ...more });
  return (key: string) => readings.find((reading) => reading.key === key);
};

describe('numbers of a result', () => {
  it('have names, units and texts, those of the samples one by one marked', () => {
    expect(readingsOf(base).map(({ key, unit, text, perRun }) => [key, unit, text, perRun])).toEqual([
      ['accuracy', 'share', '96.40 %', true],
      ['accuracyInteger', 'share', '96.40 %', true],
      ['accuracyFloat', 'share', '96.40 %', true],
      ['mismatches', '', '0', true],
      ['cores', '', '5', false],
      ['time', 's', '19 ticks, 19 ms', false],
      ['latency', 's', '57 ticks, 57 ms', false],
      ['energy', 'uJ', '12 \u00b5J (10 \u2013 14)', false],
      ['energy.idlePowerOfTheCoresInUse', 'uJ', '6 \u00b5J', false],
      ['energy.neuronUpdates', 'uJ', '4 \u00b5J', false],
      ['energy.synapticOperations', 'uJ', '2 \u00b5J', false],
      ['coreTicks', '', '95,000', true],
      ['spikes', '', '240,000', true],
      ['synapticOperations', '', '9,000,000', true],
    ]);
  });

  it('are shares as counts over samples where they are such, to the last digit', () => {
    // 2 / 3 as a float is only next to it.
    const value = read({ samples: 3, correct: 2, accuracy: 2 / 3, accuracyInteger: 1 / 3, accuracyFloat: 0.5 });
    expect(value('accuracy')?.value).toEqual({ n: 2n, d: 3n });
    expect(value('accuracyInteger')?.value).toEqual({ n: 1n, d: 3n });
    expect(value('accuracyFloat')?.value).toEqual({ n: 5n, d: 10n });
    // A float network that ran on other samples: 1.1 of three is no count.
    expect(read({ samples: 3, accuracyInteger: 0.3667 })('accuracyInteger')?.value).toEqual({ n: 3667n, d: 10_000n });
  });

  it('are times in exact seconds, one unit without an s', () => {
    const time = {
      unit: 'cycle',
      perSample: 1,
      latency: 2.5,
      unitSeconds: { ...base.time.unitSeconds, value: 2.5e-9 },
    };
    const [, perSample, latency] = mappingReadings({ cores: 1, time });
    expect([perSample?.text, latency?.text]).toEqual(['1 cycle, 2.50 ns', '2.50 cycles, 6.25 ns']);
    expect(perSample?.value).toEqual({ n: 25n, d: 10n ** 10n });
    expect(latency?.value).toEqual({ n: 625n, d: 10n ** 11n });
  });

  it('have power where it is known, and units of what is unknown', () => {
    const unknown = { unknown: true, reason: 'no table' } as const;
    const watts = { value: 1.5, unit: 'W', source: 'x', status: 'derived' } as const;
    expect(read()('power')).toBeUndefined();
    expect(read({ watts })('power')).toMatchObject({ unit: 'W', text: '1.50 W', value: { n: 15n, d: 10n } });
    expect(read({ watts: unknown })('power')).toMatchObject({ unit: 'W', text: 'unknown', value: unknown });
    const lost = read({ energyUj: unknown });
    expect(lost('energy')).toMatchObject({ unit: 'uJ', text: 'unknown', value: unknown });
    expect(lost('energy.neuronUpdates')?.unit).toBe('uJ');
  });

  it('leave a float network out that was not run', () => {
    const { accuracyFloat, ...rest } = base;
    expect(accuracyFloat).toBe(0.964);
    expect(readingsOf(rest).map(({ key }) => key)).not.toContain('accuracyFloat');
  });

  it('of a metric have its unit and own text', () => {
    const metrics = {
      bytes: { label: 'bytes moved', value: 1234.4, unit: 'B' },
      rate: { label: 'a rate', value: 0.25, unit: '', text: 'a quarter' },
      energy: { label: 'another energy', value: 1, unit: '' },
    };
    const value = read({ metrics });
    expect([value('bytes')?.text, value('rate')?.text, value('metric.energy')?.label]).toEqual([
      '1,234 B',
      'a quarter',
      'another energy',
    ]);
    expect(value('bytes')?.value).toEqual({ n: 12_344n, d: 10n });
  });
});
