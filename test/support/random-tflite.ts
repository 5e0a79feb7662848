/** Random TensorFlow Lite models around one operator, of integers or real numbers: options, shapes and constants of all kinds. */
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { Dice } from './dice.js';
import { flexMap } from './tflite-models.js';
import type { Field, WrittenModel, WrittenOperator, WrittenTensor } from './write-tflite.js';

type Number8 = 'int8' | 'uint8';

/** What an operator reads and gives beside the image. */
interface Drawn {
  readonly image?: readonly number[];
  readonly others?: readonly (WrittenTensor | 'image' | 'none')[];
  /** The place of the image among the inputs; the first by default. */
  readonly at?: number;
  readonly out: readonly number[];
  readonly outputs?: number;
  /** Whether its result is packed into words. */
  readonly packed?: boolean;
  readonly options?: readonly Field[];
  readonly custom?: readonly number[];
  /** Scale and zero point of the result, where they are those of the image. */
  readonly sameScale?: boolean;
}

/** How numbers of a model are written. */
class Kind {
  readonly d: Dice;
  readonly type: Number8 | undefined;

  constructor(d: Dice, type: Number8 | undefined) {
    this.d = d;
    this.type = type;
  }

  /** A value of the network. */
  value(name: string, shape: readonly number[], scale = 0.05, zeroPoint = 3): WrittenTensor {
    if (this.type === undefined) return { name, shape: [1, ...shape], type: 'float32' };
    return { name, shape: [1, ...shape], type: this.type, scale: [scale], zeroPoint: [zeroPoint] };
  }

  /** A constant operand, weights for example. */
  constant(name: string, shape: readonly number[], perAxis = -1): WrittenTensor {
    const { d, type } = this;
    if (type === undefined) return { name, shape, type: 'float32', data: d.reals(shape).values };
    const n = perAxis < 0 ? 1 : shape[perAxis]!;
    const [low, high] = type === 'int8' ? [-127, 127] : [0, 255];
    return {
      name,
      shape,
      type,
      data: d.whole(shape, low, high).values,
      scale: d.list(n, 0.01, 0.02, 0.015),
      zeroPoint: Array<number>(n).fill(type === 'int8' ? 0 : 120),
      ...(perAxis < 0 ? {} : { axis: perAxis }),
    };
  }

  bias(n: number): WrittenTensor | 'none' {
    const { d, type } = this;
    if (d.one(false, false, true)) return 'none';
    if (type === undefined) return { name: 'bias', shape: [n], type: 'float32', data: d.reals([n]).values };
    return { name: 'bias', shape: [n], type: 'int32', data: d.whole([n], -900, 900).values, scale: [1] };
  }
}

const ints = (name: string, values: readonly number[], type: 'int32' | 'int64' = 'int32'): WrittenTensor => ({
  name,
  shape: [values.length],
  type,
  data: values,
});

const span = (n: number, window: number, stride: number, isSame: boolean, dilation = 1): number =>
  isSame ? Math.ceil(n / stride) : Math.max(1, Math.floor((n - (window - 1) * dilation - 1) / stride) + 1);

function convolution(k: Kind, isDepthwise: boolean): Drawn {
  const { d } = k;
  const image = [d.one(4, 5, 6), d.one(4, 6), d.one(1, 2, 4)];
  const [h = 1, w = 1, c = 1] = image;
  const [kh, kw] = [d.one(1, 2, 3), d.one(1, 3)];
  const [sy, sx] = [d.one(1, 2), d.one(1, 2)];
  const dilation = d.one(1, 1, 1, 2);
  const padding = d.one(0, 1);
  const nOut = isDepthwise ? c * d.one(1, 2) : d.one(2, 3);
  const weights = isDepthwise ? [1, kh, kw, nOut] : [nOut, kh, kw, c];
  const axis = isDepthwise ? 3 : 0;
  const geometry: readonly Field[] = [
    [0, 'i8', padding],
    [1, 'i32', sx],
    [2, 'i32', sy],
  ];
  return {
    image,
    others: [k.constant('weights', weights, k.type === 'int8' ? d.one(-1, axis, axis) : -1), k.bias(nOut)],
    out: [span(h, kh, sy, padding === 0, dilation), span(w, kw, sx, padding === 0, dilation), nOut],
    options: isDepthwise
      ? [...geometry, [3, 'i32', nOut / c], [4, 'i8', d.one(0, 1, 3)], [5, 'i32', dilation], [6, 'i32', dilation]]
      : [...geometry, [3, 'i8', d.one(0, 1, 2, 3)], [4, 'i32', dilation], [5, 'i32', dilation]],
  };
}

