/** Quantisers and rectifiers as requantisations. */
import { quantiseFunction } from '../../ir/network/quantise.js';
import type { NodeId, QuantiseNode, RequantiseNode, Shape } from '../../ir/network/types.js';
import {
  affineOf,
  channelConstants,
  limitsOf,
  multiples,
  type Problem,
  realValue,
  type Step,
  type Value,
} from './integer-value.js';
import { exactAffine, type Fit, fitRequantise, type RisingFunction } from './requantise-fit.js';

/** A quantiser on a value: one fitted requantisation per channel. */
export function quantisation(node: QuantiseNode, before: Value): Step {
  const multiple = quantiseFunction(node);
  const limits = limitsOf(before);
  const levels = [multiple(limits[0]), multiple(limits[1])] as const;
  const stored = storedLevels(node, levels);
  const value = storedValue(node, before.shape, stored);
  if (before.post.some((op) => op.bends === true)) return tabled(node, before, value);
  const constants = channelConstants(before);
  const problem = unquantisable(before, constants);
  if (problem !== undefined || constants === undefined) {
    return { nodes: [], value, ...(problem === undefined ? {} : { problem }) };
  }
  const functions = Array.from(constants, (constant, c): RisingFunction => {
    const real = realValue(before, c, constant);
    const { slope, intercept } = affineOf(before, c, constant);
    return {
      low: before.low[c]!,
      high: before.high[c]!,
      min: levels[0],
      max: levels[1],
      at: (sum) => multiple(real(sum)),
      slope: slope / node.step,
      intercept: intercept / node.step,
    };
  });
  const fits = functions.map(fitRequantise);
  const requantise = requantiseNode(node.id, before.id, fits, stored.range, stored.zeroPoint);
  if (fits.some(({ wrong }) => wrong > 0)) {
    const exact = withOwnRounding(node, functions);
    if (exact !== undefined) {
      const { rounding } = exact;
      return {
        nodes: [{ ...requantiseNode(node.id, before.id, exact.fits, stored.range, stored.zeroPoint), rounding }],
        value,
      };
    }
    const table = tabled(node, before, value);
    if (table.problem === undefined) return table;
  }
  const warning = inexact(fits, before);
  return { nodes: [requantise], value, ...(warning === undefined ? {} : { warning }) };
}

/** Fits that round as the quantiser does, if they are exact in every channel. */
function withOwnRounding({ rounding }: QuantiseNode, functions: readonly RisingFunction[]) {
  if (rounding !== 'halfEven' && rounding !== 'halfAwayFromZero') return undefined;
  const fits = functions.flatMap((f) => exactAffine(f, rounding) ?? []);
  return fits.length === functions.length ? { fits, rounding } : undefined;
}

/** How the multiples low..high of a quantiser are stored: with a zero point where they are no integers of its bits. */
interface Stored {
  readonly zeroPoint: number;
  readonly range: readonly [low: number, high: number];
}

function storedLevels({ bits }: QuantiseNode, [low, high]: readonly [number, number]): Stored {
  const fits = (low >= 0 && high < 2 ** bits) || (low >= -(2 ** (bits - 1)) && high < 2 ** (bits - 1));
  const zeroPoint = fits ? 0 : 0 - low;
  return { zeroPoint, range: [low + zeroPoint, high + zeroPoint] };
}

function storedValue({ id, step }: QuantiseNode, shape: Shape, { zeroPoint, range }: Stored): Value {
  const value = multiples(id, shape, step, range);
  return { ...value, zeroPoint };
}

/** Most entries of a table. */
const MOST_ENTRIES = 256;

/** A quantiser behind a function of an activation: a table over what the activation can be. */
function tabled(node: QuantiseNode, before: Value, value: Value): Step {
  const multiple = quantiseFunction(node);
  const low = before.low.reduce((a, b) => Math.min(a, b), Infinity);
  const high = before.high.reduce((a, b) => Math.max(a, b), -Infinity);
  const constants = channelConstants(before);
  const refuse = (code: string, message: string, remedy: string): Step => ({
    nodes: [],
    value,
    problem: [code, message, remedy],
  });
  if (constants === undefined) {
    return refuse('unsupported-padding', 'its input has another constant where padding is read', 'pad with 0');
  }
  if (high - low >= MOST_ENTRIES) {
    const message = `the function before it reads ${high - low + 1} different values, a table has at most ${MOST_ENTRIES} entries`;
    return refuse('table-too-large', message, 'quantise the input of the function to 8 bits or fewer');
  }
  const tableOf = (constant: number, c: number): Int16Array => {
    const real = realValue(before, c, constant);
    return Int16Array.from({ length: high - low + 1 }, (_, k) => multiple(real(low + k)) + value.zeroPoint);
  };
  const table = tableOf(constants[0] ?? 0, 0);
  const differs = constants.findIndex((constant, c) => tableOf(constant, c).some((v, k) => v !== table[k]));
  if (differs >= 0) {
    const message = `channel ${differs} needs another table than channel 0, and a layer has one`;
    return refuse('table-per-channel', message, 'use one set of parameters for all channels');
  }
  return { nodes: [{ kind: 'lookup', id: node.id, input: before.id, inputMin: low, table }], value };
}

/** Why a value cannot be requantised: channels that fall (multipliers are positive), or padding that differs from place to place. */
export function unquantisable(value: Value, constants: Float64Array | undefined): Problem | undefined {
  const clip = value.post.findIndex((op) => op.within !== undefined);
  if (clip >= 0 && value.post.slice(clip).some((op) => op.within === undefined)) {
    return [
      'unsupported-order',
      `it reads "${value.id}" through a batch norm of rectified sums`,
      'put a quantise activation behind the relu',
    ];
  }
  if (value.post.some((op) => op.bends === true)) {
    return [
      'missing-activation',
      `it reads "${value.id}", a function whose result needs a step`,
      'put a quantise activation behind the function',
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
  zeroPoint = 0,
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
    zeroPoint,
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

/** A rectifier or clip on multiples of a step clips integers; undefined where a limit is no multiple, or channels differ. */
export function clippedCounts(id: NodeId, before: Value, [low, high]: readonly [number, number]): Step | undefined {
  const constant = before.constant[0] ?? 0;
  if (before.constant.some((c) => c !== constant)) return undefined;
  const integer = (x: number): number => (x * before.divisor - constant) / before.scale + before.zeroPoint;
  const reached = [before.low.reduce((a, b) => Math.min(a, b)), before.high.reduce((a, b) => Math.max(a, b))] as const;
  const min = low === -Infinity ? reached[0] : integer(low);
  const max = high === Infinity ? Math.max(reached[1], min) : integer(high);
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max)) return undefined;
  const node = requantiseNode(id, before.id, [{ multiplier: 1, shift: 0, addend: 0 }], [min, max]);
  const bound = (a: Float64Array): Float64Array => a.map((v) => Math.min(Math.max(v, min), max));
  return { nodes: [node], value: { ...before, id, low: bound(before.low), high: bound(before.high) } };
}
