/** Element by element on 8-bit networks: sums, products, extrema, functions, rescaling. */
import { channelsOf, sizeOf } from '../../../ir/network/shapes.js';
import type { NodeId } from '../../../ir/network/types.js';
import { layerShape, type OperatorContext, type Value } from './operator-context.js';
import {
  ACTIVATION_RANGES,
  type Activation,
  activationLimits,
  activationOf,
  type Quant,
  quantiseMultiplier,
  quantOf,
  roundAway,
  sameQuant,
} from './quantised.js';
import { Refusal } from './refusal.js';
import { ANY_INT32, requantiseNode, shiftNode } from './requantise.js';
import { broadcast, commonShape, concatenate } from './shape-ops.js';
import { binaryKernel, productScale, sumMultipliers, tableOf, unaryKernel } from './tables.js';

/** LOGISTIC, TANH, ELU, HARD_SWISH, LEAKY_RELU. */
export function table(context: OperatorContext): void {
  const input = context.value(0);
  const [from, to] = [quantOf(context.tensor(0)), quantOf(context.output())];
  const alpha = context.op.name === 'LEAKY_RELU' ? (context.options?.float32(0) ?? 0) : 0;
  const kernel = unaryKernel(context.op.name, from, to, alpha);
  context.give(
    context.add({ kind: 'lookup', id: context.id(), input: input.id, ...tableOf(kernel, from, to) }),
    input.full,
  );
}

const RELUS: Readonly<Record<string, Activation>> = { RELU: 'RELU', RELU6: 'RELU6', RELU_N1_TO_1: 'RELU_N1_TO_1' };

/** RELU, RELU6, RELU_N1_TO_1 and QUANTIZE between two scales: (q - zero point) times a multiplier, clipped. Source: kernels/activations.cc, requantize.h. */
export function rescale(context: OperatorContext): void {
  const input = context.value(0);
  const [from, to] = [quantOf(context.tensor(0)), quantOf(context.output())];
  const activation = RELUS[context.op.name] ?? 'NONE';
  // QUANTIZE divides in float64, the activations in float32.
  const ratio = activation === 'NONE' ? from.scale / to.scale : Math.fround(from.scale / to.scale);
  const limits = activationLimits(activation, to);
  if (from.scale === to.scale && from.low >= limits.min && from.high <= limits.max)
    return context.give(input.id, input.full);
  const node = requantiseNode(context.id(), input.id, [quantiseMultiplier(ratio)], limits);
  return context.give(context.add(node), input.full);
}

/** ADD, MUL, MAXIMUM, MINIMUM, and SUB of a constant. Sources: kernels/add.cc, mul.cc, reference/integer_ops. */
export function binary(context: OperatorContext): void {
  const name = context.op.name;
  const activation = name === 'MAXIMUM' || name === 'MINIMUM' ? 'NONE' : activationOf(context.options?.int8(0) ?? 0);
  const [first, second] = [quantOf(context.tensor(0)), quantOf(context.tensor(1))];
  const output = quantOf(context.output());
  if ((name === 'MAXIMUM' || name === 'MINIMUM') && !(sameQuant(first, output) && sameQuant(second, output))) {
    throw new Refusal('its operands and its result have different scales', 'quantise them alike');
  }
  const constants = [context.isConstant(0), context.isConstant(1)];
  if (constants[0] === true && constants[1] === true)
    throw new Refusal('both operands are constants', 'let the exporter fold constants');
  const c = constants[0] === true ? 0 : constants[1] === true ? 1 : undefined;
  if (c !== undefined && sizeOf(context.tensor(c).shape) === 1)
    return withScalar(context, c, [first, second], output, activation);
  if (name === 'SUB') throw new Refusal('it subtracts two values', 'add the negative instead');
  if (c !== undefined && name === 'MUL') return scaledChannels(context, c, [first, second], output, activation);
  const values = [0, 1].map((i) => (i === c ? constantChannels(context, i, context.value(1 - i)) : context.value(i)));
  const [a, b] = [values[0], values[1]];
  if (a === undefined || b === undefined) throw new Error('internal error: operands');
  const full = commonShape(a.full, b.full);
  const inputs = [broadcast(context, a, full), broadcast(context, b, full)] as const;
  const limits = activationLimits(activation, output);
  switch (name) {
    case 'MUL': {
      const product = context.add({ kind: 'multiply', id: context.id('product'), inputs });
      const scale = quantiseMultiplier(productScale([first, second], output));
      return context.give(context.add(requantiseNode(context.id(), product, [scale], limits)), full);
    }
    case 'ADD': {
      const multipliers = sumMultipliers([first, second], output);
      const operand = (i: 0 | 1): NodeId => {
        const scale = i === 0 ? multipliers.first : multipliers.second;
        return context.add(requantiseNode(context.id(`operand${i}`), inputs[i], [scale], ANY_INT32, 20));
      };
      const sum = context.add({ kind: 'add', id: context.id('sum'), inputs: [operand(0), operand(1)] });
      return context.give(context.add(requantiseNode(context.id(), sum, [multipliers.result], limits)), full);
    }
    default: {
      const of = name === 'MAXIMUM' ? 'max' : 'min';
      return context.give(context.add({ kind: 'extremum', id: context.id(), of, inputs }), full);
    }
  }
}

