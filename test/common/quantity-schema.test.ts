import { describe, expect, it } from 'vitest';
import { quantitySchema } from '../../src/common/quantity-schema.js';

describe('a quantity from a file', () => {
  const good = { value: -1.5, unit: 'uJ', source: 'print', status: 'published' };
  const isRead = (value: unknown): boolean => quantitySchema.safeParse(value).success;

  it('is a value with unit, source and status, or unknown with a reason', () => {
    expect(isRead(good)).toBe(true);
    expect(isRead({ ...good, low: -2, high: 0, nodeNm: 28, volts: 0.75 })).toBe(true);
    expect(isRead({ unknown: true, reason: 'nobody measured it' })).toBe(true);
    for (const key of ['value', 'unit', 'source', 'status']) expect(isRead({ ...good, [key]: undefined })).toBe(false);
    expect(isRead({ ...good, status: 'guessed' })).toBe(false);
    expect(isRead({ unknown: false, reason: 'x' })).toBe(false);
    expect(isRead({ unknown: true })).toBe(false);
  });

  it('has no negative node or supply', () => {
    for (const key of ['nodeNm', 'volts']) {
      expect([0, -1e-9].map((value) => isRead({ ...good, [key]: value }))).toEqual([true, false]);
    }
  });
});
