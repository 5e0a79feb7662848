/** Operators on every element by itself, or on the elements of two tensors in the same place. */
import type { FunctionName } from '../../../../ir/network/functions.js';
import type { NodeId } from '../../../../ir/network/types.js';
import { broadcastConstant, perChannel, scalar, varyingAxes } from '../constants.js';
import type { AffineStep } from '../affine.js';
import { layerShape, value } from '../builder.js';
import {
  broadcastDims,
  type Constant,
  type Dims,
  elements,
  refuse,
  sameDims,
  stridesOf,
  type Tensor,
  type Value,
} from '../values.js';
import {
  constantInput,
  type Context,
  type Importer,
  type Importers,
  networkValue,
  requiredConstant,
} from './context.js';
import { alike, expanded } from './shapes.js';

/** A constant against the elements of a tensor: one number, numbers along one dimension, or one per element. */
export function spread(constant: Constant, dims: Dims): Pick<AffineStep, 'axis' | 'by'> {
  const axes = varyingAxes(constant, dims);
  const [axis] = axes;
  if (axis === undefined) return { axis: undefined, by: Float64Array.of(constant.data[0] ?? 0) };
  const data = broadcastConstant(constant, dims);
  if (axes.length > 1) return { axis: 'element', by: Float64Array.from(data) };
  const stride = stridesOf(dims)[axis]!;
  return { axis, by: Float64Array.from({ length: dims[axis]! }, (_, i) => data[i * stride]!) };
}

/** An operation with a constant. */
export function withConstant(context: Context, from: Value, kind: AffineStep['kind'], constant: Constant): Value {
  const dims = broadcastDims(from.dims, constant.dims);
  const step = { kind, ...spread(constant, dims) };
  if (!step.by.every(Number.isFinite)) refuse('a constant that is not finite', 'export the model again');
  if (kind === 'divide' && step.by.includes(0)) refuse('a division by 0', 'export the model again');
  const whole = expanded(context, from, dims);
  const [by = 1] = step.by;
  // A positive number for all elements goes into the scale of the layer behind.
  if (step.axis === undefined && by > 0 && whole.code === undefined && (kind === 'multiply' || kind === 'divide')) {
    return { ...whole, factor: kind === 'multiply' ? whole.factor * by : whole.factor / by };
  }
  return context.network.affine(context.network.plain(whole), step);
}

type Operands = readonly [Tensor | undefined, Tensor | undefined];

/** Both operands as values of one shape, under one factor. */
function operands(
  context: Context,
  inputs: readonly (Tensor | undefined)[],
  at: readonly [number, number],
): [Value, Value] {
  const [a, b] = at.map((i) => bare(context, networkValue(inputs, i)));
  const dims = broadcastDims(a!.dims, b!.dims);
  const [x, y] = alike(context, [expanded(context, a!, dims), expanded(context, b!, dims)]);
  return [x!, y!];
}

/** Integers with a zero point do not add up: their elements themselves. */
const bare = (context: Context, from: Value): Value => (from.code === undefined ? from : context.network.plain(from));

const constantAt = ([a, b]: Operands): 0 | 1 | undefined =>
  a?.kind === 'constant' ? 0 : b?.kind === 'constant' ? 1 : undefined;

function sum(context: Context, inputs: readonly (Tensor | undefined)[], at: readonly [number, number] = [0, 1]): Value {
  const which = constantAt([inputs[at[0]], inputs[at[1]]]);
  if (which !== undefined) {
    const constant = requiredConstant(inputs, at[which], 'an operand');
    return withConstant(context, networkValue(inputs, at[which === 0 ? 1 : 0]), 'add', constant);
  }
  const [a, b] = operands(context, inputs, at);
  return { ...a, id: context.network.add({ kind: 'add', inputs: [a.id, b.id] }) };
}

const negative = (context: Context, from: Value): Value =>
  context.network.affine(context.network.plain(from), { kind: 'multiply', axis: undefined, by: Float64Array.of(-1) });

const difference: Importer = (context, inputs) => {
  const which = constantAt([inputs[0], inputs[1]]);
  if (which === 1) return [withConstant(context, networkValue(inputs), 'subtract', requiredConstant(inputs, 1, 'b'))];
  const second = negative(context, networkValue(inputs, 1));
  return [sum(context, [inputs[0], second])];
};

const product: Importer = (context, inputs) => {
  const which = constantAt([inputs[0], inputs[1]]);
  if (which !== undefined) {
    const constant = requiredConstant(inputs, which, 'an operand');
    return [withConstant(context, networkValue(inputs, 1 - which), 'multiply', constant)];
  }
  const [a, b] = [0, 1].map((i) => bare(context, networkValue(inputs, i)));
  return [multiplied(context, a!, b!)];
};

