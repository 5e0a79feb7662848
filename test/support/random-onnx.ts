/** Random ONNX models around one operator: attributes, shapes and constants of all kinds, a few of them senseless. */
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { Dice } from './dice.js';
import type { MadeAttribute, MadeModel, MadeNode, MadeTensor } from './onnx-writer.js';

/** What an operator reads beside the image `x`, and its attributes; drawn anew for every model. */
interface Drawn {
  readonly dims: readonly number[];
  readonly constants?: readonly (MadeTensor | 'x' | '')[];
  readonly attributes?: Readonly<Record<string, MadeAttribute | undefined>>;
  /** The place of the image among the inputs; the first by default. */
  readonly at?: number;
  readonly outputs?: number;
  readonly opset?: number;
  readonly domain?: string;
}

const vector = (values: readonly number[], type = 7): MadeTensor => ({ dims: [values.length], type, values });
const scalar = (value: number, type = 1): MadeTensor => ({ dims: [], type, values: [value] });

/** A constant that broadcasts to the image, with the batch in front. */
function broadcast(d: Dice, dims: readonly number[], make: (dims: readonly number[]) => MadeTensor): MadeTensor {
  const all = [1, ...dims];
  return make(
    d.one<readonly number[]>(
      [],
      [1],
      all,
      all.map((n, i) => (i === 1 ? n : 1)),
      dims,
      dims.map((n, i) => (i === 0 ? n : 1)),
    ),
  );
}

function windowed(d: Dice, kernel: readonly number[]): Readonly<Record<string, MadeAttribute | undefined>> {
  return {
    kernel_shape: d.one(kernel, undefined),
    strides: d.one(
      undefined,
      undefined,
      d.list(kernel.length, 1, 2, 3),
      d.list(kernel.length, 1, 2, 3),
      d.list(kernel.length, 0, 1),
      [1, 1, 1],
    ),
    pads: d.one(undefined, d.list(2 * kernel.length, 0, 1, 2)),
    auto_pad: d.one(undefined, undefined, undefined, 'SAME_UPPER', 'SAME_LOWER', 'VALID', 'NOTSET'),
    dilations: d.one(undefined, undefined, d.list(kernel.length, 1, 2)),
  };
}

function convolution(d: Dice, isTransposed: boolean): Drawn {
  const dims = d.image();
  const c = dims[0]!;
  const group = d.one(1, 1, c);
  const kernel = d.list(2, 1, 2, 3);
  const out = d.one(1, 2, 3);
  const weights = isTransposed ? [c, out, ...kernel] : [out * group, c / group, ...kernel];
  const nOut = out * group;
  return {
    dims,
    constants: [
      d.one(d.reals(weights), d.whole(weights, -2, 1, 1)),
      ...d.one<readonly MadeTensor[]>([], [d.reals([nOut])]),
    ],
    attributes: {
      ...windowed(d, kernel),
      group: d.one(group, group, undefined),
      ...(isTransposed
        ? {
            output_padding: d.one(undefined, d.list(2, 0, 1)),
            output_shape: d.one(undefined, undefined, d.list(2, 7, 9)),
          }
        : {}),
    },
  };
}

function pool(d: Dice, isAverage: boolean): Drawn {
  return {
    dims: d.image(),
    attributes: {
      ...windowed(d, d.list(2, 1, 2, 3)),
      ceil_mode: d.one(undefined, 0, 1),
      ...(isAverage ? { count_include_pad: d.one(undefined, 0, 1) } : { storage_order: d.one(undefined, 0, 1) }),
    },
  };
}

const withConstant =
  (make: (d: Dice) => (dims: readonly number[]) => MadeTensor) =>
  (d: Dice): Drawn => {
    const dims = d.any();
    const own = d.one(false, false, false, true);
    return { dims, constants: [own ? 'x' : broadcast(d, dims, make(d))], at: own ? 0 : d.one(0, 0, 1) };
  };

const reduced = (d: Dice): Drawn => {
  const dims = d.any();
  const axes = d.one<readonly number[]>([2, 3], [-1, -2], [1], [-1], [0], [3]);
  const isOld = d.one(true, false);
  return {
    dims,
    opset: isOld ? 11 : 18,
    constants: isOld ? [] : d.one<readonly MadeTensor[]>([vector(axes)], [vector(axes)], []),
    attributes: {
      axes: isOld ? d.one(axes, axes, undefined) : undefined,
      keepdims: d.one(undefined, 0, 1),
      noop_with_empty_axes: d.one(undefined, 1),
    },
  };
};

