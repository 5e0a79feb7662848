/**
 * Runs a network of either dialect layer by layer, as its definition reads: the oracle of every chip result.
 *
 * Values are Float64Array in both dialects. In the integer dialect every value is an integer below 2^53, for which float64
 * arithmetic is exact; in the float dialect float64 in this order of operations is the definition of the network.
 */
import { assertNever, present } from '../../common/assert.js';
import { batchNormFunction } from '../../ir/network/batch-norm.js';
import { channelsOf, inferShapes, sizeOf, windowOutput } from '../../ir/network/shapes.js';
import {
  type BlockDenseNode,
  type Conv2dNode,
  type DenseNode,
  type MaxPoolNode,
  type NetworkGraph,
  type NetworkNode,
  SENSE,
  type Shape,
  type ThresholdNode,
  type Window2d,
} from '../../ir/network/types.js';

/** One layer on one sample: reads `input`, returns its own output buffer (overwritten by the next call). */
type Layer = (input: Float64Array) => Float64Array;

/** A network ready to run on coded samples (see encodeCounts); returns the class scores. */
export interface Interpreter {
  readonly nClasses: number;
  /** Class scores [nClasses] of one coded sample; the buffer is reused by the next call. */
  run(counts: ArrayLike<number>): Float64Array;
  /** The class with the largest scale * score + offset, ties to the lowest class. */
  decide(scores: ArrayLike<number>): number;
  /** Like run, but returns a copy of every layer's output by layer id. */
  trace(counts: ArrayLike<number>): Map<string, Float64Array>;
}

/** Prepares a verified network. */
export function createInterpreter(graph: NetworkGraph): Interpreter {
  const shapes = inferShapes(graph);
  const layers: { id: string; layer: Layer }[] = [];
  let input: Shape = [];
  for (const node of graph.nodes) {
    const output = present(shapes.get(node.id), 'shape');
    if (node.kind !== 'input' && node.kind !== 'encode')
      layers.push({ id: node.id, layer: makeLayer(node, input, output) });
    input = output;
  }
  const last = present(graph.nodes.at(-1), 'output layer');
  const coded = new Float64Array(sizeOf(present(shapes.get(present(graph.nodes[1], 'code').id), 'shape')));
  const scale = last.kind === 'scores' ? last.scale : undefined;
  const offset = last.kind === 'scores' ? last.offset : undefined;
  const load = (counts: ArrayLike<number>): Float64Array => {
    for (let i = 0; i < coded.length; i++) coded[i] = counts[i]!;
    return coded;
  };
  return {
    nClasses: sizeOf(input),
    run: (counts) => layers.reduce((value, { layer }) => layer(value), load(counts)),
    decide: (scores) => decide(scores, scale, offset),
    trace: (counts) => {
      let value = load(counts);
      return new Map(layers.map(({ id, layer }) => [id, (value = layer(value)).slice()]));
    },
  };
}

/** Index of the largest scale * score + offset (float64), the lowest index among equals. */
export function decide(scores: ArrayLike<number>, scale?: Float64Array, offset?: Float64Array): number {
  let best = 0;
  let bestValue = -Infinity;
  for (let k = 0; k < scores.length; k++) {
    const value = scores[k]! * (scale?.[k] ?? 1) + (offset?.[k] ?? 0);
    if (value > bestValue) {
      best = k;
      bestValue = value;
    }
  }
  return best;
}

