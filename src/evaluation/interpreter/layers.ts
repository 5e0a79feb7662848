/** Every layer as a function of the values it reads, written as its definition in ir/network/types.ts reads. */
import { assertNever } from '../../common/assert.js';
import { divideRoundHalfAway, requantiseValue } from '../../common/fixed-point.js';
import { commonMultiple } from '../../ir/network/average.js';
import { batchNormFunction } from '../../ir/network/batch-norm.js';
import { FUNCTIONS, namedFunction } from '../../ir/network/functions.js';
import { quantiseFunction } from '../../ir/network/quantise.js';
import { channelsOf, sizeOf, windowOutput } from '../../ir/network/shapes.js';
import {
  type AvgPoolNode,
  type ConcatNode,
  type Dialect,
  type FunctionNode,
  type MaxPoolNode,
  type NetworkNode,
  type RearrangeNode,
  SENSE,
  type Shape,
  type ThresholdNode,
  type Window2d,
} from '../../ir/network/types.js';
import { type Grid, unitsOf } from './grid.js';
import type { Layer, Sequence, UnaryLayer } from './layer.js';
import { blockDenseLayer, convLayer, denseLayer } from './linear-layers.js';
import { attentionLayer, embeddingLayer, rmsNormLayer } from './sequence-layers.js';

/** Where a layer stands. */
export interface LayerContext {
  readonly dialect: Dialect;
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  /** That of all inputs. */
  readonly grid: Grid | undefined;
  readonly sequence: Sequence;
}

/** Prepares a layer of a verified network: transposes weights and allocates its output once. */
export function makeLayer(node: NetworkNode, context: LayerContext): Layer {
  const { dialect, output, sequence } = context;
  const input = context.inputs[0] ?? [];
  // Sums keep what they are multiples of; elsewhere values are plain numbers.
  const grid = dialect === 'float' ? context.grid : undefined;
  const out = new Float64Array(sizeOf(output));
  switch (node.kind) {
    case 'dense':
      return unary(denseLayer(node, sizeOf(input), out, grid));
    case 'blockDense':
      return unary(blockDenseLayer(node, out, grid));
    case 'conv2d':
      return unary(convLayer(node, { input, output, grid }, out));
    case 'batchNorm':
      return elementwise(out, channelsOf(input), batchNormFunction(node));
    case 'sign':
      return elementwise(out, 1, (x) => (x >= 0 ? 1 : -1));
    case 'step':
      return elementwise(out, 1, (x) => (x >= 0 ? 1 : 0));
    case 'relu':
      return elementwise(out, 1, (x) => (x > 0 ? x : 0));
    case 'clip':
      return elementwise(out, 1, (x) => Math.min(Math.max(x, node.min), node.max));
    case 'function':
      return functionLayer(node, channelsOf(input), out);
    case 'multiply':
      return ([a, b]) => {
        // One operand per channel, or per element.
        for (let i = 0; i < out.length; i++) out[i] = a![i]! * b![i % b!.length]!;
        return out;
      };
    case 'extremum': {
      const of = node.of === 'max' ? Math.max : Math.min;
      return ([a, b]) => {
        for (let i = 0; i < out.length; i++) out[i] = of(a![i]!, b![i]!);
        return out;
      };
    }
    case 'rearrange':
      return unary(rearrangeLayer(node, out));
    case 'quantise': {
      const multiple = quantiseFunction(node);
      return elementwise(out, 1, (x) => node.step * multiple(x));
    }
    case 'threshold':
      // Parameters are per channel or per element; theta.length is one or the other.
      return elementwise(out, node.theta.length, thresholdFunction(node));
    case 'requantise':
      return elementwise(out, channelsOf(input), (x, c) => requantiseValue(node, x, c));
    case 'lookup':
      return elementwise(out, 1, (x) => node.table[x - node.inputMin]!);
    case 'add':
      return addLayer(out, grid);
    case 'concat':
      return concatLayer(node, context.inputs, out);
    case 'maxPool':
      return unary(maxPoolLayer(node, input, out));
    case 'avgPool':
      return unary(dialect === 'float' ? averageLayer(node, input, out, grid) : roundedAverage(node, input, out));
    case 'sumPool':
      return unary((x) => sumWindows(node, input, x, out));
    case 'embedding':
      return unary(embeddingLayer(node, sequence, out));
    case 'rmsNorm':
      return unary(rmsNormLayer(node, dialect, out));
    case 'attention':
      return attentionLayer(node, dialect, sequence, out);
    case 'flatten':
    case 'scores':
      return unary((x) => x);
    case 'votes':
      return unary((x) => {
        out.fill(0);
        for (let i = 0; i < x.length; i++) if (x[i]! > 0) out[i % node.nClasses]!++;
        return out;
      });
    case 'input':
    case 'encode':
      throw new Error('internal error: the input has no layer');
    case 'neuron':
    case 'integerNeuron':
    case 'delay':
      throw new Error(`internal error: a ${node.kind} has state: evaluation/spiking runs it`);
    default:
      return assertNever(node);
  }
}

