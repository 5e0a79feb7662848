/**
 * Evaluates ONNX and QONNX files in float64, operator by operator as their definitions say (onnx/docs/Operators.md, operator set 17;
 * qonnx/docs/qonnx-custom-ops): written out again, beside the importer. Batch 1.
 */
import { constantOf } from '../../src/compiler/frontends/onnx/call.js';
import { type OnnxModel, type OnnxNode, parseModel } from '../../src/compiler/frontends/onnx/model.js';

interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

const size = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/** The value of a file's only output for a value of its only input. */
export function evaluateOnnx(bytes: Uint8Array): (input: ArrayLike<number>) => Float64Array {
  const model = parseModel(bytes, 'model');
  const constants = constantsOf(model);
  const dims = model.inputs[0]?.dims?.map((n) => n ?? 1) ?? [];
  return (input) => {
    const values = new Map(constants);
    if (input.length !== size(dims)) throw new Error(`${input.length} elements for [${dims.join()}]`);
    values.set(model.inputs[0]?.name ?? '', { dims, data: Float64Array.from(input) });
    for (const node of model.nodes) {
      const inputs = node.inputs.map((name) => {
        const found = values.get(name);
        if (found === undefined) throw new Error(`${node.name} reads ${name}, which nothing before it computes`);
        return found;
      });
      values.set(node.outputs[0] ?? '', evaluate(node, inputs));
    }
    const output = values.get(model.outputs[0]?.name ?? '');
    if (output === undefined) throw new Error('no output');
    if (output.dims.join() !== model.outputs[0]?.dims?.join())
      throw new Error(`the output has [${output.dims.join()}]`);
    return output.data;
  };
}

function constantsOf(model: OnnxModel): Map<string, Tensor> {
  return new Map(
    model.initialisers.map((tensor) => {
      const { dims, data } = constantOf(tensor, 'model');
      return [tensor.name, { dims, data: Float64Array.from(data) }];
    }),
  );
}

function evaluate(node: OnnxNode, inputs: readonly Tensor[]): Tensor {
  const [x, ...rest] = inputs;
  if (x === undefined) throw new Error(`${node.name} has no inputs`);
  const int = (name: string, otherwise: number): number => node.attributes.get(name)?.int ?? otherwise;
  const ints = (name: string): readonly number[] => node.attributes.get(name)?.ints ?? [];
  const [b, c, d, e] = rest;
  const number = (tensor: Tensor | undefined): number => tensor?.data[0] ?? NaN;
  const each = (f: (v: number) => number): Tensor => ({ dims: x.dims, data: x.data.map(f) });
  switch (node.operator) {
    case 'Identity':
      return x;
    case 'Floor':
      return each(Math.floor);
    case 'Relu':
      return each((v) => Math.max(v, 0));
    case 'Clip':
      return each((v) => Math.min(Math.max(v, number(b)), number(c)));
    case 'Add':
      return broadcast([x, b], (p, q) => p + q);
    case 'Sub':
      return broadcast([x, b], (p, q) => p - q);
    case 'Mul':
      return broadcast([x, b], (p, q) => p * q);
    case 'Max':
      return broadcast([x, b], Math.max);
    case 'Min':
      return broadcast([x, b], Math.min);
    case 'BipolarQuant':
      return broadcast([x, b], (v, scale) => (v >= 0 ? scale : -scale));
    case 'MultiThreshold':
      // One threshold for all channels.
      return each((v) => (v >= number(b) ? 1 : 0));
    case 'Quant':
      return quant(node, [x, b, c, d]);
    case 'BatchNormalization': {
      const epsilon = node.attributes.get('epsilon')?.float ?? 1e-5;
      const plane = size(x.dims.slice(2));
      return {
        dims: x.dims,
        data: x.data.map((v, i) => {
          const k = Math.floor(i / plane);
          return ((v - d!.data[k]!) / Math.sqrt(e!.data[k]! + epsilon)) * b!.data[k]! + c!.data[k]!;
        }),
      };
    }
    case 'Gemm': {
      if (int('transB', 0) !== 1 || b === undefined) throw new Error('a matrix with outputs last');
      const [nOut = 0, nIn = 0] = b.dims;
      const data = new Float64Array(nOut);
      for (let o = 0; o < nOut; o++) {
        for (let i = 0; i < nIn; i++) data[o]! += x.data[i]! * b.data[o * nIn + i]!;
        data[o]! += c?.data[o] ?? 0;
      }
      return { dims: [1, nOut], data };
    }
    case 'Conv':
      return convolution(x, b, c, { ints, groups: int('group', 1) });
    case 'MaxPool':
      return pool(x, ints, (taps) => Math.max(...taps));
    case 'AveragePool': {
      const countsAll = int('count_include_pad', 0) === 1;
      return pool(x, ints, (taps, all) => taps.reduce((p, q) => p + q, 0) / (countsAll ? all : taps.length));
    }
    case 'Pad': {
      const [, , top = 0, left = 0, , , bottom = 0, right = 0] = b?.data ?? [];
      const [, channels = 1, h = 1, w = 1] = x.dims;
      const dims = [1, channels, h + top + bottom, w + left + right];
      return images(dims, (k, y, at) => inside(x, k, y - top, at - left) ?? number(c));
    }
    case 'Transpose': {
      const order = ints('perm');
      if (order.join() !== '0,2,3,1') throw new Error(`the order ${order.join()}`);
      const [, channels = 1, h = 1, w = 1] = x.dims;
      const data = x.data.map((_, i) => x.data[(i % channels) * h * w + Math.floor(i / channels)]!);
      return { dims: [1, h, w, channels], data };
    }
    case 'Flatten':
      return { dims: [1, x.data.length], data: x.data };
    case 'Reshape':
      return { dims: Array.from(b?.data ?? []), data: x.data };
    case 'Concat': {
      const plane = x.dims.slice(2);
      const data = Float64Array.from(inputs.flatMap((part) => [...part.data]));
      return { dims: [1, data.length / size(plane), ...plane], data };
    }
    default:
      throw new Error(`no definition of ${node.operator}`);
  }
}