function pool(k: Kind): Drawn {
  const { d } = k;
  const image = [d.one(4, 5), d.one(4, 6), 2];
  const [wx, wy, sx, sy, padding] = [d.one(1, 2, 3), d.one(2, 3), d.one(1, 2), d.one(1, 2, 3), d.one(0, 1)];
  return {
    image,
    out: [span(image[0]!, wy, sy, padding === 0), span(image[1]!, wx, sx, padding === 0), 2],
    options: [
      [0, 'i8', padding],
      [1, 'i32', sx],
      [2, 'i32', sy],
      [3, 'i32', wx],
      [4, 'i32', wy],
      [5, 'i8', d.one(0, 1, 3)],
    ],
    sameScale: d.one(true, true, false),
  };
}

const binary = (k: Kind): Drawn => {
  const { d } = k;
  const image = [3, d.one(2, 4), d.one(2, 3)];
  const [h = 1, w = 1, c = 1] = image;
  const other = d.one<'image' | readonly number[]>('image', [c], [1, 1, 1, c], [], [1, h, w, c], [1, h, w, 1]);
  return {
    image,
    others: [other === 'image' ? other : k.constant('operand', other)],
    at: other === 'image' ? 0 : d.one(0, 1),
    out: image,
    options: [[0, 'i8', d.one(0, 0, 1, 3, 2)]],
    sameScale: d.one(true, false),
  };
};

const unary = (k: Kind): Drawn => ({
  image: k.d.one<readonly number[]>([3, 2, 2], [5]),
  out: [],
  options: [[0, 'f32', k.d.one(0.25, 0.5, 1)]],
});

const padded = (k: Kind, isStated: boolean): Drawn => {
  const { d } = k;
  const rows = [d.one(0, 0, 0, 0, 1), 0, d.one(0, 1, 2), d.one(0, 1), d.one(0, 1), d.one(0, 2), d.one(0, 0, 1), 0];
  const image = [3, 4, 2];
  return {
    image,
    others: [
      { name: 'around', shape: [4, 2], type: 'int32', data: rows },
      ...(isStated ? [k.constant('value', [1])] : []),
    ],
    out: image.map((n, i) => n + rows[2 * i + 2]! + rows[2 * i + 3]!),
    sameScale: true,
  };
};

