import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  divideRoundHalfAway,
  INT32_MAX,
  INT32_MIN,
  isqrt,
  type RequantiseParameters,
  requantiseValue,
  roundFloor,
  roundHalfAwayFromZero,
  roundHalfEven,
  roundHalfUp,
  roundingDivideByPot,
  saturatingRoundingDoublingHighMul,
} from '../../src/common/fixed-point.js';

const int32 = fc.oneof(
  fc.integer({ min: INT32_MIN, max: INT32_MAX }),
  fc.constantFrom(INT32_MIN, INT32_MIN + 1, -65536, -65535, -1, 0, 1, 65535, 65536, 2 ** 30, INT32_MAX - 1, INT32_MAX),
);
/** Integers of any size below 2^53, and their halves: quotients by a power of two fall on ties. */
const product = fc
  .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 52 }))
  .map(([v, drop]) => Math.trunc(v / 2 ** drop));

function floorQuotient(a: bigint, b: bigint): bigint {
  const q = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? q - 1n : q;
}
const absolute = (v: bigint): bigint => (v < 0n ? -v : v);

/** The roundings of a / 2^s as their definitions read, in BigInt. */
const DEFINITIONS = {
  halfUp: (a: bigint, s: bigint) => floorQuotient(2n * a + 2n ** s, 2n ** (s + 1n)),
  halfAwayFromZero: (a: bigint, s: bigint) => {
    const magnitude = floorQuotient(2n * absolute(a) + 2n ** s, 2n ** (s + 1n));
    return a < 0n ? -magnitude : magnitude;
  },
  halfEven: (a: bigint, s: bigint) => {
    const up = floorQuotient(2n * a + 2n ** s, 2n ** (s + 1n));
    const tie = (2n * a + 2n ** s) % 2n ** (s + 1n) === 0n;
    return tie && up % 2n !== 0n ? up - 1n : up;
  },
  floor: (a: bigint, s: bigint) => floorQuotient(a, 2n ** s),
} as const;
const FUNCTIONS = {
  halfUp: roundHalfUp,
  halfAwayFromZero: roundHalfAwayFromZero,
  halfEven: roundHalfEven,
  floor: roundFloor,
} as const;
const KINDS = ['halfUp', 'halfAwayFromZero', 'halfEven', 'floor'] as const;

describe('a rounding of x / 2^s', () => {
  it.each([
    ['halfUp', [-3, -2, -1, 0, 1, 2, 3, 4]],
    ['halfAwayFromZero', [-4, -3, -2, -1, 1, 2, 3, 4]],
    ['halfEven', [-4, -2, -2, 0, 0, 2, 2, 4]],
    ['floor', [-4, -3, -2, -1, 0, 1, 2, 3]],
  ] as const)('%s treats ties as named', (kind, expected) => {
    expect([-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5].map((v) => FUNCTIONS[kind](v))).toEqual(expected);
  });

  it.each(KINDS)('%s is its definition for every integer below 2^53 and every shift', (kind) => {
    fc.assert(
      fc.property(product, fc.integer({ min: 0, max: 62 }), (a, s) => {
        expect(BigInt(FUNCTIONS[kind](a / 2 ** s))).toBe(DEFINITIONS[kind](BigInt(a), BigInt(s)));
      }),
      { numRuns: 2000 },
    );
  });

  it('sees the last bit beside a tie, where 1 + v would round it away', () => {
    const v = -(2 ** 53 - 1) / 2 ** 54;
    expect(KINDS.map((kind) => FUNCTIONS[kind](v))).toEqual([0, 0, 0, -1]);
  });

  it('gives zero, not negative zero, for small negative numbers', () => {
    expect([roundHalfUp(-0.25), roundHalfAwayFromZero(-0.25), roundHalfEven(-0.25)]).toEqual([0, 0, 0]);
  });
});

/** gemmlowp's fixedpoint.h, line by line. */
function highMulDefinition(a: bigint, b: bigint): bigint {
  if (a === b && a === -(2n ** 31n)) return 2n ** 31n - 1n;
  const ab = a * b;
  const nudge = ab >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return (ab + nudge) / (1n << 31n);
}
function divideByPotDefinition(x: bigint, exponent: bigint): bigint {
  const mask = (1n << exponent) - 1n;
  const remainder = x & mask;
  const threshold = (mask >> 1n) + (x < 0n ? 1n : 0n);
  return (x >> exponent) + (remainder > threshold ? 1n : 0n);
}