/** numpy's rules, for dimensions of the same number or a number alone. */
function broadcast([a, b]: readonly [Tensor, Tensor | undefined], f: (x: number, y: number) => number): Tensor {
  if (b === undefined) throw new Error('one operand');
  if (b.data.length === 1) return { dims: a.dims, data: a.data.map((v) => f(v, b.data[0]!)) };
  if (a.dims.length !== b.dims.length) throw new Error(`[${a.dims.join()}] and [${b.dims.join()}]`);
  const at = (i: number): number => {
    let rest = i;
    let stride = 1;
    let index = 0;
    for (let k = a.dims.length - 1; k >= 0; k--) {
      const n = b.dims[k]!;
      if (n !== 1 && n !== a.dims[k]) throw new Error(`[${a.dims.join()}] and [${b.dims.join()}]`);
      index += (n === 1 ? 0 : rest % a.dims[k]!) * stride;
      stride *= n;
      rest = Math.floor(rest / a.dims[k]!);
    }
    return index;
  };
  return { dims: a.dims, data: a.data.map((v, i) => f(v, b.data[at(i)]!)) };
}

/** Nearest integer, halves by name. */
function rounded(mode: string, x: number): number {
  const [below, above] = [Math.floor(x), Math.ceil(x)];
  const nearer = x - below < above - x ? below : above;
  const isHalf = x - below === above - x && below !== above;
  const [inner, outer] = x < 0 ? [above, below] : [below, above];
  switch (mode) {
    case 'FLOOR':
      return below;
    case 'CEIL':
      return above;
    case 'DOWN':
      return inner;
    case 'UP':
      return outer;
    case 'ROUND':
      return isHalf ? (below % 2 === 0 ? below : above) : nearer;
    case 'HALF_UP':
      return isHalf ? outer : nearer;
    case 'HALF_DOWN':
      return isHalf ? inner : nearer;
    default:
      throw new Error(`the rounding ${mode}`);
  }
}

