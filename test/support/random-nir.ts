/** Random NIR graphs: nodes of every type with parameters of all forms, loops, delays, nested graphs, and files that are wrong somewhere. */
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { Dice } from './dice.js';
import type { NirGraphSpec, NirSpec, NirValue } from './nir-files.js';

type Shape = readonly number[];
type Fields = Readonly<Record<string, NirValue>>;

interface Drawn {
  readonly fields: Fields;
  /** Of what the node gives. */
  readonly shape: Shape;
}

/** Choices of nodes: tame ones have no parameters that a reader refuses. */
class NodeDice extends Dice {
  readonly isTame: boolean;

  constructor(seed: number, { part, isTame }: { readonly part: number; readonly isTame: boolean }) {
    super(sequence(seed, PURPOSE.test, part));
    this.isTame = isTame;
  }

  /** One of the good ones, or, of wild dice, of the odd ones. */
  some<T>(good: readonly T[], odd: readonly T[]): T {
    return this.isTame ? this.one(...good) : this.one(...good, ...odd);
  }
}

const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);
const shaped = (shape: Shape, values: readonly number[]): NirValue => ({ shape, values });
const real = (d: NodeDice, shape: Shape): NirValue => shaped(shape, d.reals(shape).values);

/** A parameter of neurons: one for all, one each, one per channel, a batch of one, or of another shape. */
function parameter(d: NodeDice, shape: Shape, ...values: readonly number[]): NirValue {
  const array = (of: Shape): NirValue => shaped(of, d.list(sizeOf(of), ...values));
  const form = d.some([0, 0, 1, 1, 1, 2, 3, 4], [5, 6]);
  if (form === 0) return d.one(...values);
  if (form === 1) return array(shape);
  if (form === 2) return array(shape.map((n, k) => (k === 0 ? n : 1)));
  if (form === 3) return array([1, ...shape]);
  if (form === 4) return array([1]);
  if (form === 5) return array(shape.map((n, k) => (k === 0 ? 1 : n)));
  return array(d.one<Shape>(shape, shape, shape, shape, [sizeOf(shape) + 1], [...shape].reverse()));
}

const dense = (d: NodeDice, shape: Shape, hasBias: boolean): Drawn => {
  const [nOut, nIn] = [d.one(2, 3, 4), d.some(Array<number>(9).fill(sizeOf(shape)), [sizeOf(shape) + 1])];
  return {
    fields: { weight: real(d, [nOut, nIn]), ...(hasBias ? { bias: real(d, [nOut]) } : {}) },
    shape: [nOut],
  };
};

const convolution = (d: NodeDice, shape: Shape, rank: 1 | 2): Drawn => {
  const [c = 1, ...space] = shape;
  const groups = c % 2 === 0 ? d.one(1, 1, 2) : 1;
  const nOut = d.one(2, 4);
  const window = space.map(() => d.one(1, 2, 3)).slice(0, rank);
  const [stride, dilation, wide] = [d.one(1, 1, 2), d.one(1, 1, 1, 2), d.one(0, 0, 1, 2)];
  const padding = d.some<string | number>(
    [wide, wide, wide, wide, stride === 1 ? 'same' : 'valid', 'VALID'],
    ['same', 'SAME', 'reflect'],
  );
  const pad = padding === 'valid' || padding === 'VALID' ? 0 : padding;
  const out = space.map((n, k) =>
    typeof pad === 'string' ? n : Math.floor((n + 2 * pad - dilation * ((window[k] ?? 1) - 1) - 1) / stride) + 1,
  );
  const each = (value: number): NirValue => d.one<NirValue>(value, Array<number>(rank).fill(value));
  return {
    fields: {
      weight: real(d, [nOut, c / groups, ...window]),
      stride: each(stride),
      padding: typeof padding === 'string' ? padding : each(padding),
      ...(d.one(0, 1) === 1 ? { bias: real(d, [d.some([nOut, nOut, nOut, nOut], [1])]) } : {}),
      ...(dilation > 1 || d.one(0, 1) === 1 ? { dilation: each(dilation) } : {}),
      ...(groups > 1 || d.one(0, 1) === 1 ? { groups } : {}),
      ...(d.one(0, 0, 1) === 1 ? { input_shape: d.some([space, space, space, space.map(() => 0)], [[...space].reverse()]) } : {}),
    },
    shape: [nOut, ...out],
  };
}; // prettier-ignore