function unary(layer: UnaryLayer): Layer {
  return (inputs) => layer(inputs[0]!);
}

/** Applies f to every element; f's second argument is the element's index modulo `period`. */
function elementwise(out: Float64Array, period: number, f: (x: number, index: number) => number): Layer {
  return ([x]) => {
    for (let i = 0; i < out.length; i++) out[i] = f(x![i]!, i % period);
    return out;
  };
}

function functionLayer({ function: name, parameters }: FunctionNode, channels: number, out: Float64Array): Layer {
  const n = FUNCTIONS[name].parameters.length;
  if (parameters === undefined || parameters.length === n) {
    return elementwise(out, 1, namedFunction(name, parameters ?? new Float64Array(0)));
  }
  const each = Array.from({ length: channels }, (_, c) => namedFunction(name, parameters.subarray(c * n, c * n + n)));
  return elementwise(out, channels, (x, c) => each[c]!(x));
}

function rearrangeLayer({ index, fill = 0 }: RearrangeNode, out: Float64Array): UnaryLayer {
  if (index === undefined) return (x) => x;
  return (x) => {
    for (let e = 0; e < out.length; e++) out[e] = index[e]! < 0 ? fill : x[index[e]!]!;
    return out;
  };
}

function thresholdFunction(node: ThresholdNode): (x: number, index: number) => number {
  const { theta, sense } = node;
  return (x, index) => {
    switch (sense[index]) {
      case SENSE.atLeast:
        return x >= theta[index]! ? 1 : 0;
      case SENSE.atMost:
        return x <= theta[index]! ? 1 : 0;
      case SENSE.always:
        return 1;
      default:
        return 0;
    }
  };
}

/** Sums of multiples of one unit are taken over the integers (see grid.ts). */
function addLayer(out: Float64Array, grid: Grid | undefined): Layer {
  return ([a, b]) => {
    for (let i = 0; i < out.length; i++) {
      out[i] =
        grid === undefined
          ? a![i]! + b![i]!
          : (grid.unit * (unitsOf(a![i]!, grid) + unitsOf(b![i]!, grid))) / grid.divisor;
    }
    return out;
  };
}

function concatLayer(node: ConcatNode, shapes: readonly Shape[], out: Float64Array): Layer {
  const widths = shapes.map(channelsOf);
  const width = widths.reduce((sum, w) => sum + w, 0);
  return (inputs) => {
    let start = 0;
    for (let k = 0; k < node.inputs.length; k++) {
      const w = widths[k]!;
      const x = inputs[k]!;
      for (let i = 0; i < x.length; i++) out[Math.floor(i / w) * width + start + (i % w)] = x[i]!;
      start += w;
    }
    return out;
  };
}