const OPERATORS: Readonly<Record<string, readonly [code: number | string, draw: (k: Kind) => Drawn]>> = {
  CONV_2D: [3, (k) => convolution(k, false)],
  DEPTHWISE_CONV_2D: [4, (k) => convolution(k, true)],
  FULLY_CONNECTED: [
    9,
    (k) => {
      const image = k.d.one<readonly number[]>([6], [1, 2, 3], [6]);
      const perAxis = k.type === 'int8' ? k.d.one(-1, -1, 0) : -1;
      return {
        image,
        others: [k.constant('weights', [4, 6], perAxis), k.bias(4)],
        out: [4],
        options: [
          [0, 'i8', k.d.one(0, 1, 3)],
          [1, 'i8', k.d.one(0, 0, 0, 1)],
          [2, 'u8', k.d.one(0, 0, 1)],
        ],
      };
    },
  ],
  TRANSPOSE_CONV: [
    67,
    (k) => {
      const { d } = k;
      const [stride, padding] = [d.one(1, 2), d.one(0, 1)];
      const size = padding === 0 ? 3 * stride : (3 - 1) * stride + 3;
      return {
        image: [3, 3, 2],
        others: [ints('shape', [1, size, size, 4]), k.constant('weights', [4, 3, 3, 2], -1)],
        at: 2,
        out: [size, size, 4],
        options: [
          [0, 'i8', padding],
          [1, 'i32', stride],
          [2, 'i32', stride],
          [3, 'i8', d.one(0, 0, 1)],
        ],
      };
    },
  ],
  ADD: [0, binary],
  SUB: [41, binary],
  MUL: [18, binary],
  DIV: [42, binary],
  MAXIMUM: [55, binary],
  MINIMUM: [57, binary],
  RELU: [19, unary],
  RELU6: [21, unary],
  RELU_N1_TO_1: [20, unary],
  QUANTIZE: [114, unary],
  LOGISTIC: [14, (k) => ({ ...unary(k), sameScale: false })],
  TANH: [28, unary],
  HARD_SWISH: [117, unary],
  LEAKY_RELU: [98, unary],
  ELU: [111, unary],
  EXP: [47, unary],
  ABS: [101, unary],
  NEG: [59, unary],
  SQUARE: [92, unary],
  FLOOR: [8, unary],
  CEIL: [104, unary],
  RSQRT: [76, unary],
  PRELU: [
    54,
    (k) => ({
      image: [3, 2, 4],
      others: [k.constant('slopes', k.d.one<readonly number[]>([1, 1, 4], [4], [3, 2, 4], [1]))],
      out: [3, 2, 4],
    }),
  ],
  AVERAGE_POOL_2D: [1, pool],
  MAX_POOL_2D: [17, pool],
  MEAN: [
    40,
    (k) => {
      const keeps = k.d.one(0, 1);
      const axes = k.d.one<readonly number[]>([1, 2], [-2, -3], [1], [3], [2]);
      const image = [3, 4, 2];
      const gone = axes.map((a) => (a < 0 ? a + 4 : a));
      const out = [1, ...image].map((n, i) => (gone.includes(i) ? (keeps === 1 ? 1 : -1) : n)).filter((n) => n > 0);
      return { image, others: [ints('axes', axes)], out: out.slice(1), options: [[0, 'u8', keeps]] };
    },
  ],
  CONCATENATION: [
    2,
    (k) => {
      const axis = k.d.one(1, 2, 3, -1);
      const out = [3, 4, 2].map((n, i) => (i === (axis < 0 ? 2 : axis - 1) ? 2 * n : n));
      return { image: [3, 4, 2], others: ['image'], out, options: [[0, 'i32', axis], [1, 'i8', k.d.one(0, 0, 1)]], sameScale: k.d.one(true, false) }; // prettier-ignore
    },
  ],
  RESHAPE: [
    22,
    (k) => {
      const out = k.d.one<readonly number[]>([24], [2, 12], [4, 3, 2], [1, 1, 24], [5]);
      return { image: [3, 4, 2], others: [ints('shape', [1, ...k.d.one(out, out, [-1])])], out, sameScale: true };
    },
  ],
  SQUEEZE: [
    43,
    (k) => ({
      image: [1, 1, 5],
      out: [5],
      options: [[0, 'i32s', k.d.one<readonly number[]>([1, 2], [1], [])]],
      sameScale: true,
    }),
  ],
  EXPAND_DIMS: [
    70,
    (k) => ({
      image: [4, 3],
      others: [ints('axis', [k.d.one(1, -1, 2)])],
      out: k.d.one<readonly number[]>([1, 4, 3], [4, 3, 1], [4, 1, 3]),
      sameScale: true,
    }),
  ],
  PAD: [34, (k) => padded(k, false)],
  PADV2: [60, (k) => padded(k, true)],
  MIRROR_PAD: [100, (k) => ({ ...padded(k, false), options: [[0, 'i8', k.d.one(0, 1)]] })],
  SLICE: [
    65,
    (k) => {
      const from = k.d.list(3, 0, 1);
      const out = [3, 4, 2].map((n, i) => n - from[i]!);
      return {
        image: [3, 4, 2],
        others: [ints('begin', [0, ...from]), ints('size', [1, ...k.d.one(out, [-1, -1, -1])])],
        out,
        sameScale: true,
      };
    },
  ],
  STRIDED_SLICE: [
    45,
    (k) => {
      const { d } = k;
      const [begin, end, stride] = [
        [0, ...d.list(3, 0, 1, -1)],
        [1, ...d.list(3, 2, -1, 9)],
        [1, ...d.list(3, 1, 2, -1)],
      ];
      return {
        image: [4, 4, 2],
        others: [ints('begin', begin), ints('end', end), ints('strides', stride)],
        out: [d.one(1, 2, 4), d.one(2, 4), d.one(1, 2)],
        options: [[0, 'i32', d.one(0, 1, 15)], [1, 'i32', d.one(0, 1, 15)], [4, 'i32', d.one(0, 0, 2, 8)]], // prettier-ignore
        sameScale: true,
      };
    },
  ],
  SPLIT: [
    49,
    (k) => ({
      image: [4, 4, 2],
      others: [{ name: 'axis', shape: [], type: 'int32', data: [k.d.one(1, 2, 3, -1)] }],
      at: 1,
      out: k.d.one<readonly number[]>([2, 4, 2], [4, 2, 2], [4, 4, 1]),
      outputs: 2,
      options: [[0, 'i32', 2]],
      sameScale: true,
    }),
  ],
  TRANSPOSE: [
    39,
    (k) => {
      const order = k.d.one<readonly number[]>([0, 2, 1, 3], [0, 3, 1, 2], [0, 1, 3, 2], [1, 0, 2, 3]);
      return {
        image: [3, 4, 2],
        others: [ints('order', order)],
        out: order.slice(1).map((i) => [1, 3, 4, 2][i]!),
        sameScale: true,
      };
    },
  ],
  RESIZE_NEAREST_NEIGHBOR: [
    97,
    (k) => {
      const [h, w] = [k.d.one(3, 6, 5), k.d.one(4, 8)];
      return { image: [3, 4, 2], others: [ints('size', [h, w])], out: [h, w, 2], options: [[0, 'u8', k.d.one(0, 0, 1)], [1, 'u8', k.d.one(0, 1)]], sameScale: true }; // prettier-ignore
    },
  ],
  DEPTH_TO_SPACE: [5, () => ({ image: [2, 3, 8], out: [4, 6, 2], options: [[0, 'i32', 2]], sameScale: true })],
  SPACE_TO_DEPTH: [
    26,
    (k) => ({ image: [4, 6, 2], out: [2, 3, 8], options: [[0, 'i32', k.d.one(2, 2, 3)]], sameScale: true }),
  ],
  SOFTMAX: [
    25,
    (k) => ({
      image: k.d.one<readonly number[]>([5], [1, 1, 4], [2, 3]),
      out: [],
      options: [[0, 'f32', k.d.one(1, 0.5)]],
    }),
  ],
  Bsign: ['Bsign', () => ({ image: [2, 2, 3], out: [2, 2, 3] })],
  LceQuantize: ['LceQuantize', (k) => ({ image: [2, 2, k.d.one(3, 33)], out: [2, 2, 1], packed: true })],
  LceBMaxPool2d: [
    'LceBMaxPool2d',
    (k) => ({
      image: [4, 4, 3],
      out: [2, 2, 3],
      custom: flexMap({
        filter_height: k.d.one(2, 3),
        filter_width: 2,
        padding: k.d.one(0, 1),
        stride_height: 2,
        stride_width: 2,
      }),
    }),
  ],
};

