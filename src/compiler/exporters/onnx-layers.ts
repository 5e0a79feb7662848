/** Layers as operators: images are [1, channels, rows, columns] there, vectors [1, features]. */
import { quantiseLevels } from '../../ir/network/quantise.js';
import { channelsOf } from '../../ir/network/shapes.js';
import type {
  Conv2dNode,
  DenseNode,
  MultiplyNode,
  NetworkNode,
  QuantiseNode,
  QuantiserRounding,
  Shape,
  Window2d,
} from '../../ir/network/types.js';
import { narrowestBits } from '../../ir/network/footprint.js';
import type { GraphWriter } from './graph-writer.js';
import type { OnnxAttribute } from './onnx-file.js';
import { refused, type Refused } from './refused.js';

/** Dimensions of a value in the file. */
export function fileDims(shape: Shape): readonly number[] {
  const [h = 1, w = 1, c = 1] = shape;
  return shape.length === 3 ? [1, c, h, w] : [1, ...shape];
}

/** Writes a layer that reads values of `shapes` (all of them images or vectors); what it has that no operator says, otherwise. */
export function writeLayer(graph: GraphWriter, node: NetworkNode, shapes: readonly Shape[]): Refused | undefined {
  const [shape = []] = shapes;
  const name = node.id;
  switch (node.kind) {
    case 'dense':
      return writeDense(graph, node, shape);
    case 'conv2d':
      return writeConvolution(graph, node, shape);
    case 'batchNorm': {
      const { input, gamma, beta, mean, variance, epsilon } = node;
      const parts = { gamma, beta, mean, variance };
      const inputs = Object.entries(parts).map(([part, values]) => graph.constant(`${name}:${part}`, values));
      const attributes = { epsilon: graph.float(name, 'epsilon', epsilon) };
      graph.operator({ name, operator: 'BatchNormalization', inputs: [input, ...inputs], attributes });
      return undefined;
    }
    case 'sign': {
      const scale = graph.number(`${name}:scale`, 1);
      graph.operator({ name, operator: 'BipolarQuant', inputs: [node.input, scale] });
      return undefined;
    }
    case 'step':
      writeThreshold(graph, name, node.input, 0);
      return undefined;
    case 'relu':
      graph.operator({ name, operator: 'Relu', inputs: [node.input] });
      return undefined;
    case 'clip': {
      const limits = [graph.number(`${name}:min`, node.min), graph.number(`${name}:max`, node.max)];
      graph.operator({ name, operator: 'Clip', inputs: [node.input, ...limits] });
      return undefined;
    }
    case 'quantise':
      return writeQuantiser(graph, node);
    case 'maxPool':
      graph.operator({ name, operator: 'MaxPool', inputs: [node.input], attributes: windowAttributes(node) });
      return undefined;
    case 'avgPool': {
      const { counted } = node;
      const isInside = counted?.every((n) => n === 0) === true;
      if (counted !== undefined && !isInside && counted.some((n, side) => n !== node.padding[side])) {
        return refused('an average that counts a part of its padding', 'count all of it or nothing');
      }
      const attributes = { ...windowAttributes(node), count_include_pad: { int: isInside ? 0 : 1 } };
      graph.operator({ name, operator: 'AveragePool', inputs: [node.input], attributes });
      return undefined;
    }
    case 'flatten':
      writeFlat(graph, name, node.input, shape);
      return undefined;
    case 'add':
      graph.operator({ name, operator: 'Add', inputs: node.inputs });
      return undefined;
    case 'multiply':
      return writeProduct(graph, node, shapes);
    case 'extremum':
      graph.operator({ name, operator: node.of === 'max' ? 'Max' : 'Min', inputs: node.inputs });
      return undefined;
    case 'concat':
      graph.operator({ name, operator: 'Concat', inputs: node.inputs, attributes: { axis: { int: 1 } } });
      return undefined;
    default:
      return refused(`${node.kind} has no operator of ONNX or QONNX here`, 'leave it out, or keep the network as .lsn');
  }
}

/** 1 where a value reaches `level`, else 0. */
export function writeThreshold(graph: GraphWriter, name: string, input: string, level: number): void {
  const thresholds = graph.constant(`${name}:thresholds`, Float64Array.of(level), [1, 1]);
  graph.operator({ name, operator: 'MultiThreshold', inputs: [input, thresholds] });
}

