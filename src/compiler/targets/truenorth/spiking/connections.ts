/**
 * A spiking integer network as populations of neurons and the synapses between them: everything between neurons (dense layers, convolutions, sums of
 * windows, flattening, delays, joins) becomes one sparse matrix for each population, whose entries also say after how many steps they act.
 *
 * Elements have one number each: first the coded input, an element for every unit of a count (unit u of an input spikes where its count is above
 * u), then the neurons of every population.
 */
import { assert, present } from '../../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../../common/diagnostics.js';
import { linearRows } from '../../../../ir/network/linear.js';
import { inferShapes, sizeOf } from '../../../../ir/network/shapes.js';
import {
  type InputCode,
  type IntegerNeuronNode,
  inputsOf,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
  type Shape,
} from '../../../../ir/network/types.js';

/** What every element of something adds up: sum over k in [rowStart[o], rowStart[o + 1]) of weight[k] * element[k], delay[k] steps ago. */
export interface Rows {
  readonly nOut: number;
  readonly rowStart: Int32Array;
  readonly element: Int32Array;
  readonly delay: Int32Array;
  readonly weight: Int32Array;
  /** [nOut] what is added in every step. */
  readonly constant: Int32Array;
}

/** The neurons of one layer. */
export interface Population {
  readonly node: IntegerNeuronNode;
  readonly name: string;
  /** Shape of the layer. */
  readonly shape: Shape;
  /** Number of its first neuron among all elements. */
  readonly first: number;
  readonly rows: Rows;
}

/** A spiking network as synapses. */
export interface Connections {
  readonly code: InputCode;
  readonly inputShape: Shape;
  /** Units of all coded input elements: so many for each as its largest count. */
  readonly nInput: number;
  readonly populations: readonly Population[];
  /** What the class scores add up in every step. */
  readonly scores: Rows;
  readonly output: NetworkNode;
}

/** Largest number of synapses between two layers: more do not fit any board. */
const MAX_SYNAPSES = 1 << 26;

/** Takes a verified integer network with time apart; whatever is no sum of spikes is reported, all of it. */
export function connect(
  graph: NetworkGraph,
  maxCount: number,
): {
  readonly connections?: Connections;
  readonly diagnostics: readonly Diagnostic[];
} {
  const shapes = inferShapes(graph);
  const shapeOf = (id: NodeId): Shape => present(shapes.get(id), 'shape');
  const diagnostics: Diagnostic[] = [];
  const [input, encode, ...layers] = graph.nodes;
  assert(input?.kind === 'input' && encode?.kind === 'encode', 'an input and its code');
  const nCoded = sizeOf(shapeOf(encode.id));
  const nInput = nCoded * maxCount;
  const first = new Map<NodeId, number>();
  let nElements = nInput;
  for (const node of layers) {
    if (node.kind !== 'integerNeuron') continue;
    first.set(node.id, nElements);
    nElements += sizeOf(shapeOf(node.id));
  }
  const known = new Map<NodeId, Rows>([[encode.id, units(nCoded, maxCount)]]);
  for (const [id, from] of first) known.set(id, ownElements(from, sizeOf(shapeOf(id))));
  /** What a layer gives, in spikes; computed when somebody reads it, since delays may stand above what they read. */
  const rowsOf = (id: NodeId): Rows => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const node = present(
      graph.nodes.find((other) => other.id === id),
      'layer',
    );
    const made = derive(node, inputsOf(node).map(rowsOf), {
      shape: shapeOf(id),
      before: inputsOf(node).map(shapeOf),
      report: (code, message, remedy) => {
        diagnostics.push(errorAt(code, `${graph.name}: layer "${id}" (${node.kind})`, message, remedy));
      },
    });
    known.set(id, made);
    return made;
  };
  const populations = layers.flatMap((node): Population[] => {
    if (node.kind !== 'integerNeuron') return [];
    const shape = shapeOf(node.id);
    return [{ node, name: node.id, shape, first: present(first.get(node.id), 'first'), rows: rowsOf(node.input) }];
  });
  const output = present(layers.at(-1), 'output layer');
  const scores = rowsOf(output.id);
  if (diagnostics.length > 0) return { diagnostics };
  const connections = { code: encode.code, inputShape: input.shape, nInput, populations, scores, output };
  return { connections, diagnostics };
}

