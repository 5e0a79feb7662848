/** Quantisers and rectifiers as requantisations. */
import { quantiseFunction, quantiseLevels } from '../../ir/network/quantise.js';
import type { NodeId, QuantiseNode, RequantiseNode } from '../../ir/network/types.js';
import {
  affineOf,
  channelConstants,
  multiples,
  type Problem,
  realValue,
  type Step,
  type Value,
} from './integer-value.js';
import { type Fit, fitRequantise } from './requantise-fit.js';

/** A quantiser on a value: one fitted requantisation per channel. */
export function quantisation(node: QuantiseNode, before: Value): Step {
  const [low, high] = quantiseLevels(node);
  const levels = [before.post.at(-1)?.rectifies === true ? Math.max(low, 0) : low, high] as const;
  const value = multiples(node.id, before.shape, node.step, levels);
  const constants = channelConstants(before);
  const problem = unquantisable(before, constants);
  if (problem !== undefined || constants === undefined) {
    return { nodes: [], value, ...(problem === undefined ? {} : { problem }) };
  }
  const multiple = quantiseFunction(node);
  const fits = Array.from(constants, (constant, c) => {
    const real = realValue(before, c, constant);
    const { slope, intercept } = affineOf(before, c, constant);
    return fitRequantise({
      low: before.low[c]!,
      high: before.high[c]!,
      min: levels[0],
      max: levels[1],
      at: (sum) => multiple(real(sum)),
      slope: slope / node.step,
      intercept: intercept / node.step,
    });
  });
  const requantise = requantiseNode(node.id, before.id, fits, levels);
  const warning = inexact(fits, before);
  return { nodes: [requantise], value, ...(warning === undefined ? {} : { warning }) };
}

/** Why a value cannot be requantised: channels that fall (multipliers are positive), or padding that differs from place to place. */
export function unquantisable(value: Value, constants: Float64Array | undefined): Problem | undefined {
  const rectifier = value.post.findIndex((op) => op.rectifies === true);
  if (rectifier >= 0 && rectifier < value.post.length - 1) {
    return [
      'unsupported-order',
      `it reads "${value.id}" through a batch norm of rectified sums`,
      'put a quantise activation behind the relu',
    ];
  }
  if (constants === undefined) {
    return [
      'unsupported-padding',
      'its sums have another constant where padding is read, and a requantisation has one per channel',
      'pad with the smallest value of the activation before (-1 after sign, 0 after step)',
    ];
  }
  const beyond = Array.from(constants, (constant, c) => !isFinite64(value, c, constant)).filter(Boolean).length;
  if (beyond > 0) {
    return [
      'beyond-float64',
      `the values of ${beyond} of ${constants.length} channels leave float64 on the way through scale, bias and batch norm`,
      'use parameters of a moderate size; gamma over the root of the variance is the factor of a batch norm',
    ];
  }
  const falling = Array.from(constants, (constant, c) => affineOf(value, c, constant).slope < 0).filter(Boolean).length;
  if (falling === 0) return undefined;
  return [
    'falling-channel',
    `${falling} of ${constants.length} channels fall when their sums rise`,
    'use positive gamma in the batch norm, or let it follow a dense or convolution layer without weights of -128 directly',
  ];
}

/** Whether the real values of a channel, and what restates them, are finite over all sums. */
function isFinite64(value: Value, c: number, constant: number): boolean {
  const real = realValue(value, c, constant);
  const { slope, intercept } = affineOf(value, c, constant);
  const [low, high] = [value.low[c]!, value.high[c]!];
  return [real(low), real(high), slope, intercept, slope * low + intercept, slope * high + intercept].every(
    Number.isFinite,
  );
}

/** A requantisation with these channels, ties upwards; one entry where all channels agree. */
export function requantiseNode(
  id: NodeId,
  input: NodeId,
  fits: readonly Pick<Fit, 'multiplier' | 'shift' | 'addend'>[],
  [min, max]: readonly [number, number],
): RequantiseNode {
  const [first] = fits;
  const same = fits.every(
    (fit) => fit.multiplier === first?.multiplier && fit.shift === first.shift && fit.addend === first.addend,
  );
  const used = same ? fits.slice(0, 1) : fits;
  const addend = Float64Array.from(used, (fit) => 0 + fit.addend);
  return {
    kind: 'requantise',
    id,
    input,
    inputZeroPoint: 0,
    leftShift: 0,
    multiplier: Int32Array.from(used, (fit) => fit.multiplier),
    shift: Uint8Array.from(used, (fit) => fit.shift),
    ...(addend.some((a) => a !== 0) ? { addend } : {}),
    zeroPoint: 0,
    min,
    max,
    rounding: 'halfUp',
  };
}

function inexact(fits: readonly Fit[], before: Value): Problem | undefined {
  const wrong = fits.flatMap((fit, c) => (fit.wrong > 0 ? [{ ...fit, c }] : []));
  if (wrong.length === 0) return undefined;
  const worst = wrong.reduce((a, b) => (b.wrong > a.wrong ? b : a));
  const sums = before.high[worst.c]! - before.low[worst.c]! + 1;
  const steps = wrong.reduce((most, fit) => Math.max(most, fit.worst), 0);
  return [
    'inexact-requantisation',
    `${wrong.length} of ${fits.length} channels differ on at most ${worst.wrong} of ${sums} sums by ${steps === 1 ? 'one step' : `at most ${steps} steps`}`,
    'accept it, or use steps and scales that are powers of two',
  ];
}

/** A rectifier on multiples of a step clips integers. */
export function rectifiedCounts(id: NodeId, before: Value): Step {
  const high = before.high.reduce((a, b) => Math.max(a, b), 0);
  const node = requantiseNode(id, before.id, [{ multiplier: 1, shift: 0, addend: 0 }], [0, high]);
  const bound = (a: Float64Array): Float64Array => a.map((v) => Math.max(v, 0));
  return { nodes: [node], value: { ...before, id, low: bound(before.low), high: bound(before.high) } };
}