/** The operators, by name. */
export const RANDOM_TFLITE_OPERATORS: readonly string[] = Object.keys(OPERATORS);

/** A model of one such operator. */
export function randomTflite(op: string, seed: number): WrittenModel {
  const d = new Dice(sequence(seed, PURPOSE.test, 10));
  const type = d.one<Number8 | undefined>('int8', 'int8', 'uint8', undefined, undefined);
  const kind = new Kind(d, type);
  const [code, draw] = OPERATORS[op]!;
  const drawn = draw(kind);
  const image = drawn.image ?? [3, 4, 2];
  const out = drawn.out.length === 0 ? image : drawn.out;
  const tensors: WrittenTensor[] = [kind.value('image', image)];
  const inputs = (drawn.others ?? []).map((other) => {
    if (other === 'image') return 0;
    return other === 'none' ? -1 : tensors.push(other) - 1;
  });
  const [scale, zero] = drawn.sameScale === true ? [0.05, 3] : [d.one(0.05, 0.1, 1 / 256), d.one(3, -7, -128, 0)];
  const outputs = Array.from(
    { length: drawn.outputs ?? 1 },
    (_, i) =>
      tensors.push({
        ...kind.value(`out${i}`, out, scale, type === 'uint8' ? Math.abs(zero) : zero),
        ...(drawn.packed === true ? { type: 'int32' } : {}),
      }) - 1,
  );
  const at = drawn.at ?? 0;
  const operator: WrittenOperator = {
    code,
    inputs: [...inputs.slice(0, at), 0, ...inputs.slice(at)],
    outputs,
    options: drawn.options ?? [],
    ...(drawn.custom === undefined ? {} : { custom: drawn.custom }),
  };
  return { tensors, operators: [operator], inputs: [0], outputs: [outputs[0]!] };
}
