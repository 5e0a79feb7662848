import { describe, expect, it } from 'vitest';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type { RequantiseStep, VmmLayer } from '../../../src/ir/program/northpole.js';
import { faultRangeProblems } from '../../../src/simulator/engines/northpole/fault-range.js';
import { createNorthPoleRunner } from '../../../src/simulator/parallel/northpole-runner.js';
import { faultsOf } from '../../support/northpole-faults.js';
import { randomTransformer } from '../../support/random-transformer.js';
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

const isExact = (
  step: Partial<RequantiseStep>,
  layer?: Pick<VmmLayer, 'weightBits'>,
  faults = faultsOf({ flip0to1: 0.1 }),
): boolean => faultRangeProblems(programWith(step, layer), faults).length === 0;

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

  it('takes parameters as wide as their words, and sums of 32 bits, where they can be wrong', () => {
    const narrow = { multiplier: Int32Array.of(3), leftShift: 0 };
    const biases = faultsOf({ flip0to1: 0.1 }, { memories: ['biases'] });
    // 2^31 times 2^31 is clipped by 1 / 2^43, and not by 1 / 2^44.
    expect(isExact({ ...narrow, shift: Uint8Array.of(43) }, undefined, biases)).toBe(true);
    expect(isExact({ ...narrow, shift: Uint8Array.of(44) }, undefined, biases)).toBe(false);
    expect(isExact({ ...narrow, shift: Uint8Array.of(44) })).toBe(true);
    // Addends of 56 bits reach more than 2^52, whatever is stored in them.
    const addend = (value: number) => ({ ...narrow, shift: Uint8Array.of(40), addend: Float64Array.of(value) });
    expect(isExact(addend(2 ** 47 - 1), undefined, biases)).toBe(true);
    expect(isExact(addend(2 ** 47), undefined, biases)).toBe(false);
    const noisy = faultsOf({}, { readNoise: 0.1 });
    expect(isExact({ multiplier: Int32Array.of(2 ** 22 - 1), shift: Uint8Array.of(62) }, undefined, noisy)).toBe(true);
    expect(isExact({ multiplier: Int32Array.of(2 ** 22), shift: Uint8Array.of(62) }, undefined, noisy)).toBe(false);
    expect(isExact({ ...narrow, shift: Uint8Array.of(44) }, undefined, { ...biases, layers: ['other'] })).toBe(true);
  });

  it('of gemmlowp takes 32-bit numbers', () => {
    const gemmlowp = { rounding: 'gemmlowp', multiplier: Int32Array.of(2 ** 30), shift: Uint8Array.of(33) } as const;
    expect(isExact({ ...gemmlowp, leftShift: 12 })).toBe(true);
    expect(isExact({ ...gemmlowp, leftShift: 13 })).toBe(false);
  });

  it('of sequence models counts norms and attention too', () => {
    const { program } = compileNorthPole(randomTransformer(3, { layers: 1 }), { spec: NORTHPOLE_SMALL });
    const faults = faultsOf({ flip0to1: 0.1 });
    expect(faultRangeProblems(program, faults)).toEqual([]);
    /** What is found when an operation of a layer reads tensors of 32 bits. */
    const wide = (kind: 'rmsNorm' | 'attention'): string => {
      const layer = program.layers.find((l) => l.kind === 'sequence' && l.operation.kind === kind)!;
      const tensors = program.tensors.map((own, index) =>
        layer.operands.includes(index) ? { ...own, bits: 32 as const } : own,
      );
      const found = faultRangeProblems({ ...program, tensors }, faults);
      return found.map(({ place, message }) => `${place}: ${message}`).join('\n');
    };
    expect(wide('rmsNorm')).toMatch(/layer .*norm.*whose norm is not exact/i);
    expect(wide('attention')).toMatch(/scores of queries and keys reach.*not exact/);
  });

  it('is refused by the runner where it could be wrong, for faulty weights only', async () => {
    const program = programWith({ multiplier: Int32Array.of(2 ** 30), leftShift: 5, shift: Uint8Array.of(62) });
    const data = {
      ...{ name: 'one', shape: [1, 1, 16], images: new Uint8Array(16), labels: new Uint8Array(1), nClasses: 1 },
    };
    const runner = createNorthPoleRunner(program, 1);
    const faults = faultsOf({ flip0to1: 0.1 });
    await expect(runner.run(data, { seed: 1, faults })).rejects.toThrow(/fault-range.*layer1/);
    await expect(runner.run(data, { seed: 1 })).resolves.toMatchObject({ nSamples: 1 });
    await runner.close();
  });
});
