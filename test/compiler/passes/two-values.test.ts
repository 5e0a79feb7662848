/** Products and extrema of two integer values: when they have an integer form, and when that is exact. */
import { describe, expect, it } from 'vitest';
import { multiples, scaleOp, type Value } from '../../../src/compiler/passes/integer-value.js';
import { extremum, product } from '../../../src/compiler/passes/pointwise.js';
import type { ExtremumNode, MultiplyNode } from '../../../src/ir/network/types.js';

const value = (id: string, more: Partial<Value> = {}): Value => ({ ...multiples(id, [2], 0.5, [-3, 4]), ...more });
const times: MultiplyNode = { kind: 'multiply', id: 'm', inputs: ['x', 'y'] };
const larger: ExtremumNode = { kind: 'extremum', id: 'm', inputs: ['x', 'y'], of: 'max' };
const post = [scaleOp(Float64Array.of(2))];

describe('a product', () => {
  it('multiplies scales, divisors and bounds', () => {
    const step = product(times, [value('a'), value('b', { scale: 0.25, divisor: 4 })], [2]);
    expect(step.nodes).toEqual([{ ...times, inputs: ['a', 'b'] }]);
    expect(step.warning).toBeUndefined();
    expect(step.value).toMatchObject({
      ...{ kind: 'sum', multiBit: true, onGrid: false, zeroPoint: 0, scale: 0.125, divisor: 4 },
      // -3 x 4, and 4 x 4.
      ...{ low: Float64Array.of(-12, -12), high: Float64Array.of(16, 16), constant: new Float64Array(2) },
    });
  });

  it.each([{ scale: 0.3 }, { scale: -0.3 }, { divisor: 3 }])(
    'says that it is rounded where one of the operands has %j',
    (odd) => {
      expect(product(times, [value('a', odd), value('b')], [2]).warning?.[0]).toBe('rounded-product');
      expect(product(times, [value('a'), value('b', odd)], [2]).warning?.[0]).toBe('rounded-product');
    },
  );

  it.each([{ scale: -0.25 }, { scale: 4 }, { divisor: 8 }])('is exact where one of them has %j', (even) => {
    expect(product(times, [value('a', even), value('b', even)], [2]).warning).toBeUndefined();
  });

  it.each([
    ['missing-activation', { kind: 'sum' }],
    ['missing-activation', { post }],
    ['constant-in-product', { zeroPoint: 1 }],
    ['constant-in-product', { constant: Float64Array.of(0, -1) }],
  ] as const)('is refused with %s where one of them has %j', (code, more) => {
    const bad = value('bad', more);
    for (const inputs of [
      [bad, value('b')],
      [value('b'), bad],
    ]) {
      const { nodes, problem } = product(times, inputs, [2]);
      expect([nodes, problem?.[0]]).toEqual([[], code]);
      expect(problem?.[1]).toContain('"bad"');
    }
  });
});

describe('an extremum', () => {
  it('is that of the integers of two values on one scale', () => {
    const [a, b] = [value('a'), value('b', { low: Float64Array.of(0, -9), high: Float64Array.of(2, 9) })];
    const most = extremum(larger, [a, b], [2]);
    expect(most.nodes).toEqual([{ ...larger, inputs: ['a', 'b'] }]);
    expect(most.value).toMatchObject({ id: 'm', low: Float64Array.of(0, -3), high: Float64Array.of(4, 9), scale: 0.5 });
    const least = extremum({ ...larger, of: 'min' }, [a, b], [2]);
    expect(least.value).toMatchObject({ low: Float64Array.of(-3, -9), high: Float64Array.of(2, 4) });
  });

  it.each([
    ['different-steps', { scale: 0.25 }],
    ['different-steps', { divisor: 2 }],
    ['different-steps', { zeroPoint: 1 }],
    ['different-steps', { multiBit: false }],
    ['different-steps', { constant: Float64Array.of(0, 1) }],
    ['missing-activation', { kind: 'sum' }],
    ['missing-activation', { post }],
  ] as const)('is refused with %s where one of them alone has %j', (code, more) => {
    const other = value('b', more);
    for (const inputs of [
      [value('a'), other],
      [other, value('a')],
    ]) {
      const { nodes, problem } = extremum(larger, inputs, [2]);
      expect([nodes, problem?.[0]]).toEqual([[], code]);
    }
  });

  it('takes two values with the same constants', () => {
    const constant = Float64Array.of(0, 1);
    expect(extremum(larger, [value('a', { constant }), value('b', { constant })], [2]).problem).toBeUndefined();
  });
});