const pool = (d: NodeDice, shape: Shape): Drawn => {
  const [c = 1, h = 1, w = 1] = shape;
  const [wy, wx, sy, sx, pad] = [d.one(1, 2, 3), d.one(2, 3), d.one(1, 2), d.one(1, 2, 3), d.one(0, 0, 1)];
  const hasStride = d.one(true, true, true, false);
  const [ry, rx] = hasStride ? [sy, sx] : [wy, wx];
  return {
    fields: {
      kernel_size: [wy, wx],
      ...(hasStride ? { stride: [sy, sx] } : {}),
      ...(pad > 0 || d.one(true, false) ? { padding: d.one<NirValue>(pad, [pad, pad]) } : {}),
    },
    shape: [c, Math.floor((h + 2 * pad - wy) / ry) + 1, Math.floor((w + 2 * pad - wx) / rx) + 1],
  };
};

const flatten = (d: NodeDice, shape: Shape): Drawn => {
  const [start, end] = d.some<readonly [number, number]>([[0, -1], [0, -1], [0, 2], [1, -1], [1, 2], [-2, -1]], [[0, 1], [2, 1], [0, 3]]); // prettier-ignore
  const [from, to] = [start < 0 ? start + shape.length : start, end < 0 ? end + shape.length : end];
  return {
    fields: {
      ...(start === 1 && d.one(true, false) ? {} : { start_dim: start }),
      ...(end === -1 && d.one(true, false) ? {} : { end_dim: end }),
      ...(d.one(0, 0, 1) === 1 ? { input_type: d.some([shape, shape, shape], [[7]]) } : {}),
    },
    shape: [...shape.slice(0, from), sizeOf(shape.slice(from, to + 1)), ...shape.slice(to + 1)],
  };
};

function neuron(d: NodeDice, type: string, shape: Shape): Drawn {
  const of = (...values: readonly number[]): NirValue => parameter(d, shape, ...values);
  const isCuba = type.startsWith('Cuba');
  const isLeaky = type !== 'I' && type !== 'IF';
  const fires = type.endsWith('IF');
  const times = d.some<readonly number[]>(
    [
      [2, 3, 8],
      [1, 4],
      [2, 5],
      [0.5, 2],
    ],
    [[0, 1]],
  );
  return {
    fields: {
      r: d.one<NirValue>(1, of(1, 2, 0.5), of(1, 2, 0.5)),
      ...(isLeaky ? { [isCuba ? 'tau_mem' : 'tau']: of(...times), v_leak: of(0, 0.25, -1) } : {}),
      ...(isCuba ? { tau_syn: of(2, 3, 8), ...(d.one(0, 1, 1) === 1 ? { w_in: of(1, 0.5, 2) } : {}) } : {}),
      ...(fires ? { v_threshold: of(1, 1.5, 0.75) } : {}),
      ...(fires && d.one(0, 1, 1) === 1 ? { v_reset: of(0, -0.5) } : {}),
    },
    shape,
  };
}

type Draw = (d: NodeDice, shape: Shape, type: string) => Drawn;

const NEURON: Draw = (d, shape, type) => neuron(d, type, shape);
const SAME: Draw = (_, shape) => ({ fields: {}, shape });

/** How nodes are drawn, by type; also some that are not read. */
const NODES: Readonly<Record<string, Draw>> = {
  Linear: (d, shape) => dense(d, shape, false),
  Affine: (d, shape) => dense(d, shape, true),
  Scale: (d, shape) => ({
 fields: { scale: d.isTame ? real(d, shape.map((n, k) => (k === 0 ? n : 1))) : parameter(d, shape, 0.5, 2, -1) },
 shape }),
  Conv1d: (d, shape) => convolution(d, shape, 1),
  Conv2d: (d, shape) => convolution(d, shape, 2),
  SumPool2d: pool,
  AvgPool2d: pool,
  Flatten: flatten,
  Threshold: (d, shape) => ({ fields: { threshold: parameter(d, shape, 0.5, 1) }, shape }),
  Delay: (d, shape) => ({
    fields: { delay: parameter(d, shape, ...d.some<readonly number[]>([[1, 2, 3], [1.75, 3], [0]], [[0.25], [0, 4], [70000], [-1]])) },
    shape,
  }),
  ...{ I: NEURON, IF: NEURON, LI: NEURON, LIF: NEURON, CubaLI: NEURON, CubaLIF: NEURON },
  Output: SAME,
  Attention: SAME,
}; // prettier-ignore

