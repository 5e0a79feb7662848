/** Operators that move elements: reshaping, transposition, slices, padding, scaling by the nearest pixel, joining. */
import { scalar } from '../constants.js';
import {
  axesOf,
  flattenedDims,
  reshapeDims,
  shapeOf,
  slicesOf,
  splitSizes,
  squeezedDims,
  unsqueezedDims,
} from '../fold.js';
import { integers } from '../constants.js';
import { value } from '../builder.js';
import {
  axisOf,
  broadcastDims,
  broadcastStrides,
  type Constant,
  type Dims,
  elements,
  isPermutation,
  refuse,
  stridesOf,
  transposedIndex,
  type Value,
  walkIndex,
} from '../values.js';
import {
  constantInput,
  type Context,
  type Importer,
  type Importers,
  networkValue,
  requiredConstant,
} from './context.js';

/** Elements by the place along every dimension: sources[a][i] is where index i of dimension a comes from, -1 for what is filled in. */
function separableIndex(dims: Dims, sources: readonly ArrayLike<number>[]): Int32Array {
  const strides = stridesOf(dims);
  let index = Int32Array.of(0);
  sources.forEach((list, a) => {
    const next = new Int32Array(index.length * list.length);
    let e = 0;
    for (const from of index) {
      for (let i = 0; i < list.length; i++) next[e++] = from < 0 || list[i]! < 0 ? -1 : from + list[i]! * strides[a]!;
    }
    index = next;
  });
  return index;
}

/** Most elements of a list of sources along one dimension. */
const MAX_SIZE = 1 << 20;

function places(n: number, source: (i: number) => number): number[] {
  if (!(Number.isInteger(n) && n >= 0 && n <= MAX_SIZE)) refuse(`a dimension of ${n}`, 'correct the shapes');
  return Array.from({ length: n }, (_, i) => source(i));
}

const everything = (n: number): number[] => places(n, (i) => i);

function separable({ network }: Context, value: Value, sources: readonly (readonly number[])[], fill = 0): Value {
  const dims = sources.map((list) => list.length);
  if (elements(dims) > 1 << 22) refuse(`a result of the shape [${dims.join(', ')}]`, 'use smaller inputs');
  return network.moved(value, dims, separableIndex(value.dims, sources), fill);
}

const reshape =
  (dimsOf: (context: Context, dims: Dims, inputs: Parameters<Importer>[1]) => Dims): Importer =>
  (context, inputs) => {
    const from = networkValue(inputs);
    return [context.network.moved(from, dimsOf(context, from.dims, inputs), undefined)];
  };

const transpose: Importer = (context, inputs) => {
  const from = networkValue(inputs);
  const rank = from.dims.length;
  const permutation = (context.ints('perm') ?? [...from.dims.keys()].reverse()).map((a) => axisOf(a, rank));
  if (!isPermutation(permutation, rank)) refuse(`the permutation [${permutation.join(', ')}]`, 'correct it');
  const dims = permutation.map((a) => from.dims[a]!);
  return [{ ...from, ...context.network.restored(from.id, dims, inverseOf(permutation)) }];
};

const inverseOf = (permutation: readonly number[]): number[] => permutation.map((_, a) => permutation.indexOf(a));

const slice: Importer = (context, inputs) => {
  const from = networkValue(inputs);
  const constants = ['starts', 'ends', 'axes', 'steps'].map((name, i) => constantInput(inputs, i + 1, name));
  const { dims, strides, offset } = slicesOf(context, from.dims, constants);
  return [context.network.moved(from, dims, walkIndex(dims, strides, offset))];
};

const split: Importer = (context, inputs) => {
  const from = networkValue(inputs);
  const axis = axisOf(context.int('axis', 0), from.dims.length);
  const sizes = splitSizes(context, from.dims[axis] ?? 1, constantInput(inputs, 1, 'split'));
  let start = 0;
  return sizes.map((size) => {
    const first = start;
    start += size;
    const sources = from.dims.map((n, a) => (a === axis ? places(size, (i) => first + i) : everything(n)));
    return separable(context, from, sources);
  });
};

