/**
 * The network IR. One graph type, two dialects:
 *
 * - `float`: as trained. Weights are projected to small integers (with a `scale`) or still real numbers, batch norm and
 *   activations are separate nodes, values are real numbers ({-1,+1} after `sign`, {0,1} after `step`, multiples of the step
 *   after `quantise`).
 * - `integer`: what the chip computes. Every value is an integer; every nonlinearity is an integer `threshold`, `requantise`
 *   or `lookup`. The integer interpreter runs it; it is the oracle of everything below.
 *
 * Nodes form a graph: a value may feed several layers, `add` and `concat` join branches, `attention` reads three. Tensors are
 * channels-last without the batch dimension: [height, width, channels] or [features].
 */
import type { FunctionName } from './functions.js';
import type { Transform } from './preprocess.js';
import type { Readout } from './readout.js';

/** Name of a layer, unique in its network. */
export type NodeId = string;
/** As trained, or as chips compute it. */
export type Dialect = 'float' | 'integer';
/** Sizes without the batch, channels last. */
export type Shape = readonly number[];

/** How 8-bit inputs become spikes. The coded value is what the first layer sees, in the float dialect too. */
export type InputCode =
  /** 1 if value >= level, else 0. */
  | { readonly kind: 'threshold'; readonly level: number }
  /** value >> (8 - bits), sent as that many spikes in a window of 2^bits - 1 ticks. bits in 1..8. */
  | { readonly kind: 'rate'; readonly bits: number }
  /** One channel per level (the last dimension grows by levels.length): 1 if value >= level. Ascending levels. */
  | { readonly kind: 'thermometer'; readonly levels: readonly number[] }
  /** In each of `ticks` ticks a spike with probability value / 256, drawn by (seed, element, sample, tick). */
  | { readonly kind: 'bernoulli'; readonly ticks: number }
  /**
   * (value >> (8 - bits)) - zeroPoint as one integer, for chips with multi-bit activations. bits in 1..8, zeroPoint in 0..255.
   * In the float dialect the real value is `step` times that integer.
   */
  | { readonly kind: 'integer'; readonly bits: number; readonly zeroPoint: number; readonly step: number };

/** Rows and columns; batch and channels are never strided or padded. */
export interface Window2d {
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Top, bottom, left, right. */
  readonly padding: readonly [number, number, number, number];
}

interface NodeBase {
  readonly id: NodeId;
}
interface UnaryNode extends NodeBase {
  readonly input: NodeId;
}

/** The samples, 8 bits per element. */
export interface InputNode extends NodeBase {
  readonly kind: 'input';
  /** Shape of the 8-bit input, values 0..255. A sequence model reads one token, shape [1], at a time. */
  readonly shape: Shape;
}

/** Integer weights -128..127, or (float dialect only, before quantisation) real ones. */
export type Weights = Int8Array | Float32Array;

/** Bits a weight or an activation is meant to have on the chip. */
export type BitWidth = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** How samples become what the first layer reads. */
export interface EncodeNode extends UnaryNode {
  readonly kind: 'encode';
  readonly code: InputCode;
}

/**
 * What `dense` and `conv2d` share: output o is scale[o] * sum(w x) + bias[o], in this order in float64. `scale` (float dialect
 * only, [1] or [nOut], > 0) turns integer weights into real ones. In the integer dialect `bias` holds integers. `weightBits`
 * is the precision the weights are meant to have (1: -1/+1); without it, the narrowest that holds them. `weightZeroPoint` (integer
 * dialect only, [1] or [nOut]) comes off every weight of an output: w is -255..255 then, as in asymmetric 8-bit quantisation.
 */
interface LinearFields {
  readonly nOut: number;
  readonly weights: Weights;
  readonly weightBits?: BitWidth;
  readonly weightZeroPoint?: Int8Array;
  readonly scale?: Float64Array;
  readonly bias?: Float64Array;
}

/** All inputs to all outputs. `weights` is [nOut, nIn]. */
export interface DenseNode extends UnaryNode, LinearFields {
  readonly kind: 'dense';
}

/** One block of a {@link BlockDenseNode}: some inputs to its own outputs. `weights` is [nOut, inputs.length]. */
export interface DenseBlock {
  readonly inputs: Int32Array;
  readonly nOut: number;
  readonly weights: Int8Array;
}

