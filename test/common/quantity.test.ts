import { describe, expect, it } from 'vitest';
import { bandOf, hasBand, hullOf, perBand, sumBand, timesBand } from '../../src/common/quantity.js';

describe('the band of a number', () => {
  it('is the number itself where none is known', () => {
    expect(bandOf({ value: 3 })).toEqual({ low: 3, high: 3 });
    expect(bandOf({ value: 3, low: 2, high: 5 })).toEqual({ low: 2, high: 5 });
    expect([hasBand({}), hasBand({ low: 2, high: 2 }), hasBand({ low: 2 }), hasBand({ low: 2, high: 3 })]).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it('turns round under a negative factor and under division', () => {
    expect(timesBand({ low: 2, high: 5 }, 3)).toEqual({ low: 6, high: 15 });
    expect(timesBand({ low: 2, high: 5 }, -1)).toEqual({ low: -5, high: -2 });
    expect(perBand(10, { low: 2, high: 5 })).toEqual({ low: 2, high: 5 });
    expect(perBand(20, { low: 2, high: 5 })).toEqual({ low: 4, high: 10 });
    expect(perBand(20, { low: 0, high: 5 })).toEqual({});
  });

  it('of several is what holds all of them', () => {
    expect(
      hullOf([
        { low: 2, high: 3 },
        { low: 1, high: 2 },
        { low: 2, high: 4 },
      ]),
    ).toEqual({ low: 1, high: 4 });
  });
});

describe('the band of a sum', () => {
  // Sum 2 * 10 + 1 * 20 = 40; distances down 2 * 3 = 6 and 8, up 2 * 1 = 2 and 4.
  const terms = [
    { count: 2, value: 10, low: 7, high: 11 },
    { count: 1, value: 20, low: 12, high: 24 },
  ];

  it('adds distances where everything may be low at once, and their squares where nothing has to do with the other', () => {
    expect(sumBand(terms, 'extremes')).toEqual({ low: 40 - 14, high: 40 + 6 });
    expect(sumBand(terms, 'independent')).toEqual({ low: 40 - 10, high: 40 + Math.sqrt(20) });
  });

  it('lets a number that is taken away move the sum the other way', () => {
    const difference = [{ count: 1, value: 50 }, ...terms.map((term) => ({ ...term, count: -term.count }))];
    expect(sumBand(difference, 'extremes')).toEqual({ low: 10 - 6, high: 10 + 14 });
    expect(sumBand(difference, 'independent')).toEqual({ low: 10 - Math.sqrt(20), high: 10 + 10 });
  });

  it('is the sum where no term has a band', () => {
    expect(
      sumBand(
        [
          { count: 3, value: 2 },
          { count: -1, value: 1 },
        ],
        'extremes',
      ),
    ).toEqual({ low: 5, high: 5 });
    expect(sumBand([], 'independent')).toEqual({ low: 0, high: 0 });
  });
});