/** Types of nodes, by name. */
export const RANDOM_NIR_NODES: readonly string[] = Object.keys(NODES);

const inputShape = (d: NodeDice, type: string): Shape => {
  if (type === 'Conv1d') return d.one<Shape>([2, 6], [1, 5], [2, 6], [4]);
  if (type === 'Conv2d' || type.endsWith('Pool2d')) return d.one<Shape>([2, 5, 4], [1, 4, 6], [4, 4, 4], [2, 5, 4], [4, 6]);
  if (type === 'Linear' || type === 'Affine') return d.one<Shape>([6], [4], [1, 5], [1, 1, 4], [2, 3]);
  return d.one<Shape>([6], [2, 3, 4], [2, 3, 2], [3, 4], [1, 3, 3], [2, 2, 2, 2]);
}; // prettier-ignore

/** One thing of a node made wrong. */
function spoilt(d: NodeDice, fields: Fields): Fields {
  const names = Object.keys(fields);
  if (names.length === 0) return fields;
  const name = d.one(...names);
  const { [name]: gone, ...others } = fields;
  const wrong = d.one<NirValue | undefined>(undefined, undefined, NaN, 'text', -1, 0, [], [1, 2, 3, 4, 5], 5000, 0.5, {
    shape: [2, 2, 2],
    values: [1, 2, 3, 4, 5, 6, 7, 8],
  });
  if (wrong === undefined || gone === undefined) return others;
  const whole = typeof wrong === 'number' && !Number.isInteger(wrong) && !/^(r|w|v|tau|thr|del|scale|weight|bias)/.test(name);
  return { ...others, [name]: whole ? 4097 : wrong };
} // prettier-ignore

const input = (d: NodeDice, shape: Shape): NirSpec =>
  d.one(0, 0, 0, 0, 0, 1) === 1 ? ['Input'] : ['Input', { shape }];

/** A graph around one node, mostly between neurons that show what comes and goes. */
export function randomNirNode(type: string, seed: number): NirGraphSpec {
  const d = new NodeDice(seed, { part: 12, isTame: false });
  const shape = inputShape(d, type);
  const { fields, shape: after } = NODES[type]!(d, shape, type);
  const own: NirSpec = [type, d.one(0, 0, 0, 1) === 1 ? spoilt(d, fields) : fields];
  const output: NirSpec = ['Output', d.one(0, 0, 0, 1) === 1 ? { shape: d.one(after, [sizeOf(after)], [3]) } : {}];
  const behind: NirSpec = ['Linear', { weight: real(d, [2, sizeOf(after) > 0 && sizeOf(after) < 1e4 ? sizeOf(after) : 1]) }];
  if (d.one(true, false)) {
    return { nodes: { input: input(d, shape), node: own, output }, edges: ['input node output'] };
  }
  const flat: NirSpec = ['Flatten', { start_dim: 0, end_dim: -1 }];
  return { nodes: { input: input(d, shape), node: own, flat, behind, output }, edges: ['input node flat behind output'] };
} // prettier-ignore

