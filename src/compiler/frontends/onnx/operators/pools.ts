/** Pools and reductions. */
import { axesOf } from '../fold.js';
import { value } from '../builder.js';
import { elements, refuse, type Value } from '../values.js';
import { constantInput, type Context, type Importer, type Importers, networkValue } from './context.js';
import { imageDims, type ImageDims, imageWindow, type ImageWindow } from './windows.js';

/** A pool on a value as an image. */
function pooled(
  context: Context,
  from: Value,
  isChannelsLast: boolean,
  layer: (window: ImageWindow, input: string) => Parameters<Context['network']['add']>[0],
): Value {
  const { network } = context;
  const image = imageDims(from.dims, isChannelsLast);
  const isSignal = from.dims.length === 3;
  const kernel = context.ints('kernel_shape');
  if (kernel === undefined) return refuse('no kernel_shape', 'export the model again');
  const window = imageWindow(context, image, kernel, isSignal);
  if (window.dilation.some((d) => d !== 1)) refuse('a pool with dilation', 'use a dilation of 1');
  const input = network.permuted(from.id, image.dims, image.permutation, [...image.size, image.channels]);
  const id = network.add(layer(window, input));
  const result = isSignal ? [window.output[1]] : window.output;
  const dims = isChannelsLast ? [1, ...result, image.channels] : [1, image.channels, ...result];
  const order = isChannelsLast ? dims.map((_, a) => a) : isSignal ? [0, 2, 1] : [0, 2, 3, 1];
  return { ...from, ...network.restored(id, dims, order), ...kept(from) };
}

/** What a layer that only compares or averages leaves as it is. */
const kept = ({ factor, code }: Value): Pick<Value, 'factor' | 'code'> => ({
  factor,
  ...(code === undefined ? {} : { code }),
});

const maxPool =
  (isChannelsLast: boolean): Importer =>
  (context, inputs) => {
    if (context.int('storage_order', 0) !== 0) refuse('indices by columns', 'leave storage_order out');
    const from = networkValue(inputs);
    const layer = pooled(context, from, isChannelsLast, ({ window, stride, padding }, input) => {
      if (padding.some((p, side) => p >= window[side < 2 ? 0 : 1])) {
        refuse('padding as large as the window', 'use less padding');
      }
      return { kind: 'maxPool', input, window, stride, padding };
    });
    return [layer, ...context.node.outputs.slice(1).map(() => ({ kind: 'unknown' }) as const)];
  };

const averagePool =
  (isChannelsLast: boolean): Importer =>
  (context, inputs) => {
    const from = context.network.plainCode(networkValue(inputs));
    const countsPadding = context.int('count_include_pad', 0) === 1;
    return [
      pooled(context, from, isChannelsLast, ({ window, stride, padding, stated }, input) => {
        const counted = countsPadding ? stated : ([0, 0, 0, 0] as const);
        const isWhole = counted.every((n, side) => n === padding[side]);
        return { kind: 'avgPool', input, window, stride, padding, ...(isWhole ? {} : { counted }) };
      }),
    ];
  };

/** A pool over a whole image. */
const globalPool =
  (kind: 'maxPool' | 'avgPool'): Importer =>
  (context, inputs) => {
    const from = networkValue(inputs);
    const image = imageDims(from.dims, false);
    const rank = from.dims.length;
    const axes = [...from.dims.keys()].slice(2);
    return [over(context, kind === 'avgPool' ? context.network.plainCode(from) : from, axes, { kind, image, rank })];
  };

function over(
  { network }: Context,
  from: Value,
  axes: readonly number[],
  { kind, image }: { readonly kind: 'maxPool' | 'avgPool'; readonly image?: ImageDims; readonly rank?: number },
): Value {
  const { dims } = from;
  const rest = [...dims.keys()].filter((a) => !axes.includes(a));
  const permutation = [...axes, ...rest];
  const count = elements(axes.map((a) => dims[a]!));
  const channels = elements(rest.map((a) => dims[a]!));
  const rows = image?.size[0] ?? (axes.length === 2 ? dims[axes[0]!]! : splitCount(count));
  const window = [rows, count / rows] as const;
  if (window.some((n) => n > 4096)) refuse(`a reduction over ${count} elements`, 'reduce in two steps');
  const input = network.permuted(from.id, dims, permutation, [...window, channels]);
  const id = network.add({ kind, input, window, stride: [1, 1], padding: [0, 0, 0, 0] });
  const result = dims.map((n, a) => (axes.includes(a) ? 1 : n));
  const bare = network.moved(value(id, result), result, undefined);
  return { ...bare, ...kept(from) };
}

/** The smallest number of rows with which a window has at most 4096 columns. */
function splitCount(count: number): number {
  let rows = 1;
  while (rows < count && (count % rows !== 0 || count / rows > 4096)) rows++;
  return rows;
}

/** A reduction over dimensions: mean and sum are an average, maximum and minimum a maximum. */
const reduction =
  (of: 'mean' | 'sum' | 'max' | 'min'): Importer =>
  (context, inputs) => {
    const { network } = context;
    const given = networkValue(inputs);
    const from = of === 'max' ? given : network.plainCode(given);
    const rank = from.dims.length;
    const named = axesOf(context, constantInput(inputs, 1, 'axes'), rank);
    if (named?.length === 0 || named === undefined) {
      if (context.int('noop_with_empty_axes', 0) === 1) return [from];
    }
    const axes = named === undefined || named.length === 0 ? [...from.dims.keys()] : [...named].sort((a, b) => a - b);
    const kind = of === 'max' || of === 'min' ? 'maxPool' : 'avgPool';
    const turned = of === 'min' ? negated(context, from) : from;
    const result = over(context, turned, axes, { kind });
    const signed = of === 'min' ? negated(context, result) : result;
    const count = elements(axes.map((a) => from.dims[a]!));
    const scaled = of === 'sum' ? { ...signed, factor: signed.factor * count } : signed;
    const dims = context.int('keepdims', 1) === 1 ? scaled.dims : scaled.dims.filter((_, a) => !axes.includes(a));
    return [network.moved(scaled, dims, undefined)];
  };

const negated = ({ network }: Context, from: Value): Value =>
  network.affine(network.plain(from), { kind: 'multiply', axis: undefined, by: Float64Array.of(-1) });

export const POOL_OPERATORS: Importers = {
  MaxPool: maxPool(false),
  AveragePool: averagePool(false),
  GlobalAveragePool: globalPool('avgPool'),
  GlobalMaxPool: globalPool('maxPool'),
  ReduceMean: reduction('mean'),
  ReduceSum: reduction('sum'),
  ReduceMax: reduction('max'),
  ReduceMin: reduction('min'),
};

export const CHANNELS_LAST_POOLS: Importers = { MaxPool: maxPool(true), AveragePool: averagePool(true) };