function multiplied(context: Context, a: Value, b: Value): Value {
  const { network } = context;
  const factor = a.factor * b.factor;
  const dims = broadcastDims(a.dims, b.dims);
  const axis = gateAxis(a.dims, b.dims);
  if (axis !== undefined) {
    const gate = network.rearranged(b.id, [elements(b.dims)], undefined);
    const layer = (id: NodeId): NodeId => network.add({ kind: 'multiply', inputs: [id, gate] });
    return { ...network.along(value(a.id, a.dims), axis, layer), factor };
  }
  if (gateAxis(b.dims, a.dims) !== undefined) return multiplied(context, b, a);
  const [x, y] = [expanded(context, a, dims), expanded(context, b, dims)];
  return { ...x, factor, id: network.add({ kind: 'multiply', inputs: [x.id, y.id] }) };
}

/** The dimension along which a second operand has one value for each index and repeats elsewhere. */
function gateAxis(a: Dims, b: Dims): number | undefined {
  if (sameDims(a, b) || b.length > a.length || !sameDims(broadcastDims(a, b), a)) return undefined;
  const axes = a.flatMap((_, i) => ((b[i - a.length + b.length] ?? 1) > 1 ? [i] : []));
  return axes.length === 1 ? axes[0] : undefined;
}

const quotient: Importer = (context, inputs) => {
  if (inputs[1]?.kind !== 'constant') {
    return refuse('a division by what is computed from the image', 'divide by a constant, or multiply');
  }
  return [withConstant(context, networkValue(inputs), 'divide', inputs[1])];
};

const power: Importer = (context, inputs) => {
  const exponent = scalar(requiredConstant(inputs, 1, 'the exponent'), 'the exponent');
  const from = networkValue(inputs);
  if (exponent === 1) return [from];
  if (exponent === 2) return [context.network.named(from, 'square')];
  if (exponent === 0.5) return [context.network.named(from, 'sqrt')];
  return refuse(`a power of ${exponent}`, 'use the powers 1, 2 or 0.5');
};

/** Maximum or minimum of any number of operands; of a constant it is a clip. */
const extremum =
  (of: 'max' | 'min'): Importer =>
  (context, inputs) => {
    const { network } = context;
    const constants = inputs.flatMap((input) => (input?.kind === 'constant' ? [scalar(input, 'an operand')] : []));
    const values = inputs.flatMap((input, i) =>
      input?.kind === 'constant' ? [] : [bare(context, networkValue(inputs, i))],
    );
    const [first] = values;
    if (first === undefined) return refuse('no operands', 'export the model again');
    const joined = values.slice(1).reduce((a, b) => {
      const [x, y] = operands(context, [a, b], [0, 1]);
      return { ...x, id: network.add({ kind: 'extremum', of, inputs: [x.id, y.id] }) };
    }, first);
    if (constants.length === 0) return [joined];
    const limit = of === 'max' ? Math.max(...constants) : Math.min(...constants);
    return [clipped(context, joined, of === 'max' ? [limit, LARGEST] : [-LARGEST, limit])];
  };

/** The largest float32: what has no limit. */
const LARGEST = 3.4028234663852886e38;

/** Limits in the units of a value's own layer. */
export function clipped(context: Context, from: Value, [low, high]: readonly [number, number]): Value {
  const { code, factor } = from;
  const inside = (x: number): number => {
    if (Math.abs(x) >= LARGEST) return Math.sign(x) * LARGEST;
    return code === undefined ? x / factor : (x - code.zeroPoint) * code.scale;
  };
  // Where the lower limit is above, the upper one wins.
  const max = inside(high);
  const min = Math.min(inside(low), max);
  if (min === -LARGEST && max === LARGEST) return from;
  const { network } = context;
  if (code !== undefined) {
    const tight = network.tightened(from.id, min / code.scale, max / code.scale);
    if (tight !== undefined) return { ...from, id: tight };
  }
  if (min === 0 && max === LARGEST) return network.each(from, (id) => ({ kind: 'relu', input: id }));
  return network.each(from, (id) => ({ kind: 'clip', input: id, min, max }));
}

const clip: Importer = (context, inputs) => {
  const limit = (i: number, name: string, otherwise: number): number => {
    const given = constantInput(inputs, i, name);
    const x = given === undefined ? context.float(name, otherwise) : scalar(given, name);
    return Math.min(Math.max(x, -LARGEST), LARGEST);
  };
  return [clipped(context, networkValue(inputs), [limit(1, 'min', -LARGEST), limit(2, 'max', LARGEST)])];
};

const relu: Importer = (context, inputs) => {
  const from = networkValue(inputs);
  const real = from.code === undefined || from.code.zeroPoint === 0 ? from : context.network.plain(from);
  return [context.network.each(real, (id) => ({ kind: 'relu', input: id }))];
};

