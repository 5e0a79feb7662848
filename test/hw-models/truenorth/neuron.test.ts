import { describe, expect, it } from 'vitest';
import { applyThreshold, integrate, leak, type NeuronParameters } from '../../../src/hw-models/truenorth/neuron.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
import { NEGATIVE, RESET } from '../../../src/ir/program/truenorth.js';

const NEURON: NeuronParameters = {
  weights: [3, -2, 255, -255],
  leak: 0,
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
    expect([0, 1, 2, 3].reduce((v, type) => integrate(NEURON, v, type), 5)).toBe(6);
  });

  it('adds the leak whatever the sign of the potential', () => {
    expect([-5, 0, 5].map((v) => leak({ ...NEURON, leak: -3 }, v))).toEqual([-8, -3, 2]);
  });

  it('leaks away from zero with reversal and a positive leak, and stays at zero', () => {
    expect([-5, 0, 5].map((v) => leak({ ...NEURON, leak: 3, leakReversal: true }, v))).toEqual([-8, 0, 8]);
  });

  it('leaks towards zero with reversal and a negative leak, and stops there', () => {
    const reversed = { ...NEURON, leak: -3, leakReversal: true };
    expect([-5, -3, -2, 0, 2, 3, 5].map((v) => leak(reversed, v) + 0)).toEqual([-2, 0, 0, 0, 0, 0, 2]);
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

  it('clamps the potential at the end of the tick', () => {
    check({ resetMode: RESET.none }, 400_000, { potential: 393_216, spike: true });
    check({ resetMode: RESET.none }, -400_000, { potential: -393_216, spike: false });
  });
});
