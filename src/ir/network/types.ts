/**
 * The network IR. One graph type, two dialects:
 *
 * - `float`: as trained. Weights are already projected to small integers, batch norm and activations are separate nodes,
 *   activations are real numbers ({-1,+1} after `sign`, {0,1} after `step`).
 * - `integer`: what the chip computes. Activations are counts >= 0 ({0,1} except after `encode` and `sumPool`), every
 *   nonlinearity is an integer `threshold`. The integer interpreter runs it; it is the oracle of everything below.
 *
 * Tensors are channels-last without the batch dimension: [height, width, channels] or [features].
 */
export type NodeId = string;
export type Dialect = 'float' | 'integer';
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
  | { readonly kind: 'bernoulli'; readonly ticks: number };

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

export interface InputNode extends NodeBase {
  readonly kind: 'input';
  /** Shape of the 8-bit input, values 0..255. */
  readonly shape: Shape;
}

export interface EncodeNode extends UnaryNode {
  readonly kind: 'encode';
  readonly code: InputCode;
}

/** All inputs to all outputs. `weights` is [nOut, nIn], -128..127; `bias` [nOut] is added to the sum. */
export interface DenseNode extends UnaryNode {
  readonly kind: 'dense';
  readonly nOut: number;
  readonly weights: Int8Array;
  readonly bias?: Float64Array;
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

/** Convolution. `weights` is [nOut, windowHeight, windowWidth, nIn / groups]; padded taps contribute `padValue`. */
export interface Conv2dNode extends UnaryNode, Window2d {
  readonly kind: 'conv2d';
  readonly nOut: number;
  readonly groups: number;
  readonly weights: Int8Array;
  readonly bias?: Float64Array;
  readonly padValue: -1 | 0 | 1;
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

/** Maximum over the window; padded taps never win. In the integer dialect `minChannels` (0/1 per channel) take the minimum. */
export interface MaxPoolNode extends UnaryNode, Window2d {
  readonly kind: 'maxPool';
  readonly minChannels?: Uint8Array;
}

/** Float dialect: sum over the window divided by its full size (padded taps are 0). */
export interface AvgPoolNode extends UnaryNode, Window2d {
  readonly kind: 'avgPool';
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

/** Output: class score k = number of ones among the features n with n mod nClasses = k. */
export interface VotesNode extends UnaryNode {
  readonly kind: 'votes';
  readonly nClasses: number;
}

/**
 * Output: one feature per class. In the integer dialect the score of class k is the integer sum S; the decision takes the
 * largest scale[k] * S + offset[k] (float64, on the host), ties to the lowest class.
 */
export interface ScoresNode extends UnaryNode {
  readonly kind: 'scores';
  readonly scale?: Float64Array;
  readonly offset?: Float64Array;
}

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
  | ThresholdNode
  | VotesNode
  | ScoresNode;

export type NodeKind = NetworkNode['kind'];

/** A network. Nodes stand in topological order: `input` first, `votes` or `scores` last. */
export interface NetworkGraph {
  readonly name: string;
  readonly dialect: Dialect;
  readonly nodes: readonly NetworkNode[];
}