/** The elements of an image in our order, channels last. */
export function writeFlat(graph: GraphWriter, name: string, input: string, shape: Shape): void {
  const [h = 1, w = 1, c = 1] = shape;
  const isOrdered = shape.length < 3 || c === 1 || h * w === 1;
  const last = isOrdered
    ? input
    : graph.operator({
        ...{ name: `${name}:last`, operator: 'Transpose', inputs: [input] },
        attributes: { perm: { ints: [0, 2, 3, 1] } },
      });
  graph.operator({ name, operator: 'Flatten', inputs: [last], attributes: { axis: { int: 1 } } });
}

function windowAttributes({ window, stride, padding }: Window2d): Record<string, OnnxAttribute> {
  const [top, bottom, left, right] = padding;
  return {
    kernel_shape: { ints: [...window] },
    strides: { ints: [...stride] },
    pads: { ints: [top, left, bottom, right] },
  };
}

/** Weights in an order of the file, as what a quantiser makes of real numbers; real ones as they are. */
function writeWeights(
  graph: GraphWriter,
  { id, weights, weightBits, scale = Float64Array.of(1), nOut }: DenseNode | Conv2dNode,
  dims: readonly number[],
  index?: Int32Array,
): string {
  const name = `${id}:weights`;
  const real = new Float32Array(weights.length);
  const fanIn = weights.length / nOut;
  const isReal = weights instanceof Float32Array;
  for (let e = 0; e < real.length; e++) {
    const by = isReal ? 1 : scale[scale.length === 1 ? 0 : Math.floor(e / fanIn)]!;
    real[e] = weights[index === undefined ? e : index[e]!]! * by;
  }
  if (isReal) return graph.constant(name, real, dims);
  const latent = graph.constant(`${id}:latent`, real, dims);
  const scaleDims = scale.length === 1 ? [] : dims.map((n, a) => (a === 0 ? n : 1));
  const by = graph.constant(`${id}:scale`, scale, scaleDims);
  const bits = weightBits ?? narrowestBits(weights);
  if (bits === 1) return graph.operator({ name, operator: 'BipolarQuant', inputs: [latent, by] });
  const width = [graph.number(`${id}:zero`, 0), graph.number(`${id}:bits`, bits)];
  const inputs = [latent, by, ...width];
  return graph.operator({ name, operator: 'Quant', inputs, attributes: quantAttributes(true, false, 'ROUND') });
}

const quantAttributes = (
  isSigned: boolean,
  isNarrow: boolean,
  rounding: string,
): Readonly<Record<string, OnnxAttribute>> => ({
  signed: { int: isSigned ? 1 : 0 },
  narrow: { int: isNarrow ? 1 : 0 },
  rounding_mode: { text: rounding },
});

function writeDense(graph: GraphWriter, node: DenseNode, shape: Shape): undefined {
  const { id: name, nOut, bias } = node;
  let input = node.input;
  if (shape.length === 3) {
    writeFlat(graph, `${name}:flat`, input, shape);
    input = `${name}:flat`;
  }
  const weights = writeWeights(graph, node, [nOut, node.weights.length / nOut]);
  const added = bias === undefined ? [] : [graph.constant(`${name}:bias`, bias)];
  const attributes = { transB: { int: 1 } };
  graph.operator({ name, operator: 'Gemm', inputs: [input, weights, ...added], attributes });
}

function writeConvolution(graph: GraphWriter, node: Conv2dNode, shape: Shape): undefined {
  const { id: name, nOut, bias, window, padding, padValue, groups, dilation = [1, 1] } = node;
  const [height, width] = window;
  const perGroup = channelsOf(shape) / groups;
  const index = channelsFirst(nOut, height * width, perGroup);
  const weights = writeWeights(graph, node, [nOut, perGroup, height, width], index);
  const added = bias === undefined ? [] : [graph.constant(`${name}:bias`, bias)];
  const isBordered = padValue !== 0 && padding.some((p) => p > 0);
  const [top, bottom, left, right] = padding;
  let { input } = node;
  if (isBordered) {
    // The padding of Conv is 0.
    const pads = graph.indices(`${name}:pads`, [0, 0, top, left, 0, 0, bottom, right]);
    const inputs = [input, pads, graph.number(`${name}:border`, padValue)];
    input = graph.operator({
      name: `${name}:padded`,
      operator: 'Pad',
      inputs,
      attributes: { mode: { text: 'constant' } },
    });
  }
  const attributes = {
    ...windowAttributes(isBordered ? { ...node, padding: [0, 0, 0, 0] } : node),
    dilations: { ints: [...dilation] },
    group: { int: groups },
  };
  graph.operator({ name, operator: 'Conv', inputs: [input, weights, ...added], attributes });
}

