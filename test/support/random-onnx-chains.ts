/** Random ONNX models of several nodes, as exporters and quantisers write them: layers, norms, activations, quantisers, shapes that are computed. */
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { Dice } from './dice.js';
import type { MadeModel, MadeNode, MadeTensor, MadeValue } from './onnx-writer.js';

const vector = (values: readonly number[], type = 7): MadeTensor => ({ dims: [values.length], type, values });
const scalar = (value: number, type = 1): MadeTensor => ({ dims: [], type, values: [value] });

/** A model while it grows; `dims` are those of its last value as far as they are known, without the batch. */
class Chain {
  readonly nodes: MadeNode[] = [];
  readonly initialisers: Record<string, MadeTensor> = {};
  readonly d: Dice;
  dims: readonly number[];
  last = 'x';
  #n = 0;

  constructor(d: Dice, dims: readonly number[]) {
    this.d = d;
    this.dims = dims;
  }

  constant(tensor: MadeTensor): string {
    const name = `c${this.#n++}`;
    this.initialisers[name] = { ...tensor, as: this.d.one('raw', 'raw', 'typed') };
    return name;
  }

  add(op: string, inputs: readonly string[], more: Omit<Partial<MadeNode>, 'op' | 'inputs'> = {}): string {
    const name = `v${this.#n++}`;
    this.nodes.push({ op, inputs, outputs: [name], name: this.d.one(op, `${op}_${name}`, ''), ...more });
    return more.outputs?.[0] ?? name;
  }

  then(op: string, inputs: readonly string[] = [], more: Omit<Partial<MadeNode>, 'op' | 'inputs'> = {}): void {
    this.last = this.add(op, [this.last, ...inputs], more);
  }

  get channels(): number {
    return this.dims[0] ?? 1;
  }
}

const SCALES = [0.5, 0.25, 0.125, 0.75];

/** Weights as they are, or behind one of the quantisers, outputs along dimension `axis`. */
function weights(chain: Chain, dims: readonly number[], axis: number): string {
  const { d } = chain;
  const along = dims[axis]!;
  const perChannel = d.one(true, false);
  const list: MadeTensor = perChannel ? { dims: [along], values: d.list(along, ...SCALES) } : scalar(d.one(...SCALES));
  const scale = chain.constant(list);
  const shape = perChannel ? [along] : [];
  switch (d.one('real', 'real', 'signs', 'int8', 'int8', 'uint8', 'qdq', 'quant', 'quant', 'bipolar', 'wide')) {
    case 'signs':
      return chain.constant({ ...d.whole(dims, 0, 1, 1), values: d.list(product(dims), -1, 1) });
    case 'int8':
      return chain.add(
        'DequantizeLinear',
        [
          chain.constant(d.whole(dims, -8, 7, 3)),
          scale,
          ...d.one<readonly string[]>([], [chain.constant(d.whole(shape, 0, 0, 3))]),
        ],
        { attributes: { axis: { int: d.one(axis, axis, 1) } } },
      );
    case 'uint8':
      return chain.add(
        'DequantizeLinear',
        [chain.constant(d.whole(dims, 0, 255, 2)), scale, chain.constant(d.whole(shape, 120, 130, 2))],
        { attributes: { axis } },
      );
    case 'qdq': {
      const zero = chain.constant(d.whole(shape, 0, 0, 3));
      const attributes = { axis: { int: axis } };
      const q = chain.add('QuantizeLinear', [chain.constant(d.reals(dims)), scale, zero], { attributes });
      return chain.add('DequantizeLinear', [q, scale, zero], { attributes });
    }
    case 'quant': {
      const spread = perChannel ? { dims: dims.map((n, a) => (a === axis ? n : 1)), values: list.values! } : list;
      return chain.add(
        'Quant',
        [
          chain.constant(d.reals(dims)),
          chain.constant(spread),
          chain.constant(scalar(d.one(0, 0, 0, 1))),
          chain.constant(scalar(d.one(1, 2, 4, 8))),
        ],
        {
          domain: d.one('qonnx.custom_op.general', 'onnx.brevitas'),
          attributes: {
            signed: d.one(1, 1, 0),
            narrow: d.one(0, 1),
            rounding_mode: d.one('ROUND', 'FLOOR', 'HALF_UP'),
          },
        },
      );
    }
    case 'bipolar':
      return chain.add('BipolarQuant', [chain.constant(d.reals(dims)), chain.constant(scalar(0.5))], {
        domain: 'qonnx.custom_op.general',
      });
    case 'wide':
      return chain.constant(d.whole(dims, -300, 300, 1));
    default:
      return chain.constant(d.reals(dims));
  }
}

