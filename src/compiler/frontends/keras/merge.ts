/** Layers that join values, and norms of channels. */
import { channelsOf, sizeOf } from '../../../ir/network/shapes.js';
import { activate } from './activations.js';
import type { Value } from './builder.js';
import { type LayerContext, type LayerReader, weightOf } from './context.js';
import { fieldOf, flagOf, listOf, numberOf } from './fields.js';
import { quantiseLatent } from './quantise-weights.js';
import { readQuantizer } from './quantizers.js';
import { rearrange } from './shape-layers.js';

const text = ({ shape }: Value): string => `[${shape.join(', ')}]`;

function operands({ b }: LayerContext, inputs: readonly Value[], least = 2): readonly Value[] | undefined {
  if (inputs.length >= least) return inputs.map((value) => b.settle(value));
  b.misfit(`it joins ${inputs.length} values`);
  return undefined;
}

/** Add, Maximum, Minimum: of values of one shape. */
export const elementwise =
  (kind: 'add' | 'max' | 'min' | 'subtract'): LayerReader =>
  (context, inputs) => {
    const { b, config } = context;
    const values = operands(context, inputs);
    if (values === undefined) return b.guess(inputs[0]);
    const odd = values.find(({ shape }) => shape.join() !== values[0]!.shape.join());
    if (odd !== undefined) {
      b.misfit(`it joins ${text(values[0]!)} and ${text(odd)}, which have to have one shape`);
      return b.guess(values[0]);
    }
    const joined = values.slice(1).reduce((sum, value, i) => {
      const wanted = i === values.length - 2 ? '' : `part${i + 1}`;
      if (kind === 'add') return b.apply(sum, (input) => ({ kind: 'add', inputs: [input, value.id] }), wanted);
      if (kind === 'subtract') {
        const negative = b.apply(value, (input) => ({ kind: 'function', input, function: 'negate' }), 'negative');
        return b.apply(sum, (input) => ({ kind: 'add', inputs: [input, negative.id] }), wanted);
      }
      return b.apply(sum, (input) => ({ kind: 'extremum', of: kind, inputs: [input, value.id] }), wanted);
    }, values[0]!);
    return activate(context, joined, fieldOf(config, 'activation'));
  };

/** Multiply: of one shape, or by one value per channel. */
export const multiply: LayerReader = (context, inputs) => {
  const { b } = context;
  const values = operands(context, inputs);
  if (values === undefined) return b.guess(inputs[0]);
  return values.slice(1).reduce((product, value, i) => {
    const [large, small] = sizeOf(product.shape) >= sizeOf(value.shape) ? [product, value] : [value, product];
    const isPerChannel =
      sizeOf(small.shape) === channelsOf(large.shape) && channelsOf(small.shape) === channelsOf(large.shape);
    // Keras lines shapes up from their end: [c] and [1, 1, c] both are one value per channel.
    if (large.shape.join() !== small.shape.join() && !isPerChannel) {
      b.misfit(`it multiplies ${text(large)} by ${text(small)}`);
      return b.guess(large);
    }
    return b.apply(
      large,
      (input) => ({ kind: 'multiply', inputs: [input, small.id] }),
      i === values.length - 2 ? '' : `part${i + 1}`,
    );
  }, values[0]!);
};

