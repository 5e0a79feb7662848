/** Rescaling of integers in the network IR, with the roundings of TensorFlow Lite's reference kernels. */
import type { NetworkNode, NodeId, RequantiseNode } from '../../../ir/network/types.js';
import type { OperatorContext } from './operator-context.js';
import type { FixedMultiplier } from './quantised.js';

/** Limits of a result. */
export interface Limits {
  readonly min: number;
  readonly max: number;
}

/** Numbers that a chip's registers hold. */
export const ANY_INT32: Limits = { min: -(2 ** 31), max: 2 ** 31 - 1 };

/** Nothing below 2^-32 of a 32-bit number is left after both roundings. */
const ZERO: FixedMultiplier = { multiplier: 1, exponent: -31 };

/** MultiplyByQuantizedMultiplier on each channel, then a clip; `before` more left shifts. All exponents above 0 have to be the same. */
export function requantiseNode(
  id: NodeId,
  input: NodeId,
  multipliers: readonly FixedMultiplier[],
  { min, max }: Limits,
  before = 0,
): RequantiseNode {
  const uniform = multipliers.every(
    (m) => m.multiplier === multipliers[0]?.multiplier && m.exponent === multipliers[0].exponent,
  );
  const each = (uniform ? multipliers.slice(0, 1) : multipliers).map((m) => (m.multiplier === 0 ? ZERO : m));
  const left = each.reduce((most, { exponent }) => Math.max(most, exponent), 0);
  return {
    ...{
      kind: 'requantise',
      id,
      input,
      inputZeroPoint: 0,
      leftShift: before + left,
      rounding: 'gemmlowp',
      zeroPoint: 0,
      min,
      max,
    },
    multiplier: Int32Array.from(each, ({ multiplier }) => multiplier),
    shift: Uint8Array.from(each, ({ exponent }) => 31 - Math.min(exponent, 0)),
  };
}

/** Adds an integer and clips. */
export function shiftNode(id: NodeId, input: NodeId, by: number, { min, max }: Limits): RequantiseNode {
  return {
    ...{ kind: 'requantise', id, input, inputZeroPoint: 0, leftShift: 0, rounding: 'floor', zeroPoint: by, min, max },
    ...{ multiplier: Int32Array.of(1), shift: Uint8Array.of(0) },
  };
}

/** A matrix or convolution whose weights and bias may be those of some outputs only, 0 elsewhere. */
export interface LinearLayer {
  readonly nOut: number;
  /** [nOut, taps] */
  readonly weights: Int8Array;
  readonly bias: Float64Array | undefined;
  /** Taken off all weights; [1] or [nOut]. */
  readonly weightZeroPoint: Int8Array | undefined;
  make(parts: {
    readonly id: NodeId;
    readonly weights: Int8Array;
    readonly bias?: Float64Array;
    readonly weightZeroPoint?: Int8Array;
  }): NetworkNode;
}

/**
 * A linear layer and its rescaling. A requantisation has one left shift, and real multipliers of 1 and more need one: where channels need
 * different ones, each kind gets its own layer with zeros for the others, and the results are added.
 */
export function rescaledLinear(
  context: OperatorContext,
  layer: LinearLayer,
  multipliers: readonly FixedMultiplier[],
  limits: Limits,
): NodeId {
  const lefts = [...new Set(multipliers.map(({ exponent }) => Math.max(exponent, 0)))].sort((a, b) => a - b);
  const { nOut, weights, bias, weightZeroPoint } = layer;
  const [first] = lefts;
  if (lefts.length === 1 && first !== undefined) {
    const sums = context.add(
      layer.make({
        ...{ id: context.id('sums'), weights },
        ...(bias === undefined ? {} : { bias }),
        ...(weightZeroPoint === undefined ? {} : { weightZeroPoint }),
      }),
    );
    return context.add(requantiseNode(context.id(), sums, multipliers, limits));
  }
  const taps = weights.length / nOut;
  context.charge(weights.length * lefts.length);
  // What belongs to the others is 0, so that the sum is that of its own.
  const inside = { min: Math.min(0, limits.min), max: Math.max(0, limits.max) };
  const parts = lefts.map((left) => {
    const isOwn = (o: number): boolean => Math.max(multipliers[o]?.exponent ?? 0, 0) === left;
    const zeroOf = (o: number): number => weightZeroPoint?.[weightZeroPoint.length === 1 ? 0 : o] ?? 0;
    const sums = context.add(
      layer.make({
        id: context.id(`sums${left}`),
        weights: weights.map((w, k) => (isOwn(Math.floor(k / taps)) ? w : zeroOf(Math.floor(k / taps)))),
        ...(bias === undefined ? {} : { bias: bias.map((b, o) => (isOwn(o) ? b : 0)) }),
        ...(weightZeroPoint === undefined ? {} : { weightZeroPoint }),
      }),
    );
    const own = multipliers.map((m, o) => (isOwn(o) ? m : { multiplier: 2 ** 30, exponent: 0 }));
    const scaled = left === 0 ? own : own.map((m, o) => (isOwn(o) ? m : { multiplier: 2 ** 30, exponent: left }));
    return context.add(requantiseNode(context.id(`part${left}`), sums, scaled, inside));
  });
  const sum = parts.reduce((a, b) => context.add({ kind: 'add', id: context.id('sum'), inputs: [a, b] }));
  return context.add(shiftNode(context.id(), sum, 0, limits));
}
