/**
 * ResNet-50 v1.5 as an integer network with random weights, for speed and energy: neither depends on what the weights are, only on shapes and
 * bits. Batch norm is folded: a bias per channel that centres the sums and a multiplier per channel that scales them. Both
 * come from the expected mean and variance of the activations, so that values spread over their range as in a trained network.
 *
 * ```
 *  x --+-- a 1x1 -- requantise -- b 3x3 -- requantise -- c 1x1 ------------ add -- requantise -->
 *      +-- [shortcut 1x1 -- requantise] -------------------- requantise ----+
 * ```
 * The shortcut is brought to the scale of the sums of c, so that one requantisation with ReLU ends the block.
 */
import { draw4, PURPOSE } from '../../../common/rng.js';
import type { BitWidth, NetworkGraph, NetworkNode, NodeId, RequantiseNode } from '../../../ir/network/types.js';
import { CLASSIFIER, type Resnet50Layer, resnet50Layers, STAGES, STEM } from './resnet50-layers.js';
import { RESNET50_PRECISIONS, type Resnet50Precision } from './resnet50-precision.js';

/** What the builder may vary. */
export interface Resnet50Options {
  /** Bits per layer; `mixed` by default. */
  readonly precision?: Resnet50Precision;
  /** Pixels of one side of the image, a multiple of 32; 224 by default. */
  readonly size?: number;
  readonly seed?: number;
}

/** Builds the network. The same options give the same network, bit for bit. */
export function resnet50(options: Resnet50Options = {}): NetworkGraph {
  const { precision = RESNET50_PRECISIONS.mixed, size = 224, seed = 1 } = options;
  const build: Build = { nodes: [], layers: new Map(), precision, seed };
  resnet50Layers(size).forEach((layer, index) => build.layers.set(layer.name, { layer, index }));
  const zeroPoint = 2 ** (precision.image - 1);
  build.nodes.push(
    { kind: 'input', id: 'image', shape: [size, size, 3] },
    {
      kind: 'encode',
      id: 'code',
      input: 'image',
      code: { kind: 'integer', bits: precision.image, zeroPoint, step: 1 },
    },
  );
  // A pixel is uniform over the range of its code.
  const image: Value = { id: 'code', mean: -0.5, variance: (4 ** precision.image - 1) / 12 };
  const stem = activated(build, STEM, convolve(build, STEM, image));
  build.nodes.push({
    kind: 'maxPool',
    id: 'pool',
    input: stem.id,
    window: [3, 3],
    stride: [2, 2],
    padding: [1, 1, 1, 1],
  });
  // The largest of nine values that are zero half of the time: more than the mean by about one deviation.
  const pooled: Value = { id: 'pool', mean: stem.mean + Math.sqrt(stem.variance), variance: stem.variance };
  let x = pooled;
  STAGES.forEach(({ blocks }, s) => {
    for (let b = 0; b < blocks; b++) x = bottleneck(build, `s${s + 1}b${b + 1}`, x);
  });
  classify(build, x, size / 32);
  return { name: `resnet50-${precision.name}`, dialect: 'integer', nodes: build.nodes };
}

interface Build {
  readonly nodes: NetworkNode[];
  readonly layers: Map<string, { readonly layer: Resnet50Layer; readonly index: number }>;
  readonly precision: Resnet50Precision;
  readonly seed: number;
}

/** A value of the graph with its expected mean and variance. */
interface Value {
  readonly id: NodeId;
  readonly mean: number;
  readonly variance: number;
}

/** Largest value of a signed and of an unsigned number. */
const signedMax = (bits: BitWidth): number => Math.max(1, 2 ** (bits - 1) - 1);
const unsignedMax = (bits: BitWidth): number => 2 ** bits - 1;
/** The range of an activation holds this many standard deviations of the sums behind it. */
const DEVIATIONS = 2.5;
/** Mean and variance of max(x, 0) for a standard normal x: 1 / sqrt(2 pi), 1/2 - 1 / (2 pi). */
const RECTIFIED_MEAN = 0.3989;
const RECTIFIED_VARIANCE = 0.3408;

/** x through a bottleneck; the sums of its last convolution and the shortcut have equal weight. */
function bottleneck(build: Build, name: string, x: Value): Value {
  const projected = build.layers.has(`${name}.shortcut`);
  const shortcut = projected ? stored(build, `${name}.shortcut`, convolve(build, `${name}.shortcut`, x)) : x;
  const a = activated(build, `${name}.a`, convolve(build, `${name}.a`, x));
  const b = activated(build, `${name}.b`, convolve(build, `${name}.b`, a));
  const c = convolve(build, `${name}.c`, b, (deviation) => (shortcut.mean * deviation) / Math.sqrt(shortcut.variance));
  const ratio = Math.sqrt(c.variance / shortcut.variance);
  build.nodes.push(requantise(`${name}.scaled`, shortcut.id, [ratio], -WIDE, WIDE), {
    kind: 'add',
    id: `${name}.sum`,
    inputs: [c.id, `${name}.scaled`],
  });
  return activated(build, `${name}.c`, { id: `${name}.sum`, mean: 0, variance: 2 * c.variance });
}

/** Bound of values inside an epilogue, far above what occurs and far below 32 bits. */
const WIDE = 2 ** 26;

