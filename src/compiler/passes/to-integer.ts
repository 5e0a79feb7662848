/**
 * Lowers the float dialect to the integer dialect.
 *
 * Between two activations every real value is a known function of an integer: an activation is (scale * q + constant) / divisor
 * with an integer q (sign: 2q - 1; step: q; quantise: its step times q; averages: divisor = window size), and a linear layer on top
 * of it is (scale * S + constant) / divisor with the integer sum S = sum w q. Scale, bias, batch norm and rectifiers follow in
 * float64. All of this is monotone in S, also after every rounding. The pass does not solve for the integer form: it searches it,
 * with the same float64 functions that define the float network.
 *
 * - sign and step become a comparison of S with an integer: the smallest (or largest) S whose activation is on. Both signs of
 *   the scale, zero scale and ties come out right by construction.
 * - quantise becomes a requantisation whose steps stand where those of the float64 function do (requantise-fit.ts). Where no
 *   multiplier of 31 bits does that, the number of sums that come out one step off is reported.
 * - The operands of a residual sum with different scales are rounded to one fine scale first; the bound is reported.
 * - Where the float network sums values that are rounded already (rounded-sums.ts), the bound of the difference is reported.
 * - Class scores are compared after the float64 operations of the float network (exact-readout.ts).
 */
import { assertNever, present } from '../../common/assert.js';
import { type Diagnostic, errorAt, warningAt } from '../../common/diagnostics.js';
import { averageWindows, type AverageWindows } from '../../ir/network/average.js';
import { integerWeights, type LinearNode } from '../../ir/network/linear.js';
import { rangeAfter } from '../../ir/network/ranges.js';
import { printNetwork } from '../../ir/network/print.js';
import { channelsOf, codeMax, codeMin, shapeAfter, sizeOf } from '../../ir/network/shapes.js';
import {
  type AvgPoolNode,
  type FunctionNode,
  type NetworkGraph,
  inputsOf,
  type NetworkNode,
  type NodeId,
  type Shape,
} from '../../ir/network/types.js';
import { freshNames, type NameMaker } from '../fresh-names.js';
import {
  batchNormOp,
  biasOp,
  clipOp,
  counts,
  functionOp,
  isBent,
  multiples,
  perElement,
  type PostOp,
  type Problem,
  RELU_OP,
  scaleOp,
  type Step,
  type Value,
} from './integer-value.js';
import { exactReadout } from './exact-readout.js';
import { joinBranches } from './join-branches.js';
import { networkVerdict } from './network-verdict.js';
import { linearFacts, pooledConstants } from './linear-facts.js';
import type { NetworkPass, PassOutcome } from './pass.js';
import { lowerAttention, lowerEmbedding, quantisedNorm, waitingNorm } from './sequence-lowering.js';
import { clippedCounts, quantisation } from './quantisation.js';
import { extremum, product, rearranged } from './pointwise.js';
import { averageWarning } from './rounded-sums.js';
import { activation } from './threshold-search.js';

export const toInteger: NetworkPass = {
  name: 'to-integer',
  summary: 'folds scale, bias, batch norm and activation into integer thresholds and requantisations',
  exactness: {
    kind: 'approximate',
    bound:
      'equal to the float64 network, ties included, but for what its warnings count: steps of a quantiser that no requantisation meets, sums of operands with different scales, sums of rounded values, rounded gains, the table of attention',
  },
  options: {},
  statistics: {
    layers: 'layers of the integer network',
    thresholds: 'sign and step activations that became comparisons',
    requantisations: 'quantisers, rectifiers and operands that became requantisations',
    folded: 'layers that went into others: scale, bias, batch norm, activation',
    warnings: 'layers that may differ from the float network',
  },
  run: (graph) => outcomeOf(graph, integerForm(graph)),
  verify: networkVerdict,
  print: printNetwork,
};

/** The outcome of the pass with this form of a network. */
function outcomeOf(graph: NetworkGraph, { nodes, diagnostics }: IntegerForm): PassOutcome<NetworkGraph> {
  const ids = new Set(nodes.map((node) => node.id));
  const count = (matches: (node: NetworkNode) => boolean): number => nodes.filter(matches).length;
  return {
    result: { ...graph, dialect: 'integer', nodes },
    diagnostics,
    statistics: {
      layers: nodes.length,
      thresholds: count(({ kind }) => kind === 'threshold'),
      requantisations: count(({ kind }) => kind === 'requantise'),
      folded: graph.nodes.filter(({ id }) => !ids.has(id)).length,
      warnings: diagnostics.filter(({ severity }) => severity === 'warning').length,
    },
  };
}

