/** Sums and concatenations of branches: one scale for all operands. */
import { present } from '../../common/assert.js';
import { requantiseValue } from '../../common/fixed-point.js';
import { rangeAfter } from '../../ir/network/ranges.js';
import { channelsOf, sizeOf } from '../../ir/network/shapes.js';
import type { AddNode, ConcatNode, NetworkNode, NodeId, RequantiseNode, Shape } from '../../ir/network/types.js';
import type { NameMaker } from '../fresh-names.js';
import { affineOf, channelConstants, limitsOf, type Problem, type Step, type Value } from './integer-value.js';
import { requantiseNode, unquantisable } from './quantisation.js';
import { affineRequantise } from './requantise-fit.js';
import { sumWarning } from './rounded-sums.js';

/**
 * Largest magnitude of an operand in the fine scale: 23 bits leave 2^-15 of an 8-bit step to each rounding, the sum fits 32 bits
 * by far, and the requantisation behind it has 27 bits of its product left for the multiplier.
 */
const FINE_LIMIT = 2 ** 23;

/** What a join reads and is called; `fresh` names the requantisations of its operands. */
export interface Branches {
  readonly inputs: readonly Value[];
  readonly shape: Shape;
  readonly fresh: NameMaker;
}

/** Joins branches. Operands on one scale are joined as they are; else they are requantised onto a common one first. */
export function joinBranches(node: AddNode | ConcatNode, branches: Branches): Step {
  const { inputs, shape } = branches;
  const first = present(inputs[0], 'branch');
  const plain = inputs.every(
    (value) =>
      value.scale === first.scale &&
      value.divisor === first.divisor &&
      value.post.length === 0 &&
      value.multiBit === first.multiBit &&
      (node.kind === 'add' || value.zeroPoint === first.zeroPoint) &&
      (node.kind === 'add' || value.kind === 'count'),
  );
  if (plain) {
    const warning = node.kind === 'add' ? sumWarning(node, inputs) : undefined;
    return { ...joined(node, inputs, shape), ...(warning === undefined ? {} : { warning }) };
  }
  const problem = inputs.map((value) => unjoinable(node, value)).find((found) => found !== undefined);
  if (problem !== undefined) return { nodes: [], value: { ...joined(node, inputs, shape).value, post: [] }, problem };
  return node.kind === 'add' ? addOnFineScale(node, branches) : concatOnOneScale(node, branches);
}

function joined(node: AddNode | ConcatNode, inputs: readonly Value[], shape: Shape): Step {
  const first = present(inputs[0], 'branch');
  const ids = inputs.map((value) => value.id);
  const lowered = withInputs(node, ids);
  const shapes = inputs.map((value) => value.shape);
  const range = rangeAfter(lowered, inputs, shapes);
  const channels = channelsOf(shape);
  const spread = (a: Float64Array): Float64Array => Float64Array.from({ length: channels }, (_, c) => a[c % a.length]!);
  const constant = new Float64Array(sizeOf(shape));
  let start = 0;
  for (const value of inputs) {
    const width = channelsOf(value.shape);
    value.constant.forEach((v, e) => {
      if (node.kind === 'add') constant[e]! += v;
      else constant[Math.floor(e / width) * channels + start + (e % width)] = v;
    });
    start += width;
  }
  return {
    nodes: [lowered],
    value: {
      ...first,
      id: node.id,
      shape,
      kind: node.kind === 'add' ? 'sum' : 'count',
      onGrid: inputs.every((value) => value.onGrid),
      // Sums add their zero points, values side by side have one.
      zeroPoint: node.kind === 'add' ? inputs.reduce((sum, value) => sum + value.zeroPoint, 0) : first.zeroPoint,
      constant,
      low: spread(range.low),
      high: spread(range.high),
    },
  };
}

function withInputs(node: AddNode | ConcatNode, ids: readonly NodeId[]): AddNode | ConcatNode {
  if (node.kind === 'concat') return { ...node, inputs: ids };
  return { ...node, inputs: [present(ids[0], 'operand'), present(ids[1], 'operand')] };
}

function unjoinable(node: AddNode | ConcatNode, value: Value): Problem | undefined {
  if (node.kind === 'concat' && value.kind === 'sum') {
    return [
      'missing-activation',
      `it reads "${value.id}", sums without an activation`,
      'put a sign, step or quantise activation on every branch',
    ];
  }
  return unquantisable(value, channelConstants(value));
}

/** An operand on the scale `unit`: integers y with the real value about unit * y. */
interface Operand {
  readonly node: RequantiseNode;
  readonly value: Value;
  /** Largest error of y, in units. */
  readonly error: number;
}

function operandOn(id: NodeId, value: Value, unit: number): Operand {
  const constants = present(channelConstants(value), 'constants');
  const limits = limitsOf(value).map((x) => Math.round(x / unit));
  let error = 0;
  const fits = Array.from(constants, (constant, c) => {
    const { slope, intercept } = affineOf(value, c, constant);
    const [low, high] = [value.low[c]!, value.high[c]!];
    const ends = [low, high].map((q) => Math.abs((slope * q + intercept) / unit));
    const reach = Math.max(...ends);
    const wanted = { low, high, min: -reach, max: reach, slope: slope / unit, intercept: intercept / unit };
    const fit = affineRequantise(wanted);
    const one = 2 ** fit.shift;
    const largest = Math.max(Math.abs(low), Math.abs(high));
    const drift =
      largest * Math.abs(fit.multiplier / one - wanted.slope) + Math.abs(fit.addend / one - wanted.intercept);
    error = Math.max(error, roundingOf(value, largest, wanted) + drift);
    return fit;
  });
  const unclipped = requantiseNode(id, value.id, fits, [-(2 ** 31), 2 ** 31 - 1]);
  const bound = (bounds: Float64Array): Float64Array =>
    bounds.map((q, c) => Math.min(Math.max(requantiseValue(unclipped, q, c), limits[0]!), limits[1]!));
  const low = bound(value.low);
  const high = bound(value.high);
  const min = low.reduce((a, b) => Math.min(a, b), Infinity);
  const max = high.reduce((a, b) => Math.max(a, b), -Infinity);
  const { constant } = value;
  return {
    node: { ...unclipped, min, max },
    value: {
      ...value,
      id,
      low,
      high,
      zeroPoint: 0,
      scale: unit,
      divisor: 1,
      constant: new Float64Array(constant.length),
      post: [],
      multiBit: true,
    },
    error,
  };
}

