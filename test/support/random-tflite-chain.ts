/** Random TensorFlow Lite models of several operators, with the ends that converters put around them, and files that are wrong somewhere. */
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { Dice } from './dice.js';
import { convOptions, depthwiseOptions, flexMap, OP, poolOptions } from './tflite-models.js';
import type { Field, WrittenModel, WrittenOperator, WrittenTensor } from './write-tflite.js';

type Shape = readonly number[];

/** How values of a model are stored. */
type Values = 'int8' | 'uint8' | 'float32';

/** A model that grows at its end. */
class Growing {
  readonly tensors: WrittenTensor[] = [];
  readonly operators: WrittenOperator[] = [];
  last = 0;
  shape: Shape;
  readonly d: Dice;
  readonly type: Values;

  constructor(d: Dice, type: Values, shape: Shape) {
    this.d = d;
    this.type = type;
    this.shape = shape;
  }

  tensor(tensor: WrittenTensor): number {
    return this.tensors.push(tensor) - 1;
  }

  /** A value in the numbers of the model, mostly with a scale that is right. */
  value(shape: Shape, like?: WrittenTensor): number {
    const { d, type } = this;
    const name = d.one(`value${this.tensors.length}`, `block/value${this.tensors.length};fused;more`);
    if (type === 'float32') return this.tensor({ name, shape, type });
    const zero =
      like?.zeroPoint !== undefined
        ? (like.zeroPoint[0] ?? 0)
        : type === 'int8'
          ? d.one(0, 3, -128, 127)
          : d.one(0, 128, 7, 255);
    const odd = d.one(...Array<number>(150).fill(0), 1, 2, 3, 4, 5, 6);
    if (odd === 1) return this.tensor({ name, shape, type });
    if (odd === 2) return this.tensor({ name, shape, type: 'int16', scale: [0.1] });
    const zeroPoint = odd === 3 ? 300 : zero;
    const scales = odd === 4 ? [0] : odd === 5 ? [0.1, 0.2] : (like?.scale ?? [d.one(0.05, 0.1, 1 / 128)]);
    return this.tensor({ name, shape, type, scale: scales, zeroPoint: odd === 6 ? [] : [zeroPoint] });
  }

  constant(name: string, shape: Shape, axis: number): number {
    const { d, type } = this;
    const odd = d.one(...Array<number>(80).fill(0), 1, 2, 3, 4, 5);
    if (type === 'float32') {
      const kind = d.one('float32', 'float32', 'float16', 'int8', 'dequantised');
      if (kind === 'float32') {
        const data = odd === 1 ? d.reals(shape).values.map(() => NaN) : d.reals(shape).values;
        return this.tensor({ name, shape, type, ...(odd === 2 ? {} : { data: odd === 3 ? data.slice(1) : data }) });
      }
      if (kind === 'int8') {
        const axes = d.one(true, false) ? { scale: d.list(shape[axis]!, 0.01, 0.02), axis } : { scale: [0.02] };
        return this.tensor({ name, shape, type: 'int8', data: d.whole(shape, -127, 127).values, ...axes });
      }
      // Bits of 0.5, 1, -2, ...
      const data = d.list(
        shape.reduce((a, b) => a * b, 1),
        0x3800,
        0x3c00,
        0xc000,
        0x0001,
      );
      const half = this.tensor({ name: `${name}.half`, shape, type: 'float16', data });
      if (kind === 'float16') return half;
      const to = this.tensor({ name, shape, type });
      this.operators.push({ code: OP.DEQUANTIZE, inputs: [half], outputs: [to] });
      return to;
    }
    const stored = type === 'int8' ? d.one('int8', 'int8', 'int8', 'int4') : 'uint8';
    const [low, high] = stored === 'int8' ? [-127, 127] : stored === 'int4' ? [-8, 7] : [0, 255];
    const n = stored !== 'uint8' && d.one(true, false) ? shape[axis]! : 1;
    const scale = odd === 1 ? [0.1, 0.2, 0.3, 0.1, 0.2] : odd === 2 ? [] : d.list(n, 0.01, 0.02, 0.015);
    const zeroPoint = Array<number>(scale.length).fill(stored === 'uint8' ? 120 : odd === 3 ? 1 : 0);
    const { values } = d.whole(shape, low, high);
    return this.tensor({
      ...{ name, shape, type: stored, scale, zeroPoint, ...(n > 1 ? { axis: odd === 4 ? axis + 1 : axis } : {}) },
      ...(odd === 5 ? {} : { data: values }),
    });
  }