/** A function without parameters. */
const plain =
  (name: FunctionName): Importer =>
  (context, inputs) => [context.network.named(networkValue(inputs), name)];

/** A function with attributes as parameters. */
const attributed =
  (name: FunctionName, ...attributes: readonly (readonly [name: string, otherwise: number])[]): Importer =>
  (context, inputs) => {
    const parameters = attributes.map(([attribute, otherwise]) => context.float(attribute, otherwise));
    return [context.network.named(networkValue(inputs), name, parameters)];
  };

const prelu: Importer = (context, inputs) => {
  const { network } = context;
  const from = network.plain(networkValue(inputs));
  const slope = requiredConstant(inputs, 1, 'the slope');
  const { axis, by } = spread(slope, broadcastDims(from.dims, slope.dims));
  const layer = (id: NodeId): NodeId =>
    network.add({ kind: 'function', input: id, function: 'leakyRelu', parameters: by });
  if (axis === undefined) return [{ ...from, id: layer(from.id) }];
  if (axis !== 'element') return [network.along(from, axis, layer)];
  const flat = network.rearranged(from.id, [elements(from.dims)], undefined);
  return [{ ...from, id: network.rearranged(layer(flat), layerShape(from.dims), undefined) }];
};

const batchNorm =
  (axisFrom: (rank: number) => number): Importer =>
  (context, inputs) => {
    const { network } = context;
    const from = network.plain(networkValue(inputs));
    if (context.int('training_mode', 0) === 1) refuse('it normalises by the batch', 'export the model for inference');
    const axis = from.dims.length < 2 ? 0 : axisFrom(from.dims.length);
    const channels = from.dims[axis] ?? 1;
    const parameter = (i: number, name: string, otherwise: number): Float64Array => {
      const given = constantInput(inputs, i, name);
      return given === undefined ? new Float64Array(channels).fill(otherwise) : perChannel(given, channels, name);
    };
    const node = {
      kind: 'batchNorm',
      gamma: parameter(1, 'scale', 1),
      beta: parameter(2, 'bias', 0),
      mean: parameter(3, 'mean', 0),
      variance: parameter(4, 'variance', 1),
      epsilon: context.float('epsilon', 1e-5),
    } as const;
    const isSound = [node.gamma, node.beta, node.mean, node.variance].every((a) => a.every(Number.isFinite));
    if (!isSound || node.variance.some((v) => v < 0)) {
      refuse('parameters that are not finite, or a negative variance', 'export the model again');
    }
    return [network.along(from, axis, (id) => network.add({ ...node, input: id }))];
  };

const total: Importer = (context, inputs) => {
  const [first] = inputs;
  if (inputs.length === 1) return [networkValue(inputs)];
  let sums: Tensor | undefined = first;
  for (const input of inputs.slice(1)) sums = sum(context, [sums, input]);
  return [sums ?? refuse('no operands', 'export the model again')];
};

const mean: Importer = (context, inputs) => {
  const [sums] = total(context, inputs);
  return sums?.kind === 'value' ? [{ ...sums, factor: sums.factor / inputs.length }] : [];
};

export const ELEMENTWISE_OPERATORS: Importers = {
  Add: (context, inputs) => [sum(context, inputs)],
  Sub: difference,
  Mul: product,
  Div: quotient,
  Pow: power,
  Max: extremum('max'),
  Min: extremum('min'),
  Sum: total,
  Mean: mean,
  Clip: clip,
  Relu: relu,
  LeakyRelu: attributed('leakyRelu', ['alpha', 0.01]),
  PRelu: prelu,
  HardSwish: plain('hardSwish'),
  HardSigmoid: attributed('hardSigmoid', ['alpha', 0.2], ['beta', 0.5]),
  Sigmoid: plain('sigmoid'),
  Tanh: plain('tanh'),
  Elu: attributed('elu', ['alpha', 1]),
  Selu: attributed('selu', ['alpha', 1.67326319217681884765625], ['gamma', 1.05070102214813232421875]),
  Celu: attributed('celu', ['alpha', 1]),
  ThresholdedRelu: attributed('thresholdedRelu', ['alpha', 1]),
  Softplus: plain('softplus'),
  Softsign: plain('softsign'),
  Mish: plain('mish'),
  Exp: plain('exp'),
  Sqrt: plain('sqrt'),
  Abs: plain('abs'),
  Floor: plain('floor'),
  Ceil: plain('ceil'),
  Round: plain('roundHalfEven'),
  Sign: plain('ternarySign'),
  Neg: (context, inputs) => [negative(context, networkValue(inputs))],
  BatchNormalization: batchNorm(() => 1),
};

/** The operators of qonnx.custom_op.channels_last among them. */
export const CHANNELS_LAST_ELEMENTWISE: Importers = { BatchNormalization: batchNorm((rank) => rank - 1) };