/** One number for all elements: a table. */
function withScalar(
  context: OperatorContext,
  c: 0 | 1,
  quants: readonly [Quant, Quant],
  output: Quant,
  activation: Activation,
): void {
  const input = context.value(1 - c);
  const from = quants[c === 0 ? 1 : 0];
  const constant = (context.numbers(c)[0] ?? 0) - quants[c].zeroPoint;
  const kernel = binaryKernel(context.op.name, quants, output, activation);
  const table = Int16Array.from({ length: from.high - from.low + 1 }, (_, i) => {
    const x = from.low + i;
    return c === 0 ? kernel(constant, x) : kernel(x, constant);
  });
  const id = context.add({ kind: 'lookup', id: context.id(), input: input.id, inputMin: from.low, table });
  context.give(id, commonShape(input.full, context.tensor(c).shape));
}

/** The constant of operand i, one number per channel of the other. */
function perChannel(context: OperatorContext, i: number, other: Value): Float64Array {
  const { shape } = context.constant(i);
  const channels = channelsOf(other.full);
  if (sizeOf(shape) !== channels || channelsOf(shape) !== channels || shape.length > other.full.length) {
    throw new Refusal(
      `its constant has the shape [${shape.join(', ')}], the other operand [${other.full.join(', ')}]`,
      'use one number per channel, or one',
    );
  }
  const { zeroPoint } = quantOf(context.tensor(i));
  return context.numbers(i).map((q) => q - zeroPoint);
}

/** A value that is constant in every channel: sums with weights of 0 and a bias. */
function constantChannels(context: OperatorContext, i: number, other: Value): Value {
  const bias = perChannel(context, i, other);
  return {
    id: channelwise(
      context,
      other,
      Int8Array.from(bias, () => 0),
      'constant',
      bias,
    ),
    full: other.full,
  };
}

/** Weights per channel, over the shape of the value. */
function channelwise(
  context: OperatorContext,
  value: Value,
  weights: Int8Array,
  word: string,
  bias?: Float64Array,
  weightZeroPoint?: Int8Array,
): NodeId {
  const channels = weights.length;
  const shape = layerShape(value.full);
  const pixels = sizeOf(value.full) / channels;
  const image = shape.length === 3 ? value.full : [1, 1, pixels, channels];
  const input = context.rearrange(value, image, undefined, 0, `${word}.in`);
  const id = context.add({
    ...{ kind: 'conv2d', id: context.id(word), input, window: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
    ...{ groups: channels, nOut: channels, weights, padValue: 0 },
    ...(bias === undefined ? {} : { bias }),
    ...(weightZeroPoint === undefined ? {} : { weightZeroPoint }),
  });
  return context.rearrange({ id, full: image }, value.full, undefined, 0, `${word}.out`);
}

/** MUL by one constant per channel: weights of their own. */
function scaledChannels(
  context: OperatorContext,
  c: 0 | 1,
  quants: readonly [Quant, Quant],
  output: Quant,
  activation: Activation,
): void {
  const input = context.value(1 - c);
  const factors = perChannel(context, c, input);
  // Up to 9 bits: 8, and a zero point per channel.
  const zeroPoint = Int8Array.from(factors, (f) => (f > 127 ? -128 : f < -128 ? 127 : 0));
  const weights = Int8Array.from(factors, (f, k) => f + zeroPoint[k]!);
  const products = channelwise(
    context,
    input,
    weights,
    'products',
    undefined,
    zeroPoint.some((z) => z !== 0) ? zeroPoint : undefined,
  );
  const scale = quantiseMultiplier(productScale(quants, output));
  context.give(
    context.add(requantiseNode(context.id(), products, [scale], activationLimits(activation, output))),
    input.full,
  );
}

/** CONCATENATION. Unsigned operands may be rescaled (reference/concatenation.h); signed ones have the scale of the result. */
export function concatenation(context: OperatorContext): void {
  const output = quantOf(context.output());
  const activation = activationOf(context.options?.int8(1) ?? 0);
  if (ACTIVATION_RANGES[activation][0] !== -Infinity)
    throw new Refusal('it has a fused activation', 'make it a layer of its own');
  const inputs = context.op.inputs.map((_, i): Value => {
    const value = context.value(i);
    const from = quantOf(context.tensor(i));
    if (sameQuant(from, output)) return value;
    if (context.output().type !== 'uint8')
      throw new Refusal('its operands have different scales', 'quantise them alike');
    const scale = Math.fround(from.scale * Math.fround(1 / output.scale));
    const bias = Math.fround((0 - from.zeroPoint) * scale);
    const kernel = (q: number): number => roundAway(Math.fround(Math.fround(q * scale) + bias)) + output.zeroPoint;
    return {
      id: context.add({
        kind: 'lookup',
        id: context.id(`operand${i}`),
        input: value.id,
        ...tableOf(kernel, from, output),
      }),
      full: value.full,
    };
  });
  const { id, full } = concatenate(context, inputs, context.options?.int32(0) ?? 0);
  context.give(id, full);
}

/** The value plus an integer, clipped; the value itself where nothing changes. */
export function shifted(
  context: OperatorContext,
  input: NodeId,
  by: number,
  limits: { readonly min: number; readonly max: number },
  word?: string,
): NodeId {
  return context.add(shiftNode(context.id(word), input, by, limits));
}