  bias(n: number): number {
    const { d, type } = this;
    const form = d.one(0, 1, 1, 1, 1, 1, 1, 1, 2);
    if (form === 0) return -1;
    if (type === 'float32') return this.tensor({ name: 'bias', shape: [n], type, data: d.reals([n]).values });
    const of = d.one<'int32' | 'int64'>('int32', 'int32', 'int32', 'int32', 'int64');
    return this.tensor({ name: 'bias', shape: [form === 2 ? n + 1 : n], type: of, data: d.whole([form === 2 ? n + 1 : n], -900, 900).values, scale: [1] }); // prettier-ignore
  }

  /** Adds an operator that reads the last value first. */
  then(code: number | string, others: readonly number[], shape: Shape, options: readonly Field[], more: Partial<WrittenOperator> = {}): void {
    const before = this.tensors[this.last];
    const keeps = this.d.one(true, true, false) || code === OP.PAD || code === OP.RESHAPE;
    const to = this.value(shape, keeps ? before : undefined);
    this.operators.push({ code, inputs: [this.last, ...others], outputs: [to], options, ...more });
    [this.last, this.shape] = [to, shape];
  } // prettier-ignore
}

/** Adds a random operator of those that follow others. */
function grow(g: Growing): void {
  const { d, shape } = g;
  const [n = 1, h = 1, w = 1, c = 1] = shape;
  const activation = d.one(0, 0, 0, 1, 1, 3, 3, 0, 0, 1, 0, 0, 3, 2, 4);
  if (shape.length === 4) {
    const kind = d.one('conv', 'conv', 'depthwise', 'add', 'pool', 'pad', 'relu', 'mean', 'reshape', 'mul', 'shift', 'lce');
    if (kind === 'conv') {
      const nOut = d.one(2, 3);
      const stride = d.one(1, 1, 2);
      const weights = g.constant('weights', [nOut, 2, 2, c], 0);
      g.then(OP.CONV_2D, [weights, g.bias(nOut)], [n, Math.ceil(h / stride), Math.ceil(w / stride), nOut], convOptions(0, stride, activation));
    } else if (kind === 'depthwise') {
      g.then(OP.DEPTHWISE_CONV_2D, [g.constant('weights', [1, 3, 1, c], 3), g.bias(c)], shape, depthwiseOptions(0, 1, 1, activation));
    } else if (kind === 'pool') {
      const code = d.one(OP.AVERAGE_POOL_2D, OP.MAX_POOL_2D);
      g.then(code, [], [n, Math.ceil(h / 2), Math.ceil(w / 2), c], poolOptions(0, 2, 2, d.one(0, 0, 1)));
    } else if (kind === 'pad') {
      const around = g.tensor({ name: 'around', shape: [4, 2], type: 'int32', data: [0, 0, 1, 1, 0, 1, 0, 0] });
      g.then(OP.PAD, [around], [n, h + 2, w + 1, c], []);
    } else if (kind === 'mean') {
      const axes = g.tensor({ name: 'axes', shape: [2], type: d.one('int32', 'int32', 'int64'), data: [1, 2] });
      g.then(OP.MEAN, [axes], [n, c], [[0, 'u8', 0]]);
    } else if (kind === 'reshape') {
      const to = g.tensor({ name: 'shape', shape: [2], type: 'int32', data: [d.one(1, -1), h * w * c] });
      g.then(OP.RESHAPE, d.one([to], []), [n, h * w * c], d.one<readonly Field[]>([], [[0, 'i32s', [1, -1]]]));
    } else if (kind === 'lce') lce(g);
    else if (kind === 'relu') g.then(d.one(OP.RELU, OP.RELU6, OP.HARD_SWISH), [], shape, []);
    else if (kind === 'add' || kind === 'mul') {
      const other = d.one(true, false) ? g.constant('operand', d.one([c], [1, 1, 1, c]), 0) : d.one(0, g.last);
      g.then(kind === 'add' ? OP.ADD : OP.MUL, [other], shape, [[0, 'i8', activation]]);
    } else {
      // As converters of ONNX write normalisations: a factor, then a shift.
      g.then(OP.MUL, [g.constant('factor', [c], 0)], shape, [[0, 'i8', 0]]);
      g.then(d.one(OP.ADD, OP.SUB), [g.constant('shift', [c], 0)], shape, [[0, 'i8', activation]]);
    }
    return;
  }
  const size = shape.at(-1) ?? 1;
  const kind = d.one('dense', 'dense', 'logistic', 'relu', 'softmax', 'concat', 'unknown');
  if (kind === 'dense') {
    const weights = g.constant('weights', [3, size], 0);
    g.then(OP.FULLY_CONNECTED, [weights, g.bias(3)], [n, 3], [[0, 'i8', activation], [1, 'i8', d.one(0, 0, 0, 0, 1)]]);
  } else if (kind === 'logistic') g.then(d.one(OP.LOGISTIC, OP.TANH), [], shape, []);
  else if (kind === 'relu') g.then(d.one(OP.RELU, OP.LEAKY_RELU), [], shape, [[0, 'f32', 0.25]]);
  else if (kind === 'softmax') g.then(OP.SOFTMAX, [], shape, [[0, 'f32', 1]]);
  else if (kind === 'concat') g.then(OP.CONCATENATION, [g.last], [n, 2 * size], [[0, 'i32', d.one(1, -1)]]);
  else if (d.one(0, 0, 0, 1) === 1) g.then(d.one<number | string>('Strange', '', OP.LSTM, OP.GATHER), [], shape, []);
} // prettier-ignore

