/**
 * The custom operators of Larq Compute Engine (larq/compute-engine, tflite/kernels and core/bconv2d): values of -1 and +1, which the file holds as
 * bits (1 for -1, the first channel in the lowest bit of a 32-bit word). Here they are real numbers -1 and +1 with all their channels.
 */
import type { NodeId } from '../../../ir/network/types.js';
import { addConvolution } from './float-ops.js';
import { type FlexValue, readFlexMap } from './flexbuffer.js';
import { type Geometry, geometryOf, type OperatorContext, outputImage, type Value } from './operator-context.js';
import { ACTIVATION_RANGES, type Activation } from './quantised.js';
import { Refusal } from './refusal.js';

/** Bsign, LceQuantize: +1 for what is not below 0. */
export function sign(context: OperatorContext): void {
  const input = context.value(0);
  if (context.tensor(0).type !== 'float32')
    throw new Refusal(
      `its operand is of type ${context.tensor(0).type}`,
      'export the model with float32 between its binary layers',
    );
  context.give(context.add({ kind: 'sign', id: context.id(), input: input.id }), input.full);
}

/** LceDequantize: the numbers that the bits stand for. */
export function dequantise(context: OperatorContext): void {
  const input = context.value(0);
  if (context.output().type !== 'float32')
    throw new Refusal(
      `its result is of type ${context.output().type}`,
      'export the model with float32 between its binary layers',
    );
  context.dropped = 'values of -1 and +1 already';
  context.give(input.id, input.full);
}

/** The binary values of operand 0. @throws Refusal where it holds real numbers, which the kernel does not read */
function signs(context: OperatorContext): Value {
  const { type } = context.tensor(0);
  if (type !== 'int32') throw new Refusal(`its operand is of type ${type}, not bits`, 'put an LceQuantize before it');
  return context.value(0);
}

class Options {
  readonly #map: ReadonlyMap<string, FlexValue>;

  constructor(context: OperatorContext) {
    const bytes = context.op.customOptions;
    if (bytes === undefined) throw new Refusal('it has no options', 'export the model again');
    this.#map = readFlexMap(bytes);
  }

  number(name: string, absent?: number): number {
    const value = this.#map.get(name) ?? absent;
    if (typeof value === 'number') return value;
    throw new Refusal(
      `its option ${name} is ${value === undefined ? 'missing' : JSON.stringify(value)}`,
      'export the model with a newer converter',
    );
  }

  /** Numbers as in the schema, or names in older files. */
  oneOf<T extends string>(name: string, names: readonly T[], absent: T): T {
    const value = this.#map.get(name);
    if (value === undefined || value === null || value === '') return absent;
    const found = typeof value === 'number' ? names[value] : names.find((n) => n === String(value).toUpperCase());
    if (found !== undefined) return found;
    throw new Refusal(`its option ${name} is ${JSON.stringify(value)}`, `use ${names.join(', ')}`);
  }
}

const PADDINGS = ['SAME', 'VALID'] as const;
const ACTIVATIONS: readonly Activation[] = ['NONE', 'RELU', 'RELU_N1_TO_1', 'RELU6'];

/** LceBMaxPool2d. */
export function maxPool(context: OperatorContext): void {
  const input = signs(context);
  const image = context.image(input);
  const options = new Options(context);
  const { dilation, ...geometry } = geometryOf(image, {
    window: [options.number('filter_height'), options.number('filter_width')],
    stride: [options.number('stride_height'), options.number('stride_width')],
    dilation: [1, 1],
    isSame: options.oneOf('padding', PADDINGS, 'VALID') === 'SAME',
  });
  const id = context.add({ kind: 'maxPool', id: context.id(), input: input.id, ...geometry });
  context.give(id, [1, ...outputImage(image, { ...geometry, dilation }), image[2]]);
}

