/**
 * Lowers the float dialect to the integer dialect.
 *
 * Between two activations every real value is a known function of an integer: an activation is (scale * q + constant) / divisor
 * with a count q >= 0 (sign: 2q - 1; step: q; averages: divisor = window size), and a linear layer on top of it is
 * (scale * S + constant) / divisor with the integer sum S = sum w q. Bias and batch norm follow in float64. All of this is
 * monotone in S, also after every rounding, so the activation is a comparison of S with an integer. The pass does not solve
 * for it: it searches the smallest (or largest) S whose activation is on, with the same float64 functions that define the
 * float network. Both signs of the scale, zero scale and ties come out right by construction.
 */
import { assertNever } from '../../common/assert.js';
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import { batchNormFunction } from '../../ir/network/batch-norm.js';
import { linearRows, type LinearNode } from '../../ir/network/linear.js';
import { channelsOf, codeMax, shapeAfter, sizeOf } from '../../ir/network/shapes.js';
import {
  type AvgPoolNode,
  inputsOf,
  type NetworkNode,
  type NodeId,
  SENSE,
  type Shape,
} from '../../ir/network/types.js';
import type { NetworkPass } from './pass.js';

export const toInteger: NetworkPass = {
  name: 'to-integer',
  summary: 'folds bias, batch norm and sign or step into integer thresholds, and {-1,+1} into {0,1}',
  exactness:
    'exact to the float64 network, ties included; averages over windows whose size is not a power of two divide once, after the sum',
  run: (graph) => {
    const diagnostics: Diagnostic[] = [];
    const nodes: NetworkNode[] = [];
    const values = new Map<NodeId, Value>();
    for (const node of graph.nodes) {
      const step = lower(node, values.get(inputsOf(node)[0] ?? ''));
      if (step.problem !== undefined) {
        const [code, message, remedy] = step.problem;
        diagnostics.push(errorAt(code, `${graph.name}: layer "${node.id}" (${node.kind})`, message, remedy));
      }
      nodes.push(...step.nodes);
      values.set(node.id, step.value);
    }
    return { graph: { ...graph, dialect: 'integer', nodes }, diagnostics };
  },
};

/** A float64 step after the sum, monotone in x; `slope` and `intercept` restate it for outputs that have no activation. */
interface PostOp {
  readonly apply: (x: number, channel: number) => number;
  readonly slope: (channel: number) => number;
  readonly intercept: (channel: number) => number;
}