/** Binary convolutions of Larq with all their options. */
function lce(g: Growing): void {
  const { d, shape } = g;
  const [n = 1, h = 1, w = 1, c = 1] = shape;
  const nOut = d.one(2, 4);
  const bits = g.tensor({ name: 'bits', shape: [n, h, w, 1], type: 'int32' });
  g.operators.push({ code: 'LceQuantize', inputs: [g.last], outputs: [bits] });
  const kind = d.one('int32', 'int32', 'float32');
  const weights = kind === 'int32'
    ? g.tensor({ name: 'weights', shape: [nOut, 3, 3, d.one(1, 1, 1, 2)], type: kind, data: d.whole([nOut * 18], -5000, 5000).values })
    : g.tensor({ name: 'weights', shape: [nOut, 3, 3, c], type: kind, data: d.reals([nOut * 9 * c]).values });
  const [stride, padding] = [d.one(1, 1, 2), d.one(0, 0, 1)];
  const options: Record<string, number> = {
    ...{ channels_in: d.one(c, c, c, c, c + 1), dilation_height_factor: d.one(1, 1, 2), dilation_width_factor: 1 },
    ...{ fused_activation_function: d.one(0, 0, 1, 2, 3, 9), pad_values: d.one(0, 1, 1, 2), padding },
    ...{ stride_height: stride, stride_width: stride },
  };
  const [gone] = d.one<readonly string[]>([], [], [], [], ['stride_width'], ['pad_values'], ['channels_in'], ['padding']);
  const written = Object.fromEntries(Object.entries(options).filter(([name]) => name !== gone));
  const isBinary = d.one(false, false, true);
  const many = d.one(nOut, nOut, nOut, nOut, nOut + 1);
  const real = (name: string): number => g.tensor({ name, shape: [many], type: 'float32', data: d.reals([many]).values });
  const thresholds = g.tensor({ name: 'thresholds', shape: [many], type: 'int32', data: d.whole([many], 0, 9).values });
  const inputs = isBinary ? [bits, weights, -1, -1, thresholds] : [bits, weights, real('multiplier'), real('bias'), -1];
  const side = (size: number): number => (padding === 0 ? Math.ceil(size / stride) : Math.max(1, Math.floor((size - 3) / stride) + 1));
  const after = [n, side(h), side(w), nOut];
  const to = g.tensor({ name: 'binary', shape: isBinary ? [...after.slice(0, 3), 1] : after, type: isBinary ? 'int32' : d.one('float32', 'float32', 'float32', 'int8') });
  g.operators.push({ code: 'LceBconv2d', inputs, outputs: [to], custom: flexMap(written) });
  [g.last, g.shape] = [to, after];
  if (!isBinary) return;
  const numbers = g.tensor({ name: 'numbers', shape: after, type: 'float32' });
  g.operators.push({ code: 'LceDequantize', inputs: [to], outputs: [numbers] });
  g.last = numbers;
} // prettier-ignore