const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

function bias(chain: Chain, n: number): readonly string[] {
  const { d } = chain;
  return d.one<() => readonly string[]>(
    () => [],
    () => [chain.constant(d.reals([n]))],
    () => [chain.constant({ dims: [n], values: d.list(n, 0) })],
    () => [chain.add('DequantizeLinear', [chain.constant(d.whole([n], -40, 40, 6)), chain.constant(scalar(0.125))])],
  )();
}

function layer(chain: Chain): void {
  const { d, dims } = chain;
  if (dims.length >= 2) {
    const isSignal = dims.length === 2;
    const rank = isSignal ? 1 : 2;
    const kernel = d.list(rank, 1, 2, 3);
    const group = d.one(1, 1, chain.channels);
    const nOut = group * d.one(1, 2, 3);
    const pads = d.one(undefined, d.list(2 * rank, 0, 1));
    const strides = d.one(undefined, d.list(rank, 1, 2));
    const inputs = [weights(chain, [nOut, chain.channels / group, ...kernel], 0), ...bias(chain, nOut)];
    chain.then('Conv', inputs, {
      attributes: {
        ...(pads === undefined ? {} : { pads }),
        ...(strides === undefined ? {} : { strides }),
        ...d.one({}, { kernel_shape: kernel }),
        ...(group === 1 ? {} : { group }),
      },
    });
    const size = dims
      .slice(1)
      .map(
        (n, a) => Math.floor((n + (pads?.[a] ?? 0) + (pads?.[a + rank] ?? 0) - kernel[a]!) / (strides?.[a] ?? 1)) + 1,
      );
    chain.dims = [nOut, ...size];
    return;
  }
  const n = chain.channels;
  const nOut = d.one(2, 3, 5);
  if (d.one(true, false)) {
    const transB = d.one(0, 1);
    const matrix = weights(chain, transB === 1 ? [nOut, n] : [n, nOut], transB === 1 ? 0 : 1);
    chain.then('Gemm', [matrix, ...bias(chain, nOut)], {
      attributes: { transB, ...d.one<object>({}, {}, { alpha: 0.5 }, { beta: 0.25 }) },
    });
  } else {
    chain.then('MatMul', [weights(chain, [n, nOut], 1)]);
    if (d.one(true, false)) chain.then('Add', [chain.constant(d.reals([nOut]))]);
  }
  chain.dims = [nOut];
}

function norm(chain: Chain): void {
  const { d, channels } = chain;
  const parts = [d.reals([channels]), d.reals([channels]), d.reals([channels]), d.positive([channels])];
  chain.then(
    'BatchNormalization',
    parts.map((tensor) => chain.constant(tensor)),
    { attributes: d.one<MadeNode['attributes']>({}, { epsilon: 0.25 }, { epsilon: 0.0625, momentum: 0.9 }) ?? {} },
  );
}