/** Convolution with a bias that takes the expected mean (and `extraMean` of the deviation) off the sums. */
function convolve(build: Build, name: string, x: Value, extraMean: (deviation: number) => number = () => 0): Value {
  const { layer, index } = layerOf(build, name);
  const { nIn, nOut, window, stride } = layer;
  const bits = build.precision.of(name).weights;
  const fanIn = nIn * window * window;
  const weights = randomWeights(build.seed, index, nOut * fanIn, bits);
  const variance = fanIn * meanSquare(bits) * x.variance;
  const extra = extraMean(Math.sqrt(variance));
  const bias = new Float64Array(nOut);
  for (let o = 0; o < nOut; o++) {
    let sum = 0;
    for (let k = o * fanIn; k < (o + 1) * fanIn; k++) sum += weights[k] ?? 0;
    bias[o] = Math.round(-x.mean * sum - extra);
  }
  const pad = (window - 1) / 2;
  const geometry = { window: [window, window], stride: [stride, stride], padding: [pad, pad, pad, pad] } as const;
  if (name === CLASSIFIER) {
    build.nodes.push({ kind: 'dense', id: name, input: x.id, nOut, weights, weightBits: bits, bias });
  } else {
    const fixed = { kind: 'conv2d', groups: 1, padValue: 0, ...geometry } as const;
    build.nodes.push({ ...fixed, id: name, input: x.id, nOut, weights, weightBits: bits, bias });
  }
  return { id: name, mean: 0, variance };
}

/** Sums to unsigned activations of the layer's width; the lower bound is the ReLU. */
function activated(build: Build, name: string, sums: Value): Value {
  const max = unsignedMax(build.precision.of(name).activations);
  const deviation = max / DEVIATIONS;
  const scales = channelScales(build, name, deviation / Math.sqrt(sums.variance));
  const id = `${name}.out`;
  build.nodes.push(requantise(id, sums.id, scales, 0, max));
  return { id, mean: RECTIFIED_MEAN * deviation, variance: RECTIFIED_VARIANCE * deviation * deviation };
}

/** Sums of a shortcut to signed 8-bit values, without ReLU. */
function stored(build: Build, name: string, sums: Value): Value {
  const deviation = signedMax(8) / DEVIATIONS;
  const scales = channelScales(build, name, deviation / Math.sqrt(sums.variance));
  build.nodes.push(requantise(`${name}.out`, sums.id, scales, -128, 127));
  return { id: `${name}.out`, mean: 0, variance: deviation * deviation };
}

/** Global average (the division is part of the requantisation), classifier, scores. */
function classify(build: Build, x: Value, side: number): void {
  const window = [side, side] as const;
  const bits = build.precision.of(CLASSIFIER).activations;
  const max = unsignedMax(bits);
  build.nodes.push({ kind: 'sumPool', id: 'average', input: x.id, window, stride: window, padding: [0, 0, 0, 0] });
  // The mean of an activation lies at a quarter of the range.
  const scale = max / 4 / (x.mean * side * side);
  build.nodes.push(requantise('average.out', 'average', [scale], 0, max));
  build.nodes.push({ kind: 'flatten', id: 'features', input: 'average.out' });
  convolve(build, CLASSIFIER, { id: 'features', mean: max / 4, variance: (max / 8) ** 2 });
  build.nodes.push({ kind: 'scores', id: 'scores', input: CLASSIFIER });
}

/** Per-channel factors within a quarter of `scale`, as the gains of a batch norm spread them. */
function channelScales(build: Build, name: string, scale: number): readonly number[] {
  const { layer, index } = layerOf(build, name);
  const words = new Uint32Array(4);
  return Array.from({ length: layer.nOut }, (_, c) => {
    draw4(build.seed, PURPOSE.initialWeights, index, c, 1, words);
    return scale * (0.75 + 0.5 * ((words[0] ?? 0) / 4294967296));
  });
}

/** y = clip(round(x scale), min, max) with multipliers of 16 bits. */
function requantise(id: NodeId, input: NodeId, scales: readonly number[], min: number, max: number): RequantiseNode {
  const multiplier = new Int32Array(scales.length);
  const shift = new Uint8Array(scales.length);
  scales.forEach((scale, c) => {
    let s = 0;
    while (scale * 2 ** (s + 1) < 65_536 && s < 62) s++;
    multiplier[c] = Math.max(1, Math.round(scale * 2 ** s));
    shift[c] = s;
  });
  return {
    kind: 'requantise',
    id,
    input,
    inputZeroPoint: 0,
    leftShift: 0,
    multiplier,
    shift,
    zeroPoint: 0,
    min,
    max,
    rounding: 'halfUp',
  };
}

/** Uniform over -signedMax..signedMax, a byte of the stream each. */
function randomWeights(seed: number, layer: number, n: number, bits: BitWidth): Int8Array {
  const weights = new Int8Array(n);
  const max = signedMax(bits);
  const levels = 2 * max + 1;
  const words = new Uint32Array(4);
  for (let i = 0; i < n; i += 16) {
    draw4(seed, PURPOSE.initialWeights, layer, i / 16, 0, words);
    for (let j = 0; j < 16 && i + j < n; j++) {
      const byte = ((words[j >>> 2] ?? 0) >>> (8 * (j & 3))) & 255;
      weights[i + j] = ((byte * levels) >>> 8) - max;
    }
  }
  return weights;
}

/** Mean of w^2 for {@link randomWeights}. */
const meanSquare = (bits: BitWidth): number => (signedMax(bits) * (signedMax(bits) + 1)) / 3;

function layerOf(build: Build, name: string): { readonly layer: Resnet50Layer; readonly index: number } {
  const found = build.layers.get(name);
  if (found === undefined) throw new Error(`internal error: no layer ${name}`);
  return found;
}
