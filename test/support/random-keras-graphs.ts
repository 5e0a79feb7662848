/** Random functional models of Keras 2 and 3: branches that join, nested models, layers used several times, some of it senseless. */
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { Dice } from './dice.js';
import { randomTensor, type TestLayer, type TestTensor } from './keras-files.js';

/** A tensor as a layer's node names it. */
type Ref = readonly [layer: string, node: number, tensor: number];

/** A model with the weights of its layers, by their whole name. */
export interface DrawnModel {
  readonly model: unknown;
  readonly weights: Readonly<Record<string, TestTensor>>;
  /** The layers of the outermost model. */
  readonly layers: readonly TestLayer[];
  readonly outputs: readonly string[];
}

/** One node of a layer, in the form of Keras 2 or 3. */
function node(refs: readonly Ref[], isThree: boolean, isList: boolean): unknown {
  if (!isThree) return refs.length === 1 && !isList ? [[...refs[0]!, {}]] : refs.map((ref) => [...ref, {}]);
  const tensors = refs.map((ref) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 4, 3, 2], dtype: 'float32', keras_history: [...ref] },
  }));
  return { args: isList || tensors.length > 1 ? [tensors] : tensors, kwargs: {} };
}

const JOINS = ['Add', 'Subtract', 'Multiply', 'Maximum', 'Minimum', 'Concatenate', 'QAdd', 'Add', 'Concatenate'];

/** A layer that reads one value of [4, 3, 2], often with a result of that shape. */
function single(d: Dice, name: string): TestLayer {
  const seed = d.one(1, 2, 3, 4, 5);
  return d.one<TestLayer>(
    {
      class_name: 'Conv2D',
      config: {
        name,
        filters: 2,
        kernel_size: [3, 3],
        padding: d.one('same', 'same', 'same', 'valid'),
        activation: d.one('relu', 'relu', 'linear', 'linear', 'softmax', 'sigmoid'),
      },
      weights: { kernel: randomTensor([3, 3, 2, 2], seed), bias: randomTensor([2], seed + 1) },
    },
    {
      class_name: 'DepthwiseConv2D',
      config: { name, kernel_size: [1, 2], padding: 'same', use_bias: false, strides: d.one(1, 1, 1, 1, 2) },
      weights: { depthwise_kernel: randomTensor([1, 2, 2, 1], seed) },
    },
    {
      class_name: 'Dense',
      config: { name, units: 2, activation: d.one('relu', 'relu', 'linear', 'softmax', 'sigmoid') },
      weights: { kernel: randomTensor([2, 2], seed), bias: randomTensor([2], seed) },
    },
    {
      class_name: 'BatchNormalization',
      config: { name, axis: [3], scale: false, center: d.one(true, false) },
      weights: {
        beta: randomTensor([2], 7),
        moving_mean: randomTensor([2], seed),
        moving_variance: { shape: [2], data: Float32Array.of(1, d.one(2, 2, 2, 2, 2, -2)) },
      },
    },
    { class_name: 'ZeroPadding2D', config: { name, padding: d.one<unknown>(1, [[0, 1], [1, 0]]) } }, // prettier-ignore
    { class_name: 'Rescaling', config: { name, scale: d.one(1, 1, 2), offset: d.one(0, 1, -1) } },
    { class_name: 'MaxPooling2D', config: { name, pool_size: 2, strides: 1, padding: d.one('same', 'valid') } },
    { class_name: d.one('GlobalAveragePooling2D', 'GlobalMaxPool2D'), config: { name, keepdims: d.one(true, false) } },
    {
      class_name: 'Activation',
      config: { name, activation: d.one('relu', 'relu', 'tanh', 'softmax', 'quantized_relu(3,1)') },
    },
    { class_name: 'Flatten', config: { name } },
    { class_name: 'Reshape', config: { name, target_shape: d.one<unknown>([4, 3, 2], [12, 2], [24]) } },
    { class_name: 'Dropout', config: { name, rate: 0.5, training: d.one(false, false, false, false, true) } },
    d.one(0, 0, 1) === 0
      ? { class_name: 'ReLU', config: { name } }
      : {
          class_name: d.one('Softmax', 'Lambda', 'LSTM', 'Conv2DTranspose', 'Embedding', 'TFOpLambda', 'x>Strange'),
          config: { name },
        },
    { class_name: 'ReLU', config: { name, max_value: d.one(null, 2) } },
    { class_name: 'Identity', config: { name } },
  );
}

