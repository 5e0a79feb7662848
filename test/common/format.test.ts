import { describe, expect, it } from 'vitest';
import { bandText, quantityWithBand } from '../../src/common/format.js';

const energy = { value: 0.0977, unit: 'uJ', source: 'test', status: 'calibrated' } as const;

describe('a number with its band', () => {
  it('reads as value, unit and range', () => {
    expect(quantityWithBand({ ...energy, low: 0.08954, high: 0.1061 })).toBe('0.0977 \u00b5J (0.0895 \u2013 0.106)');
  });

  it('has no range where none is known', () => {
    expect([bandText(energy), quantityWithBand(energy)]).toEqual(['', '0.0977 \u00b5J']);
    expect(bandText({ ...energy, low: 0.0977, high: 0.0977 })).toBe('');
    expect(bandText({ ...energy, low: 0.0977, high: 0.0977000001 })).toBe('');
    expect(quantityWithBand({ unknown: true, reason: 'no model' })).toBe('unknown');
  });
});