/** LceBconv2d: sums of signs; then activation, multiplier and bias (real result), or a threshold (binary result). */
export function convolution(context: OperatorContext): void {
  const input = signs(context);
  const image = context.image(input);
  const options = new Options(context);
  const { shape, type } = context.constant(1);
  const [nOut = 0, height = 0, width = 0, words = 0] = shape;
  // A filter over a part of the channels belongs to a group of outputs.
  const ofInput = type === 'int32' ? Math.ceil(image[2] / 32) : image[2];
  const groups = ofInput / words;
  const channels = image[2] / groups;
  const isWhole = Number.isInteger(groups) && Number.isInteger(channels) && nOut % groups === 0;
  // Words that are not full cannot be split.
  const isSplit = groups === 1 || type !== 'int32' || channels % 32 === 0;
  if (shape.length !== 4 || options.number('channels_in', image[2]) !== image[2] || !isWhole || !isSplit) {
    throw new Refusal(`its weights [${shape.join(', ')}] do not fit ${image[2]} channels`, 'export the model again');
  }
  const stored = context.numbers(1);
  const taps = height * width;
  context.charge(nOut * taps * channels);
  const weights = Int8Array.from({ length: nOut * taps * channels }, (_, k) => {
    const [row, channel] = [Math.floor(k / channels), k % channels];
    if (type !== 'int32') return (stored[k] ?? 0) >= 0 ? 1 : -1;
    return ((stored[row * words + (channel >> 5)] ?? 0) >> (channel & 31)) & 1 ? -1 : 1;
  });
  const geometry: Geometry = geometryOf(image, {
    window: [height, width],
    stride: [options.number('stride_height'), options.number('stride_width')],
    dilation: [options.number('dilation_height_factor', 1), options.number('dilation_width_factor', 1)],
    isSame: options.oneOf('padding', PADDINGS, 'VALID') === 'SAME',
  });
  const padValue = options.number('pad_values', 0);
  if (padValue !== 0 && padValue !== 1) throw new Refusal(`it pads with ${padValue}`, 'pad with 0 or 1');
  const full = [1, ...outputImage(image, geometry), nOut];
  const sums = addConvolution(context, input.id, geometry, { groups, nOut, weights, weightBits: 1 }, padValue);
  const result = context.output().type;
  if (result === 'float32') return context.give(transformed(context, sums, options, nOut), full);
  if (result === 'int32') return context.give(binarised(context, sums, nOut, taps * channels), full);
  throw new Refusal(`its result is of type ${result}`, 'export the model with float32 between its binary layers');
}

/** clip(sums) times multiplier plus bias. */
function transformed(context: OperatorContext, sums: NodeId, options: Options, nOut: number): NodeId {
  const [min, max] = ACTIVATION_RANGES[options.oneOf('fused_activation_function', ACTIVATIONS, 'NONE')];
  const clipped =
    min === -Infinity
      ? sums
      : context.add(
          max === Infinity
            ? { kind: 'relu', id: context.id('relu'), input: sums }
            : { kind: 'clip', id: context.id('clip'), input: sums, min, max },
        );
  const [gamma, beta] = [context.numbers(2), context.numbers(3)];
  if (
    gamma.length !== nOut ||
    beta.length !== nOut ||
    ![...gamma, ...beta].every(Number.isFinite) ||
    context.constant(2).type !== 'float32'
  ) {
    throw new Refusal('its multipliers and biases are no float32 number per output', 'export the model again');
  }
  const zero = new Float64Array(nOut);
  return context.add({
    kind: 'batchNorm',
    id: context.id('scaled'),
    input: clipped,
    gamma,
    beta,
    mean: zero,
    variance: zero.map(() => 1),
    epsilon: 0,
  });
}

/** -1 where more than `threshold` of the `n` products are -1: where the sum n - 2 disagreements is below n - 2 threshold. */
function binarised(context: OperatorContext, sums: NodeId, nOut: number, n: number): NodeId {
  const thresholds = context.numbers(4);
  if (thresholds.length !== nOut)
    throw new Refusal(`it has ${thresholds.length} thresholds for ${nOut} outputs`, 'export the model again');
  const one = new Float64Array(nOut).fill(1);
  const mean = thresholds.map((t) => n - 2 * t);
  const centred = context.add({
    kind: 'batchNorm',
    id: context.id('centred'),
    input: sums,
    gamma: one,
    beta: one.map(() => 0),
    mean,
    variance: one,
    epsilon: 0,
  });
  return context.add({ kind: 'sign', id: context.id('sign'), input: centred });
}
