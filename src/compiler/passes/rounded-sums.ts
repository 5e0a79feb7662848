/**
 * Sums of values that float64 has rounded one by one: convolutions with a scale in front of an average, sums of a step in a residual
 * sum. The integer network sums integers and rounds once, so activations and decisions within the rounding may differ; the pass
 * says so unless nothing is rounded.
 */
import type { AddNode, AvgPoolNode } from '../../ir/network/types.js';
import { channelsOf } from '../../ir/network/shapes.js';
import type { Problem, Rounding, Value } from './integer-value.js';

/** What an average of this value has to warn of; `counts` are what its windows divide by. */
export function averageWarning(node: AvgPoolNode, before: Value, counts: Int32Array): Problem | undefined {
  const n = node.window[0] * node.window[1];
  const exact = before.post.length === 0 || counts.every(isPowerOfTwo);
  if (before.onGrid || (isUnrounded(before, n) && exact)) return undefined;
  return warning('its average', roundingBound(before, n));
}

/** What a sum of branches on one scale has to warn of. */
export function sumWarning(node: AddNode, inputs: readonly Value[]): Problem | undefined {
  if (inputs.every((value) => value.onGrid) || inputs.every((value) => isUnrounded(value, 2))) return undefined;
  return warning(
    `the sum of ${node.inputs.map((id) => `"${id}"`).join(' and ')}`,
    inputs.reduce((sum, value) => sum + roundingBound(value, 2), 0),
  );
}

/** Three digits of a bound must not fall below it. */
const ROUND_UP = 1.01;

const warning = (what: string, bound: number): Problem => [
  'rounded-sum',
  `${what} is one of values that float64 rounds one by one, the integer network rounds once: they differ by at most ${(ROUND_UP * bound).toPrecision(3)}, and so may what is decided as closely as that`,
  'accept it, put the activation before it, or use scales that are powers of two',
];

/** Steps of the constants and biases that are followed below. */
const FINE = 2 ** -8;
const isMultiple = (x: number): boolean => Number.isInteger(x / FINE);
const isPowerOfTwo = (x: number): boolean => {
  const steps = Math.abs(x) / FINE;
  return steps >= 1 && steps <= 2 ** 16 && Number.isInteger(steps) && (steps & (steps - 1)) === 0;
};

/** Whether no operation between the integer sum and the real value rounds, nor the sum of n such values: 53 bits hold them all. */
function isUnrounded(value: Value, n: number): boolean {
  if (!isPowerOfTwo(value.scale) || !isPowerOfTwo(value.divisor) || !value.constant.every(isMultiple)) return false;
  const operations = value.post.flatMap((op) => op.roundings);
  const constant = value.constant.reduce((most, c) => Math.max(most, Math.abs(c)), 0);
  return Array.from({ length: channelsOf(value.shape) }, (_, c) => c).every((c) => {
    // Every value is a multiple of `unit` and at most `top`.
    let unit = Math.min(Math.abs(value.scale), constant === 0 ? Infinity : FINE) / value.divisor;
    let top = (Math.abs(value.scale) * largestSum(value, c) + constant) / value.divisor;
    return operations.every(({ kind, by }) => {
      const size = Math.abs(by(c));
      if (kind === 'add' ? !isMultiple(size) : !isPowerOfTwo(size)) return false;
      const factor = factorOf(kind, size);
      unit = kind === 'add' ? Math.min(unit, size === 0 ? Infinity : FINE) : unit * factor;
      top = kind === 'add' ? top + size : top * factor;
      return top * n <= unit * 2 ** 53;
    });
  });
}

const largestSum = ({ low, high, zeroPoint }: Value, c: number): number =>
  Math.max(Math.abs(low[c]! - zeroPoint), Math.abs(high[c]! - zeroPoint));

const factorOf = (kind: Rounding['kind'], size: number): number =>
  kind === 'add' ? 1 : kind === 'multiply' ? size : 1 / size;

/** Half a unit in the last place of 1. */
const UNIT = 2 ** -53;

/**
 * Most by which the average (or sum) of n rounded values and the value of their integer average can differ. With m the largest
 * magnitude and e the largest error of a value after its operations: the average of values is off by e + n m u, the other way by
 * e + 2 m u.
 */
function roundingBound(value: Value, n: number): number {
  let bound = 0;
  const channels = channelsOf(value.shape);
  const constant = value.constant.reduce((most, c) => Math.max(most, Math.abs(c)), 0);
  for (let c = 0; c < channels; c++) {
    let m = (Math.abs(value.scale) * largestSum(value, c) + constant) / value.divisor;
    let e = 3 * m * UNIT;
    for (const { kind, by } of value.post.flatMap((op) => op.roundings)) {
      const size = Math.abs(by(c));
      const factor = factorOf(kind, size);
      m = factor * m + (kind === 'add' ? size : 0);
      e = factor * e + m * UNIT;
    }
    bound = Math.max(bound, 2 * e + (n + 2) * m * UNIT);
  }
  return bound;
}