function makeLayer(node: NetworkNode, input: Shape, output: Shape): Layer {
  const out = new Float64Array(sizeOf(output));
  switch (node.kind) {
    case 'dense':
      return denseLayer(node, sizeOf(input), out);
    case 'blockDense':
      return blockDenseLayer(node, out);
    case 'conv2d':
      return convLayer(node, input, output, out);
    case 'batchNorm':
      return elementwise(out, channelsOf(input), batchNormFunction(node));
    case 'sign':
      return elementwise(out, 1, (x) => (x >= 0 ? 1 : -1));
    case 'step':
      return elementwise(out, 1, (x) => (x >= 0 ? 1 : 0));
    case 'threshold':
      // Parameters are per channel or per element; theta.length is one or the other.
      return elementwise(out, node.theta.length, thresholdFunction(node));
    case 'maxPool':
      return maxPoolLayer(node, input, out);
    case 'avgPool': {
      const n = node.window[0] * node.window[1];
      return (x) => elementwiseInPlace(sumWindows(node, input, x, out), 1, (sum) => sum / n);
    }
    case 'sumPool':
      return (x) => sumWindows(node, input, x, out);
    case 'flatten':
    case 'scores':
      return (x) => x;
    case 'votes':
      return (x) => {
        out.fill(0);
        for (let i = 0; i < x.length; i++) if (x[i]! > 0) out[i % node.nClasses]!++;
        return out;
      };
    case 'input':
    case 'encode':
      throw new Error('internal error: the input has no layer');
    default:
      return assertNever(node);
  }
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

/** Applies f to every element; f's second argument is the element's index modulo `period`. */
function elementwise(out: Float64Array, period: number, f: (x: number, index: number) => number): Layer {
  return (x) => {
    out.set(x);
    return elementwiseInPlace(out, period, f);
  };
}

function elementwiseInPlace(x: Float64Array, period: number, f: (x: number, index: number) => number): Float64Array {
  for (let i = 0; i < x.length; i++) x[i] = f(x[i]!, i % period);
  return x;
}

function denseLayer(node: DenseNode, nIn: number, out: Float64Array): Layer {
  // Transposed to [nIn, nOut]: silent inputs cost nothing.
  const columns = transpose(node.weights, node.nOut, nIn);
  return (x) => {
    out.fill(0);
    for (let i = 0; i < nIn; i++) addScaled(out, 0, columns, i * node.nOut, node.nOut, x[i]!);
    return addBias(out, node.bias);
  };
}

function blockDenseLayer(node: BlockDenseNode, out: Float64Array): Layer {
  const blocks = node.blocks.map((b) => ({ ...b, columns: transpose(b.weights, b.nOut, b.inputs.length) }));
  return (x) => {
    out.fill(0);
    let start = 0;
    for (const { inputs, nOut, columns } of blocks) {
      for (let i = 0; i < inputs.length; i++) addScaled(out, start, columns, i * nOut, nOut, x[inputs[i]!]!);
      start += nOut;
    }
    return out;
  };
}

function convLayer(node: Conv2dNode, input: Shape, output: Shape, out: Float64Array): Layer {
  const [h = 0, w = 0, nIn = 0] = input;
  const [outH = 0, outW = 0, nOut = 0] = output;
  const [kernelH, kernelW] = node.window;
  const inPerGroup = nIn / node.groups;
  const outPerGroup = nOut / node.groups;
  const taps = kernelH * kernelW;
  // [group][tap][input of the group][output of the group]
  const columns = new Int8Array(node.weights.length);
  for (let o = 0; o < nOut; o++) {
    const g = Math.floor(o / outPerGroup);
    for (let t = 0; t < taps * inPerGroup; t++) {
      columns[(g * taps * inPerGroup + t) * outPerGroup + (o % outPerGroup)] = node.weights[o * taps * inPerGroup + t]!;
    }
  }
  return (x) => {
    out.fill(0);
    for (let oy = 0; oy < outH; oy++) {
      for (let ox = 0; ox < outW; ox++) {
        const target = (oy * outW + ox) * nOut;
        for (let tap = 0; tap < taps; tap++) {
          const y = oy * node.stride[0] + Math.floor(tap / kernelW) - node.padding[0];
          const xx = ox * node.stride[1] + (tap % kernelW) - node.padding[2];
          const inside = y >= 0 && y < h && xx >= 0 && xx < w;
          if (!inside && node.padValue === 0) continue;
          for (let i = 0; i < nIn; i++) {
            const g = Math.floor(i / inPerGroup);
            const column = ((g * taps + tap) * inPerGroup + (i % inPerGroup)) * outPerGroup;
            const value = inside ? x[(y * w + xx) * nIn + i]! : node.padValue;
            addScaled(out, target + g * outPerGroup, columns, column, outPerGroup, value);
          }
        }
      }
    }
    return addBias(out, node.bias);
  };
}

function maxPoolLayer(node: MaxPoolNode, input: Shape, out: Float64Array): Layer {
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

function transpose(weights: Int8Array, nOut: number, nIn: number): Int8Array {
  const columns = new Int8Array(weights.length);
  for (let o = 0; o < nOut; o++) for (let i = 0; i < nIn; i++) columns[i * nOut + o] = weights[o * nIn + i]!;
  return columns;
}

function addScaled(out: Float64Array, at: number, column: Int8Array, from: number, n: number, value: number): void {
  if (value === 0) return;
  for (let j = 0; j < n; j++) out[at + j]! += value * column[from + j]!;
}

/** Adds the bias to the finished sums: one rounding per output, the definition the passes rely on. */
function addBias(out: Float64Array, bias: Float64Array | undefined): Float64Array {
  if (bias === undefined) return out;
  return elementwiseInPlace(out, bias.length, (x, index) => x + bias[index]!);
}
