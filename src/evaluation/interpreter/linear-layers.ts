/** Dense layers and convolutions: the sums of w x, then scale and bias. */
import type { BlockDenseNode, Conv2dNode, DenseNode, Shape, Weights } from '../../ir/network/types.js';
import { type Grid, unitsOf } from './grid.js';
import type { UnaryLayer } from './layer.js';

/** A dense layer of nIn inputs into `out`. */
export function denseLayer(node: DenseNode, nIn: number, out: Float64Array, grid: Grid | undefined): UnaryLayer {
  // Transposed to [nIn, nOut]: silent inputs cost nothing.
  const columns = transpose(plainWeights(node), node.nOut, nIn);
  const sum: UnaryLayer = (x) => {
    out.fill(0);
    for (let i = 0; i < nIn; i++) addScaled(out, 0, columns, i * node.nOut, node.nOut, x[i]!);
    return out;
  };
  return withScaleAndBias(onGrid(sum, nIn, node.weights instanceof Int8Array ? grid : undefined), node);
}

/** Weights less their zero point; float32 holds them exactly. */
export function plainWeights({ weights, weightZeroPoint, nOut }: DenseNode | Conv2dNode): Weights {
  if (weightZeroPoint === undefined) return weights;
  const perOutput = weights.length / nOut;
  const zeroPointOf = (o: number): number => weightZeroPoint[weightZeroPoint.length === 1 ? 0 : o]!;
  return Float32Array.from(weights, (w, k) => w - zeroPointOf(Math.floor(k / perOutput)));
}

/** Blocks of dense connections into `out`. */
export function blockDenseLayer(node: BlockDenseNode, out: Float64Array, grid: Grid | undefined): UnaryLayer {
  const blocks = node.blocks.map((b) => ({ ...b, columns: transpose(b.weights, b.nOut, b.inputs.length) }));
  const nIn = node.blocks.reduce((most, b) => b.inputs.reduce((m, i) => Math.max(m, i + 1), most), 0);
  const sum: UnaryLayer = (x) => {
    out.fill(0);
    let start = 0;
    for (const { inputs, nOut, columns } of blocks) {
      for (let i = 0; i < inputs.length; i++) addScaled(out, start, columns, i * nOut, nOut, x[inputs[i]!]!);
      start += nOut;
    }
    return out;
  };
  return onGrid(sum, nIn, grid);
}

/** A convolution into `out`. */
export function convLayer(
  node: Conv2dNode,
  { input, output, grid }: { readonly input: Shape; readonly output: Shape; readonly grid: Grid | undefined },
  out: Float64Array,
): UnaryLayer {
  const [h = 0, w = 0, nIn = 0] = input;
  const [outH = 0, outW = 0, nOut = 0] = output;
  const [kernelH, kernelW] = node.window;
  const [dilationH, dilationW] = node.dilation ?? [1, 1];
  const inPerGroup = nIn / node.groups;
  const outPerGroup = nOut / node.groups;
  const addPixel = inPerGroup === 1 && outPerGroup === 1 ? depthwisePixel(node, out) : pixel(node, inPerGroup, out);
  const padUnits = grid === undefined ? node.padValue : (node.padValue * grid.divisor) / grid.unit;
  // Padding that is no multiple of the unit takes the whole sum off the grid.
  const units = node.weights instanceof Int8Array && Number.isInteger(padUnits) ? grid : undefined;
  const padding = new Float64Array(nIn).fill(units === undefined ? node.padValue : padUnits);
  const sum: UnaryLayer = (x) => {
    out.fill(0);
    for (let oy = 0; oy < outH; oy++) {
      for (let ox = 0; ox < outW; ox++) {
        const target = (oy * outW + ox) * nOut;
        for (let ky = 0; ky < kernelH; ky++) {
          const y = oy * node.stride[0] + ky * dilationH - node.padding[0];
          for (let kx = 0; kx < kernelW; kx++) {
            const xx = ox * node.stride[1] + kx * dilationW - node.padding[2];
            const tap = ky * kernelW + kx;
            if (y >= 0 && y < h && xx >= 0 && xx < w) addPixel(x, (y * w + xx) * nIn, tap, target);
            else if (node.padValue !== 0) addPixel(padding, 0, tap, target);
          }
        }
      }
    }
    return out;
  };
  return withScaleAndBias(onGrid(sum, h * w * nIn, units), node);
}

