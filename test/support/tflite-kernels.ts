/**
 * The reference kernels of TensorFlow Lite for 8-bit tensors, written out again with loops over stored numbers (q, not q - zero point) and integers
 * of any size: what the reader's networks are compared with. Source: tensorflow/lite/kernels/internal/reference.
 */
import { present } from '../../src/common/assert.js';
import { OP } from './tflite-models.js';
import type { Field, WrittenModel, WrittenOperator, WrittenTensor } from './write-tflite.js';

/** A real multiplier as 31 bits and an exponent, taken from the binary digits of the number. */
function fixedMultiplier(real: number): { readonly m: bigint; readonly e: number } {
  if (real === 0) return { m: 0n, e: 0 };
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, real);
  const bits = view.getBigUint64(0);
  let e = Number((bits >> 52n) & 2047n) - 1022;
  const mantissa = (bits & ((1n << 52n) - 1n)) | (1n << 52n);
  let m = (mantissa + (1n << 21n)) >> 22n;
  if (m === 1n << 31n) {
    m >>= 1n;
    e++;
  }
  return e < -31 ? { m: 0n, e: 0 } : { m, e };
}

/** x times a real multiplier with both roundings. */
function rescale(x: number, real: number, fixed = fixedMultiplier(real)): number {
  const { m, e } = fixed;
  const product = BigInt(x) * (1n << BigInt(Math.max(e, 0))) * m;
  // Division towards zero of what has been nudged.
  const high = (product + (product >= 0n ? 1n << 30n : 1n - (1n << 30n))) / (1n << 31n);
  const right = BigInt(Math.max(-e, 0));
  const mask = (1n << right) - 1n;
  const threshold = (mask >> 1n) + (high < 0n ? 1n : 0n);
  return Number((high >> right) + ((high & mask) > threshold ? 1n : 0n));
}

const f32 = Math.fround;
const scaleOf = (tensor: WrittenTensor, channel = 0): number => {
  const { scale = [1] } = tensor;
  return f32(scale[scale.length === 1 ? 0 : channel] ?? 1);
};
const zeroOf = (tensor: WrittenTensor): number => tensor.zeroPoint?.[0] ?? 0;
const limits = ({ type }: WrittenTensor): readonly [number, number] => (type === 'uint8' ? [0, 255] : [-128, 127]);
const signedRound = (x: number): number => (x < 0 ? -Math.round(-x) : Math.round(x));

function option(op: WrittenOperator, id: number, absent = 0): number {
  const field: Field | undefined = op.options?.find((f) => f[0] === id);
  return typeof field?.[2] === 'number' ? field[2] : absent;
}

/** Limits of a result after its activation (0 none, 1 ReLU, 3 ReLU6). */
function clipped(output: WrittenTensor, activation: number): (q: number) => number {
  let [low, high] = limits(output);
  const at = (real: number): number => zeroOf(output) + signedRound(f32(real / scaleOf(output)));
  if (activation === 1 || activation === 3) low = Math.max(low, at(0));
  if (activation === 3) high = Math.min(high, at(6));
  return (q) => Math.min(Math.max(q, low), high);
}

/** Stored numbers of every tensor of a model for an image of stored numbers. */
export function runKernels(model: WrittenModel, image: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const values = new Map<number, readonly number[]>();
  model.tensors.forEach(({ data }, i) => {
    if (data !== undefined) values.set(i, data);
  });
  values.set(model.inputs[0] ?? 0, image);
  for (const op of model.operators) {
    const tensors = op.inputs.map((i) => model.tensors[i]);
    const data = op.inputs.map((i) => values.get(i));
    const target = op.outputs[0] ?? 0;
    values.set(target, kernel(op, tensors, data, present(model.tensors[target], 'output')));
  }
  return values;
}

type Data = readonly (readonly number[] | undefined)[];