/** Where padding before (negative: behind) a dimension of n elements takes its elements. */
function paddedPlace(mode: string, at: number, n: number): number {
  if (at >= 0 && at < n) return at;
  switch (mode) {
    case 'constant':
      return -1;
    case 'edge':
      return at < 0 ? 0 : n - 1;
    case 'wrap':
      return ((at % n) + n) % n;
    case 'reflect': {
      const period = Math.max(1, 2 * (n - 1));
      const inside = ((at % period) + period) % period;
      return inside < n ? inside : period - inside;
    }
    default:
      return refuse(`padding of the mode "${mode}"`, 'pad with a constant, or with edge, reflect or wrap');
  }
}

const pad: Importer = (context, inputs) => {
  const from = networkValue(inputs);
  const rank = from.dims.length;
  const list = context.ints('pads') ?? Array.from(requiredConstant(inputs, 1, 'pads').data);
  const axes = axesOf(context, constantInput(inputs, 3, 'axes'), rank) ?? [...from.dims.keys()];
  if (list.length !== 2 * axes.length) refuse(`${list.length} pads for ${axes.length} dimensions`, 'correct the pads');
  const given = constantInput(inputs, 2, 'the value');
  const filled = given === undefined ? context.float('value', 0) : scalar(given, 'the value');
  const mode = context.text('mode', 'constant');
  const sources = from.dims.map((n, a) => {
    const i = axes.indexOf(a);
    if (i < 0) return everything(n);
    const [before, after] = [list[i]!, list[i + axes.length]!];
    return places(n + before + after, (o) => paddedPlace(mode, o - before, n));
  });
  const { code, factor } = from;
  const fill = code === undefined ? filled / factor : (filled - code.zeroPoint) * code.scale;
  return [separable(context, from, sources, fill)];
};

const gather: Importer = (context, inputs) => {
  const from = networkValue(inputs);
  const axis = axisOf(context.int('axis', 0), from.dims.length);
  const at = requiredConstant(inputs, 1, 'indices');
  const size = from.dims[axis] ?? 1;
  const list = Array.from(at.data, (i) => (i < 0 ? i + size : i));
  if (list.some((i) => !(i >= 0 && i < size))) refuse('an index beyond its dimension', 'correct the indices');
  const taken = separable(
    context,
    from,
    from.dims.map((n, a) => (a === axis ? list : everything(n))),
  );
  const dims = [...from.dims.slice(0, axis), ...at.dims, ...from.dims.slice(axis + 1)];
  return [context.network.moved(taken, dims, undefined)];
};

const tile: Importer = (context, inputs) => {
  const from = networkValue(inputs);
  const repeats = Array.from(requiredConstant(inputs, 1, 'repeats').data);
  return [
    separable(
      context,
      from,
      from.dims.map((n, a) => places(n * (repeats[a] ?? 1), (i) => i % n)),
    ),
  ];
};

/** A value repeated to other dimensions. */
export function expanded(context: Context, from: Value, dims: Dims): Value {
  if (from.dims.join() === dims.join()) return from;
  if (elements(dims) > 1 << 22) refuse(`a result of the shape [${dims.join(', ')}]`, 'use smaller inputs');
  const isSame = elements(dims) === elements(from.dims);
  return context.network.moved(from, dims, isSame ? undefined : walkIndex(dims, broadcastStrides(from.dims, dims)));
}

const expand: Importer = (context, inputs) => {
  const from = networkValue(inputs);
  const shape = Array.from(requiredConstant(inputs, 1, 'the shape').data);
  return [expanded(context, from, broadcastDims(from.dims, shape))];
};

/** Values under one factor and code, or without. */
export function alike(context: Context, values: readonly Value[]): readonly Value[] {
  const [first] = values;
  const isAlike = values.every(
    ({ factor, code }) =>
      factor === first?.factor && code?.scale === first.code?.scale && code?.zeroPoint === first.code?.zeroPoint,
  );
  return isAlike ? values : values.map((value) => context.network.plain(value));
}

/** A constant as a value of the network, which has none: filled in, then added. */
function constantValue({ network }: Context, inputs: Parameters<Importer>[1], { dims, data }: Constant): Value {
  const from = inputs.find((input) => input?.kind === 'value');
  if (from?.kind !== 'value') return refuse('only constants', 'export the model again');
  if (!data.every(Number.isFinite)) refuse('a constant that is not finite', 'export the model again');
  const n = elements(dims);
  const nothing = network.rearranged(from.id, [Math.max(n, 1)], new Int32Array(n).fill(-1));
  const added = network.affine(value(nothing, [n]), { kind: 'add', axis: 0, by: Float64Array.from(data) });
  return network.moved(added, dims, undefined);
}