const unary =
  (...attributes: readonly string[]) =>
  (d: Dice): Drawn => ({
    dims: d.any(),
    attributes: Object.fromEntries(attributes.map((name) => [name, d.one(undefined, 0.25, 0.5, 1.5)])),
  });

const SCALE = [1, 0.5, 0.25, 0.1];

const quantised =
  (isBack: boolean) =>
  (d: Dice): Drawn => {
    const dims = d.any();
    const type = d.one(2, 3, 3);
    const perAxis = d.one(false, false, true);
    const shape = perAxis ? [dims[0]!] : [];
    const scale: MadeTensor = { dims: shape, values: d.list(perAxis ? dims[0]! : 1, ...SCALE) };
    const zero = type === 2 ? d.whole(shape, 0, 255, 2) : d.whole(shape, -128, 127, 3);
    return {
      dims,
      constants: d.one<readonly MadeTensor[]>([scale], [scale, zero], [scale, zero]),
      attributes: { axis: d.one(undefined, 1, -1, 0), block_size: d.one(undefined, undefined, undefined, 2) },
      opset: d.one(13, 17, isBack ? 19 : 21),
    };
  };

const integersOnly = (d: Dice, isConv: boolean): Drawn => {
  const dims = isConv ? d.image() : [d.one(4, 6)];
  const weights = isConv ? [2, dims[0]!, 2, 2] : [dims[0]!, 3];
  return {
    dims,
    constants: [
      d.whole(weights, -8, 7, 3),
      d.one<MadeTensor | ''>('', scalar(0, 2), scalar(3, 2)),
      d.one(scalar(0, 3), scalar(2, 3)),
    ],
    ...(isConv ? { attributes: windowed(d, [2, 2]) } : {}),
  };
};