/** Input elements as sums of their units. */
const units = (n: number, maxCount: number): Rows => ({
  ...ownElements(0, n * maxCount),
  nOut: n,
  rowStart: Int32Array.from({ length: n + 1 }, (_, o) => o * maxCount),
  constant: new Int32Array(n),
});

/** Elements as themselves. */
function ownElements(first: number, n: number): Rows {
  return {
    nOut: n,
    rowStart: Int32Array.from({ length: n + 1 }, (_, o) => o),
    element: Int32Array.from({ length: n }, (_, o) => first + o),
    delay: new Int32Array(n),
    weight: new Int32Array(n).fill(1),
    constant: new Int32Array(n),
  };
}

interface Surroundings {
  readonly shape: Shape;
  readonly before: readonly Shape[];
  readonly report: (code: string, message: string, remedy: string) => void;
}

const NEURONS = 'put neurons in front of it, or leave it out';

/** What a layer without neurons gives, from what it reads. */
function derive(node: NetworkNode, inputs: readonly Rows[], { shape, before, report }: Surroundings): Rows {
  const [rows = ownElements(0, 0)] = inputs;
  switch (node.kind) {
    case 'flatten':
    case 'scores':
      return rows;
    case 'dense':
    case 'conv2d': {
      if (node.weightZeroPoint?.some((zeroPoint) => zeroPoint !== 0) === true) {
        report('weight-zero-point', 'its weights have a zero point', 'take it off the weights');
        return empty(sizeOf(shape));
      }
      const plain = { ...node };
      delete plain.weightZeroPoint;
      const linear = linearRows(plain, before[0] ?? []);
      const padValue = node.kind === 'conv2d' ? node.padValue : 0;
      const constant = linear.padded.map((sum, o) => sum * padValue + biasOf(node.bias, o));
      return compose(linear, rows, constant, report);
    }
    case 'blockDense':
    case 'sumPool': {
      const linear = linearRows(node, before[0] ?? []);
      return compose(linear, rows, new Int32Array(linear.nOut), report);
    }
    case 'delay': {
      const { steps } = node;
      if (rows.constant.some((c) => c !== 0)) {
        report(
          'delayed-constant',
          'it delays a sum with a bias, which begins after the delay; a neuron adds its bias from the first step on',
          'delay the spikes instead of the sum',
        );
      }
      const delay = rows.delay.slice();
      for (let o = 0; o < rows.nOut; o++) {
        for (let k = rows.rowStart[o]!; k < rows.rowStart[o + 1]!; k++) delay[k]! += steps[steps.length === 1 ? 0 : o]!;
      }
      return { ...rows, delay };
    }
    case 'add':
      return gather(rows.nOut, (o, take) => {
        for (const from of inputs) take(from, o);
        return 0;
      });
    case 'concat':
      return concatenated(inputs, before);
    case 'rearrange': {
      const { index, fill = 0 } = node;
      if (index === undefined) return rows;
      return gather(index.length, (o, take) => {
        const from = index[o]!;
        if (from >= 0) take(rows, from);
        return from >= 0 ? 0 : fill;
      });
    }
    case 'votes':
      return gather(node.nClasses, (k, take) => {
        for (let i = k; i < rows.nOut; i += node.nClasses) take(rows, i);
        return 0;
      });
    default:
      report('no-sum-of-spikes', 'what it gives is no sum of spikes, and neurons read nothing else', NEURONS);
      return empty(sizeOf(shape));
  }
}