const concat: Importer = (context, inputs) => {
  const { network } = context;
  const parts = alike(
    context,
    inputs.map((input, i) =>
      input?.kind === 'constant' ? constantValue(context, inputs, input) : networkValue(inputs, i),
    ),
  );
  const [first] = parts;
  if (first === undefined) return refuse('no inputs', 'export the model again');
  const rank = first.dims.length;
  const axis = axisOf(context.int('axis', 0), rank);
  const wrong = parts.find(
    ({ dims }) => dims.length !== rank || dims.some((n, a) => a !== axis && n !== first.dims[a]),
  );
  if (wrong !== undefined) {
    refuse(`shapes [${first.dims.join(', ')}] and [${wrong.dims.join(', ')}] do not fit`, 'use shapes that agree');
  }
  if (parts.length === 1) return [first];
  const permutation = [...[...first.dims.keys()].filter((a) => a !== axis), axis];
  const rows = elements(first.dims) / first.dims[axis]!;
  const joined = network.add({
    kind: 'concat',
    inputs: parts.map(({ id, dims }) => network.permuted(id, dims, permutation, [rows, dims[axis]!])),
  });
  const total = parts.reduce((sum, { dims }) => sum + dims[axis]!, 0);
  const dims = first.dims.map((n, a) => (a === axis ? total : n));
  return [{ ...first, ...network.restored(joined, dims, permutation) }];
};

