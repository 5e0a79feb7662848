import { describe, expect, it } from 'vitest';
import {
  applyThreshold,
  integrate,
  leak,
  stochasticStep,
  type NeuronParameters,
  summed,
} from '../../../src/hw-models/truenorth/neuron.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { NEGATIVE, RESET } from '../../../src/ir/program/truenorth.js';

const NEURON: NeuronParameters = {
  weights: [3, -2, 255, -255],
  stochasticWeights: [false, false, false, false],
  leak: 0,
  stochasticLeak: false,
  leakReversal: false,
  threshold: 10,
  negativeThreshold: 4,
  resetMode: RESET.normal,
  negativeMode: NEGATIVE.reset,
  resetPotential: 7,
  thresholdMask: 0,
};

/** One tick from `potential` with one spike on each axon type of `types`. */
function check(
  change: Partial<NeuronParameters>,
  potential: number,
  expected: { potential: number; spike: boolean },
  rules = TRUENORTH,
  eta = 0,
): void {
  expect(applyThreshold({ ...NEURON, ...change }, rules, potential, eta)).toEqual(expected);
}

describe('a neuron', () => {
  it('adds the signed weight of the axon type of every active axon', () => {
    expect([0, 1, 2, 3].reduce((v, type) => integrate(NEURON, v, type, 0), 5)).toBe(6);
  });

  it('adds the leak whatever the sign of the potential', () => {
    expect([-5, 0, 5].map((v) => leak({ ...NEURON, leak: -3 }, v, 0))).toEqual([-8, -3, 2]);
  });

  it('leaks away from zero with reversal and a positive leak, and stays at zero', () => {
    expect([-5, 0, 5].map((v) => leak({ ...NEURON, leak: 3, leakReversal: true }, v, 0))).toEqual([-8, 0, 8]);
  });

  it('leaks towards zero with reversal and a negative leak, and stops there', () => {
    const reversed = { ...NEURON, leak: -3, leakReversal: true };
    expect([-5, -3, -2, 0, 2, 3, 5].map((v) => leak(reversed, v, 0) + 0)).toEqual([-2, 0, 0, 0, 0, 0, 2]);
  });

  it('takes a stochastic step of one where the magnitude reaches the draw, and none for a value of 0', () => {
    expect([0, 3, 4, 255].map((rho) => stochasticStep(3, rho))).toEqual([1, 1, 0, 0]);
    expect([0, 2, 3].map((rho) => stochasticStep(-2, rho))).toEqual([-1, -1, 0]);
    expect([0, 128, 255].map((rho) => stochasticStep(255, rho))).toEqual([1, 1, 1]);
    expect(stochasticStep(0, 0)).toBe(0);
  });

  it('replaces a stochastic weight by its sign or nothing, and leaves the other types alone', () => {
    const neuron = { ...NEURON, stochasticWeights: [false, true, false, true] };
    expect([0, 1, 2, 3].map((type) => integrate(neuron, 10, type, 2))).toEqual([13, 9, 265, 9]);
    expect([0, 1, 2, 3].map((type) => integrate(neuron, 10, type, 3))).toEqual([13, 10, 265, 9]);
  });

  it('replaces a stochastic leak by its sign or nothing, with the sign of V under reversal', () => {
    const neuron = { ...NEURON, leak: -3, stochasticLeak: true };
    expect([2, 3, 4].map((rho) => leak(neuron, 10, rho))).toEqual([9, 9, 10]);
    const reversed = { ...neuron, leakReversal: true };
    expect([-5, -1, 0, 1, 5].map((v) => leak(reversed, v, 3) + 0)).toEqual([-4, 0, 0, 0, 4]);
    expect([-5, 0, 5].map((v) => leak(reversed, v, 4) + 0)).toEqual([-5, 0, 5]);
  });

  it('lowers a negative threshold that resets by the draw, and not one that saturates', () => {
    check({}, -7, { potential: -7, spike: false }, TRUENORTH, 3);
    check({}, -8, { potential: -7, spike: false }, TRUENORTH, 3);
    check({ resetMode: RESET.linear }, -8, { potential: -1, spike: false }, TRUENORTH, 3);
    check({ negativeMode: NEGATIVE.saturate }, -5, { potential: -4, spike: false }, TRUENORTH, 3);
  });

  it('fires when the potential equals the threshold', () => {
    check({}, 9, { potential: 9, spike: false });
    check({}, 10, { potential: 7, spike: true });
  });

  it('fires only above the threshold when the spec says so', () => {
    const above = { ...TRUENORTH, positiveComparison: 'above' as const };
    check({}, 10, { potential: 10, spike: false }, above);
    check({}, 11, { potential: 7, spike: true }, above);
  });

  it('resets to R, by the threshold, or not at all', () => {
    check({ resetMode: RESET.normal }, 25, { potential: 7, spike: true });
    check({ resetMode: RESET.linear }, 25, { potential: 15, spike: true });
    check({ resetMode: RESET.none }, 25, { potential: 25, spike: true });
  });

  it('saturates at alpha + 2^TM - 1 without reset when it saturates below', () => {
    const mode = { resetMode: RESET.none, negativeMode: NEGATIVE.saturate };
    check(mode, 25, { potential: 10, spike: true });
    check({ ...mode, thresholdMask: 7 }, 25, { potential: 17, spike: true });
    check({ ...mode, thresholdMask: 7 }, 12, { potential: 12, spike: true });
  });

  it('raises the threshold by the draw and subtracts it in a linear reset, or the threshold alone', () => {
    check({ resetMode: RESET.linear }, 12, { potential: 12, spike: false }, TRUENORTH, 3);
    check({ resetMode: RESET.linear }, 14, { potential: 1, spike: true }, TRUENORTH, 3);
    const alone = { ...TRUENORTH, linearReset: 'threshold' as const };
    check({ resetMode: RESET.linear }, 14, { potential: 4, spike: true }, alone, 3);
  });

  it('leaves a potential at minus beta alone and acts below it', () => {
    check({}, -4, { potential: -4, spike: false });
    check({}, -5, { potential: -7, spike: false });
    check({ negativeMode: NEGATIVE.saturate }, -5, { potential: -4, spike: false });
  });

  it('acts at minus beta when the spec says so', () => {
    const atMost = { ...TRUENORTH, negativeComparison: 'atMost' as const };
    check({}, -4, { potential: -7, spike: false }, atMost);
    check({}, -3, { potential: -3, spike: false }, atMost);
  });

  it('resets below by beta in the linear mode and not at all without reset', () => {
    check({ resetMode: RESET.linear }, -9, { potential: -5, spike: false });
    check({ resetMode: RESET.none }, -9, { potential: -9, spike: false });
  });

  it('keeps the low bits of a potential that wraps, of sums within the tick too', () => {
    const wraps = { ...TRUENORTH, potentialMax: 255, potentialOverflow: 'wrap' as const };
    check({ resetMode: RESET.linear, threshold: 10, resetPotential: 0 }, 255, { potential: 245, spike: true }, wraps);
    check({ resetMode: RESET.normal, resetPotential: 300 }, 20, { potential: -212, spike: true }, wraps);
    expect([summed(256, wraps), summed(-257, wraps), summed(255, wraps), summed(1000, wraps)]).toEqual([
      -256, 255, 255, -24,
    ]);
    expect(summed(400_000, TRUENORTH)).toBe(400_000);
  });

  it('clamps the potential at the end of the tick', () => {
    check({ resetMode: RESET.none }, 400_000, { potential: 393_216, spike: true });
    check({ resetMode: RESET.none }, -400_000, { potential: -393_216, spike: false });
  });
});