/**
 * Blocks of dense connections with separate outputs, concatenated: [features] or an image in, [sum of nOut] out. `inputs`
 * are flat channels-last indices. The layers of the published MNIST networks (one block per core) are of this kind.
 */
export interface BlockDenseNode extends UnaryNode {
  readonly kind: 'blockDense';
  readonly blocks: readonly DenseBlock[];
}

/**
 * Convolution. `weights` is [nOut, windowHeight, windowWidth, nIn / groups]; padded taps contribute `padValue` (an integer
 * -128..255: the zero point of the input, or -1 in the domain {-1,+1}). Depthwise: groups = number of input channels. A window
 * of k taps with dilation d spans (k - 1) d + 1 pixels; without `dilation`, [1, 1].
 */
export interface Conv2dNode extends UnaryNode, Window2d, LinearFields {
  readonly kind: 'conv2d';
  readonly groups: number;
  readonly padValue: number;
  readonly dilation?: readonly [number, number];
}

/** Per channel (last dimension): gamma * ((x - mean) / sqrt(variance + epsilon)) + beta, evaluated in float64. */
export interface BatchNormNode extends UnaryNode {
  readonly kind: 'batchNorm';
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly epsilon: number;
}

/** +1 if x >= 0, else -1. */
export interface SignNode extends UnaryNode {
  readonly kind: 'sign';
}

/** 1 if x >= 0, else 0. */
export interface StepNode extends UnaryNode {
  readonly kind: 'step';
}

/** Float dialect: max(x, 0). */
export interface ReluNode extends UnaryNode {
  readonly kind: 'relu';
}

/** How a quantiser rounds x / step to an integer; each is a function in `quantise.ts`. Halves go where the name says; `floor` to `away` have none. */
export const QUANTISER_ROUNDINGS = [
  'halfUp',
  'halfEven',
  'halfOdd',
  'halfAwayFromZero',
  'halfTowardsZero',
  'floor',
  'ceil',
  'towardsZero',
  'awayFromZero',
] as const;
/** One of {@link QUANTISER_ROUNDINGS}. */
export type QuantiserRounding = (typeof QUANTISER_ROUNDINGS)[number];

/**
 * Float dialect: step * clip(round(x / step), low, high) with 0..2^bits - 1 or, signed, -2^(bits-1)..2^(bits-1) - 1.
 * Unsigned, it is the rectifier too. `levels` are low and high where they are others (a narrow range, a zero point z: low - z..high - z), at
 * most 2^bits of them, 0 among them or not. Without `rounding`, halves go up: floor(x / step + 0.5).
 */
export interface QuantiseNode extends UnaryNode {
  readonly kind: 'quantise';
  readonly step: number;
  readonly bits: BitWidth;
  readonly signed: boolean;
  readonly levels?: readonly [low: number, high: number];
  readonly rounding?: QuantiserRounding;
}

/** Float dialect: min(max(x, min), max). */
export interface ClipNode extends UnaryNode {
  readonly kind: 'clip';
  readonly min: number;
  readonly max: number;
}

/**
 * Float dialect: a function of {@link FUNCTIONS} on every element. `parameters` holds those of the function, one set for all channels or one
 * after the other for every channel ([channels, parameters]); absent for functions without any.
 */
export interface FunctionNode extends UnaryNode {
  readonly kind: 'function';
  readonly function: FunctionName;
  readonly parameters?: Float64Array;
}

/** Element-wise product of two values. The second has the shape of the first, or one value per channel: [channels] or [1, ..., 1, channels]. */
export interface MultiplyNode extends NodeBase {
  readonly kind: 'multiply';
  readonly inputs: readonly [NodeId, NodeId];
}

/** Element by element the larger (smaller) of two values of one shape. */
export interface ExtremumNode extends NodeBase {
  readonly kind: 'extremum';
  readonly of: 'max' | 'min';
  readonly inputs: readonly [NodeId, NodeId];
}

/**
 * Moves elements: element e of a value of the shape `shape` is element index[e] of the input, or `fill` where index[e] is -1. Without `index`
 * the elements keep their order and only the shape changes. Padding, slices, transposition, nearest-neighbour scaling and depth to space
 * are of this kind; elements count row-major, channels last. `fill` is 0 if absent (an integer in the integer dialect).
 */
export interface RearrangeNode extends UnaryNode {
  readonly kind: 'rearrange';
  readonly shape: Shape;
  readonly index?: Int32Array;
  readonly fill?: number;
}