/** Original coordinate of a scaled one (ONNX Resize, coordinate_transformation_mode). */
function original(mode: string, x: number, scale: number, from: number, to: number): number {
  switch (mode) {
    case 'half_pixel':
      return (x + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return to > 1 ? (x + 0.5) / scale - 0.5 : 0;
    case 'half_pixel_symmetric': {
      const offset = (from / 2) * (1 - to / (scale * from));
      return offset + (x + 0.5) / scale - 0.5;
    }
    case 'align_corners':
      return to === 1 ? 0 : (x * (from - 1)) / (to - 1);
    case 'asymmetric':
      return x / scale;
    default:
      return refuse(`the coordinate transformation "${mode}"`, 'use half_pixel, align_corners or asymmetric');
  }
}

function nearestPixel(mode: string, x: number): number {
  switch (mode) {
    case 'round_prefer_floor':
      return Math.ceil(x - 0.5);
    case 'round_prefer_ceil':
      return Math.floor(x + 0.5);
    case 'floor':
      return Math.floor(x);
    case 'ceil':
      return Math.ceil(x);
    default:
      return refuse(`the rounding "${mode}"`, 'use round_prefer_floor, round_prefer_ceil, floor or ceil');
  }
}

const resize: Importer = (context, inputs) => {
  const from = networkValue(inputs);
  const { node, opset } = context;
  const isOld = node.operator === 'Upsample' || opset < 11;
  const mode = context.text('mode', 'nearest');
  if (mode !== 'nearest') refuse(`scaling of the mode "${mode}"`, 'use the mode "nearest"');
  const policy = context.text('keep_aspect_ratio_policy', 'stretch');
  if (policy !== 'stretch') refuse(`the policy "${policy}"`, 'give the sizes themselves');
  const scalesAt = isOld ? 1 : 2;
  const scalesInput = constantInput(inputs, scalesAt, 'scales');
  const sizesInput = isOld ? undefined : constantInput(inputs, 3, 'sizes');
  const axes = context.ints('axes')?.map((a) => axisOf(a, from.dims.length)) ?? [...from.dims.keys()];
  const listed = scalesInput === undefined ? context.floats('scales') : Array.from(scalesInput.data);
  const scales = listed?.length === axes.length ? listed : undefined;
  const sizes = sizesInput?.data.length === axes.length ? Array.from(sizesInput.data) : undefined;
  if (scales === undefined && sizes === undefined) refuse('neither scales nor sizes', 'give one of them as a constant');
  const transformation = isOld ? 'asymmetric' : context.text('coordinate_transformation_mode', 'half_pixel');
  const rounding = isOld ? 'floor' : context.text('nearest_mode', 'round_prefer_floor');
  const sources = from.dims.map((n, a) => {
    const i = axes.indexOf(a);
    if (i < 0) return everything(n);
    const scale = sizes === undefined ? scales![i]! : sizes[i]! / n;
    const to = sizes === undefined ? Math.floor(n * scale) : sizes[i]!;
    return places(to, (x) =>
      Math.min(Math.max(nearestPixel(rounding, original(transformation, x, scale, n, to)), 0), n - 1),
    );
  });
  return [separable(context, from, sources)];
};

/** Blocks of pixels to channels and back: a transposition of six dimensions. */
function blocks(context: Context, from: Value, isToSpace: boolean): Value {
  const [n = 1, c = 0, h = 0, w = 0] = from.dims;
  const size = context.int('blocksize', 0);
  const mode = context.text('mode', 'DCR');
  if (from.dims.length !== 4 || !(size >= 1)) refuse('it needs an image and a block size', 'export the model again');
  if (isToSpace) {
    const deep = c / (size * size);
    if (!Number.isInteger(deep)) refuse(`${c} channels in blocks of ${size}`, 'correct the block size');
    const dims = [n, deep, h * size, w * size];
    return mode === 'CRD'
      ? context.network.moved(from, dims, transposedIndex([n, deep, size, size, h, w], [0, 1, 4, 2, 5, 3]))
      : context.network.moved(from, dims, transposedIndex([n, size, size, deep, h, w], [0, 3, 4, 1, 5, 2]));
  }
  if (h % size !== 0 || w % size !== 0)
    refuse(`an image of ${h} x ${w} in blocks of ${size}`, 'correct the block size');
  const index = transposedIndex([n, c, h / size, size, w / size, size], [0, 3, 5, 1, 2, 4]);
  return context.network.moved(from, [n, c * size * size, h / size, w / size], index);
}

const same: Importer = (_, inputs) => [networkValue(inputs)];

/** Types to which a cast changes nothing: those of real numbers, float16 and bfloat16 but for their rounding. */
const REAL_TYPES: readonly number[] = [1, 10, 11, 16];

const cast: Importer = (context, inputs) => {
  const from = networkValue(inputs);
  const to = context.int('to', 1);
  if (REAL_TYPES.includes(to) || from.code !== undefined) return [from];
  if (to === 9) refuse('a cast to truth values', 'compare with a threshold instead');
  return [context.network.named(from, 'truncate')];
};

const dropped =
  (text: string): Importer =>
  (context, inputs) => {
    context.note(text, 'dropped');
    return [networkValue(inputs), ...context.node.outputs.slice(1).map(() => ({ kind: 'unknown' }) as const)];
  };

export const SHAPE_OPERATORS: Importers = {
  Identity: same,
  Dropout: dropped('without effect at inference'),
  Cast: cast,
  CastLike: same,
  Shape: (context, inputs) => [shapeOf(context, networkValue(inputs).dims)],
  Size: (_, inputs) => [integers([elements(networkValue(inputs).dims)], [])],
  Reshape: reshape((context, dims, inputs) => {
    const shape = constantInput(inputs, 1, 'the shape');
    const wanted = shape === undefined ? (context.ints('shape') ?? []) : Array.from(shape.data);
    const { batch } = context;
    const [first = 0] = wanted;
    const isBatch = batch > 1 && first % batch === 0 && first > 0 && elements(dims) % first !== 0;
    const shaped = isBatch || (batch > 1 && first === batch) ? [first / batch, ...wanted.slice(1)] : wanted;
    return reshapeDims(dims, shaped, context.int('allowzero', 0) === 1);
  }),
  Flatten: reshape(flattenedDims),
  Squeeze: reshape((context, dims, inputs) =>
    squeezedDims(dims, axesOf(context, constantInput(inputs, 1, 'axes'), dims.length)),
  ),
  Unsqueeze: reshape((context, dims, inputs) => {
    const axes = constantInput(inputs, 1, 'axes');
    const added = axes?.data.length ?? context.ints('axes')?.length ?? 0;
    return unsqueezedDims(dims, axesOf(context, axes, dims.length + added));
  }),
  Transpose: transpose,
  Slice: slice,
  Split: split,
  Pad: pad,
  Gather: gather,
  Tile: tile,
  Expand: expand,
  Concat: concat,
  Resize: resize,
  Upsample: resize,
  DepthToSpace: (context, inputs) => [blocks(context, networkValue(inputs), true)],
  SpaceToDepth: (context, inputs) => [blocks(context, networkValue(inputs), false)],
};
