import { describe, expect, it } from 'vitest';
import { draw4, PURPOSE } from '../../../src/common/rng.js';
import { addendBits, withParameterFaults } from '../../../src/hw-models/faults/parameter-faults.js';
import type { StoredBitFaults } from '../../../src/hw-models/faults/stored-bits.js';
import type { AddStep, NorthPoleLayer, RequantiseStep, ThresholdStep } from '../../../src/ir/program/northpole.js';
import { vmm } from '../../simulator/northpole/program-builder.js';
import { NO_BIT_FAULTS } from '../../support/northpole-faults.js';

const requantise = (addend?: Float64Array): RequantiseStep => ({
  ...{ kind: 'requantise', inputZeroPoint: 3, leftShift: 0, multiplier: Int32Array.of(5, 2 ** 31 - 1) },
  ...{ shift: Uint8Array.of(9, 40), zeroPoint: 0, min: 0, max: 255, rounding: 'halfUp' },
  ...(addend === undefined ? {} : { addend }),
});
const threshold: ThresholdStep = { kind: 'threshold', theta: Int32Array.of(7, -1), sense: Uint8Array.of(0, 1) };
const inner = (): AddStep => ({ kind: 'add', operand: 1, steps: [requantise()] });
const layer = vmm({
  ...{ operands: [0, 0], output: 1, weights: new Int8Array(2).fill(1), bias: Int32Array.of(0, -5) },
  epilogue: [requantise(Float64Array.of(1, -(2 ** 40))), inner(), threshold],
});

/** The parameters of a layer as they are read. */
function parameters(faults: Partial<StoredBitFaults>, of: NorthPoleLayer = layer) {
  const { epilogue, ...read } = withParameterFaults(of, 4, { ...NO_BIT_FAULTS, ...faults });
  return {
    bias: read.kind === 'vmm' ? [...read.bias] : [],
    multipliers: epilogue.flatMap((step) => (step.kind === 'requantise' ? [...step.multiplier] : [])),
    inner: epilogue.flatMap((step) =>
      step.kind === 'add' ? step.steps.flatMap((s) => (s.kind === 'requantise' ? [...s.multiplier] : [])) : [],
    ),
    addends: epilogue.flatMap((step) => (step.kind === 'requantise' ? [...(step.addend ?? [])] : [])),
    theta: epilogue.flatMap((step) => (step.kind === 'threshold' ? [...step.theta] : [])),
  };
}

describe('faulty bits of stored parameters', () => {
  it('read as words of their widths', () => {
    // All bits flipped: -1 - x of two's complement, 2^31 - 1 - x of a multiplier.
    expect(parameters({ flip0to1: 1, flip1to0: 1 })).toEqual({
      bias: [-1, 4],
      multipliers: [2 ** 31 - 6, 0],
      inner: [2 ** 31 - 6, 0],
      addends: [-2, 2 ** 40 - 1],
      theta: [-8, 0],
    });
    expect(parameters({ stuckAt1: 1 })).toMatchObject({ bias: [-1, -1], addends: [-1, -1], theta: [-1, -1] });
    const only = (position: number) => ({ protectedBits: [...Array(64).keys()].filter((bit) => bit !== position) });
    // Bit 31 is the sign of a bias, no bit of a multiplier, and a bit like others of an addend of 48 bits.
    expect(parameters({ flip0to1: 1, ...only(31) })).toMatchObject({
      bias: [-(2 ** 31), -5],
      multipliers: [5, 2 ** 31 - 1],
      addends: [1 + 2 ** 31, -(2 ** 40) + 2 ** 31],
    });
    expect(parameters({ flip0to1: 1, ...only(47) })).toMatchObject({
      bias: [0, -5],
      addends: [1 - 2 ** 47, -(2 ** 40)],
    });
    expect(parameters({ flip1to0: 1, ...only(47) })).toMatchObject({ addends: [1, 2 ** 47 - 2 ** 40] });
  });

  it('have the fewest whole bytes that hold all addends, at least 4', () => {
    const bits = (...values: number[]) => addendBits(Float64Array.from(values));
    expect(bits(0)).toBe(32);
    expect(bits(2 ** 31 - 1, -(2 ** 31))).toBe(32);
    expect(bits(2 ** 31)).toBe(40);
    expect(bits(0, -(2 ** 31) - 1)).toBe(40);
    expect(bits(2 ** 39 - 1)).toBe(40);
    expect(bits(2 ** 47)).toBe(56);
  });

  it('flip as the draws of the bit say, an array of the layer after the other', () => {
    const ber = 0.3;
    const clean = parameters({});
    const read = parameters({ flip0to1: ber, flip1to0: ber });
    const flips = (array: number, value: number, bits: number): number => {
      const words = new Uint32Array(4);
      let mask = 0;
      for (let bit = 0; bit < bits; bit++) {
        const word = value * bits + bit;
        draw4(7, PURPOSE.parameterBitFlip, 4, Math.floor(word / 4), array, words);
        if (words[word % 4]! < ber * 2 ** 32) mask |= 1 << bit;
      }
      return mask;
    };
    for (const value of [0, 1]) {
      expect(read.bias[value]).toBe(clean.bias[value]! ^ flips(0, value, 32));
      expect(read.multipliers[value]).toBe(clean.multipliers[value]! ^ flips(1, value, 31));
      expect(read.inner[value]).toBe(clean.inner[value]! ^ flips(3, value, 31));
      expect(read.theta[value]).toBe(clean.theta[value]! ^ flips(4, value, 32));
    }
    expect(read.addends).not.toEqual(clean.addends);
  });

  it('are nested, differ from chip to chip, and leave the layer alone', () => {
    const changed = (ber: number, chipSeed = 7) => {
      const many = vmm({ operands: [0], output: 1, weights: new Int8Array(500), bias: new Int32Array(500) });
      return parameters({ flip0to1: ber, flip1to0: ber, chipSeed }, many).bias;
    };
    const [low, high] = [changed(0.01), changed(0.05)];
    expect(low.every((word, i) => (word & ~high[i]!) === 0)).toBe(true);
    const flipped = low.reduce((n, word) => n + word.toString(2).replace(/[^1]/g, '').length, 0);
    expect(flipped).toBeGreaterThan(0);
    expect(changed(0.05, 8)).not.toEqual(high);
    const before = structuredClone(layer);
    parameters({ flip0to1: 1, flip1to0: 1 });
    expect(layer).toEqual(before);
    expect(withParameterFaults(layer, 4, NO_BIT_FAULTS)).toBe(layer);
  });
});