/** A model of two to four operators. */
export function randomTfliteChain(seed: number): WrittenModel {
  const d = new Dice(sequence(seed, PURPOSE.test, 14));
  const type = d.one<Values>('int8', 'int8', 'uint8', 'float32', 'float32');
  const batch = d.one(...Array<number>(40).fill(1), 2);
  const shape = d.one<Shape>([batch, 4, 4, 2], [batch, 4, 4, 2], [batch, 5, 3, 1], [batch, 6]);
  const g = new Growing(d, type, shape);
  const isQuantised = type !== 'float32' && d.one(true, false, false);
  g.value(shape);
  if (isQuantised) {
    const image: WrittenTensor = { name: 'image', shape, type: 'float32' };
    g.tensors.unshift(image);
    g.last = 1;
    g.operators.push({ code: OP.QUANTIZE, inputs: [0], outputs: [1] });
  }
  const n = d.one(1, 2, 3);
  for (let k = 0; k < n; k++) grow(g);
  const end = g.last;
  const side = d.one('', '', '', '', '', '', '', 'unread', 'unread', 'second', 'input');
  if (side === 'unread' || side === 'second') {
    const to = g.value(g.shape);
    g.operators.push({ code: OP.RELU, inputs: [end], outputs: [to] });
    if (side === 'second') g.last = d.one(end, to);
  }
  const outputs = side === 'second' ? [end, g.tensors.length - 1] : [end];
  const tail = side === 'second' ? 'none' : d.one(...['none', 'none', 'none', 'none', 'dequantise', 'dequantise', 'argmax'], 'argmax', 'cast', 'top', 'reshaped', 'middle');
  const add = (code: number, others: readonly number[], of: Shape, as: WrittenTensor['type']): void => {
    const to = g.tensor({ name: `tail${g.tensors.length}`, shape: of, type: as });
    g.operators.push({ code, inputs: [g.last, ...others], outputs: [to] });
    [g.last, outputs[0]] = [to, to];
  };
  const axis = (): number => g.tensor({ name: 'axis', shape: [], type: 'int32', data: [1] });
  if (tail === 'dequantise') add(OP.DEQUANTIZE, [], g.shape, 'float32');
  if (tail === 'argmax' || tail === 'cast') add(56, [axis()], [1], 'int64');
  if (tail === 'cast') add(53, [], [1], 'int32');
  if (tail === 'top') add(48, [axis()], [1, 1], 'float32');
  if (tail === 'reshaped') add(56, [axis()], [1], 'int64');
  if (tail === 'reshaped') add(OP.RESHAPE, [], [1, 1], 'int64');
  if (tail === 'middle') add(56, [axis()], [1], 'int64');
  if (tail === 'middle') add(OP.RELU, [], [1], 'float32');
  const inputs = side === 'input' ? [0, g.tensor({ name: 'mask', shape: [1, 2], type: 'float32' })] : [0];
  return { tensors: g.tensors, operators: g.operators, inputs, outputs, dataBehind: d.one(false, false, false, true) };
} // prettier-ignore