function quantiser(chain: Chain): void {
  const { d } = chain;
  const scale = chain.constant(scalar(d.one(...SCALES)));
  switch (d.one('qdq', 'qdq', 'quant', 'thresholds', 'bipolar', 'sign', 'trunc', 'round')) {
    case 'qdq': {
      const isSigned = d.one(true, false);
      const zero = chain.constant(scalar(isSigned ? d.one(0, -3) : d.one(0, 7, 128), isSigned ? 3 : 2));
      chain.then('QuantizeLinear', [scale, ...d.one([zero], [zero], [])]);
      if (d.one(true, true, false)) chain.then('Relu');
      chain.then('DequantizeLinear', [d.one(scale, scale, chain.constant(scalar(2))), ...d.one([zero], [zero], [])]);
      return;
    }
    case 'quant':
      chain.then('Quant', [scale, chain.constant(scalar(d.one(0, 0, 2, 1))), chain.constant(scalar(d.one(1, 3, 8)))], {
        domain: d.one('qonnx.custom_op.general', 'finn.custom_op.general'),
        attributes: {
          signed: d.one(0, 1),
          narrow: d.one(0, 1),
          rounding_mode: d.one('ROUND', 'CEIL', 'DOWN', 'HALF_DOWN'),
        },
      });
      return;
    case 'thresholds': {
      const steps = d.one(1, 3, 4);
      const rows = d.one(1, chain.channels);
      const even = d.one(true, false);
      const values = Array.from({ length: rows }, () =>
        even
          ? Array.from({ length: steps }, (_, k) => k / 2 - 1)
          : [...d.list(steps, -1, 0.5, 2, 3)].sort((a, b) => a - b),
      ).flat();
      chain.then('MultiThreshold', [chain.constant({ dims: [rows, steps], values })], {
        domain: 'qonnx.custom_op.general',
        attributes: d.one<MadeNode['attributes']>({}, { out_scale: 3.5, out_bias: -1.75 }, { out_bias: 0.5 }) ?? {},
      });
      return;
    }
    case 'bipolar':
      chain.then('BipolarQuant', [scale], { domain: 'qonnx.custom_op.general' });
      return;
    case 'trunc':
      chain.then('Trunc', [scale, ...[0, 8, d.one(4, 6)].map((v) => chain.constant(scalar(v)))], {
        domain: 'qonnx.custom_op.general',
        attributes: { rounding_mode: d.one('FLOOR', 'CEIL', 'ROUND') },
      });
      return;
    default:
      chain.then(d.one('Sign', 'Round', 'Floor'));
  }
}

/** Reshape with a shape that is computed, Flatten, a pool of everything. */
function flat(chain: Chain): void {
  const { d, dims } = chain;
  if (dims.length === 1) return;
  const n = product(dims);
  switch (d.one('flatten', 'shape', 'shape', 'constant', 'mean', 'squeeze')) {
    case 'shape': {
      const shape = chain.add('Shape', [chain.last], {
        attributes: d.one<MadeNode['attributes']>({}, {}, { end: 2 }) ?? {},
      });
      const front = d.one<() => string>(
        () => {
          const at = chain.add('Gather', [shape, chain.constant(scalar(0, 7))], { attributes: { axis: { int: 0 } } });
          return chain.add('Unsqueeze', [at, chain.constant(vector([0]))]);
        },
        () => chain.add('Slice', [shape, chain.constant(vector([0])), chain.constant(vector([1]))]),
        () => chain.add('Gather', [shape, chain.constant(vector([d.one(0, -dims.length - 1)]))]),
      )();
      const rest = d.one<() => string>(
        () => chain.constant(vector([-1])),
        () => {
          const sizes = chain.add('Slice', [shape, chain.constant(vector([1])), chain.constant(vector([99]))]);
          return chain.add('ReduceProd', [sizes], { attributes: { keepdims: { int: 1 } } });
        },
        () => chain.add('Div', [chain.constant(vector([2 * n + 1])), chain.constant(vector([2]))]),
      )();
      chain.then('Reshape', [chain.add('Concat', [front, rest], { attributes: { axis: { int: 0 } } })]);
      break;
    }
    case 'constant': {
      const list = d.one([1, -1], [0, -1], [1, n], [-1, n]);
      const shape = chain.add('Constant', [], {
        attributes: d.one<MadeNode['attributes']>({ value_ints: list }, { value: vector(list) }) ?? {},
      });
      chain.then('Reshape', [shape]);
      break;
    }
    case 'mean': {
      const axes = dims.slice(1).map((_, a) => a + 2);
      chain.then(d.one('ReduceMean', 'ReduceMax', 'ReduceSum'), [], { attributes: { axes, keepdims: 0 } });
      chain.dims = [chain.channels];
      return;
    }
    case 'squeeze':
      chain.then('GlobalAveragePool');
      chain.then('Squeeze', [], { attributes: { axes: dims.slice(1).map((_, a) => a + 2) } });
      chain.dims = [chain.channels];
      return;
    default:
      chain.then('Flatten', [], { attributes: d.one<MadeNode['attributes']>({}, { axis: 1 }) ?? {} });
  }
  chain.dims = [n];
}