/** What the integer tensor that node `id` produces means. */
interface Value {
  readonly id: NodeId;
  readonly shape: Shape;
  /** `count`: q >= 0. `sum`: a linear function of counts that waits for its activation. */
  readonly kind: 'count' | 'sum';
  /** The real value of element e is post((scale * q + constant[e]) / divisor). */
  readonly scale: number;
  readonly divisor: number;
  readonly constant: Float64Array;
  /** Bounds of q per channel over all inputs. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly post: readonly PostOp[];
}

interface Step {
  readonly nodes: readonly NetworkNode[];
  readonly value: Value;
  readonly problem?: readonly [code: string, message: string, remedy: string];
}

function lower(node: NetworkNode, before: Value | undefined): Step {
  if (node.kind === 'input') return { nodes: [node], value: counts(node.id, node.shape, 255) };
  if (before === undefined) throw new Error('internal error: a network starts with its input');
  const shape = shapeAfter(node, [before.shape]);
  const renamed = { ...before, id: node.id, shape };
  switch (node.kind) {
    case 'encode':
      return { nodes: [{ ...node, input: before.id }], value: counts(node.id, shape, codeMax(node.code)) };
    case 'dense':
    case 'blockDense':
    case 'conv2d':
      return linear(node, before, shape);
    case 'batchNorm': {
      const f = batchNormFunction(node);
      const slope = (c: number): number => node.gamma[c]! / Math.sqrt(node.variance[c]! + node.epsilon);
      const op = { apply: f, slope, intercept: (c: number) => node.beta[c]! - node.mean[c]! * slope(c) };
      return { nodes: [], value: { ...before, kind: 'sum', shape, post: [...before.post, op] } };
    }
    case 'sign':
    case 'step':
      return activation(node.id, node.kind, before);
    case 'maxPool': {
      const uniform = before.constant.every((c) => c === before.constant[0]);
      return {
        nodes: [{ ...node, input: before.id }],
        value: { ...renamed, constant: new Float64Array(sizeOf(shape)).fill(before.constant[0] ?? 0) },
        ...(before.kind === 'sum' || !uniform
          ? {
              problem: [
                'unsupported-order',
                'maximum of sums that no activation follows',
                'put a sign or step activation directly (or through batch norm) after the pooling, or before it',
              ] as const,
            }
          : {}),
      };
    }
    case 'avgPool':
      return average(node, before, shape);
    case 'flatten':
      return { nodes: [{ ...node, input: before.id }], value: perElement(renamed, before) };
    case 'votes':
      return {
        nodes: [{ ...node, input: before.id }],
        value: renamed,
        ...(before.kind === 'sum'
          ? {
              problem: [
                'unsupported-order',
                'votes need binary features',
                'put a sign or step activation before it',
              ] as const,
            }
          : {}),
      };
    case 'scores': {
      const affine = readout(before);
      const scale = affine.scale.map((s, k) => s * (node.scale?.[k] ?? 1));
      const offset = affine.offset.map((o, k) => o * (node.scale?.[k] ?? 1) + (node.offset?.[k] ?? 0));
      return { nodes: [{ kind: 'scores', id: node.id, input: before.id, scale, offset }], value: renamed };
    }
    case 'relu':
    case 'quantise':
    case 'add':
    case 'concat':
    case 'embedding':
    case 'rmsNorm':
    case 'attention':
      return {
        nodes: [],
        value: renamed,
        problem: ['unsupported', 'has no integer form yet', 'lower it yourself and pass an integer network'],
      };
    case 'threshold':
    case 'sumPool':
    case 'requantise':
    case 'lookup':
      throw new Error(`internal error: ${node.kind} in the float dialect`);
    default:
      return assertNever(node);
  }
}

/** Plain counts 0..max whose real value is the count. */
function counts(id: NodeId, shape: Shape, max: number): Value {
  const channels = channelsOf(shape);
  return {
    id,
    shape,
    kind: 'count',
    scale: 1,
    divisor: 1,
    constant: new Float64Array(sizeOf(shape)),
    low: new Float64Array(channels),
    high: new Float64Array(channels).fill(max),
    post: [],
  };
}

function linear(node: Exclude<LinearNode, { kind: 'sumPool' }>, before: Value, shape: Shape): Step {
  const rows = linearRows(node, before.shape);
  const padReal = node.kind === 'conv2d' ? node.padValue : 0;
  const channels = channelsOf(shape);
  const inChannels = before.low.length;
  const constant = new Float64Array(rows.nOut);
  const low = new Float64Array(channels).fill(Infinity);
  const high = new Float64Array(channels).fill(-Infinity);
  for (let o = 0; o < rows.nOut; o++) {
    let min = 0;
    let max = 0;
    let sum = rows.padded[o]! * padReal * before.divisor;
    for (let k = rows.rowStart[o]!; k < rows.rowStart[o + 1]!; k++) {
      const i = rows.column[k]!;
      const w = rows.weight[k]!;
      sum += w * before.constant[i]!;
      min += w * (w > 0 ? before.low : before.high)[i % inChannels]!;
      max += w * (w > 0 ? before.high : before.low)[i % inChannels]!;
    }
    constant[o] = sum;
    const c = o % channels;
    low[c] = Math.min(low[c]!, min);
    high[c] = Math.max(high[c]!, max);
  }
  const bias = node.kind === 'blockDense' ? undefined : node.bias;
  const post: PostOp[] =
    bias === undefined ? [] : [{ apply: (x, c) => x + bias[c]!, slope: () => 1, intercept: (c) => bias[c]! }];
  return {
    nodes: [integerNode(node, before.id)],
    value: { ...before, id: node.id, shape, kind: 'sum', constant, low, high, post },
    ...(before.kind === 'sum'
      ? {
          problem: [
            'missing-activation',
            'its input is a sum without an activation',
            'put a sign or step activation between the two layers, or multiply their weights into one',
          ] as const,
        }
      : {}),
  };
}

/** The same layer on counts: no bias, padding is silent (its constant part went into the threshold). */
function integerNode(node: Exclude<LinearNode, { kind: 'sumPool' }>, input: NodeId): NetworkNode {
  if (node.kind === 'blockDense') return { ...node, input };
  const { id, nOut, weights } = node;
  if (node.kind === 'dense') return { kind: 'dense', id, input, nOut, weights };
  const { window, stride, padding, groups } = node;
  return { kind: 'conv2d', id, input, window, stride, padding, nOut, groups, weights, padValue: 0 };
}

function average(node: AvgPoolNode, before: Value, shape: Shape): Step {
  const sumPool: NetworkNode = { ...node, kind: 'sumPool', input: before.id };
  const rows = linearRows(sumPool, before.shape);
  const n = node.window[0] * node.window[1];
  const constant = new Float64Array(rows.nOut);
  for (let o = 0; o < rows.nOut; o++) {
    for (let k = rows.rowStart[o]!; k < rows.rowStart[o + 1]!; k++) constant[o]! += before.constant[rows.column[k]!]!;
  }
  return {
    nodes: [sumPool],
    value: {
      ...before,
      id: node.id,
      shape,
      divisor: before.divisor * n,
      constant,
      low: before.low.map((v) => Math.min(0, v * n)),
      high: before.high.map((v) => Math.max(0, v * n)),
    },
    ...(before.post.length > 0 && node.padding.some((p) => p > 0)
      ? {
          problem: [
            'unsupported-padding',
            'average pooling with padding after a bias or batch norm',
            'use average pooling without padding, or move the batch norm behind it',
          ] as const,
        }
      : {}),
  };
}

/** Flattening turns channels into elements: per-channel facts are spread out. */
function perElement(after: Value, before: Value): Value {
  const n = sizeOf(before.shape);
  const channels = channelsOf(before.shape);
  const spread = (a: Float64Array): Float64Array => Float64Array.from({ length: n }, (_, e) => a[e % channels]!);
  const post = before.post.map((op) => ({
    apply: (x: number, e: number) => op.apply(x, e % channels),
    slope: (e: number) => op.slope(e % channels),
    intercept: (e: number) => op.intercept(e % channels),
  }));
  return { ...after, low: spread(before.low), high: spread(before.high), post };
}

function activation(id: NodeId, kind: 'sign' | 'step', before: Value): Step {
  const n = sizeOf(before.shape);
  const channels = channelsOf(before.shape);
  const theta = new Int32Array(n);
  const sense = new Uint8Array(n);
  const known = new Map<string, readonly [number, number]>();
  for (let e = 0; e < n; e++) {
    const c = e % channels;
    const key = `${c}/${before.constant[e]}`;
    const found = known.get(key) ?? search(before, c, before.constant[e]!);
    known.set(key, found);
    sense[e] = found[0];
    theta[e] = found[1];
  }
  const shared = theta.every((t, e) => t === theta[e % channels] && sense[e] === sense[e % channels]);
  const length = shared ? channels : n;
  const threshold: NetworkNode = {
    kind: 'threshold',
    id,
    input: before.id,
    theta: theta.slice(0, length),
    sense: sense.slice(0, length),
  };
  const binary = counts(id, before.shape, 1);
  const value = kind === 'step' ? binary : { ...binary, scale: 2, constant: new Float64Array(n).fill(-1) };
  return { nodes: [threshold], value };
}

/** The comparison of S that switches a channel's activation on: sense and theta. */
function search(value: Value, c: number, constant: number): readonly [sense: number, theta: number] {
  const on = (s: number): boolean =>
    value.post.reduce((x, op) => op.apply(x, c), (value.scale * s + constant) / value.divisor) >= 0;
  let below = value.low[c]!;
  let above = value.high[c]!;
  const atLow = on(below);
  const atHigh = on(above);
  if (atLow && atHigh) return [SENSE.always, 0];
  if (!atLow && !atHigh) return [SENSE.never, 0];
  // Invariant: on(below) = atLow, on(above) = atHigh.
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (on(middle) === atLow) below = middle;
    else above = middle;
  }
  return atHigh ? [SENSE.atLeast, above] : [SENSE.atMost, below];
}

/** scale and offset so that scale * S + offset orders the classes like the real values do. */
function readout(value: Value): { scale: Float64Array; offset: Float64Array } {
  // A common positive divisor does not change the order; without post operations integers stay integers.
  const divisor = value.post.length === 0 ? 1 : value.divisor;
  const n = sizeOf(value.shape);
  const scale = new Float64Array(n).fill(value.scale / divisor);
  const offset = value.constant.map((c) => c / divisor);
  for (const op of value.post) {
    for (let k = 0; k < n; k++) {
      scale[k]! *= op.slope(k);
      offset[k] = offset[k]! * op.slope(k) + op.intercept(k);
    }
  }
  return { scale, offset };
}