interface Scope {
  readonly d: Dice;
  readonly isThree: boolean;
  readonly depth: number;
  readonly weights: Record<string, TestTensor>;
}

/** A functional model `name` whose weights stand under `prefix`. */
function functionalModel({ d, isThree, depth, weights }: Scope, name: string, prefix: string) {
  const shape = [null, 4, 3, 2];
  const input = depth === 0 ? 'image' : 'inner';
  const layers: TestLayer[] = [
    {
      class_name: 'InputLayer',
      config: { name: input, [isThree ? 'batch_shape' : 'batch_input_shape']: shape },
      inbound_nodes: [],
    },
  ];
  const refs: Ref[] = [[input, 0, 0]];
  const draw = (): Ref => (d.one(0, 0, 1) === 0 ? refs.at(-1)! : d.one(...refs));
  const count = d.one(2, 3, 4, 5, 6) - 2 * depth;
  for (let i = 0; i < Math.max(1, count); i++) {
    const own = `l${i}`;
    const isJoin = d.one(0, 0, 1) === 1;
    const isNested = !isJoin && depth < 2 && d.one(0, 0, 0, 1) === 1;
    let layer: TestLayer;
    if (isJoin) {
      const class_name = d.one(...JOINS);
      const axis =
        class_name === 'Concatenate' ? { axis: d.one<unknown>(-1, 3, 1, 2, -2, -1, 3, 1, 2, -3, 0, 4, undefined) } : {};
      layer = { class_name, config: { name: own, ...axis, activation: d.one<unknown>(undefined, undefined, 'relu') } };
    } else if (isNested) {
      const inner = functionalModel({ d, isThree, depth: depth + 1, weights }, own, `${prefix}${own}/`);
      layer = { class_name: d.one('Functional', 'Model', 'Functional'), config: Object(inner.config) };
    } else {
      layer = single(d, own);
      for (const [role, tensor] of Object.entries(layer.weights ?? {}))
        if (d.one(0, ...new Array<number>(40).fill(1)) === 1) weights[`${prefix}${own}/${role}`] = tensor;
    }
    const operands = (): Ref[] => Array.from({ length: isJoin ? d.one(2, 2, 2, 2, 2, 2, 3, 3, 3, 1) : 1 }, draw);
    const uses = d.one(1, 1, 1, 2);
    const nodes = Array.from({ length: uses }, () => node(operands(), isThree, isJoin));
    layers.push({ ...layer, inbound_nodes: d.one(...new Array<number>(60).fill(1), 0) === 1 ? nodes : [] });
    for (let use = 0; use < uses; use++) refs.push([own, use, 0]);
  }
  const last = refs.at(-1)!;
  const outputs: readonly Ref[] = d.one<readonly Ref[]>(
    ...new Array<readonly Ref[]>(12).fill([last]),
    [d.one(...refs), last],
    [last, last],
    [['nobody', 0, 0]],
  );
  const ordered = d.one(0, 0, 1) === 1 ? [...layers].reverse() : layers;
  const single3 = isThree && d.one(true, false);
  const config = {
    name,
    layers: ordered.map(({ class_name, config: own, inbound_nodes }) => ({
      class_name,
      name: own.name,
      config: own,
      inbound_nodes,
    })),
    input_layers: single3 ? [input, 0, 0] : [[input, 0, 0]],
    output_layers: single3 ? outputs[0] : outputs,
  };
  return { config, layers, outputs: outputs.map(([layer]) => layer) };
}