const OPERATORS: Readonly<Record<string, (d: Dice) => Drawn>> = {
  Conv: (d) => convolution(d, false),
  ConvTranspose: (d) => convolution(d, true),
  MaxPool: (d) => pool(d, false),
  AveragePool: (d) => pool(d, true),
  GlobalAveragePool: (d) => ({ dims: d.image() }),
  GlobalMaxPool: (d) => ({ dims: d.image() }),
  Gemm: (d) => {
    const n = d.one(4, 6);
    const transB = d.one(0, 1, undefined);
    return {
      dims: [n],
      constants: [
        d.reals(transB === 1 ? [3, n] : [n, 3]),
        ...d.one<readonly MadeTensor[]>([], [d.reals([3])], [d.reals([])], [d.reals([1, 3])]),
      ],
      attributes: {
        transB,
        transA: d.one(undefined, undefined, 1),
        alpha: d.one(undefined, 0.5),
        beta: d.one(undefined, 0.25),
      },
    };
  },
  MatMul: (d) => {
    const dims = d.one<readonly number[]>([6], [3, 6], [2, 3, 6]);
    return d.one(
      { dims, constants: [d.reals([6, 4])] },
      { dims, constants: [d.reals([6])] },
      { dims, constants: [d.reals([4, 3])], at: 1 },
      { dims, constants: ['x'] },
    );
  },
  Add: withConstant((d) => (dims) => d.reals(dims)),
  Sub: withConstant((d) => (dims) => d.reals(dims)),
  Mul: withConstant((d) => (dims) => d.reals(dims)),
  Div: withConstant((d) => (dims) => d.one(d.positive(dims), d.reals(dims))),
  Pow: (d) => ({ dims: d.any(), constants: [scalar(d.one(0.5, 1, 2, 3))] }),
  Max: withConstant((d) => (dims) => d.reals(dims)),
  Min: withConstant((d) => (dims) => d.reals(dims)),
  Sum: withConstant((d) => (dims) => d.reals(dims)),
  Mean: withConstant((d) => (dims) => d.reals(dims)),
  Clip: (d) => ({
    dims: d.any(),
    opset: d.one(6, 13),
    constants: d.one<readonly (MadeTensor | '')[]>(
      [],
      [scalar(-1), scalar(2)],
      ['', scalar(1)],
      [scalar(0)],
      [scalar(2), scalar(1)],
    ),
    attributes: { min: d.one(undefined, -0.5), max: d.one(undefined, 6.5) },
  }),
  Relu: unary(),
  LeakyRelu: unary('alpha'),
  PRelu: (d) => {
    const dims = d.image();
    return {
      dims,
      constants: [d.one(d.positive([]), d.positive([dims[0]!, 1, 1]), d.reals([1, dims[0]!, 1, 1]), d.positive(dims))],
    };
  },
  HardSwish: unary(),
  HardSigmoid: unary('alpha', 'beta'),
  Sigmoid: unary(),
  Tanh: unary(),
  Elu: unary('alpha'),
  Selu: unary('alpha', 'gamma'),
  Celu: unary('alpha'),
  ThresholdedRelu: unary('alpha'),
  Softplus: unary(),
  Softsign: unary(),
  Mish: unary(),
  Exp: unary(),
  Sqrt: unary(),
  Abs: unary(),
  Floor: unary(),
  Ceil: unary(),
  Round: unary(),
  Sign: unary(),
  Neg: unary(),
  BatchNormalization: (d) => {
    const dims = d.any();
    const c = [dims[0]!];
    return {
      dims,
      constants: [d.reals(c), d.reals(c), d.reals(c), d.positive(c)],
      attributes: {
        epsilon: d.one(undefined, 0.125),
        training_mode: d.one(undefined, undefined, 1),
        spatial: d.one(undefined, 1),
      },
    };
  },
  ReduceMean: reduced,
  ReduceSum: reduced,
  ReduceMax: reduced,
  ReduceMin: reduced,
  Identity: unary(),
  Dropout: (d) => ({
    dims: d.any(),
    attributes: { ratio: 0.5 },
    constants: d.one<readonly MadeTensor[]>([], [scalar(0.5)]),
    outputs: d.one(1, 2),
  }),
  Cast: (d) => ({ dims: d.any(), attributes: { to: d.one(1, 2, 3, 6, 7, 9, 10, 11) } }),
  Reshape: (d) => ({
    dims: d.any(),
    constants: [
      vector(d.one<readonly number[]>([1, -1], [-1, 4], [0, -1], [0, 0, -1], [1, 2, -1], [-1], [1, -1, -1], [2, -1])),
    ],
    attributes: { allowzero: d.one(undefined, undefined, 1) },
  }),
  Flatten: (d) => ({ dims: d.any(), attributes: { axis: d.one(undefined, 0, 1, 2, -1, 3) } }),
  Squeeze: (d) => ({
    dims: d.one<readonly number[]>([4, 1, 1], [1, 5, 1], [3, 1]),
    opset: d.one(11, 13),
    constants: d.one<readonly MadeTensor[]>([], [vector([2])], [vector([-1])], [vector([1])]),
    attributes: { axes: d.one<MadeAttribute | undefined>(undefined, [2], [2, 3], [1]) },
  }),
  Unsqueeze: (d) => ({
    dims: d.one<readonly number[]>([4], [3, 4]),
    opset: d.one(11, 13),
    constants: d.one<readonly MadeTensor[]>([], [vector([1])], [vector([-1])], [vector([2, 3])]),
    attributes: { axes: d.one<MadeAttribute | undefined>(undefined, [1], [2], [1, 2]) },
  }),
  Transpose: (d) => ({
    dims: d.image(),
    attributes: {
      perm: d.one<MadeAttribute | undefined>(
        undefined,
        [0, 2, 3, 1],
        [0, 3, 1, 2],
        [0, 1, 3, 2],
        [1, 0, 2, 3],
        [0, 2, 1, 3],
        [0, 1, 2],
      ),
    },
  }),
  Slice: (d) => {
    const n = d.one(1, 2);
    const axes = d.one<readonly number[]>([1, 2], [2, 3], [-1, -2], [0, 1]).slice(0, n);
    const [starts, ends] = [d.list(n, 0, 1, -2, -9), d.list(n, 2, 3, -1, 99, 1)];
    if (d.one(false, false, true))
      return { dims: d.any(), opset: 9, attributes: { starts, ends, axes: d.one(axes, undefined) } };
    const steps = vector(d.list(n, 1, 2, -1));
    return {
      dims: d.any(),
      constants: [
        vector(starts),
        vector(ends),
        ...d.one<readonly MadeTensor[]>([], [vector(axes)], [vector(axes), steps]),
      ],
    };
  },
  Split: (d) => ({
    dims: [4, 4, 6],
    opset: d.one(11, 13, 18),
    outputs: 2,
    constants: d.one<readonly MadeTensor[]>([], [vector([1, 3])], [vector([2, 2])], [vector([1, 1])]),
    attributes: {
      axis: d.one(undefined, 1, 2, -1, 0),
      split: d.one<MadeAttribute | undefined>(undefined, [1, 3]),
      num_outputs: d.one(undefined, 2),
    },
  }),
  Pad: (d) => {
    const dims = d.image();
    const pads = [0, ...d.list(3, 0, 1), 0, ...d.list(3, 0, 2, -1)];
    const mode = d.one(undefined, 'constant', 'constant', 'reflect', 'edge', 'wrap');
    if (d.one(false, true)) return { dims, opset: 10, attributes: { pads, mode, value: d.one(undefined, 0.5) } };
    return {
      dims,
      constants: [vector(pads), ...d.one<readonly (MadeTensor | '')[]>([], [scalar(0.5)], [''])],
      attributes: { mode },
    };
  },
  Gather: (d) => ({
    dims: d.any(),
    constants: [
      d.one(vector([1, 0]), scalar(1, 7), vector([2, -1, 0]), { dims: [1, 2], type: 7, values: [0, 1] }, vector([9])),
    ],
    attributes: { axis: d.one(undefined, 1, 2, -1) },
  }),
  Tile: (d) => ({ dims: d.image(), constants: [vector([1, ...d.list(3, 1, 2)])] }),
  Expand: (d) => ({
    dims: [1, d.one(1, 3), 4],
    constants: [vector(d.one<readonly number[]>([1, 1, 3, 4], [1, 2, 3, 4], [4], [2, 1, 1, 1]))],
  }),
  Concat: (d) => ({
    dims: d.any(),
    constants: d.one<readonly ('x' | MadeTensor)[]>(['x'], ['x', 'x'], [d.reals([1, 2])]),
    attributes: { axis: d.one(1, 2, -1, 0) },
  }),
  Resize: (d) => ({
    dims: d.image(),
    constants: d.one<readonly (MadeTensor | '')[]>(
      ['', vector([1, 1, ...d.list(2, 1, 2, 3)], 1)],
      ['', '', vector([1, 2, ...d.list(2, 3, 8, 12)])],
      ['', vector([1, 1, 0.5, 1.5], 1)],
    ),
    attributes: {
      mode: d.one(undefined, 'nearest', 'nearest', 'linear', 'cubic'),
      coordinate_transformation_mode: d.one(
        undefined,
        'half_pixel',
        'asymmetric',
        'align_corners',
        'pytorch_half_pixel',
        'half_pixel_symmetric',
        'tf_crop_and_resize',
      ),
      nearest_mode: d.one(undefined, 'floor', 'ceil', 'round_prefer_floor', 'round_prefer_ceil'),
    },
  }),
  Upsample: (d) => ({
    dims: d.image(),
    opset: 9,
    constants: [vector([1, 1, ...d.list(2, 1, 2)], 1)],
    attributes: { mode: d.one(undefined, 'nearest', 'linear') },
  }),
  DepthToSpace: (d) => ({
    dims: [d.one(4, 8, 6), 2, 3],
    attributes: { blocksize: d.one(2, 2, 3), mode: d.one(undefined, 'DCR', 'CRD') },
  }),
  SpaceToDepth: (d) => ({ dims: [2, d.one(4, 5), 6], attributes: { blocksize: d.one(2, 2, 3) } }),
  Softmax: (d) => ({ dims: d.any(), attributes: { axis: d.one(undefined, 1, -1, 2) }, opset: d.one(11, 13) }),
  LogSoftmax: (d) => ({ dims: d.any(), attributes: { axis: d.one(undefined, 1, -1) } }),
  Hardmax: (d) => ({ dims: [5], attributes: { axis: d.one(undefined, 1) } }),
  ArgMax: (d) => ({
    dims: d.any(),
    attributes: {
      axis: d.one(undefined, 1, -1, 0),
      keepdims: d.one(undefined, 0),
      select_last_index: d.one(undefined, 1),
    },
  }),
  TopK: (d) => ({
    dims: [6],
    constants: [vector([d.one(1, 3, 6)])],
    outputs: 2,
    attributes: { largest: d.one(undefined, 0, 1), axis: d.one(undefined, 1), sorted: d.one(undefined, 0) },
  }),
  Quant: (d) => {
    const dims = d.any();
    return {
      dims,
      domain: d.one('qonnx.custom_op.general', 'onnx.brevitas', 'finn.custom_op.general', ''),
      constants: [
        d.one(
          scalar(d.one(...SCALE)),
          broadcast(d, dims, (own) => d.positive(own)),
        ),
        d.one(scalar(0), scalar(0), scalar(3), scalar(0.5)),
        scalar(d.one(1, 2, 4, 8, 2.5, 9)),
      ],
      attributes: {
        signed: d.one(0, 1),
        narrow: d.one(0, 1),
        rounding_mode: d.one(
          undefined,
          'ROUND',
          'ceil',
          'FLOOR',
          'UP',
          'DOWN',
          'HALF_UP',
          'HALF_DOWN',
          'HALF_EVEN',
          'WRONG',
        ),
      },
    };
  },
  BipolarQuant: (d) => ({
    dims: d.any(),
    domain: 'qonnx.custom_op.general',
    constants: [d.one(scalar(1), scalar(0.5), scalar(-1))],
  }),
  Trunc: (d) => ({
    dims: d.any(),
    domain: 'qonnx.custom_op.general',
    constants: [
      scalar(d.one(1, 0.5)),
      scalar(d.one(0, 1)),
      scalar(8),
      ...d.one<readonly MadeTensor[]>([scalar(4)], [scalar(2), scalar(6)]),
    ],
    attributes: {
      rounding_mode: d.one(undefined, 'FLOOR', 'ROUND'),
      signed: d.one(undefined, 0, 1),
      narrow: d.one(undefined, 1),
    },
  }),
  MultiThreshold: (d) => {
    const dims = d.any();
    const rows = d.one(1, dims[0]!);
    const steps = d.one(1, 3, 7);
    const values = Array.from({ length: rows }, () => d.reals([steps]).values!.toSorted((a, b) => a - b)).flat();
    return {
      dims,
      domain: d.one('qonnx.custom_op.general', 'finn.custom_op.general'),
      constants: [{ dims: [rows, steps], values }],
      attributes: {
        out_scale: d.one(undefined, 0.5, 2.5),
        out_bias: d.one(undefined, -1.5, 0.5),
        out_dtype: d.one(undefined, 'UINT4', 'INT4', 'BIPOLAR'),
        data_layout: d.one(undefined, 'NCHW', 'NHWC', 'NC'),
      },
    };
  },
  QuantizeLinear: quantised(false),
  DequantizeLinear: quantised(true),
  ConvInteger: (d) => integersOnly(d, true),
  MatMulInteger: (d) => integersOnly(d, false),
  QLinearMatMul: (d) => ({
    dims: [6],
    constants: [
      scalar(d.one(...SCALE)),
      scalar(d.one(0, 5), 2),
      d.whole([6, 3], -8, 7, 3),
      scalar(0.25),
      scalar(d.one(0, 1), 3),
      scalar(0.5),
      scalar(d.one(0, 9), 2),
    ],
  }),
  QLinearConv: (d) => {
    const dims = d.image();
    return {
      dims,
      constants: [
        scalar(d.one(...SCALE)),
        scalar(d.one(0, 5), 2),
        d.whole([2, dims[0]!, 2, 2], -8, 7, 3),
        d.one(scalar(0.25), d.positive([2])),
        d.one(scalar(0, 3), d.whole([2], -1, 1, 3)),
        scalar(0.5),
        scalar(d.one(0, 9), 2),
        ...d.one<readonly MadeTensor[]>([], [d.whole([2], -40, 40, 6)]),
      ],
      attributes: windowed(d, [2, 2]),
    };
  },
};

