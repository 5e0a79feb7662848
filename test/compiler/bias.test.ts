import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planBias } from '../../src/compiler/targets/truenorth/bias.js';

const amounts = fc.array(fc.integer({ min: -2000, max: 2000 }), { maxLength: 8 });

describe('the constant of a memoryless neuron', () => {
  it('comes by one axon where the largest fits a weight', () => {
    const plan = planBias([3, -7, 0], 7, 2);
    expect(plan).toMatchObject({ coarse: 1, fine: 0 });
    expect([3, -7, 0].map((amount) => plan?.split(amount))).toEqual([
      { count: 1, weight: 3, fine: 0 },
      { count: 1, weight: -7, fine: 0 },
      { count: 1, weight: 0, fine: 0 },
    ]);
  });

  it('comes by axons of the largest weight and one of the rest where there are two types', () => {
    const plan = planBias([-17, 4], 7, 2);
    expect(plan).toMatchObject({ coarse: 2, fine: 1 });
    expect(plan?.split(-17)).toEqual({ count: 2, weight: -7, fine: -3 });
    expect(plan?.split(4)).toEqual({ count: 0, weight: 7, fine: 4 });
  });

  it('comes by the fewest equal parts where there is one type', () => {
    const plan = planBias([-17, 16], 7, 1);
    expect(plan).toMatchObject({ coarse: 17, fine: 0 });
    expect(plan?.split(16)).toEqual({ count: 4, weight: 4, fine: 0 });
  });

  it('has no way without a type', () => {
    expect(planBias([1], 7, 0)).toBeUndefined();
  });

  it('adds up, with weights that the chip has and no more axons than planned', () => {
    fc.assert(
      fc.property(
        amounts,
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 3 }),
        (all, weightMax, nTypes) => {
          const plan = planBias(all, weightMax, nTypes)!;
          for (const amount of all) {
            const { count, weight, fine } = plan.split(amount);
            expect(count * weight + fine).toBe(amount);
            expect(Math.max(Math.abs(weight), Math.abs(fine))).toBeLessThanOrEqual(weightMax);
            expect(count).toBeLessThanOrEqual(plan.coarse);
            expect(fine === 0 || plan.fine === 1).toBe(true);
          }
        },
      ),
    );
  });
});