describe("gemmlowp's arithmetic", () => {
  it('multiplies to the high half with rounding, exact to 63 bits', () => {
    fc.assert(
      fc.property(int32, int32, (a, b) => {
        expect(BigInt(saturatingRoundingDoublingHighMul(a, b))).toBe(highMulDefinition(BigInt(a), BigInt(b)));
      }),
      { numRuns: 5000 },
    );
  });

  it('saturates the one product that does not fit', () => {
    expect(saturatingRoundingDoublingHighMul(INT32_MIN, INT32_MIN)).toBe(INT32_MAX);
  });

  it('divides by powers of two with ties away from zero', () => {
    fc.assert(
      fc.property(int32, fc.integer({ min: 0, max: 31 }), (x, exponent) => {
        expect(BigInt(roundingDivideByPot(x, exponent))).toBe(divideByPotDefinition(BigInt(x), BigInt(exponent)));
      }),
      { numRuns: 5000 },
    );
  });
});

const base: RequantiseParameters = {
  inputZeroPoint: 0,
  leftShift: 0,
  multiplier: Int32Array.of(1),
  shift: Uint8Array.of(0),
  zeroPoint: 0,
  min: -128,
  max: 127,
  rounding: 'halfUp',
};

describe('a requantisation', () => {
  it('subtracts the input zero point, multiplies, adds, rounds, adds the zero point and clips', () => {
    const p = {
      ...base,
      inputZeroPoint: 3,
      leftShift: 2,
      multiplier: Int32Array.of(5, 7),
      shift: Uint8Array.of(3),
      addend: Float64Array.of(2, -2),
      zeroPoint: -1,
    };
    // (10 - 3) * 4 * 5 + 2 = 142, / 8 = 17.75; (10 - 3) * 4 * 7 - 2 = 194, / 8 = 24.25
    expect([requantiseValue(p, 10, 0), requantiseValue(p, 10, 1)]).toEqual([17, 23]);
    expect([requantiseValue(p, 1000, 0), requantiseValue(p, -1000, 0)]).toEqual([127, -128]);
  });

  it('is exact up to products of 53 bits', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KINDS),
        fc.integer({ min: -(2 ** 21), max: 2 ** 21 }),
        fc.integer({ min: 1, max: INT32_MAX }),
        fc.integer({ min: 0, max: 62 }),
        (rounding, x, multiplier, shift) => {
          const wide = { ...base, rounding, min: INT32_MIN, max: INT32_MAX };
          const p = { ...wide, multiplier: Int32Array.of(multiplier), shift: Uint8Array.of(shift) };
          const exact = DEFINITIONS[rounding](BigInt(x) * BigInt(multiplier), BigInt(shift));
          const clipped = exact > BigInt(INT32_MAX) ? BigInt(INT32_MAX) : exact;
          const expected = clipped < BigInt(INT32_MIN) ? BigInt(INT32_MIN) : clipped;
          expect(BigInt(requantiseValue(p, x, 0))).toBe(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('with gemmlowp rounding is MultiplyByQuantizedMultiplier, left shift included', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 16), max: 2 ** 16 }),
        fc.integer({ min: 0, max: 14 }),
        fc.integer({ min: 2 ** 30, max: INT32_MAX }),
        fc.integer({ min: 31, max: 62 }),
        (x, leftShift, multiplier, shift) => {
          const p = {
            ...base,
            leftShift,
            multiplier: Int32Array.of(multiplier),
            shift: Uint8Array.of(shift),
            min: INT32_MIN,
            max: INT32_MAX,
            rounding: 'gemmlowp',
          } as const;
          const high = highMulDefinition(BigInt(x) << BigInt(leftShift), BigInt(multiplier));
          expect(BigInt(requantiseValue(p, x, 0))).toBe(divideByPotDefinition(high, BigInt(shift - 31)));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('integer roots and quotients', () => {
  it('gives the largest root whose square is not above n', () => {
    const near = fc
      .tuple(fc.integer({ min: 0, max: 94906264 }), fc.integer({ min: -2, max: 2 }))
      .map(([r, d]) => Math.min(Math.max(r * r + d, 0), Number.MAX_SAFE_INTEGER));
    fc.assert(
      fc.property(fc.oneof(near, fc.maxSafeNat()), (n) => {
        const r = BigInt(isqrt(n));
        expect(r * r <= BigInt(n) && (r + 1n) * (r + 1n) > BigInt(n)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('divides to the nearest integer with ties away from zero', () => {
    expect([5, -5, 7, -7, 0].map((a) => divideRoundHalfAway(a, 2))).toEqual([3, -3, 4, -4, 0]);
    fc.assert(
      fc.property(product, fc.oneof(fc.maxSafeNat(), fc.integer({ min: 1, max: 1000 })), (a, d) => {
        const b = Math.max(1, d);
        const magnitude = (2n * absolute(BigInt(a)) + BigInt(b)) / (2n * BigInt(b));
        expect(BigInt(divideRoundHalfAway(a, b))).toBe(a < 0 ? -magnitude : magnitude);
      }),
      { numRuns: 3000 },
    );
  });
});