function maxPoolLayer(node: MaxPoolNode, input: Shape, out: Float64Array): UnaryLayer {
  const channels = channelsOf(input);
  const min = node.minChannels;
  return (x) => {
    for (let c = 0; c < channels; c++) {
      const takeMin = min?.[c] === 1;
      for (let o = c; o < out.length; o += channels) out[o] = takeMin ? Infinity : -Infinity;
    }
    forEachTap(node, input, (source, target) => {
      const value = x[source]!;
      if (min?.[target % channels] === 1 ? value < out[target]! : value > out[target]!) out[target] = value;
    });
    return out;
  };
}

function averageLayer(node: AvgPoolNode, input: Shape, out: Float64Array, grid: Grid | undefined): UnaryLayer {
  const counts = tapCounts(node, input);
  const common = commonMultiple(counts);
  const channels = channelsOf(input);
  const countOf = (i: number): number => counts[Math.floor(i / channels)]!;
  if (grid === undefined) {
    return (x) => {
      sumWindows(node, input, x, out);
      for (let i = 0; i < out.length; i++) out[i] = countOf(i) === 0 ? 0 : out[i]! / countOf(i);
      return out;
    };
  }
  // On a grid the window sums integers, and all averages are multiples of one unit where the counts have a common multiple.
  const units = new Float64Array(sizeOf(input));
  return (x) => {
    for (let i = 0; i < units.length; i++) units[i] = unitsOf(x[i]!, grid);
    sumWindows(node, input, units, out);
    for (let i = 0; i < out.length; i++) {
      const count = countOf(i);
      const divisor = common ?? count;
      out[i] = count === 0 ? 0 : (grid.unit * (out[i]! * (divisor / count))) / (grid.divisor * divisor);
    }
    return out;
  };
}

function roundedAverage(node: AvgPoolNode, input: Shape, out: Float64Array): UnaryLayer {
  const counts = tapCounts(node, input);
  const channels = channelsOf(input);
  const { factor = 1 } = node;
  return (x) => {
    sumWindows(node, input, x, out);
    for (let i = 0; i < out.length; i++) {
      const count = counts[Math.floor(i / channels)]!;
      out[i] = count === 0 ? 0 : divideRoundHalfAway(factor * out[i]!, count);
    }
    return out;
  };
}

/** Taps of each window that count, [positions]: on the image or on padding that counts. */
function tapCounts(node: AvgPoolNode, [h = 0, w = 0]: Shape): Int32Array {
  const [outH, outW] = windowOutput(h, w, node);
  const [top, bottom, left, right] = node.counted ?? node.padding;
  const counts = new Int32Array(outH * outW);
  for (let p = 0; p < counts.length; p++) {
    for (let ky = 0; ky < node.window[0]; ky++) {
      const y = Math.floor(p / outW) * node.stride[0] + ky - node.padding[0];
      for (let kx = 0; kx < node.window[1]; kx++) {
        const x = (p % outW) * node.stride[1] + kx - node.padding[2];
        if (y >= -top && y < h + bottom && x >= -left && x < w + right) counts[p]!++;
      }
    }
  }
  return counts;
}

function sumWindows(node: Window2d, input: Shape, x: Float64Array, out: Float64Array): Float64Array {
  out.fill(0);
  forEachTap(node, input, (source, target) => {
    out[target]! += x[source]!;
  });
  return out;
}

/** Calls `visit(input element, output element)` for every tap of every window that lies on the image. */
function forEachTap(node: Window2d, input: Shape, visit: (source: number, target: number) => void): void {
  const [h = 0, w = 0, channels = 0] = input;
  const [outH, outW] = windowOutput(h, w, node);
  for (let oy = 0; oy < outH; oy++) {
    for (let ox = 0; ox < outW; ox++) {
      for (let ky = 0; ky < node.window[0]; ky++) {
        const y = oy * node.stride[0] + ky - node.padding[0];
        if (y < 0 || y >= h) continue;
        for (let kx = 0; kx < node.window[1]; kx++) {
          const xx = ox * node.stride[1] + kx - node.padding[2];
          if (xx < 0 || xx >= w) continue;
          for (let c = 0; c < channels; c++) visit((y * w + xx) * channels + c, (oy * outW + ox) * channels + c);
        }
      }
    }
  }
}