/** The operators, by name. */
export const RANDOM_ONNX_OPERATORS: readonly string[] = Object.keys(OPERATORS);

/**
 * A model of one such operator on an image of random size, alone or behind a quantiser; `onConstant` applies it to a constant, which is then added
 * to an image of one pixel.
 */
export function randomOnnx(op: string, seed: number, onConstant = false): MadeModel {
  const d = new Dice(sequence(seed, PURPOSE.test, 9));
  const drawn = OPERATORS[op]!(d);
  const { dims, constants = [], attributes = {}, at = 0, outputs = 1, opset = 17, domain = '' } = drawn;
  const initialisers: Record<string, MadeTensor> = {};
  const names = constants.map((constant, i) => {
    if (typeof constant === 'string') return constant === 'x' ? 'from' : '';
    initialisers[`c${i}`] = constant;
    return `c${i}`;
  });
  const given = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  if (onConstant) {
    initialisers['from'] = d.one(d.reals([1, ...dims]), d.whole([1, ...dims], -5, 5), d.reals(dims));
    const inner: MadeNode = {
      op,
      name: 'node',
      domain,
      inputs: [...names.slice(0, at), 'from', ...names.slice(at)],
      outputs: Array.from({ length: outputs }, (_, o) => `k${o}`),
      attributes: Object.fromEntries(given),
    };
    return {
      nodes: [inner, { op: 'Add', inputs: ['x', 'k0'], outputs: ['y'] }],
      inputs: [{ name: 'x', dims: ['N', 1, 1, 1] }],
      outputs: [{ name: 'y', dims: [] }],
      initialisers,
      opset,
    };
  }
  const integer = ['ConvInteger', 'MatMulInteger', 'QLinearConv', 'QLinearMatMul', 'DequantizeLinear'].includes(op);
  const front: MadeNode = integer
    ? { op: 'QuantizeLinear', inputs: ['x', 'step', 'zero'], outputs: ['from'] }
    : d.one<MadeNode>(
        { op: 'Identity', inputs: ['x'], outputs: ['from'] },
        { op: 'Relu', inputs: ['x'], outputs: ['from'] },
        {
          op: 'Quant',
          domain: 'qonnx.custom_op.general',
          inputs: ['x', 'one', 'none', 'bits'],
          outputs: ['from'],
          attributes: { signed: 1 },
        },
        // A code, a factor and a sum are left to do for what reads it.
        { op: 'QuantizeLinear', inputs: ['x', 'wide', d.one('zero', 'three', 'low')], outputs: ['from'] },
        { op: d.one('Mul', 'Div'), inputs: ['x', 'wide'], outputs: ['from'] },
        { op: d.one('Add', 'Sub'), inputs: ['x', 'wide'], outputs: ['from'] },
      );
  const behind: readonly MadeNode[] = d.one<readonly MadeNode[]>(
    [],
    [],
    [{ op: 'Relu', inputs: ['r'], outputs: ['y'] }],
    [{ op: 'Mul', inputs: ['r', 'wide'], outputs: ['y'] }],
    [
      { op: 'QuantizeLinear', inputs: ['r', 'wide', 'three'], outputs: ['levels'] },
      { op: 'DequantizeLinear', inputs: ['levels', 'wide', d.one('three', 'zero')], outputs: ['y'] },
    ],
    [{ op: 'Clip', inputs: ['r', 'none', 'bits'], outputs: ['y'] }],
    [{ op: 'Softmax', inputs: ['r'], outputs: ['y'] }],
  );
  Object.assign(initialisers, {
    step: scalar(1),
    zero: scalar(0, 2),
    one: scalar(1),
    none: scalar(0),
    bits: scalar(4),
    wide: scalar(2.5),
    three: scalar(3, 2),
    low: scalar(-3, 3),
  });
  const older = d.one(opset, opset, opset, opset, opset, 7, 9, 10, 11, 13, 18, 21);
  const typed = Object.fromEntries(
    Object.entries(initialisers).map(
      ([name, tensor]) => [name, { ...tensor, as: d.one('raw', 'raw', 'typed') }] as const,
    ),
  );
  return {
    nodes: [
      front,
      {
        op,
        name: 'node',
        domain,
        inputs: [...names.slice(0, at), 'from', ...names.slice(at)],
        outputs: Array.from({ length: outputs }, (_, i) => (i === 0 ? (behind.length === 0 ? 'y' : 'r') : `y${i}`)),
        attributes: Object.fromEntries(given),
      },
      ...behind,
    ],
    inputs: [{ name: 'x', dims: [d.one<number | string>('N', 1, 1, 1, 2), ...dims] }],
    outputs: [{ name: 'y', dims: [] }],
    initialisers: typed,
    opset: older,
  };
}
