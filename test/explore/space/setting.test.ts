import { describe, expect, test } from 'vitest';
import type { SettingText } from '../../../src/explore/experiment-schema.js';
import { readSetting, settingAt } from '../../../src/explore/space/setting.js';

const read = (text: SettingText, multipleOf?: number) => readSetting(text, { place: 'here', multipleOf });
const values = (text: SettingText, multipleOf?: number): readonly unknown[] => {
  const found = read(text, multipleOf);
  if ('code' in found) return [found.message];
  return found.kind === 'values' ? found.values : [found.kind];
};

describe('a setting', () => {
  test('is a value, or a list of values', () => {
    expect(values(3)).toEqual([3]);
    expect(values('clamp')).toEqual(['clamp']);
    expect(values([1, 2])).toEqual([1, 2]);
    expect(values({ fixed: [8, 4] })).toEqual([[8, 4]]);
    expect(values([[8, 4], [8]])).toEqual([[8, 4], [8]]);
    expect(values([1, 2, 1])[0]).toContain('1 is in the list twice');
  });

  test('is a range by steps, by factors, in so many levels, on either scale', () => {
    expect(values({ from: 1, to: 8 }, 1)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(values({ from: 8, to: 32 }, 8)).toEqual([8, 16, 24, 32]);
    expect(values({ from: 0, to: 1, step: 0.25 })).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(values({ from: 0.1, to: 0.7, step: 0.1 })).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
    expect(values({ from: 64, to: 1024, factor: 2 }, 1)).toEqual([64, 128, 256, 512, 1024]);
    expect(values({ from: 1, to: 100, levels: 3, scale: 'log' })).toEqual([1, 10, 100]);
    expect(values({ from: 1, to: 4, levels: 7 }, 1)).toEqual([1, 2, 3, 4]);
  });

  test('is anything between two numbers, whole where it has to be', () => {
    const real = read({ from: 1, to: 100, scale: 'log' });
    expect('code' in real || real.kind).toBe('range');
    if ('code' in real || real.kind === 'expression') return;
    expect([0, 0.5].map((u) => settingAt(real, u))).toEqual([1, 10]);
    const whole = read({ from: 10, to: 1000, scale: 'log' }, 10);
    if ('code' in whole || whole.kind === 'expression') throw new Error('no range');
    for (const u of [0, 0.1, 0.37, 0.99]) expect(Number(settingAt(whole, u, 10)) % 10).toBe(0);
  });

  test('that is no range says why', () => {
    const cases: readonly (readonly [SettingText, string])[] = [
      [{ from: 2, to: 1 }, 'it goes from 2 to 1'],
      [{ from: 1, to: 2, step: 1, levels: 2 }, 'exclude each other'],
      [{ from: 0, to: 2, factor: 2 }, 'a logarithm of 0'],
      [{ from: 0, to: 1e9, step: 1 }, '1000000001 values'],
    ];
    for (const [text, wanted] of cases) expect(values(text)[0]).toContain(wanted);
  });
});