/** The pass on a network whose form is wanted too: it is made once, and the pass takes it. */
export function toIntegerOf(form: IntegerForm): NetworkPass {
  return { ...toInteger, run: (graph) => outcomeOf(graph, form) };
}

/** The layers of the integer form, what became of every layer of the float network, and what was found. */
export interface IntegerForm {
  readonly nodes: readonly NetworkNode[];
  /** By layer of the float network: which integers stand for its values, and how. */
  readonly values: ReadonlyMap<NodeId, Value>;
  readonly diagnostics: readonly Diagnostic[];
}

/** The integer form of a network whose max pools and channels have been moved and turned; complete only where no finding is an error. */
export function integerForm(graph: NetworkGraph): IntegerForm {
  const diagnostics: Diagnostic[] = [];
  const nodes: NetworkNode[] = [];
  const values = new Map<NodeId, Value>();
  const fresh = freshNames(graph.nodes.map(({ id }) => id));
  for (const node of graph.nodes) {
    const step = lower(
      node,
      inputsOf(node).map((id) => present(values.get(id), 'value')),
      fresh,
    );
    const place = `${graph.name}: layer "${node.id}" (${node.kind})`;
    if (step.problem !== undefined) diagnostics.push(errorAt(step.problem[0], place, step.problem[1], step.problem[2]));
    if (step.warning !== undefined) {
      diagnostics.push(warningAt(step.warning[0], place, step.warning[1], step.warning[2]));
    }
    nodes.push(...step.nodes);
    values.set(node.id, step.value);
  }
  return { nodes, values, diagnostics };
}

function lower(node: NetworkNode, inputs: readonly Value[], fresh: NameMaker): Step {
  if (node.kind === 'input') return { nodes: [node], value: counts(node.id, node.shape, 255) };
  const before = present(inputs[0], 'input');
  const shape = shapeAfter(
    node,
    inputs.map((value) => value.shape),
  );
  const renamed = { ...before, id: node.id, shape };
  const norm = inputs.find((value) => value.norm !== undefined)?.norm;
  if (norm !== undefined && node.kind !== 'quantise') {
    const value = multiples(node.id, shape, 1, [-1, 1]);
    const message = `it reads the norm "${norm.node.id}", whose result needs a step`;
    return { nodes: [], value, problem: ['missing-activation', message, 'put a quantise activation behind the norm'] };
  }
  switch (node.kind) {
    case 'encode': {
      const { code } = node;
      const value =
        code.kind === 'integer'
          ? multiples(node.id, shape, code.step, [codeMin(code), codeMax(code)])
          : counts(node.id, shape, codeMax(code));
      return { nodes: [{ ...node, input: before.id }], value };
    }
    case 'dense':
    case 'blockDense':
    case 'conv2d':
      return linear(node, before, shape);
    case 'batchNorm':
      return {
        nodes: [],
        value: { ...before, kind: 'sum', onGrid: false, shape, post: [...before.post, batchNormOp(node)] },
      };
    case 'sign':
    case 'step':
      return activation(node.id, node.kind, before);
    case 'quantise':
      return before.norm === undefined ? quantisation(node, before) : quantisedNorm(node, before.norm);
    case 'relu':
      return clipped(node.id, before, RELU_OP);
    case 'clip':
      return clipped(node.id, before, clipOp(node));
    case 'function':
      return functionOfActivation(node, before);
    case 'multiply':
      return product(node, inputs, shape);
    case 'extremum':
      return extremum(node, inputs, shape);
    case 'rearrange':
      return rearranged(node, before, shape);
    case 'add':
    case 'concat':
      return joinBranches(node, { inputs, shape, fresh });
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
                'put a sign, step or quantise activation directly (or through batch norm) after the pooling, or before it',
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
      return {
        nodes: [{ kind: 'scores', id: node.id, input: before.id, ...exactReadout(before, node) }],
        value: renamed,
        ...(isBent(before)
          ? {
              problem: [
                'unsupported-order',
                'scores of rectified sums have no integer form',
                'remove the relu, clip or function before the scores, or put a quantise activation behind it',
              ] as const,
            }
          : {}),
      };
    }
    case 'embedding':
      return lowerEmbedding(node, before, shape);
    case 'rmsNorm':
      return waitingNorm(node, before, shape);
    case 'attention': {
      const [, key, value] = inputs;
      return lowerAttention(node, [before, present(key, 'key'), present(value, 'value')], shape);
    }
    case 'neuron':
    case 'delay':
      throw new Error(`internal error: ${node.kind} in a network without time`);
    case 'integerNeuron':
    case 'threshold':
    case 'sumPool':
    case 'requantise':
    case 'lookup':
      throw new Error(`internal error: ${node.kind} in the float dialect`);
    default:
      return assertNever(node);
  }
}