/** A functional model. */
export function randomGraph(seed: number, isThree: boolean): DrawnModel {
  const d = new Dice(sequence(seed, PURPOSE.test, isThree ? 14 : 13));
  const weights: Record<string, TestTensor> = {};
  const { config, layers, outputs } = functionalModel({ d, isThree, depth: 0, weights }, 'net', '');
  return { model: { class_name: 'Functional', config }, weights, layers, outputs };
}

/** A Sequential model of two to six layers that are read one after the other, the first ones of an image of bytes. */
export function randomChain(seed: number): DrawnModel {
  const d = new Dice(sequence(seed, PURPOSE.test, 15));
  const front = (name: string): TestLayer =>
    d.one<TestLayer>(
      {
        class_name: 'Rescaling',
        config: {
          name,
          scale: d.one<unknown>(0.5, 1, 2, 0.5, -1, [0.5, 0.25], [1, 2], 'x'),
          offset: d.one<unknown>(0, 1, [1, 2], [1]),
        },
      },
      {
        class_name: 'Normalization',
        config: {
          name,
          axis: d.one<unknown>([-1], -1, null),
          invert: d.one(false, false, true),
          ...d.one<object>({}, { mean: 2, variance: 4 }, { mean: [1, 2], variance: [4, 0] }, { mean: [[[[1, 2]]]] }),
        },
        weights: d.one<Readonly<Record<string, TestTensor>>>(
          { mean: randomTensor([2], 3), variance: { shape: [2], data: Float32Array.of(4, 0.25) } },
          { mean: randomTensor([3], 3), variance: { shape: [2], data: Float32Array.of(4, -1) } },
          {},
        ),
      },
      { class_name: d.one('RandomFlip', 'RandomRotation', 'Dropout', 'SpatialDropout2D'), config: { name } },
      single(d, name),
    );
  const border = d.one(1, -1, 0.5, 0);
  const pads: readonly TestLayer[] = [
    { class_name: 'Rescaling', config: { name: 'up', scale: 1, offset: border } },
    { class_name: 'ZeroPadding2D', config: { name: 'pad', padding: d.one<unknown>(1, [1, 0], [0, 2]) } },
    { class_name: 'Rescaling', config: { name: 'down', scale: d.one(1, 1, 1, 2), offset: d.one(-border, -border, 1) } },
  ];
  const layers: TestLayer[] = [];
  for (let i = 0; i < d.one(0, 1, 2, 3); i++) layers.push(front(`f${i}`));
  for (let i = 0; i < d.one(0, 1, 2); i++) layers.push(single(d, `s${i}`));
  if (d.one(true, false)) layers.push(...pads);
  if (d.one(true, true, false))
    layers.push({
      class_name: d.one('Conv2D', 'QuantConv2D'),
      config: {
        name: 'end',
        filters: 2,
        kernel_size: d.list(2, 2),
        padding: d.one('valid', 'valid', 'same'),
        input_quantizer: d.one(null, null, 'ste_sign'),
        pad_values: d.one(undefined, undefined, 1, -1, 0.5, 200),
      },
      weights: { kernel: randomTensor([2, 2, 2, 2], 5), bias: randomTensor([2], 6) },
    });
  layers.push(single(d, 'last'));
  const shape = d.one<readonly unknown[]>(...new Array<readonly unknown[]>(7).fill([null, 4, 3, 2]), [
    null,
    null,
    null,
    2,
  ]);
  const configs = layers.map(({ class_name, config }) => ({ class_name, config }));
  const first = configs[0]!;
  const head = { class_name: 'InputLayer', config: { name: 'image', batch_input_shape: shape } };
  const own = { ...first, config: { ...first.config, batch_input_shape: shape } };
  const listed = d.one(0, 0, 1) === 1 ? [own, ...configs.slice(1)] : [head, ...configs];
  const config = d.one<unknown>({ name: 'net', layers: listed }, { name: 'net', layers: listed }, listed);
  const weights: Record<string, TestTensor> = {};
  for (const layer of layers)
    for (const [role, tensor] of Object.entries(layer.weights ?? {})) weights[`${layer.config.name}/${role}`] = tensor;
  return { model: { class_name: 'Sequential', config }, weights, layers, outputs: ['last'] };
}