/** Where weights [nOut, channels, pixels] lie in [nOut, pixels, channels]. */
function channelsFirst(nOut: number, pixels: number, channels: number): Int32Array {
  const index = new Int32Array(nOut * pixels * channels);
  let e = 0;
  for (let o = 0; o < nOut; o++) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < pixels; p++) index[e++] = (o * pixels + p) * channels + c;
    }
  }
  return index;
}

/** Roundings by their names in QONNX, those that a shift by a whole number leaves as they are first. */
const ROUNDINGS: Readonly<Partial<Record<QuantiserRounding, string>>> = {
  floor: 'FLOOR',
  ceil: 'CEIL',
  halfEven: 'ROUND',
  halfAwayFromZero: 'HALF_UP',
  halfTowardsZero: 'HALF_DOWN',
  towardsZero: 'DOWN',
  awayFromZero: 'UP',
};

/** Levels low..high as the integers of a width behind a zero point. */
interface Levels {
  readonly isSigned: boolean;
  readonly isNarrow: boolean;
  readonly zeroPoint: number;
}

function levelsOf(low: number, high: number, bits: number): Levels | undefined {
  const half = 2 ** (bits - 1);
  const isNarrow = high - low === 2 ** bits - 2;
  if (!isNarrow && high - low !== 2 ** bits - 1) return undefined;
  // One bit with a sign is a sign function there.
  if (bits > 1 && high === half - 1) return { isSigned: true, isNarrow, zeroPoint: 0 };
  return { isSigned: false, isNarrow, zeroPoint: 0 - low };
}

function writeQuantiser(graph: GraphWriter, node: QuantiseNode): Refused | undefined {
  const { id: name, step, bits, rounding = 'halfUp' } = node;
  const [low, high] = quantiseLevels(node);
  const levels = levelsOf(low, high, bits);
  if (levels === undefined) {
    return refused(`levels ${low}..${high} of ${bits} bits`, 'use all levels of a width, or all but the lowest one');
  }
  const { isSigned, isNarrow, zeroPoint } = levels;
  const mode = modeOf(rounding, low, zeroPoint);
  if (mode === undefined)
    return refused(`the rounding ${rounding} with levels ${low}..${high}`, 'round halves to even');
  let { input } = node;
  if (mode === 'half') {
    // Halves go up: half a step is added, then everything goes down.
    const half = graph.number(`${name}:half`, step / 2);
    input = graph.operator({ name: `${name}:raised`, operator: 'Add', inputs: [input, half] });
  }
  const inputs = [
    input,
    graph.number(`${name}:step`, step),
    graph.number(`${name}:zero`, zeroPoint),
    graph.number(`${name}:bits`, bits),
  ];
  const attributes = quantAttributes(isSigned, isNarrow, mode === 'half' ? 'FLOOR' : mode);
  graph.operator({ name, operator: 'Quant', inputs, attributes });
  return undefined;
}

/** The rounding of a quantiser whose lowest level is `low`, behind a zero point: `half` for floor(x / step + 1/2). */
function modeOf(rounding: QuantiserRounding, low: number, zeroPoint: number): string | undefined {
  // Above zero, up is away from it.
  if (rounding === 'halfUp') return low >= 0 && zeroPoint === 0 ? 'HALF_UP' : 'half';
  if (rounding === 'halfOdd') return zeroPoint % 2 === 0 ? undefined : 'ROUND';
  if (rounding === 'halfEven' && zeroPoint % 2 !== 0) return undefined;
  if (zeroPoint !== 0 && !['floor', 'ceil', 'halfEven'].includes(rounding)) return undefined;
  return ROUNDINGS[rounding];
}

function writeProduct(graph: GraphWriter, { id: name, inputs }: MultiplyNode, shapes: readonly Shape[]): undefined {
  const [first = [], second = []] = shapes;
  const [a, b] = inputs;
  let gate = b;
  if (first.length === 3 && second.length === 1) {
    const dims = graph.indices(`${name}:dims`, [1, channelsOf(second), 1, 1]);
    gate = graph.operator({ name: `${name}:gate`, operator: 'Reshape', inputs: [b, dims] });
  }
  graph.operator({ name, operator: 'Mul', inputs: [a, gate] });
}
