import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { requantiseValue } from '../../../src/common/fixed-point.js';
import type { RequantiseStep } from '../../../src/ir/program/northpole.js';
import { ROUNDINGS } from '../../../src/ir/network/types.js';
import { createNorthPoleEngine } from '../../../src/simulator/engines/northpole/engine.js';
import { requantisePlain } from './plain.js';
import { programOf, tensor, vector } from './program-builder.js';

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/** What the engine makes of 32-bit integers, one channel each. */
function requantise(step: RequantiseStep, values: readonly number[]): number[] {
  const shape = [1, 1, values.length] as const;
  const layer = vector({ operands: [0], output: 1, combine: 'max', epilogue: [step] });
  const program = programOf([tensor(0, shape, 32), tensor(1, shape, 32)], [layer]);
  return Array.from(createNorthPoleEngine(program).run(values));
}

function check(step: RequantiseStep, values: readonly number[]): void {
  const expected = values.map((value, channel) => requantisePlain(step, value, channel));
  expect(requantise(step, values), JSON.stringify(step)).toEqual(expected);
  // The definition of the network agrees with integers of any size.
  expect(values.map((value, channel) => requantiseValue(step, value, channel))).toEqual(expected);
}

const plainStep: RequantiseStep = {
  ...{ kind: 'requantise', inputZeroPoint: 0, leftShift: 0, multiplier: Int32Array.of(1), shift: Uint8Array.of(0) },
  ...{ zeroPoint: 0, min: INT32_MIN, max: INT32_MAX, rounding: 'halfUp' },
};

describe('requantisation', () => {
  it('rounds ties and their neighbours as each rounding says', () => {
    const values = Array.from({ length: 65 }, (_, i) => i - 32);
    for (const rounding of ROUNDINGS) {
      for (const shift of [0, 1, 2, 3, 4]) {
        const gemmlowp = rounding === 'gemmlowp';
        // 2^30 / 2^31 is one half too.
        const scale = gemmlowp ? { multiplier: Int32Array.of(2 ** 30), shift: Uint8Array.of(31 + shift) } : {};
        check({ ...plainStep, shift: Uint8Array.of(shift), ...scale, rounding }, values);
      }
    }
  });

  it('is exact where a product just fits 53 bits', () => {
    // 2^53 - 1 = 6361 * 69431 * 20394401; quotients just below and at one half, at every shift up to 62.
    const multiplier = Int32Array.of(20394401);
    const values = [6361 * 69431, 6361 * 69431 - 1, -6361 * 69431, 1 - 6361 * 69431, 1, -1, 0];
    for (const rounding of ['halfUp', 'halfAwayFromZero', 'halfEven', 'floor'] as const) {
      for (let shift = 24; shift <= 62; shift++) {
        check({ ...plainStep, multiplier, shift: Uint8Array.of(shift), rounding }, values);
        check({ ...plainStep, inputZeroPoint: 1, multiplier, shift: Uint8Array.of(shift), rounding }, [
          ...values,
          -6361 * 69431 + 1,
        ]);
      }
    }
  });

  it('takes the ends of 32 bits, and clips to them', () => {
    const values = [INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX - 1, INT32_MAX];
    for (const rounding of ROUNDINGS) {
      const gemmlowp = rounding === 'gemmlowp';
      const multipliers = gemmlowp ? [1, 2 ** 30, 2 ** 31 - 1] : [1, 3, 2 ** 21];
      for (const m of multipliers) {
        for (const shift of gemmlowp ? [31, 32, 45, 62] : [0, 1, 20, 62]) {
          const step = { ...plainStep, multiplier: Int32Array.of(m), shift: Uint8Array.of(shift), rounding };
          check(step, values);
          check({ ...step, zeroPoint: 1 }, values);
          check({ ...step, min: -128, max: 127, zeroPoint: -7 }, values);
        }
      }
    }
  });

  it('agrees with integers of any size on random parameters', () => {
    const r = sequence(1, PURPOSE.test, 78);
    const signed = (limit: number): number => Math.floor((r.uniform() * 2 - 1) * limit);
    for (let trial = 0; trial < 300; trial++) {
      const rounding = ROUNDINGS[r.below(5)]!;
      const n = 32;
      const gemmlowp = rounding === 'gemmlowp';
      // Bits of the value, the left shift and the multiplier: 52 together leave room for the zero point and the addend.
      const valueBits = 1 + r.below(gemmlowp ? 30 : 31);
      const leftShift = gemmlowp ? r.below(31 - valueBits) : r.below(4);
      const multiplierBits = gemmlowp ? 31 : Math.min(31, 51 - valueBits - leftShift);
      const step: RequantiseStep = {
        kind: 'requantise',
        inputZeroPoint: valueBits > 10 && !gemmlowp ? signed(256) : 0,
        leftShift,
        multiplier: Int32Array.from({ length: n }, () => 1 + Math.floor(r.uniform() * (2 ** multiplierBits - 2))),
        shift: Uint8Array.from({ length: n }, () => (gemmlowp ? 31 + r.below(32) : r.below(63))),
        ...(gemmlowp || r.below(2) === 0 ? {} : { addend: Float64Array.from({ length: n }, () => signed(2 ** 50)) }),
        zeroPoint: signed(300),
        ...(r.below(2) === 0 ? { min: INT32_MIN, max: INT32_MAX } : { min: -128, max: 127 }),
        rounding,
      };
      check(
        step,
        Array.from({ length: n }, () => signed(2 ** valueBits - 1)),
      );
    }
  });
});