/** Maximum over the window; padded taps never win. In the integer dialect `minChannels` (0/1 per channel) take the minimum. */
export interface MaxPoolNode extends UnaryNode, Window2d {
  readonly kind: 'maxPool';
  readonly minChannels?: Uint8Array;
}

/**
 * Average: the sum over the window (padded taps are 0) divided by the number of its taps that count. All of them count unless `counted` says
 * otherwise: then those on the image and on so many rows and columns of the padding (top, bottom, left, right). [0, 0, 0, 0] averages the pixels
 * inside (TFLite, count_include_pad = 0); an output shape that was rounded up (ceil mode) is written as more `padding`, whose additional
 * rows do not count. The average of a window in which nothing counts is 0.
 *
 * Integer dialect: round half away from zero(factor * sum / count), as in TFLite; `factor` (1 if absent) keeps digits behind the point.
 */
export interface AvgPoolNode extends UnaryNode, Window2d {
  readonly kind: 'avgPool';
  readonly counted?: readonly [number, number, number, number];
  readonly factor?: number;
}

/** Integer dialect: sum over the window. */
export interface SumPoolNode extends UnaryNode, Window2d {
  readonly kind: 'sumPool';
}

/** [h, w, c] -> [h * w * c], channels last. */
export interface FlattenNode extends UnaryNode {
  readonly kind: 'flatten';
}

/** How a threshold compares the sum S with theta: `>=`, `<=`, or a constant. */
export const SENSE = { atLeast: 0, atMost: 1, never: 2, always: 3 } as const;

/** Integer dialect: 1 if the sum passes, else 0. `theta` and `sense` are per channel [c] or per element [h * w * c]. */
export interface ThresholdNode extends UnaryNode {
  readonly kind: 'threshold';
  readonly theta: Int32Array;
  /** Values of {@link SENSE}. */
  readonly sense: Uint8Array;
}

/** How a requantisation rounds x m / 2^shift; see common/fixed-point.ts for each as a function. */
export const ROUNDINGS = ['halfUp', 'halfAwayFromZero', 'halfEven', 'floor', 'gemmlowp'] as const;
/** One of {@link ROUNDINGS}. */
export type Rounding = (typeof ROUNDINGS)[number];

/**
 * Integer dialect: y = clip(round(((x - inputZeroPoint) * 2^leftShift * m[c] + addend[c]) / 2^shift[c]) + zeroPoint, min, max).
 * `multiplier` (1..2^31 - 1), `shift` (0..62) and `addend` (integers) are per channel, or [1] for all. ReLU and clip are `min`
 * and `max`. The product must stay below 2^53 (checked by the verifier from the range of x), but with `gemmlowp` (doubling
 * high multiplication with saturation, then a rounding shift, both to int32; shift >= 31, no addend), which is exact to 63 bits.
 */
export interface RequantiseNode extends UnaryNode {
  readonly kind: 'requantise';
  readonly inputZeroPoint: number;
  readonly leftShift: number;
  readonly multiplier: Int32Array;
  readonly shift: Uint8Array;
  readonly addend?: Float64Array;
  readonly zeroPoint: number;
  readonly min: number;
  readonly max: number;
  readonly rounding: Rounding;
}

/** Integer dialect: y = table[x - inputMin] for x in inputMin..inputMin + table.length - 1, at most 256 entries. */
export interface LookupNode extends UnaryNode {
  readonly kind: 'lookup';
  readonly inputMin: number;
  readonly table: Int16Array;
}

/** Element-wise sum of two values of one shape. Different scales are brought together by `requantise` before and after. */
export interface AddNode extends NodeBase {
  readonly kind: 'add';
  readonly inputs: readonly [NodeId, NodeId];
}

/** Values side by side in the last dimension; the dimensions before must agree. At least two inputs. */
export interface ConcatNode extends NodeBase {
  readonly kind: 'concat';
  readonly inputs: readonly NodeId[];
}

/**
 * Row `index` of `table`, [nRows, nOut]. `by: 'value'`: the row the input names (shape [1]); `by: 'position'`: the row of the
 * position in the sequence, 0 for the first token (the input only says that there is a token). Float dialect: times `scale`.
 */
