import { describe, expect, it } from 'vitest';
import { biasOp, multiples, type PostOp, scaleOp, type Value } from '../../../src/compiler/passes/integer-value.js';
import { averageWarning, sumWarning } from '../../../src/compiler/passes/rounded-sums.js';
import type { AddNode, AvgPoolNode } from '../../../src/ir/network/types.js';

const pool = (rows: number, columns: number): AvgPoolNode => ({
  kind: 'avgPool',
  id: 'p',
  input: 'v',
  window: [rows, columns],
  stride: [1, 1],
  padding: [0, 0, 0, 0],
});
const add: AddNode = { kind: 'add', id: 's', inputs: ['v', 'w'] };

/** One pixel of values low..high in steps of `scale`, one channel, which the float network has rounded one by one. */
const values = (scale: number, range: readonly [number, number], more: Partial<Value> = {}): Value => ({
  ...multiples('v', [1, 1, 1], scale, range),
  onGrid: false,
  ...more,
});
const times = (x: number): PostOp => scaleOp(Float64Array.of(x));
const plus = (x: number): PostOp => biasOp(Float64Array.of(x));
const dividedBy = (x: number): PostOp => ({ ...times(1 / x), roundings: [{ kind: 'divide', by: () => x }] });

/** Whether an average over a window of `n` pixels in a row warns. */
const warns = (value: Value, n = 1, counts: readonly number[] = [n]): boolean =>
  averageWarning(pool(1, n), value, Int32Array.from(counts)) !== undefined;

describe('an average or sum says nothing where float64 rounds nothing', () => {
  it('of values on the grid of their step, whatever it is', () => {
    expect(warns(values(0.3, [0, 10], { onGrid: true }), 3)).toBe(false);
    expect(
      sumWarning(add, [values(0.3, [0, 10], { onGrid: true }), values(0.3, [0, 9], { onGrid: true })]),
    ).toBeUndefined();
    expect(sumWarning(add, [values(0.3, [0, 10], { onGrid: true }), values(0.3, [0, 9])])).toBeDefined();
  });

  it.each([
    [0.5, false],
    [-0.5, false],
    [0.3, true],
    [3, true],
    [2 ** -8, false],
    [2 ** -9, true],
    [2 ** 8, false],
    [2 ** 9, true],
    [0, true],
  ])('of a step of %d: warns is %s', (scale, expected) => {
    expect(warns(values(scale, [0, 10]))).toBe(expected);
    expect(sumWarning(add, [values(scale, [0, 10]), values(0.5, [0, 10])]) !== undefined).toBe(expected);
    expect(sumWarning(add, [values(0.5, [0, 10]), values(scale, [0, 10])]) !== undefined).toBe(expected);
  });

  it('of quotients by powers of two, and of constants of eight binary places', () => {
    expect(warns(values(1, [0, 10], { divisor: 4 }))).toBe(false);
    expect(warns(values(1, [0, 10], { divisor: 3 }))).toBe(true);
    expect(warns(values(1, [0, 10], { constant: Float64Array.of(5 * 2 ** -8) }))).toBe(false);
    expect(warns(values(1, [0, 10], { constant: Float64Array.of(2 ** -9) }))).toBe(true);
  });

  it('of factors and quotients that are powers of two, and biases of eight binary places', () => {
    const after = (...post: readonly PostOp[]): boolean => warns(values(1, [0, 10], { post }));
    expect(after(times(0.25), plus(5 * 2 ** -8), dividedBy(8))).toBe(false);
    expect(after(times(-2), plus(-3))).toBe(false);
    expect(after(times(3))).toBe(true);
    expect(after(dividedBy(3))).toBe(true);
    expect(after(plus(2 ** -9))).toBe(true);
    expect(after(plus(1), times(0.1))).toBe(true);
  });

  it('of windows that divide by a power of two, once something follows the sum', () => {
    const scaled = values(1, [0, 10], { post: [times(0.5)] });
    expect(warns(scaled, 4)).toBe(false);
    expect(warns(scaled, 3)).toBe(true);
    expect(warns(scaled, 4, [4, 3])).toBe(true);
    expect(warns(values(1, [0, 10]), 3)).toBe(false);
  });

  it('as long as 53 bits hold the sum of all values, as multiples of the finest of their parts', () => {
    const one = [times(1)];
    expect(warns(values(1, [0, 2 ** 52], { post: one }), 2)).toBe(false);
    expect(warns(values(1, [0, 2 ** 52 + 1], { post: one }), 2)).toBe(true);
    expect(warns(values(1, [-(2 ** 52), 0], { post: one }), 2)).toBe(false);
    expect(warns(values(1, [-(2 ** 52) - 1, 0], { post: one }), 2)).toBe(true);
    // Two operands of a sum are two values.
    const most = values(1, [0, 2 ** 52], { post: one });
    expect(sumWarning(add, [most, most])).toBeUndefined();
    expect(sumWarning(add, [most, values(1, [0, 2 ** 52 + 1], { post: one })])).toBeDefined();
    // A zero point comes off first.
    expect(warns(values(1, [8, 2 ** 53 + 8], { post: one, zeroPoint: 8 }))).toBe(false);
    expect(warns(values(1, [8, 2 ** 53 + 8], { post: one, zeroPoint: 4 }))).toBe(true);
    // A constant makes multiples of 2^-8 of them, and adds to the largest.
    const constant = Float64Array.of(1);
    expect(warns(values(1, [0, 2 ** 45 - 1], { post: one, constant }))).toBe(false);
    expect(warns(values(1, [0, 2 ** 45], { post: one, constant }))).toBe(true);
    expect(warns(values(1, [0, 2 ** 45], { post: one, constant: Float64Array.of(-1) }))).toBe(true);
    expect(warns(values(1, [0, 2 ** 45 - 1], { post: one, constant, divisor: 2 }))).toBe(false);
    expect(warns(values(2 ** -8, [0, 2 ** 53 - 256], { post: one, constant }))).toBe(false);
    expect(warns(values(2 ** -8, [0, 2 ** 53 - 254], { post: one, constant }))).toBe(true);
  });

  it('as long as the operations behind the sum keep it within 53 bits', () => {
    expect(warns(values(1, [0, 2 ** 45 - 1], { post: [plus(1)] }))).toBe(false);
    expect(warns(values(1, [0, 2 ** 45], { post: [plus(1)] }))).toBe(true);
    expect(warns(values(1, [0, 2 ** 53], { post: [plus(0)] }))).toBe(false);
    // Factors move unit and largest value alike: afterwards a bias of 1 is as fine as before times or over them.
    expect(warns(values(1, [0, 2 ** 42 - 1], { post: [times(8), plus(8)] }))).toBe(false);
    expect(warns(values(1, [0, 2 ** 42 - 1], { post: [times(8), plus(9)] }))).toBe(true);
    expect(warns(values(1, [0, 2 ** 48 - 1], { post: [dividedBy(8), plus(1 / 8)] }))).toBe(false);
    expect(warns(values(1, [0, 2 ** 48 - 1], { post: [dividedBy(8), plus(1 / 4)] }))).toBe(true);
  });
});