/** Most that rounding slope * q + intercept to integers takes, for |q| up to `largest`: nothing where both are integers. */
function roundingOf(
  value: Value,
  largest: number,
  { slope, intercept }: { readonly slope: number; readonly intercept: number },
): number {
  // Behind float64 operations slope and intercept are rounded themselves.
  if (value.post.length > 0) return 0.5;
  const fraction = (x: number): number => Math.abs(x - Math.round(x));
  return Math.min(0.5, largest * fraction(slope) + fraction(intercept));
}

const reachOf = (value: Value): number =>
  Array.from(present(channelConstants(value), 'constants'), (constant, c) => {
    const { slope, intercept } = affineOf(value, c, constant);
    return Math.max(...[value.low[c]!, value.high[c]!].map((q) => Math.abs(slope * q + intercept)));
  }).reduce((a, b) => Math.max(a, b), 0);

function addOnFineScale(node: AddNode, { inputs, shape, fresh }: Branches): Step {
  const reach = Math.max(...inputs.map(reachOf), Number.MIN_VALUE);
  // A power of two: exact where the scales of the operands are powers of two as well.
  let unit = 1;
  while (reach / unit > FINE_LIMIT) unit *= 2;
  while (reach / unit <= FINE_LIMIT / 2 && unit > 2 ** -500) unit /= 2;
  const operands = inputs.map((value, k) => operandOn(fresh(`${node.id}.operand${k}`), value, unit));
  const sum = joined(
    node,
    operands.map((operand) => operand.value),
    shape,
  );
  const bound = operands.reduce((total, operand) => total + operand.error, 0) * unit;
  return {
    nodes: [...operands.map((operand) => operand.node), ...sum.nodes],
    value: sum.value,
    ...(bound === 0
      ? {}
      : {
          warning: [
            'rounded-operands',
            `its operands are rounded to multiples of ${unit}: a sum differs from the real one by at most ${bound.toPrecision(3)}`,
            'accept it, or quantise both operands with one step',
          ] as const,
        }),
  };
}

function concatOnOneScale(node: ConcatNode, { inputs, shape, fresh }: Branches): Step {
  const { scale, divisor } = commonStep(inputs);
  const unit = scale / divisor;
  const nodes: NetworkNode[] = [];
  let error = 0;
  const values = inputs.map((value, k) => {
    const same =
      value.scale === scale &&
      value.divisor === divisor &&
      value.zeroPoint === 0 &&
      value.constant.every((c) => c === 0);
    if (same) return value;
    const operand = operandOn(fresh(`${node.id}.operand${k}`), value, unit);
    nodes.push(operand.node);
    error = Math.max(error, operand.error);
    return { ...operand.value, scale, divisor };
  });
  const result = joined(node, values, shape);
  return {
    nodes: [...nodes, ...result.nodes],
    value: { ...result.value, multiBit: true },
    ...(error === 0
      ? {}
      : {
          warning: [
            'rounded-operands',
            `its branches are rounded to multiples of ${unit}, the step of one branch: values differ by at most ${(error * unit).toPrecision(3)}`,
            'accept it, or quantise all branches with one step',
          ] as const,
        }),
  };
}

/** The step of a value, as a quotient so that it stays what it is. */
type UnitStep = Pick<Value, 'scale' | 'divisor'>;

/** Values of a layer of integers spread over at most so many steps: they fit 8 bits, with a zero point. */
const MOST_STEPS = 255;

/**
 * The finest step among those of the branches in which the values of all of them fit 8 bits; the coarsest where none does. The order of the
 * branches does not matter.
 */
function commonStep(inputs: readonly Value[]): UnitStep {
  const steps = inputs.map(stepOf).sort((a, b) => a.scale / a.divisor - b.scale / b.divisor);
  const fits = ({ scale, divisor }: UnitStep): boolean => {
    const bounds = inputs.flatMap((value) => boundsOf(value).map((x) => Math.round((x * divisor) / scale)));
    return Math.max(0, ...bounds) - Math.min(0, ...bounds) <= MOST_STEPS;
  };
  return present(steps.find(fits) ?? steps.at(-1), 'step of a branch');
}

/** The step the values of a branch are multiples of: that of its integers, or of a constant between them (1 for signs). */
function stepOf({ scale, divisor, constant }: Value): UnitStep {
  const between = constant
    .filter((c) => !Number.isInteger(c / scale))
    .reduce((a, c) => Math.min(a, Math.abs(c)), scale);
  return { scale: between, divisor };
}

/** Least and greatest real value of a branch. */
function boundsOf(value: Value): readonly [low: number, high: number] {
  const ends = Array.from(present(channelConstants(value), 'constants'), (constant, c) => {
    const { slope, intercept } = affineOf(value, c, constant);
    return [slope * value.low[c]! + intercept, slope * value.high[c]! + intercept];
  }).flat();
  return [ends.reduce((a, b) => Math.min(a, b), Infinity), ends.reduce((a, b) => Math.max(a, b), -Infinity)];
}
