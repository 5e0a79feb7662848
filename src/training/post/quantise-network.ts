import { present } from '../../common/assert.js';
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import type { Dataset } from '../../data/index.js';
import { quantiseLevels, type Quantiser } from '../../ir/network/quantise.js';
import { isSpiking, spikingProblems } from '../../ir/network/spiking.js';
import {
  type BitWidth,
  type ClipNode,
  inputsOf,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
  type NodeKind,
  type QuantiseNode,
} from '../../ir/network/types.js';
import { calibrate } from './calibrate.js';
import {
  isLinear,
  type LinearNode,
  planQuantisation,
  type QuantisationPlan,
  type QuantisationPoint,
} from './points.js';
import { type Histogram, type RangeMethod, stepFor } from './ranges.js';
import { quantiseWeights } from './weights.js';

/** Bits of a layer's weights and of the activations it reads. */
export interface LayerBits {
  readonly weights: BitWidth;
  readonly inputs: BitWidth;
}

/** How a float network is quantised. */
export interface QuantisationOptions {
  readonly method: RangeMethod;
  readonly scales: 'channel' | 'tensor';
}

/** A float network whose ranges are known: quantises it to any widths without running it again. */
export interface Calibrated {
  readonly graph: NetworkGraph;
  readonly plan: QuantisationPlan;
  readonly histograms: ReadonlyMap<NodeId, Histogram>;
  readonly options: QuantisationOptions;
  /** The layer with integer weights of some bits; a search asks for the same ones again and again. */
  readonly withBits: (node: LinearNode, bits: BitWidth) => LinearNode;
}

/** Operands of sums have at least these bits: what they add is not rounded to a layer's few levels. */
const SUM_BITS: BitWidth = 8;

/** Layers that a network to be quantised may have. */
const QUANTISABLE_KINDS: readonly NodeKind[] = [
  ...(['input', 'encode', 'dense', 'conv2d', 'batchNorm', 'sign', 'step', 'relu', 'quantise'] as const),
  ...(['clip', 'function', 'multiply', 'extremum', 'rearrange'] as const),
  ...(['maxPool', 'avgPool', 'flatten', 'add', 'concat', 'votes', 'scores'] as const),
];

/** Names of the dense and convolution layers, in order. */
export const linearLayers = (graph: NetworkGraph): readonly NodeId[] =>
  graph.nodes.flatMap((node) => (isLinear(node) ? [node.id] : []));

/** Everything that keeps a network from being quantised after training. */
export function checkQuantisable(graph: NetworkGraph, place: string): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (isSpiking(graph)) return spikingProblems(graph, 'quantisation after training');
  if (graph.dialect !== 'float') {
    found.push(errorAt('wrong-dialect', place, 'the network is an integer network already', 'pass the float network'));
  }
  for (const node of graph.nodes) {
    const where = `${place}: layer "${node.id}" (${node.kind})`;
    if (!QUANTISABLE_KINDS.includes(node.kind)) {
      found.push(
        errorAt(
          'cannot-quantise',
          where,
          'this kind of layer cannot be quantised after training',
          'use another network',
        ),
      );
    } else if (node.kind === 'quantise' || (isLinear(node) && node.weights instanceof Int8Array)) {
      const what = node.kind === 'quantise' ? 'its values have levels' : 'its weights are integers';
      found.push(errorAt('already-quantised', where, `${what} already`, 'pass the network with real weights'));
    }
  }
  if (found.length === 0 && linearLayers(graph).length === 0) {
    found.push(errorAt('nothing-to-quantise', place, 'it has no dense or convolution layer', 'pass another network'));
  }
  return found;
}

/** Measures the ranges of everything that will be quantised on calibration images. The graph must be quantisable. */
export function calibrateNetwork(graph: NetworkGraph, images: Dataset, options: QuantisationOptions): Calibrated {
  const plan = planQuantisation(graph);
  const values = plan.points.map((point) => point.value);
  return { graph, plan, histograms: calibrate(graph, images, values), options, withBits: weightQuantiser(options) };
}

function weightQuantiser({ method, scales }: QuantisationOptions): Calibrated['withBits'] {
  const known = new Map<string, LinearNode>();
  return (node, bits) => {
    const key = `${bits} ${node.id}`;
    const found = known.get(key) ?? quantiseWeights(node, { bits, method, scales });
    known.set(key, found);
    return found;
  };
}