function quant({ attributes }: OnnxNode, [x, scale, zero, bits]: readonly (Tensor | undefined)[]): Tensor {
  if (x === undefined || scale === undefined) throw new Error('no scale');
  const width = bits?.data[0] ?? NaN;
  const z = zero?.data[0] ?? NaN;
  const isSigned = attributes.get('signed')?.int === 1;
  const narrow = attributes.get('narrow')?.int ?? 0;
  const low = isSigned ? -(2 ** (width - 1)) + narrow : 0;
  const high = isSigned ? 2 ** (width - 1) - 1 : 2 ** width - 1 - narrow;
  const mode = attributes.get('rounding_mode')?.text ?? 'ROUND';
  return broadcast([x, scale], (v, s) => (rounded(mode, Math.min(Math.max(v / s + z, low), high)) - z) * s);
}

/** The pixel of an image [1, c, h, w]; undefined outside. */
function inside({ dims, data }: Tensor, c: number, y: number, x: number): number | undefined {
  const [, , h = 0, w = 0] = dims;
  return y < 0 || x < 0 || y >= h || x >= w ? undefined : data[(c * h + y) * w + x];
}

function images(dims: readonly number[], pixel: (c: number, y: number, x: number) => number): Tensor {
  const [, channels = 0, h = 0, w = 0] = dims;
  const data = new Float64Array(size(dims));
  let i = 0;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) data[i++] = pixel(c, y, x);
  }
  return { dims, data };
}

function outputSize(
  dims: readonly number[],
  span: readonly number[],
  ints: (name: string) => readonly number[],
): number[] {
  const [sy = 1, sx = 1] = ints('strides');
  const [top = 0, left = 0, bottom = 0, right = 0] = ints('pads');
  const [, , h = 0, w = 0] = dims;
  return [Math.floor((h + top + bottom - span[0]!) / sy) + 1, Math.floor((w + left + right - span[1]!) / sx) + 1];
}

function convolution(
  x: Tensor,
  weights: Tensor | undefined,
  bias: Tensor | undefined,
  { ints, groups }: { readonly ints: (name: string) => readonly number[]; readonly groups: number },
): Tensor {
  if (weights === undefined) throw new Error('no weights');
  const [nOut = 0, perGroup = 0, kh = 0, kw = 0] = weights.dims;
  const [sy = 1, sx = 1] = ints('strides');
  const [dy = 1, dx = 1] = ints('dilations');
  const [top = 0, left = 0] = ints('pads');
  const [oh = 0, ow = 0] = outputSize(x.dims, [(kh - 1) * dy + 1, (kw - 1) * dx + 1], ints);
  return images([1, nOut, oh, ow], (o, y, at) => {
    const first = Math.floor(o / (nOut / groups)) * perGroup;
    let sum = 0;
    for (let c = 0; c < perGroup; c++) {
      for (let i = 0; i < kh; i++) {
        for (let j = 0; j < kw; j++) {
          const pixel = inside(x, first + c, y * sy - top + i * dy, at * sx - left + j * dx) ?? 0;
          sum += pixel * weights.data[((o * perGroup + c) * kh + i) * kw + j]!;
        }
      }
    }
    return sum + (bias?.data[o] ?? 0);
  });
}

function pool(
  x: Tensor,
  ints: (name: string) => readonly number[],
  of: (taps: readonly number[], all: number) => number,
): Tensor {
  const [kh = 1, kw = 1] = ints('kernel_shape');
  const [sy = 1, sx = 1] = ints('strides');
  const [top = 0, left = 0] = ints('pads');
  const [oh = 0, ow = 0] = outputSize(x.dims, [kh, kw], ints);
  return images([1, x.dims[1] ?? 1, oh, ow], (c, y, at) => {
    const taps: number[] = [];
    for (let i = 0; i < kh; i++) {
      for (let j = 0; j < kw; j++) {
        const pixel = inside(x, c, y * sy - top + i, at * sx - left + j);
        if (pixel !== undefined) taps.push(pixel);
      }
    }
    return of(taps, kh * kw);
  });
}
