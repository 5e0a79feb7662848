import { describe, expect, test } from 'vitest';
import type { Quantity } from '../../src/common/quantity.js';
import { studyEnergy, sumOfEnergies } from '../../src/studies/energy.js';

const energy = (value: number, ends: Partial<Quantity> = {}): Quantity => ({
  value,
  unit: 'uJ',
  source: 'test',
  status: 'derived',
  ...ends,
});

describe('the energy of a chip', () => {
  test('keeps the band of its sum', () => {
    expect(studyEnergy(energy(2, { low: 1.5, high: 4 }))).toEqual({ energyUj: 2, energyLowUj: 1.5, energyHighUj: 4 });
  });

  test('has no band where its cost model has none, and is nothing where it is not known', () => {
    expect(studyEnergy(energy(2))).toEqual({ energyUj: 2 });
    expect(studyEnergy({ unknown: true, reason: 'no cost table' })).toEqual({});
  });
});

describe('the energy of several chips', () => {
  test('adds values, low ends and high ends: one cost table is behind all of them', () => {
    const sum = sumOfEnergies([
      { energyUj: 2, energyLowUj: 1, energyHighUj: 5 },
      { energyUj: 3, energyLowUj: 2.5, energyHighUj: 4 },
    ]);
    expect(sum).toEqual({ energyUj: 5, energyLowUj: 3.5, energyHighUj: 9 });
  });

  test('takes a chip without a band as it is', () => {
    expect(sumOfEnergies([{ energyUj: 2, energyLowUj: 1, energyHighUj: 5 }, { energyUj: 3 }])).toEqual({
      energyUj: 5,
      energyLowUj: 4,
      energyHighUj: 8,
    });
    expect(sumOfEnergies([{ energyUj: 2 }, { energyUj: 3 }])).toEqual({ energyUj: 5 });
  });

  test('is not known where that of one chip is not', () => {
    expect(sumOfEnergies([{ energyUj: 2, energyLowUj: 1, energyHighUj: 5 }, {}])).toEqual({});
  });
});