/** A graph of several nodes: loops, sums, delays, nested graphs, second inputs and outputs, edges too many or too few. */
export function randomNirGraph(seed: number): NirGraphSpec {
  const d = new NodeDice(seed, { part: 13, isTame: true });
  const isImage = d.one(true, false);
  const first: Shape = isImage ? d.one<Shape>([2, 4, 4], [1, 4, 4]) : [d.one(3, 4)];
  const nodes: Record<string, NirSpec> = { input: ['Input', { shape: first }] };
  const edges: string[] = [];
  let [last, shape] = ['input', first];
  const add = (name: string, spec: NirSpec, after: Shape): void => {
    nodes[name] = spec;
    edges.push(`${last} ${name}`);
    [last, shape] = [name, after];
  };
  const drawn = (type: string, name: string): void => {
    const { fields, shape: after } = NODES[type]!(d, shape, type);
    if (after.every((n) => n > 0)) add(name, [type, fields], after);
  };
  const n = d.one(2, 3, 4, 5);
  for (let k = 0; k < n; k++) {
    const isSpace = shape.length === 3;
    const type = isSpace
      ? d.one('Conv2d', 'SumPool2d', 'AvgPool2d', 'Scale', 'IF', 'LIF', 'Delay', 'Flatten')
      : d.one('Linear', 'Affine', 'Scale', 'IF', 'LIF', 'CubaLIF', 'LI', 'I', 'Threshold', 'Delay');
    const name = d.one(`${type}_${k}`, `block/${k}`, `z${9 - k}`, `a:${k}é`);
    const [before, width] = [last, shape];
    drawn(type, name);
    const hasLoop = d.one(0, 0, 1, 2, 3, 4);
    if (last !== name || width.join() !== shape.join()) continue;
    const square: NirSpec = ['Linear', { weight: real(d, [sizeOf(shape), sizeOf(shape)]) }];
    if (hasLoop === 1 && shape.length === 1) {
      nodes[`back${k}`] = square;
      edges.push(`${name} back${k} ${d.one(name, before === 'input' ? name : before)}`);
    } else if (hasLoop === 2) {
      nodes[`hold${k}`] = ['Delay', { delay: d.one(1, 2, 0.25) }];
      edges.push(`${name} hold${k} ${name}`);
    } else if (hasLoop === 3 && before !== 'input') {
      nodes[`side${k}`] = ['Threshold', { threshold: 0.5 }];
      edges.push(d.one(`${before} side${k} ${name}`, `${name} ${before}`));
    } else if (hasLoop === 4) edges.push(`${name} ${name}`);
  }
  if (d.one(true, false)) {
    const inner: NirGraphSpec = {
      nodes: {
        input: ['Input', { shape }],
        lif: ['LIF', neuron(d, 'LIF', shape).fields],
        output: ['Output', { shape }],
        ...(d.one(0, 0, 1) === 1 ? { second: d.one<NirSpec>(['Output'], ['Input', { shape }]) } : {}),
      },
      edges: d.one<readonly string[]>(['input lif output'], ['input lif output', 'lif lif'], ['input output'], ['input lif output', 'lif second']), // prettier-ignore
    };
    add('inner', d.one<NirSpec>(inner, { nodes: { ...inner.nodes, deeper: inner }, edges: ['input deeper output'] }), shape);
    if (d.one(0, 0, 1) === 1) edges.push('inner inner');
  }
  add('output', ['Output', d.one<Fields>({}, { shape })], shape);
  const odd = d.one('', '', '', '', 'unread', 'second output', 'second input', 'twice', 'unknown', 'lost', 'side', 'side');
  if (odd === 'unread') nodes['unread'] = ['Threshold', { threshold: 1 }];
  if (odd === 'unread' && d.one(true, false)) edges.push(`${last === 'output' ? 'input' : last} unread`);
  if (odd === 'second output') nodes['other'] = ['Output'];
  if (odd === 'second output') edges.push('input other');
  if (odd === 'second input') nodes['extra'] = ['Input', { shape }];
  if (odd === 'second input' && d.one(true, false)) edges.push('extra output');
  if (odd === 'twice') edges.push(edges[0]!);
  if (odd === 'unknown') edges.push(d.one('input outptu', 'nothing input', 'inner.lif output'));
  if (odd === 'lost') edges.splice(d.one(0, edges.length - 1), 1);
  if (odd === 'side') nodes['side'] = ['Linear', { weight: real(d, [sizeOf(shape), sizeOf(first)]) }];
  if (odd === 'side') edges.push(d.one('input side output', 'input output', 'input side side output'));
  return { nodes, edges };
} // prettier-ignore