/** On an activation a clip clips integers; on a sum, or where it lies between two of them, it waits for the activation behind it. */
function clipped(id: NodeId, before: Value, op: PostOp): Step {
  if (before.kind === 'count' && before.multiBit && op.within !== undefined) {
    const counts = clippedCounts(id, before, op.within);
    if (counts !== undefined) return counts;
  }
  return { nodes: [], value: { ...before, kind: 'sum', post: [...before.post, op] } };
}

function functionOfActivation(node: FunctionNode, before: Value): Step {
  const value: Value = { ...before, kind: 'sum', onGrid: false, post: [...before.post, functionOp(node)] };
  if (before.kind === 'count') return { nodes: [], value };
  const message = `it reads "${before.id}", sums without an activation`;
  return { nodes: [], value, problem: ['missing-activation', message, 'put a quantise activation in front of it'] };
}

type Linear = Exclude<LinearNode, { kind: 'sumPool' }>;

function linear(node: Linear, before: Value, shape: Shape): Step {
  const scale = node.kind === 'blockDense' ? undefined : node.scale;
  const bias = node.kind === 'blockDense' ? undefined : node.bias;
  const post: PostOp[] = [
    ...(scale === undefined ? [] : [scaleOp(scale)]),
    ...(bias === undefined ? [] : [biasOp(bias)]),
  ];
  const value = { ...before, id: node.id, shape, kind: 'sum' as const, onGrid: false, post };
  if (node.kind !== 'blockDense' && !(node.weights instanceof Int8Array)) {
    return {
      nodes: [],
      value: { ...value, constant: new Float64Array(sizeOf(shape)), ...channelBounds(shape, before) },
      problem: [
        'real-weights',
        'its weights are real numbers',
        'quantise the weights to integers with a scale: `lodestone quantize` does it without training',
      ],
    };
  }
  if (node.kind === 'blockDense' && before.zeroPoint !== 0) {
    const message = `it reads "${before.id}", whose integers have a zero point; blocks have no bias that could take it off`;
    const facts = { constant: new Float64Array(sizeOf(shape)), ...channelBounds(shape, before) };
    const problem: Problem = ['zero-point', message, 'use a quantiser without a zero point, or a dense layer'];
    return { nodes: [], value: { ...value, zeroPoint: 0, ...facts }, problem };
  }
  const problem =
    before.kind === 'sum'
      ? ({
          problem: [
            'missing-activation',
            'its input is a sum without an activation',
            'put a sign, step or quantise activation between the two layers, or multiply their weights into one',
          ],
        } as const)
      : {};
  if (before.multiBit) return { ...linearOnIntegers(node, before, value), ...problem };
  const { constant, low, high } = linearFacts(node, before, shape);
  // Padding is silent: its constant part goes into the threshold.
  return { nodes: [integerNode(node, before.id, 0)], value: { ...value, constant, low, high }, ...problem };
}

/**
 * Multi-bit values have no constant part; padding stays in the layer, as an integer. A zero point comes off the sums as their bias, so that
 * they are sums of w (q - zeroPoint).
 */
function linearOnIntegers(node: Linear, before: Value, value: Value): Step {
  const { zeroPoint } = before;
  const pad = node.kind === 'conv2d' ? (node.padValue * before.divisor) / before.scale + zeroPoint : 0;
  const legal = Number.isInteger(pad) && pad >= -128 && pad <= 255;
  // Without padding the value is not read: any legal one.
  const plain = integerNode(node, before.id, legal ? pad + 0 : 0);
  const lowered = zeroPoint === 0 ? plain : withoutZeroPoint(plain, before);
  const { low, high } = rangeAfter(lowered, [before], [before.shape]);
  const padded = node.kind === 'conv2d' && node.padding.some((p) => p > 0);
  return {
    nodes: [lowered],
    value: { ...value, zeroPoint: 0, constant: new Float64Array(sizeOf(value.shape)), low, high },
    ...(legal || !padded
      ? {}
      : {
          problem: [
            'unsupported-padding',
            `its padding is ${pad} steps of its input, not an integer within -128..255`,
            node.kind === 'conv2d' && node.padValue === 0
              ? 'quantise the values once more in front of it'
              : 'pad with 0',
          ] as const,
        }),
  };
}