/**
 * The network with integer weights, scales and quantisers (float dialect). `bits` gives each dense and convolution layer its
 * widths; a value read by several has the largest, one that only sums or the output read has `fallback`. Means and other
 * values below 0 need 2 bits at least.
 */
export function quantiseNetwork(
  { graph, plan, histograms, options, withBits }: Calibrated,
  bits: ReadonlyMap<NodeId, LayerBits>,
  fallback: BitWidth,
): NetworkGraph {
  const quantisers = plan.points.map((point) => {
    const histogram = present(histograms.get(point.value), `range of "${point.value}"`);
    const signed = histogram.low < 0;
    const width = bitsOf(point, bits, fallback, signed);
    return { point, signed, bits: width, step: stepFor(histogram, width, signed, options.method) };
  });
  const steps = quantisers.map((_, index) =>
    quantisers.reduce(
      (step, other, o) => (plan.groups[o] === plan.groups[index] ? Math.max(step, other.step) : step),
      0,
    ),
  );
  const behind = new Map<NodeId, NodeId>();
  const forAll = new Set(plan.points.filter((point) => point.forAll).map(({ value }) => value));
  const taken = new Set(graph.nodes.map(({ id }) => id));
  const nodes = graph.nodes.flatMap((node): readonly NetworkNode[] => {
    const index = plan.points.findIndex((point) => point.value === node.id);
    const whole = isLinear(node) ? withBits(node, present(bits.get(node.id), 'bits').weights) : node;
    const rewritten = rewired(whole, behind, forAll);
    const quantiser = quantisers[index];
    if (quantiser === undefined) return [rewritten];
    const { point, signed, bits: width } = quantiser;
    const step = present(steps[index], 'step');
    if (point.replaces) {
      const input = present(inputsOf(rewritten)[0], 'input');
      const quantise = { kind: 'quantise', id: node.id, input, step, bits: width, signed } as const;
      return [{ ...quantise, ...(node.kind === 'clip' ? clippedLevels(node, quantise) : {}) }];
    }
    let id = `${node.id}.q`;
    while (taken.has(id)) id += 'q';
    taken.add(id);
    behind.set(node.id, id);
    return [rewritten, { kind: 'quantise', id, input: node.id, step, bits: width, signed }];
  });
  return { ...graph, nodes };
}

function bitsOf(
  { readers, isJoined, replaces }: QuantisationPoint,
  bits: ReadonlyMap<NodeId, LayerBits>,
  fallback: BitWidth,
  signed: boolean,
): BitWidth {
  const own = readers.map((id) => present(bits.get(id), `bits of "${id}"`).inputs);
  const all: readonly BitWidth[] = [
    ...(own.length === 0 && !isJoined ? [fallback] : own),
    // A rectifier keeps the levels of its readers: the other operand is rounded to its step.
    ...(isJoined && (!replaces || own.length === 0) ? [SUM_BITS] : []),
    ...(signed ? ([2] as const) : []),
  ];
  return all.reduce((a, b) => (a > b ? a : b), 1);
}

/** The levels of a quantiser that clips, too: none where those of its bits are within the bounds. */
function clippedLevels({ min, max }: ClipNode, quantiser: Quantiser): Pick<QuantiseNode, 'levels'> {
  const [low, high] = quantiseLevels(quantiser);
  const least = Math.max(low, Math.floor(min / quantiser.step + 0.5));
  const most = Math.min(high, Math.floor(max / quantiser.step + 0.5));
  return least === low && most === high ? {} : { levels: [Math.min(least, high), Math.max(most, low)] };
}

/** Layers that need integers read the quantiser behind a value, others the value itself; of a function everything reads the quantiser. */
function rewired(node: NetworkNode, behind: ReadonlyMap<NodeId, NodeId>, forAll: ReadonlySet<NodeId>): NetworkNode {
  const through = (id: NodeId): NodeId => behind.get(id) ?? id;
  switch (node.kind) {
    case 'dense':
      return { ...node, input: through(node.input) };
    case 'conv2d':
      return { ...node, input: through(node.input) };
    case 'function':
      return { ...node, input: through(node.input) };
    case 'add':
    case 'multiply':
    case 'extremum':
      return { ...node, inputs: [through(node.inputs[0]), through(node.inputs[1])] };
    case 'concat':
      return { ...node, inputs: node.inputs.map(through) };
    default:
      return 'input' in node && forAll.has(node.input) ? { ...node, input: through(node.input) } : node;
  }
}