/** Concatenate along any dimension. */
export const concatenate: LayerReader = (context, inputs) => {
  const { b, config } = context;
  const values = operands(context, inputs, 1);
  if (values === undefined) return b.guess(inputs[0]);
  const first = values[0]!;
  const rank = first.isSequence ? 2 : first.shape.length;
  const given = numberOf(config, 'axis', -1);
  const axis = given < 0 ? given + rank : given - 1;
  if (!Number.isInteger(axis) || axis < 0 || axis >= rank) {
    b.unsupported(`it joins along dimension ${given}`, 'join along a dimension of the values, not along the batch');
    return b.guess(first);
  }
  // Sequences [t, c] are [t, 1, c].
  const dimension = first.isSequence && axis === 1 ? 2 : axis;
  const isFitting = values.every(
    (value) =>
      value.shape.length === first.shape.length && value.shape.every((d, i) => i === dimension || d === first.shape[i]),
  );
  if (!isFitting) {
    b.misfit(`it joins ${values.map(text).join(', ')} along dimension ${axis + 1}`);
    return b.guess(first);
  }
  if (values.length === 1) return first;
  const ids = (list: readonly Value[]): readonly string[] => list.map(({ id }) => id);
  if (dimension === first.shape.length - 1) return b.apply(first, () => ({ kind: 'concat', inputs: ids(values) }));
  // Flat, side by side, then every element to its place.
  const flat = values.map((value) => b.reshape(value, [sizeOf(value.shape)]));
  const side = b.apply(flat[0]!, () => ({ kind: 'concat', inputs: ids(flat) }), 'joined');
  const along = values.map(({ shape }) => shape[dimension]!);
  const shape = first.shape.map((d, i) => (i === dimension ? along.reduce((sum, n) => sum + n, 0) : d));
  const from = (y: number, x: number, c: number): number => {
    const place = [y, x, c];
    let start = 0;
    for (const value of values) {
      const n = value.shape[dimension]!;
      if (place[dimension]! < n) return start + (place[0]! * value.shape[1]! + place[1]!) * value.shape[2]! + place[2]!;
      place[dimension]! -= n;
      start += sizeOf(value.shape);
    }
    return 0;
  };
  return rearrange(context, side, shape, from, first.isSequence);
};

/** BatchNormalization and QBatchNormalization, over channels. */
export const batchNormalization: LayerReader = (context, inputs) => {
  const { b, config } = context;
  const value = b.settle(inputs[0]!);
  const channels = channelsOf(value.shape);
  const rank = value.isSequence ? 2 : value.shape.length;
  const given = fieldOf(config, 'axis') ?? -1;
  const axis = Array.isArray(given) ? listOf(given)[0] : given;
  if (axis !== -1 && axis !== rank) {
    b.unsupported(`it normalises dimension ${String(axis)}`, 'normalise channels, the last dimension');
    return b.guess(value);
  }
  const vector = (role: string, isThere: boolean, missing: number): Float64Array | undefined => {
    const field = `${role.replace('moving_', '')}_quantizer`;
    const read = readQuantizer(fieldOf(config, field));
    if (read.kind === 'refused')
      b.unsupported(`its ${field} is not taken: ${read.reason}`, 'use a quantizer of docs/import.md');
    const found = isThere ? weightOf(context, role, [channels])?.values : new Float64Array(channels).fill(missing);
    if (found === undefined || read.kind !== 'quantizer' || !isThere)
      return found === undefined ? undefined : Float64Array.from(found);
    const { integers, scale } = quantiseLatent(read.quantizer, found, channels);
    return integers.map((q, i) => q * scale[scale.length === 1 ? 0 : i]!);
  };
  const inverse = fieldOf(config, 'inverse_quantizer');
  if (inverse !== undefined && inverse !== null)
    b.unsupported('it quantises the reciprocal of the deviation', 'leave inverse_quantizer out');
  const gamma = vector('gamma', flagOf(config, 'scale', true), 1);
  const beta = vector('beta', flagOf(config, 'center', true), 0);
  const mean = vector('moving_mean', true, 0);
  const variance = vector('moving_variance', true, 1);
  const epsilon = numberOf(config, 'epsilon', 0.001);
  if (gamma === undefined || beta === undefined || mean === undefined || variance === undefined) return b.guess(value);
  if (!(epsilon >= 0) || variance.some((v) => !(v + epsilon > 0))) {
    b.problem('bad-weights', 'its variance plus epsilon is not above 0', 'train the model again');
    return b.guess(value);
  }
  const result = b.apply(value, (input) => ({ kind: 'batchNorm', input, gamma, beta, mean, variance, epsilon }));
  return activate(context, result, fieldOf(config, 'activation'));
};