/** Adds what the pixel at x[from..] contributes through one tap to the output pixel at out[target..]. */
type AddPixel = (x: Float64Array, from: number, tap: number, target: number) => void;

function pixel(node: Conv2dNode, inPerGroup: number, out: Float64Array): AddPixel {
  const taps = node.window[0] * node.window[1];
  const outPerGroup = node.nOut / node.groups;
  // [group][tap][input of the group][output of the group]
  const weights = plainWeights(node);
  const columns = new Float32Array(weights.length);
  for (let o = 0; o < node.nOut; o++) {
    const g = Math.floor(o / outPerGroup);
    for (let t = 0; t < taps * inPerGroup; t++) {
      columns[(g * taps * inPerGroup + t) * outPerGroup + (o % outPerGroup)] = weights[o * taps * inPerGroup + t]!;
    }
  }
  return (x, from, tap, target) => {
    for (let g = 0; g < node.groups; g++) {
      const start = (g * taps + tap) * inPerGroup * outPerGroup;
      for (let i = 0; i < inPerGroup; i++) {
        const value = x[from + g * inPerGroup + i]!;
        addScaled(out, target + g * outPerGroup, columns, start + i * outPerGroup, outPerGroup, value);
      }
    }
  };
}

/** Every channel by itself: one pass over contiguous channels. */
function depthwisePixel(node: Conv2dNode, out: Float64Array): AddPixel {
  const { nOut } = node;
  // [tap][channel]
  const columns = transpose(plainWeights(node), nOut, node.window[0] * node.window[1]);
  return (x, from, tap, target) => {
    const start = tap * nOut;
    for (let c = 0; c < nOut; c++) out[target + c]! += x[from + c]! * columns[start + c]!;
  };
}

/** Takes the sums over integers where the input is a multiple of a unit (see grid.ts). */
function onGrid(sum: UnaryLayer, nIn: number, grid: Grid | undefined): UnaryLayer {
  if (grid === undefined || (grid.unit === 1 && grid.divisor === 1)) return sum;
  const units = new Float64Array(nIn);
  return (x) => {
    for (let i = 0; i < nIn; i++) units[i] = unitsOf(x[i]!, grid);
    const sums = sum(units);
    for (let o = 0; o < sums.length; o++) sums[o] = (grid.unit * sums[o]!) / grid.divisor;
    return sums;
  };
}

/** scale * sum + bias: one rounding each per output, the definition the passes rely on. */
function withScaleAndBias(sum: UnaryLayer, node: DenseNode | Conv2dNode): UnaryLayer {
  const { scale, bias, nOut } = node;
  if (scale === undefined && bias === undefined) return sum;
  return (x) => {
    const out = sum(x);
    for (let i = 0; i < out.length; i++) {
      const o = i % nOut;
      const scaled = scale === undefined ? out[i]! : scale[scale.length === 1 ? 0 : o]! * out[i]!;
      out[i] = bias === undefined ? scaled : scaled + bias[o]!;
    }
    return out;
  };
}

/** [nOut, nIn] -> [nIn, nOut]; float32 holds 8-bit integers exactly. */
function transpose(weights: Weights, nOut: number, nIn: number): Float32Array {
  const columns = new Float32Array(weights.length);
  for (let o = 0; o < nOut; o++) for (let i = 0; i < nIn; i++) columns[i * nOut + o] = weights[o * nIn + i]!;
  return columns;
}

function addScaled(out: Float64Array, at: number, column: Float32Array, from: number, n: number, value: number): void {
  if (value === 0) return;
  for (let j = 0; j < n; j++) out[at + j]! += value * column[from + j]!;
}