function kernel(
  op: WrittenOperator,
  tensors: readonly (WrittenTensor | undefined)[],
  data: Data,
  output: WrittenTensor,
): readonly number[] {
  const tensor = (i: number): WrittenTensor => present(tensors[i], `operand ${i}`);
  const numbers = (i: number): readonly number[] => present(data[i], `numbers of operand ${i}`);
  const size = output.shape.reduce((n, d) => n * d, 1);
  const each = (of: (at: readonly number[], e: number) => number): readonly number[] =>
    Array.from({ length: size }, (_, e) => of(positions(e, output.shape), e));
  const x = (at: readonly number[], i = 0): number => numbers(i)[flat(at, tensor(i).shape)]!;
  switch (op.code) {
    case OP.CONV_2D:
    case OP.DEPTHWISE_CONV_2D: {
      const isDepthwise = op.code === OP.DEPTHWISE_CONV_2D;
      const [, h = 0, w = 0, channels = 0] = tensor(0).shape;
      const [, kh = 0, kw = 0, last = 0] = tensor(1).shape;
      const stride = option(op, 1, 1);
      const dilation = option(op, isDepthwise ? 5 : 4, 1);
      const pad = (n: number, k: number): number =>
        option(op, 0) === 0
          ? Math.floor(Math.max(0, (Math.ceil(n / stride) - 1) * stride + (k - 1) * dilation + 1 - n) / 2)
          : 0;
      const clip = clipped(output, option(op, isDepthwise ? 4 : 3));
      const multiplier = isDepthwise ? last / channels : 1;
      const isPerTensor = tensor(0).type === 'uint8';
      return each(([b = 0, y = 0, xx = 0, o = 0]) => {
        let sum = data[2]?.[o] ?? 0;
        for (let ky = 0; ky < kh; ky++) {
          for (let kx = 0; kx < kw; kx++) {
            const [sy, sx] = [y * stride + ky * dilation - pad(h, kh), xx * stride + kx * dilation - pad(w, kw)];
            if (sy < 0 || sy >= h || sx < 0 || sx >= w) continue;
            for (let c = 0; c < (isDepthwise ? 1 : last); c++) {
              const channel = isDepthwise ? Math.floor(o / multiplier) : c;
              const weight = isDepthwise ? x([0, ky, kx, o], 1) : x([o, ky, kx, c], 1);
              sum += (x([b, sy, sx, channel]) - zeroOf(tensor(0))) * (weight - zeroOf(tensor(1)));
            }
          }
        }
        const product = scaleOf(tensor(0)) * scaleOf(tensor(1), o);
        return clip(rescale(sum, (isPerTensor ? f32(product) : product) / scaleOf(output)) + zeroOf(output));
      });
    }
    case OP.TRANSPOSE_CONV: {
      const [, h = 0, w = 0, channels = 0] = tensor(2).shape;
      const [, kh = 0, kw = 0] = tensor(1).shape;
      const [, height = 0, width = 0, nOut = 0] = output.shape;
      const [strideX, strideY] = [option(op, 1, 1), option(op, 2, 1)];
      const pad = (n: number, inputs: number, k: number, stride: number): number =>
        option(op, 0) === 0 ? Math.floor(Math.max(0, (inputs - 1) * stride + k - n) / 2) : 0;
      const sums = new Array<number>(size).fill(0);
      for (let y = 0; y < h; y++) {
        for (let xx = 0; xx < w; xx++) {
          for (let ky = 0; ky < kh; ky++) {
            for (let kx = 0; kx < kw; kx++) {
              const [ty, tx] = [
                y * strideY + ky - pad(height, h, kh, strideY),
                xx * strideX + kx - pad(width, w, kw, strideX),
              ];
              if (ty < 0 || ty >= height || tx < 0 || tx >= width) continue;
              for (let o = 0; o < nOut; o++) {
                for (let c = 0; c < channels; c++) {
                  sums[flat([0, ty, tx, o], output.shape)]! +=
                    (x([0, y, xx, c], 2) - zeroOf(tensor(2))) * x([o, ky, kx, c], 1);
                }
              }
            }
          }
        }
      }
      const clip = clipped(output, 0);
      return sums.map((sum, e) =>
        clip(
          rescale(
            sum + (data[3]?.[e % nOut] ?? 0),
            (scaleOf(tensor(2)) * scaleOf(tensor(1), e % nOut)) / scaleOf(output),
          ) + zeroOf(output),
        ),
      );
    }
    case OP.FULLY_CONNECTED: {
      const [nOut = 0, nIn = 0] = tensor(1).shape;
      const clip = clipped(output, option(op, 0));
      return each((_, e) => {
        const [row, o] = [Math.floor(e / nOut), e % nOut];
        let sum = data[2]?.[o] ?? 0;
        for (let i = 0; i < nIn; i++)
          sum += (numbers(0)[row * nIn + i]! - zeroOf(tensor(0))) * (numbers(1)[o * nIn + i]! - zeroOf(tensor(1)));
        const product = scaleOf(tensor(0)) * scaleOf(tensor(1), o);
        return clip(
          rescale(sum, ((tensor(1).scale?.length ?? 1) > 1 ? product : f32(product)) / scaleOf(output)) +
            zeroOf(output),
        );
      });
    }
    case OP.ADD: {
      const twice = 2 * Math.max(scaleOf(tensor(0)), scaleOf(tensor(1)));
      const clip = clipped(output, option(op, 0));
      const operand = (at: readonly number[], i: number): number =>
        rescale((spread(x, at, tensor(i), i) - zeroOf(tensor(i))) * 2 ** 20, scaleOf(tensor(i)) / twice);
      return each((at) =>
        clip(rescale(operand(at, 0) + operand(at, 1), twice / (2 ** 20 * scaleOf(output))) + zeroOf(output)),
      );
    }
    case OP.MUL: {
      const clip = clipped(output, option(op, 0));
      const real = f32(f32(scaleOf(tensor(0)) * scaleOf(tensor(1))) / scaleOf(output));
      const operand = (at: readonly number[], i: number): number => spread(x, at, tensor(i), i) - zeroOf(tensor(i));
      return each((at) => clip(rescale(operand(at, 0) * operand(at, 1), real) + zeroOf(output)));
    }
    case OP.MAXIMUM:
    case OP.MINIMUM: {
      const of = op.code === OP.MAXIMUM ? Math.max : Math.min;
      return each((at) => of(spread(x, at, tensor(0), 0), spread(x, at, tensor(1), 1)));
    }
    case OP.AVERAGE_POOL_2D:
    case OP.MAX_POOL_2D: {
      const [, h = 0, w = 0] = tensor(0).shape;
      const [stride, window] = [option(op, 1, 1), option(op, 3, 1)];
      const pad = (n: number): number =>
        option(op, 0) === 0 ? Math.floor(Math.max(0, (Math.ceil(n / stride) - 1) * stride + window - n) / 2) : 0;
      const clip = clipped(output, option(op, 5));
      return each(([b = 0, y = 0, xx = 0, c = 0]) => {
        const seen: number[] = [];
        for (let ky = 0; ky < window; ky++) {
          for (let kx = 0; kx < window; kx++) {
            const [sy, sx] = [y * stride + ky - pad(h), xx * stride + kx - pad(w)];
            if (sy >= 0 && sy < h && sx >= 0 && sx < w) seen.push(x([b, sy, sx, c]));
          }
        }
        if (op.code === OP.MAX_POOL_2D) return clip(Math.max(...seen));
        const [sum, half] = [seen.reduce((a, q) => a + q, 0), Math.floor(seen.length / 2)];
        return clip(Math.trunc((sum > 0 ? sum + half : sum - half) / seen.length));
      });
    }
    case OP.MEAN: {
      const [, h = 0, w = 0, c = 0] = tensor(0).shape;
      const n = h * w;
      const { m, e } = fixedMultiplier(scaleOf(tensor(0)) / scaleOf(output));
      const shift = Math.min(31 - Math.clz32(n), 31 + e);
      const clip = clipped(output, 0);
      return each((_, k) => {
        let sum = 0;
        for (let p = 0; p < n; p++) sum += numbers(0)[p * c + (k % c)]! - zeroOf(tensor(0));
        return clip(rescale(sum, 0, { m: (m << BigInt(shift)) / BigInt(n), e: e - shift }) + zeroOf(output));
      });
    }
    case OP.LOGISTIC:
    case OP.LEAKY_RELU: {
      const clip = clipped(output, 0);
      const alpha = f32(option(op, 0));
      return each((at) => {
        const q = x(at) - zeroOf(tensor(0));
        if (op.code === OP.LEAKY_RELU) {
          const ratio = f32(scaleOf(tensor(0)) / scaleOf(output));
          return clip(
            rescale(q, q >= 0 ? ratio : f32(f32(scaleOf(tensor(0)) * alpha) / scaleOf(output))) + zeroOf(output),
          );
        }
        const sigmoid = f32(1 / f32(1 + f32(Math.exp(-f32(scaleOf(tensor(0)) * q)))));
        return clip(signedRound(f32(sigmoid * f32(1 / scaleOf(output)))) + zeroOf(output));
      });
    }
    case OP.QUANTIZE: {
      const clip = clipped(output, 0);
      return each((at) =>
        clip(rescale(x(at) - zeroOf(tensor(0)), scaleOf(tensor(0)) / scaleOf(output)) + zeroOf(output)),
      );
    }
    case OP.PAD:
      return each((at) => {
        const from = at.map((p, axis) => p - numbers(1)[2 * axis]!);
        return from.every((p, axis) => p >= 0 && p < tensor(0).shape[axis]!) ? x(from) : zeroOf(output);
      });
    case OP.RESHAPE:
      return numbers(0);
    case OP.CONCATENATION:
      return each((at) => {
        const own = tensor(0).shape.at(-1) ?? 0;
        const c = at.at(-1) ?? 0;
        return c < own ? x(at) : x([...at.slice(0, -1), c - own], 1);
      });
    case OP.RESIZE_NEAREST_NEIGHBOR:
      return each(([b = 0, y = 0, xx = 0, c = 0]) => {
        const near = (p: number, axis: number): number => {
          const [from, to] = [tensor(0).shape[axis]!, output.shape[axis]!];
          return Math.min(Math.floor(f32((p + (option(op, 1) === 0 ? 0 : 0.5)) * f32(from / to))), from - 1);
        };
        return x([b, near(y, 1), near(xx, 2), c]);
      });
    case OP.STRIDED_SLICE:
      return each((at) => x(at.map((p, axis) => numbers(1)[axis]! + p * numbers(3)[axis]!)));
    case OP.TRANSPOSE:
      return each((at) => {
        const from = at.slice();
        at.forEach((p, axis) => {
          from[numbers(1)[axis]!] = p;
        });
        return x(from);
      });
    case OP.SOFTMAX:
      return numbers(0);
    default:
      throw new Error(`no kernel for ${op.code}`);
  }
}

/** The number of an operand that is broadcast. */
function spread(
  x: (at: readonly number[], i: number) => number,
  at: readonly number[],
  { shape }: WrittenTensor,
  i: number,
): number {
  return x(
    shape.map((n, axis) => (n === 1 ? 0 : at[axis + at.length - shape.length]!)),
    i,
  );
}

function positions(e: number, shape: readonly number[]): readonly number[] {
  const at: number[] = [];
  let rest = e;
  for (const n of shape.toReversed()) {
    at.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  return at;
}

const flat = (at: readonly number[], shape: readonly number[]): number =>
  at.reduce((e, p, axis) => e * shape[axis]! + p, 0);