describe('the bound of what rounding takes', () => {
  /** The bound that a warning names, in units of 2^-53. */
  const bound = (message: string): number => Number(/at most ([\d.e+-]+)/.exec(message)?.[1]) * 2 ** 53;
  const u = 1.01;

  it('of an average counts three roundings of a value, one for every operation, and those of the average', () => {
    // m = 3, e = 9 u: 2 e + (n + 2) m u.
    const [code, message] = averageWarning(pool(2, 2), values(0.25 + 2 ** -10, [-8, 12]), Int32Array.of(4)) ?? ['', ''];
    expect(code).toBe('rounded-sum');
    const m = 12 * (0.25 + 2 ** -10);
    expect(bound(message) / (u * (6 * m + 6 * m))).toBeCloseTo(1, 2);
    const lower = averageWarning(pool(2, 3), values(0.3, [-20, 12]), Int32Array.of(6)) ?? ['', ''];
    expect(bound(lower[1]) / (u * (6 * 6 + 8 * 6))).toBeCloseTo(1, 2);
    const fixed = values(0.3, [10, 20], { zeroPoint: 10, constant: Float64Array.of(-2), divisor: 5 });
    // (0.3 x 10 + 2) / 5 = 1.
    expect(bound((averageWarning(pool(1, 2), fixed, Int32Array.of(2)) ?? ['', ''])[1]) / (u * (6 + 4))).toBeCloseTo(
      1,
      2,
    );
  });

  it('follows factors, quotients and biases', () => {
    // m: 1, 10, 14, 7; e: 3, 30 + 10, 40 + 14, 27 + 7.
    const post = [times(10), plus(-4), dividedBy(2)];
    const [, message] = averageWarning(pool(1, 1), values(0.1, [0, 10], { post }), Int32Array.of(1)) ?? ['', ''];
    expect(bound(message) / (u * (2 * 34 + 3 * 7))).toBeCloseTo(1, 2);
  });

  it('is that of the worst channel, and of both operands of a sum', () => {
    const two = multiples('w', [1, 1, 2], 0.3, [0, 10]);
    const wide: Value = { ...two, onGrid: false, high: Float64Array.of(10, 30) };
    // m = 9 and 3: 6 m + 4 m each.
    expect(
      bound((sumWarning(add, [wide, { ...wide, high: Float64Array.of(10, 10) }]) ?? ['', ''])[1]) / (u * 120),
    ).toBeCloseTo(1, 2);
  });
});
