import { describe, expect, it } from 'vitest';
import type { RequantiseStep, VmmLayer } from '../../../src/ir/program/northpole.js';
import { faultRangeProblems } from '../../../src/simulator/engines/northpole/fault-range.js';
import { createNorthPoleRunner } from '../../../src/simulator/parallel/northpole-runner.js';
import { programOf, tensor, vmm } from './program-builder.js';

/** 16 signed 8-bit operands with 8-bit weights: sums of faulty weights reach 16 * 128 * 128 + 100 = 262,244, just above 2^18. */
function programWith(step: Partial<RequantiseStep>, layer: Pick<VmmLayer, 'weightBits'> = { weightBits: 8 }) {
  const requantise: RequantiseStep = {
    ...{ kind: 'requantise', inputZeroPoint: 0, leftShift: 0, multiplier: Int32Array.of(1), shift: Uint8Array.of(0) },
    ...{ zeroPoint: 0, min: 0, max: 255, rounding: 'halfUp' },
    ...step,
  };
  const weights = new Int8Array(16).fill(1);
  const own = vmm({ operands: [0], output: 1, weights, bias: Int32Array.of(-100), epilogue: [requantise], ...layer });
  return programOf([tensor(0, [1, 1, 16], 8, { signed: true }), tensor(1, [1, 1, 1], 8)], [own], {
    inputCode: { kind: 'integer', bits: 8, zeroPoint: 128, step: 1 },
  });
}

const isExact = (step: Partial<RequantiseStep>, layer?: Pick<VmmLayer, 'weightBits'>): boolean =>
  faultRangeProblems(programWith(step, layer)).length === 0;

describe('requantisation of any faulty sums', () => {
  it('is exact below 2^53', () => {
    expect(isExact({ multiplier: Int32Array.of(2 ** 30), shift: Uint8Array.of(62), leftShift: 4 })).toBe(true);
    expect(isExact({ multiplier: Int32Array.of(2 ** 30), shift: Uint8Array.of(62), leftShift: 5 })).toBe(false);
    expect(
      isExact({ multiplier: Int32Array.of(2 ** 30), shift: Uint8Array.of(62), leftShift: 5 }, { weightBits: 4 }),
    ).toBe(true);
  });

  it('is exact beyond where all that is rounded is clipped', () => {
    const large = { multiplier: Int32Array.of(2 ** 30), leftShift: 8 };
    expect(isExact({ ...large, shift: Uint8Array.of(43) })).toBe(true);
    expect(isExact({ ...large, shift: Uint8Array.of(44) })).toBe(false);
    expect(isExact({ ...large, shift: Uint8Array.of(43), addend: Float64Array.of(2 ** 52 + 1) })).toBe(false);
    expect(isExact({ ...large, shift: Uint8Array.of(43), max: 2 ** 9 })).toBe(false);
  });

  it('of gemmlowp takes 32-bit numbers', () => {
    const gemmlowp = { rounding: 'gemmlowp', multiplier: Int32Array.of(2 ** 30), shift: Uint8Array.of(33) } as const;
    expect(isExact({ ...gemmlowp, leftShift: 12 })).toBe(true);
    expect(isExact({ ...gemmlowp, leftShift: 13 })).toBe(false);
  });

  it('is refused by the runner where it could be wrong, for faulty weights only', async () => {
    const program = programWith({ multiplier: Int32Array.of(2 ** 30), leftShift: 5, shift: Uint8Array.of(62) });
    const data = {
      ...{ name: 'one', shape: [1, 1, 16], images: new Uint8Array(16), labels: new Uint8Array(1), nClasses: 1 },
    };
    const runner = createNorthPoleRunner(program, 1);
    await expect(runner.run(data, { seed: 1, deployed: new Map([[0, new Int8Array(16)]]) })).rejects.toThrow(
      /fault-range.*layer1/,
    );
    await expect(runner.run(data, { seed: 1, deployed: new Map() })).resolves.toMatchObject({ nSamples: 1 });
    await runner.close();
  });
});