/** A branch that joins again. */
function branch(chain: Chain): void {
  const { d, last } = chain;
  switch (d.one('add', 'gate', 'max', 'concat', 'split')) {
    case 'gate': {
      const gate = chain.add(d.one('Sigmoid', 'HardSigmoid', 'Relu'), [last]);
      chain.then('Mul', [gate]);
      return;
    }
    case 'max':
      chain.then(d.one('Max', 'Min', 'Sum', 'Mean'), [chain.add('Neg', [last])]);
      return;
    case 'concat':
      chain.then('Concat', [chain.add('Relu', [last])], { attributes: { axis: 1 } });
      chain.dims = [2 * chain.channels, ...chain.dims.slice(1)];
      return;
    case 'split': {
      if (chain.channels % 2 !== 0) return;
      const outputs = [`${last}a`, `${last}b`];
      chain.add('Split', [last], { outputs, attributes: { axis: 1 } });
      chain.last = chain.add('Sub', outputs);
      chain.dims = [chain.channels / 2, ...chain.dims.slice(1)];
      return;
    }
    default:
      chain.then(d.one('Add', 'Sub'), [chain.add('Mul', [last, chain.constant(scalar(d.one(0.5, -2)))])]);
  }
}

/** An image of the domain of operators with channels last. */
function channelsLast(chain: Chain): void {
  const { d, dims } = chain;
  if (dims.length !== 3) return;
  const domain = 'qonnx.custom_op.channels_last';
  chain.then('Transpose', [], { attributes: { perm: [0, 2, 3, 1] } });
  const nOut = d.one(2, 3);
  const kernel = [2, 2];
  chain.then('Conv', [chain.constant(d.reals([nOut, dims[0]!, ...kernel]))], {
    domain,
    attributes: { pads: [1, 1, 0, 0] },
  });
  if (d.one(true, false)) {
    chain.then(
      'BatchNormalization',
      [d.reals([nOut]), d.reals([nOut]), d.reals([nOut]), d.positive([nOut])].map((t) => chain.constant(t)),
      { domain },
    );
  }
  chain.then(d.one('MaxPool', 'AveragePool'), [], { domain, attributes: { kernel_shape: [2, 2], pads: [0, 0, 1, 1] } });
  chain.then('Transpose', [], { attributes: { perm: [0, 3, 1, 2] } });
  chain.dims = [nOut, dims[1]!, dims[2]!];
}

/** A model of three to seven such steps, sometimes with nodes that nobody reads, several outputs, integers as inputs, a batch or none. */
export function randomOnnxChain(seed: number): MadeModel {
  const d = new Dice(sequence(seed, PURPOSE.test, 10));
  const dims = d.one<() => readonly number[]>(
    () => d.image(),
    () => d.image(),
    () => d.any(),
    () => [d.one(1, 3), d.one(5, 6)],
  )();
  const chain = new Chain(d, dims);
  const steps = d.one(2, 3, 4, 5);
  const type = d.one(1, 1, 1, 1, 2, 3);
  if (type !== 1)
    chain.then(
      d.one('DequantizeLinear', 'Cast'),
      type === 2
        ? [chain.constant(scalar(0.5))]
        : [chain.constant(scalar(0.25)), chain.constant(scalar(d.one(0, -5), 3))],
    );
  for (let k = 0; k < steps; k++) {
    d.one(layer, layer, norm, quantiser, quantiser, branch, channelsLast, (c: Chain) => c.then('Relu'))(chain);
  }
  flat(chain);
  layer(chain);
  if (d.one(true, false))
    chain.then(d.one('Softmax', 'ArgMax', 'LogSoftmax'), [], { attributes: { axis: d.one(1, -1) } });
  if (d.one(true, false, false)) chain.add('Relu', ['x']);
  const outputs: MadeValue[] = [{ name: chain.last, dims: d.one<MadeValue['dims']>([], ['N', 3]) }];
  if (d.one(true, ...new Array<boolean>(19).fill(false))) outputs.push({ name: 'v1', dims: [] });
  return {
    nodes: chain.nodes,
    inputs: [
      { name: 'x', type, dims: [d.one<number | string>('N', 1, 1, 2), ...dims] },
      ...d.one<readonly MadeValue[]>([], [], [], [], [], [], [{ name: 'c0', dims: [] }], [{ name: 'c1', dims: [] }]),
    ],
    outputs,
    initialisers: chain.initialisers,
    opset: d.one(7, 9, 11, 11, 11, 12, 12, 13, 17, 21),
  };
}