/** The layer with a bias of -zeroPoint times the sum of each output's weights; padded taps have the zero point themselves. */
function withoutZeroPoint(node: NetworkNode, { zeroPoint }: Value): NetworkNode {
  if (node.kind !== 'dense' && node.kind !== 'conv2d')
    throw new Error(`internal error: zero point in front of ${node.kind}`);
  const weights = integerWeights(node.weights);
  const fanIn = weights.length / node.nOut;
  const bias = Float64Array.from({ length: node.nOut }, (_, o) => {
    let sum = 0;
    for (let k = o * fanIn; k < (o + 1) * fanIn; k++) sum += weights[k]!;
    return 0 - zeroPoint * sum;
  });
  return { ...node, bias };
}

/** The bounds of one channel for all, where nothing better is known. */
function channelBounds(shape: Shape, { low, high }: Value): Pick<Value, 'low' | 'high'> {
  const n = channelsOf(shape);
  return { low: new Float64Array(n).fill(low[0] ?? 0), high: new Float64Array(n).fill(high[0] ?? 0) };
}

/** The same layer on integers: no scale, no bias. */
function integerNode(node: Linear, input: NodeId, padValue: number): NetworkNode {
  if (node.kind === 'blockDense') return { ...node, input };
  const { id, nOut, weights } = node;
  const bits = node.weightBits === undefined ? {} : { weightBits: node.weightBits };
  if (node.kind === 'dense') return { kind: 'dense', id, input, nOut, weights, ...bits };
  const { window, stride, padding, groups } = node;
  const dilation = node.dilation === undefined ? {} : { dilation: node.dilation };
  return { kind: 'conv2d', id, input, window, stride, padding, nOut, groups, weights, padValue, ...bits, ...dilation };
}

/**
 * A sum over equal windows; windows that divide by different numbers become multiples of one unit (a common multiple of the numbers), or of
 * a fine one where there is none that is small enough.
 */
function average(node: AvgPoolNode, before: Value, shape: Shape): Step {
  const { window, stride, padding } = node;
  const geometry = { id: node.id, input: before.id, window, stride, padding };
  const windows = averageWindows(node, before.shape);
  const { counts, common } = windows;
  const equal = counts.every((count) => count === common);
  const factor = common ?? fineFactor(windows, before);
  const pool: NetworkNode = equal
    ? { kind: 'sumPool', ...geometry }
    : { kind: 'avgPool', ...geometry, ...(node.counted === undefined ? {} : { counted: node.counted }), factor };
  const constant = pooledConstants(node, before, shape).map((sum, e) => {
    const count = counts[Math.floor(e / channelsOf(shape))]!;
    return count === 0 ? 0 : sum * (factor / count);
  });
  const range = (bounds: Float64Array, nearest: (a: number, b: number) => number): Float64Array =>
    bounds.map((v) => nearest(0, v * factor));
  const problem = averageProblem(windows, before);
  const warning =
    averageWarning(node, before, counts) ?? (common === undefined ? fineWarning(before, factor) : undefined);
  return {
    nodes: [pool],
    value: {
      ...before,
      id: node.id,
      shape,
      onGrid: before.onGrid && common !== undefined,
      zeroPoint: before.zeroPoint * factor,
      divisor: before.divisor * factor,
      constant,
      low: range(before.low, Math.min),
      high: range(before.high, Math.max),
    },
    ...(problem === undefined ? {} : { problem }),
    ...(warning === undefined ? {} : { warning }),
  };
}

/** The largest power of two with which averages stay within 30 bits and their products exact. */
function fineFactor({ inside }: AverageWindows, { low, high }: Value): number {
  const largest = [...low, ...high].reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  const taps = inside.reduce((most, n) => Math.max(most, n), 1);
  let factor = 1;
  while (2 * factor * largest <= 2 ** 30 && 2 * factor * largest * taps < 2 ** 51) factor *= 2;
  return factor;
}

function fineWarning(before: Value, factor: number): Problem {
  const unit = Math.abs(before.scale) / before.divisor / factor;
  return [
    'rounded-average',
    `its windows divide by numbers without a small common multiple: averages are rounded to multiples of ${unit.toPrecision(3)}, by at most ${(unit / 2).toPrecision(3)}`,
    'accept it, or use a smaller window where windows reach over the border',
  ];
}

function averageProblem({ counts, inside }: AverageWindows, before: Value): Problem | undefined {
  if (isBent(before)) {
    return [
      'unsupported-order',
      'average of rectified sums',
      'put a quantise activation behind the relu, before the pooling',
    ];
  }
  // The average of pixels alone commutes with what is affine; padding is 0 before and after.
  if (
    (before.post.length > 0 || before.zeroPoint !== 0) &&
    counts.some((count, p) => count === 0 || count !== inside[p])
  ) {
    return [
      'unsupported-padding',
      'average pooling that counts padding, or sees nothing else, after a bias or batch norm',
      'let it count the pixels inside only, or move the batch norm behind it',
    ];
  }
  return undefined;
}