export interface EmbeddingNode extends UnaryNode {
  readonly kind: 'embedding';
  readonly by: 'value' | 'position';
  readonly nOut: number;
  readonly table: Weights;
  readonly scale?: number;
}

/**
 * Root-mean-square norm of a vector x [n] (Zhang and Sennrich, NeurIPS 2019). Integer dialect: with d = max(1, isqrt(4^fraction
 * * sum x^2)), y[i] = clip(round half away from zero(x[i] * gain[i] * 2^fraction / d), min, max); `gain` holds integers and
 * carries sqrt(n) and the step of the output. Float dialect: x[i] * gain[i] / sqrt(mean x^2 + 2^-20), no clip.
 */
export interface RmsNormNode extends UnaryNode {
  readonly kind: 'rmsNorm';
  readonly gain: Float64Array;
  readonly fraction: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Causal attention over the tokens so far; `inputs` are query, key and value, [heads * depth] each. Keys and values of every
 * position go into a cache of `context` positions, which is the only state of a network; position `context` is an error.
 * Integer dialect, per head: s[j] = q . k[j]; p[j] = expTable[min(255, ((max s - s[j]) * multiplier) >> shift)]; output =
 * round half away from zero(sum p[j] v[j] / sum p[j]), in the units of v. `expTable` [256] falls from 255.
 * Float dialect: softmax(scale * s); `expTable` is absent.
 */
export interface AttentionNode extends NodeBase {
  readonly kind: 'attention';
  readonly inputs: readonly [query: NodeId, key: NodeId, value: NodeId];
  readonly heads: number;
  readonly context: number;
  readonly scale?: number;
  readonly multiplier?: number;
  readonly shift?: number;
  readonly expTable?: Uint8Array;
}

/**
 * What the membrane of a {@link NeuronNode} does from step to step; each parameter is [1] for all neurons or one per neuron. `i` is what the
 * neuron reads, or the current of its synapse; `dt` the time step of the network.
 *
 * - `none`: there is no potential, v = i.
 * - `integrate`: v += dt * r * i.
 * - `leaky`: v += dt / tau * ((leak - v) + r * i); `tau` in seconds.
 */
export type Membrane =
  | { readonly kind: 'none' }
  | { readonly kind: 'integrate'; readonly r: Float64Array }
  | { readonly kind: 'leaky'; readonly tau: Float64Array; readonly r: Float64Array; readonly leak: Float64Array };

/** A current that decays: i += dt / tau * (weight * x - i), where x is what the neuron reads. `tau` in seconds. */
export interface Synapse {
  readonly tau: Float64Array;
  readonly weight: Float64Array;
}

/** What a spike leaves behind: the potential becomes `value`, or the threshold comes off it. */
export type FloatReset = { readonly kind: 'value'; readonly value: Float64Array } | { readonly kind: 'subtract' };

/** When a neuron spikes: with a potential `above` the threshold (v > threshold), or with one `atLeast` as large. */
export interface FloatSpike {
  readonly threshold: Float64Array;
  readonly compare: 'above' | 'atLeast';
  /** Absent where the membrane is `none`: nothing is left to be reset. */
  readonly reset?: FloatReset;
}

/**
 * Float dialect, networks with a {@link Time} only: one neuron per element, in continuous time, discretised by forward Euler in float64. In each
 * step first the synapse (where there is one), then the membrane with the new current, then the comparison, then the reset:
 * the value is 1 in a step with a spike, else 0. Without `spike` the value is the potential. Currents and potentials are 0 before the first step.
 *
 * Source of the equations: Pedersen et al., "Neuromorphic intermediate representation", Nature Communications 15, 8122 (2024), table 1.
 * Names there: I (integrate), LI (leaky), IF, LIF (with a spike), CubaLI, CubaLIF (with a synapse), Threshold (none).
 */
export interface NeuronNode extends UnaryNode {
  readonly kind: 'neuron';
  readonly membrane: Membrane;
  readonly synapse?: Synapse;
  readonly spike?: FloatSpike;
}

/**
 * A state s of an integer neuron loses round half away from zero(s * multiplier / 2^shift) in every step. `multiplier` 0..2^shift is [1] or one per
 * neuron, `shift` 0..16.
 */
export interface IntegerDecay {
  readonly multiplier: Int32Array;
  readonly shift: number;
}

/** What a spike leaves behind: the potential becomes `value`, or `amount` comes off it; each [1] or one per neuron. */
export type IntegerReset =
  { readonly kind: 'value'; readonly value: Int32Array } | { readonly kind: 'subtract'; readonly amount: Int32Array };

/** A spike when the potential is at least `threshold` ([1] or one per neuron). */
export interface IntegerSpike {
  readonly threshold: Int32Array;
  readonly reset: IntegerReset;
}

/**
 * Integer dialect, networks with a {@link Time} only: one neuron per element. In each step, with x what the neuron reads, all in integers:
 *
 * ```
 * synapse:    i = saturate(i - decayed(i, synapse) + x)      without `synapse`, i = x
 * potential:  v = saturate(v - decayed(v, decay) + i + leak)  without `decay`, nothing decays
 * spike:      v >= threshold: the value is 1, and v = value, or v = saturate(v - amount); else 0
 * ```
 *
 * saturate keeps -2^(bits - 1)..2^(bits - 1) - 1. Without `spike` the value is v. Both states are 0 before the first step. `leak` ([1] or one per
 * neuron, 0 if absent) is added in every step.
 */
export interface IntegerNeuronNode extends UnaryNode {
  readonly kind: 'integerNeuron';
  /** Bits of the potential and of the current of the synapse, 2..32. */
  readonly bits: number;
  readonly synapse?: IntegerDecay;
  readonly decay?: IntegerDecay;
  readonly leak?: Int32Array;
  readonly spike?: IntegerSpike;
}

/**
 * Networks with a {@link Time} only: what its input was some steps ago, 0 before the first. `steps` (1..65535) is [1] or one per element. The only
 * layer whose input may stand below it: a recurrent edge is a delay, and every loop holds a neuron too. `shape` is that of its input.
 */
export interface DelayNode extends UnaryNode {
  readonly kind: 'delay';
  readonly shape: Shape;
  readonly steps: Int32Array;
}

/** Output: class score k = number of ones among the features n with n mod nClasses = k. */
export interface VotesNode extends UnaryNode {
  readonly kind: 'votes';
  readonly nClasses: number;
}

/**
 * Output: one feature per class. In the integer dialect the score of class k is the integer sum S; the readout (float64, on the
 * host) says how scores are compared. Its `steps` belong to the integer dialect.
 */
export interface ScoresNode extends UnaryNode, Readout {
  readonly kind: 'scores';
}

/** A layer of either dialect. */
export type NetworkNode =
  | InputNode
  | EncodeNode
  | DenseNode
  | BlockDenseNode
  | Conv2dNode
  | BatchNormNode
  | SignNode
  | StepNode
  | MaxPoolNode
  | AvgPoolNode
  | SumPoolNode
  | FlattenNode
  | ReluNode
  | ClipNode
  | FunctionNode
  | QuantiseNode
  | ThresholdNode
  | RequantiseNode
  | LookupNode
  | AddNode
  | MultiplyNode
  | ExtremumNode
  | ConcatNode
  | RearrangeNode
  | EmbeddingNode
  | RmsNormNode
  | AttentionNode
  | NeuronNode
  | IntegerNeuronNode
  | DelayNode
  | VotesNode
  | ScoresNode;

/** What a layer is. */
export type NodeKind = NetworkNode['kind'];

/** The values a node reads, in order. */
export function inputsOf(node: NetworkNode): readonly NodeId[] {
  switch (node.kind) {
    case 'input':
      return [];
    case 'add':
    case 'multiply':
    case 'extremum':
    case 'concat':
    case 'attention':
      return node.inputs;
    default:
      return [node.input];
  }
}

/**
 * What makes a network a spiking one: it takes a sample as a sequence of steps. In each step its input reads one frame (counts of events, or the
 * image again), every layer computes once, in order, and neurons and delays keep their state until the next step. A class score is the sum
 * of what `scores` reads over all steps: of spikes, their number.
 */
export interface Time {
  /** Seconds from step to step. */
  readonly step: number;
}

/** A network. Nodes stand in topological order (but for what a `delay` reads): `input` first, `votes` or `scores` last. */
export interface NetworkGraph {
  readonly name: string;
  readonly dialect: Dialect;
  readonly nodes: readonly NetworkNode[];
  /** What is done to an image of the data set before the input node reads it; nothing if absent. */
  readonly preprocessing?: readonly Transform[];
  /** Of spiking networks; absent for all others. */
  readonly time?: Time;
}
