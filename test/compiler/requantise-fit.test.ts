import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requantiseValue } from '../../src/common/fixed-point.js';
import { affineRequantise, fitRequantise, type RisingFunction } from '../../src/compiler/passes/requantise-fit.js';

function rising(f: Omit<RisingFunction, 'at'>): RisingFunction {
  return {
    ...f,
    at: (sum) => Math.min(Math.max(Math.floor(sum * f.slope + f.intercept + 0.5), f.min), f.max),
  };
}

/** Sums on which the fitted integers differ from the function, by counting all of them. */
function differing(f: RisingFunction): { counted: number; claimed: number } {
  const { multiplier, shift, addend, wrong } = fitRequantise(f);
  const node = {
    inputZeroPoint: 0,
    leftShift: 0,
    multiplier: Int32Array.of(multiplier),
    shift: Uint8Array.of(shift),
    addend: Float64Array.of(addend),
    zeroPoint: 0,
    min: f.min,
    max: f.max,
    rounding: 'halfUp',
  } as const;
  let counted = 0;
  for (let sum = f.low; sum <= f.high; sum++) counted += Math.abs(requantiseValue(node, sum, 0) - f.at(sum));
  return { counted, claimed: wrong };
}

test('the number of differing sums is the one counted sum by sum, and almost always zero', () => {
  let fits = 0;
  let exact = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: -3000, max: 500 }),
      fc.integer({ min: 0, max: 4000 }),
      fc.double({ min: 1e-4, max: 8, noNaN: true }),
      fc.double({ min: -300, max: 300, noNaN: true }),
      fc.constantFrom([0, 1], [0, 15], [-8, 7], [0, 255], [-128, 127]),
      (low, width, slope, intercept, [min, max]) => {
        const f = rising({ low, high: low + width, min: min!, max: max!, slope, intercept });
        const { counted, claimed } = differing(f);
        expect(claimed).toBe(counted);
        fits++;
        if (counted === 0) exact++;
      },
    ),
    { numRuns: 300 },
  );
  expect(exact).toBeGreaterThan(0.9 * fits);
});

test('ties go upwards on both sides of zero', () => {
  const f = rising({ low: -64, high: 64, min: -8, max: 7, slope: 1 / 8, intercept: 0 });
  expect(differing(f)).toEqual({ counted: 0, claimed: 0 });
});

test('a function that cannot be met exactly says on how many sums it differs', () => {
  // Steps at 1, 2 and 9: no straight line has them.
  const positions = [1, 2, 9];
  const f: RisingFunction = {
    low: 0,
    high: 20,
    min: 0,
    max: 3,
    slope: 0.3,
    intercept: 0,
    at: (sum) => positions.filter((t) => sum >= t).length,
  };
  const { counted, claimed } = differing(f);
  expect(counted).toBeGreaterThan(0);
  expect(claimed).toBe(counted);
  expect(fitRequantise(f).worst).toBe(1);
});

test('the number of differing sums and the largest difference hold for steps at any places', () => {
  const places = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(places, fc.integer({ min: -3, max: 3 }), (unordered, min) => {
      const positions = [...unordered].sort((a, b) => a - b);
      const f: RisingFunction = {
        ...{ low: 0, high: 61, min, max: min + positions.length, intercept: min },
        slope: positions.length / 61,
        at: (sum) => min + positions.filter((t) => sum >= t).length,
      };
      const { multiplier, shift, addend, wrong, worst } = fitRequantise(f);
      let [counted, largest] = [0, 0];
      for (let sum = f.low; sum <= f.high; sum++) {
        const value = Math.floor((sum * multiplier + addend) / 2 ** shift + 0.5);
        const difference = Math.abs(Math.min(Math.max(value, f.min), f.max) - f.at(sum));
        counted += difference;
        largest = Math.max(largest, difference);
      }
      expect([wrong, worst]).toEqual([counted, largest]);
    }),
    { numRuns: 300 },
  );
});

test('a constant stays constant over all 32-bit sums', () => {
  const f = rising({ low: -(2 ** 31), high: 2 ** 31 - 1, min: 0, max: 255, slope: 0, intercept: 77.2 });
  const { multiplier, shift, addend } = fitRequantise(f);
  for (const sum of [f.low, -1, 0, 1, f.high])
    expect(Math.floor((sum * multiplier + addend) / 2 ** shift + 0.5)).toBe(77);
});

test('products and addends of a form stay within 2^51, however far the function is shifted', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 20), max: 2 ** 20 }),
      fc.double({ min: 1e-7, max: 8, noNaN: true }),
      fc.double({ min: -40, max: 40, noNaN: true }),
      fc.boolean(),
      (sum, slope, exponent, falls) => {
        const intercept = (falls ? -1 : 1) * 2 ** exponent;
        const [low, high] = [Math.min(0, sum), Math.max(0, sum)];
        const { multiplier, shift, addend } = affineRequantise({ low, high, min: 0, max: 255, slope, intercept });
        for (const product of [addend, multiplier * low, multiplier * high, 256 * 2 ** shift]) {
          expect(Math.abs(product)).toBeLessThanOrEqual(2 ** 51 + 1);
        }
        // As fine as that allows: one more bit would be too much for one of them, or for the multiplier.
        const finer = 2 ** (shift + 1);
        const sums = Math.max(-low, high, 1);
        const most = Math.max(Math.abs(intercept) * finer, slope * finer * sums, 256 * finer);
        expect(shift === 62 || most > 2 ** 51 || slope * finer > 2 ** 31 - 1).toBe(true);
      },
    ),
  );
});
