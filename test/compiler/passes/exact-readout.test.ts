import { describe, expect, it } from 'vitest';
import { exactReadout } from '../../../src/compiler/passes/exact-readout.js';
import { multiples, type PostOp, type Value } from '../../../src/compiler/passes/integer-value.js';
import { readoutValue } from '../../../src/ir/network/readout.js';

/** Sums of two classes within +-reach; their real value is post((scale q + constant) / divisor). */
const sums = (reach: number, change: Partial<Value> = {}): Value => ({
  ...multiples('sums', [2], 1, [-reach, reach]),
  kind: 'sum',
  ...change,
});

const times = (factors: readonly [number, number]): PostOp => ({
  apply: (x, channel) => x * factors[channel]!,
  roundings: [{ kind: 'multiply', by: (channel) => factors[channel]! }],
  slope: (channel) => factors[channel]!,
  intercept: () => 0,
});

const plus = (terms: readonly [number, number]): PostOp => ({
  apply: (x, channel) => x + terms[channel]!,
  roundings: [{ kind: 'add', by: (channel) => terms[channel]! }],
  slope: () => 1,
  intercept: (channel) => terms[channel]!,
});

describe('the readout of class scores', () => {
  it('leaves out a positive factor that all classes share', () => {
    const { steps, scale, offset } = exactReadout(sums(100, { scale: 0.1 }), {});
    expect([steps, [...scale], [...offset]]).toEqual([undefined, [1, 1], [0, 0]]);
  });

  it.each([
    ['a negative one', { scale: -0.1 }],
    ['one that is too small to keep integers apart', { scale: 2 ** -65 }],
    ['one that is too large', { scale: 2 ** 65 }],
  ])('keeps %s', (_, change) => {
    expect([...exactReadout(sums(100, change), {}).scale]).toEqual([change.scale, change.scale]);
  });

  it.each([2 ** -64, 2 ** 64])('leaves out the outermost of the factors that keep integers apart (%d)', (scale) => {
    expect([...exactReadout(sums(100, { scale }), {}).scale]).toEqual([1, 1]);
  });

  it('keeps a factor behind quotients that something is added to: two of them may round to one number', () => {
    const divided = sums(100, { divisor: 3, post: [plus([1, 2]), times([0.1, 0.1])] });
    const readout = exactReadout(divided, {});
    expect(readout.steps?.map(({ kind }) => kind)).toEqual(['divide', 'add']);
    expect([...readout.scale]).toEqual([0.1, 0.1]);
    for (let q = -100; q <= 100; q++) {
      expect([readoutValue(readout, q, 0), readoutValue(readout, q, 1)]).toEqual([
        (q / 3 + 1) * 0.1,
        (q / 3 + 2) * 0.1,
      ]);
    }
  });

  it('keeps a factor behind fractions', () => {
    const own = { scale: Float64Array.of(0.1, 0.1) };
    const { steps, scale } = exactReadout(sums(100, { constant: Float64Array.of(0.5, 0) }), own);
    expect(steps?.map(({ kind }) => kind)).toEqual(['add']);
    expect([...scale]).toEqual([0.1, 0.1]);
  });

  it('keeps a factor behind integers of more than 40 bits, and leaves out one behind 40', () => {
    const own = { scale: Float64Array.of(0.1, 0.1) };
    const reach = (largest: number): unknown[] => {
      const { steps, scale } = exactReadout(sums(largest, { post: [times([4, 2])] }), own);
      return [steps === undefined ? 0 : steps.length, ...scale];
    };
    // Without the shared factor the scales of the classes stand alone.
    expect(reach(2 ** 38)).toEqual([0, 4, 2]);
    expect(reach(2 ** 38 + 1)).toEqual([1, 0.1, 0.1]);
  });

  it('counts what is added to the size of the integers', () => {
    const own = { scale: Float64Array.of(0.1, 0.1) };
    const stepsAt = (constant: number): number =>
      exactReadout(sums(2 ** 39, { constant: Float64Array.of(constant, -1) }), own).steps?.length ?? 0;
    expect([stepsAt(2 ** 39), stepsAt(2 ** 39 + 1)]).toEqual([0, 1]);
  });
});