/** Biases are per output channel, channels last. */
const biasOf = (bias: ArrayLike<number> | undefined, o: number): number =>
  bias === undefined ? 0 : (bias[o % bias.length] ?? 0);

const empty = (n: number): Rows => ({
  nOut: n,
  rowStart: new Int32Array(n + 1),
  element: new Int32Array(0),
  delay: new Int32Array(0),
  weight: new Int32Array(0),
  constant: new Int32Array(n),
});

/** Rows made of others: `row` takes whole rows with a factor and returns what is added to the constant. */
function gather(
  nOut: number,
  row: (o: number, take: (from: Rows, o: number, factor?: number) => void) => number,
): Rows {
  const rowStart = new Int32Array(nOut + 1);
  const constant = new Int32Array(nOut);
  const element: number[] = [];
  const delay: number[] = [];
  const weight: number[] = [];
  for (let o = 0; o < nOut; o++) {
    // Paths from one element with one delay are one synapse.
    const place = new Map<number, number>();
    const start = element.length;
    const take = (from: Rows, source: number, factor = 1): void => {
      constant[o]! += factor * from.constant[source]!;
      for (let k = from.rowStart[source]!; k < from.rowStart[source + 1]!; k++) {
        const key = from.element[k]! * 2 ** 21 + from.delay[k]!;
        const at = place.get(key);
        const w = factor * from.weight[k]!;
        if (at !== undefined) weight[at]! += w;
        else {
          place.set(key, element.length);
          element.push(from.element[k]!);
          delay.push(from.delay[k]!);
          weight.push(w);
        }
      }
    };
    const own = row(o, take);
    constant[o]! += own;
    let end = start;
    for (let k = start; k < element.length; k++) {
      if (weight[k] === 0) continue;
      element[end] = element[k]!;
      delay[end] = delay[k]!;
      weight[end++] = weight[k]!;
    }
    element.length = delay.length = weight.length = end;
    rowStart[o + 1] = end;
  }
  const typed = (values: readonly number[]): Int32Array => Int32Array.from(values);
  return { nOut, rowStart, element: typed(element), delay: typed(delay), weight: typed(weight), constant };
}

/** A linear layer on what it reads. */
function compose(
  linear: ReturnType<typeof linearRows>,
  rows: Rows,
  constant: Int32Array,
  report: Surroundings['report'],
): Rows {
  const widest = widestRow(rows);
  if (linear.column.length * Math.max(1, widest) > MAX_SYNAPSES) {
    const message = `${linear.column.length} weights on sums of up to ${widest} spikes are more than ${MAX_SYNAPSES} synapses`;
    report('too-many-synapses', message, 'put neurons between the two layers');
    return empty(linear.nOut);
  }
  const made = gather(linear.nOut, (o, take) => {
    for (let k = linear.rowStart[o]!; k < linear.rowStart[o + 1]!; k++)
      take(rows, linear.column[k]!, linear.weight[k]!);
    return constant[o]!;
  });
  return made;
}

const widestRow = ({ rowStart, nOut }: Rows): number => {
  let widest = 0;
  for (let o = 0; o < nOut; o++) widest = Math.max(widest, rowStart[o + 1]! - rowStart[o]!);
  return widest;
};

/** Side by side in the last dimension. */
function concatenated(inputs: readonly Rows[], shapes: readonly Shape[]): Rows {
  const widths = shapes.map((shape) => shape.at(-1) ?? 1);
  const width = widths.reduce((sum, w) => sum + w, 0);
  const nOut = inputs.reduce((sum, rows) => sum + rows.nOut, 0);
  return gather(nOut, (o, take) => {
    const row = Math.floor(o / width);
    let column = o % width;
    const i = widths.findIndex((w) => {
      if (column < w) return true;
      column -= w;
      return false;
    });
    take(present(inputs[i], 'input of a concatenation'), row * present(widths[i], 'width') + column);
    return 0;
  });
}
