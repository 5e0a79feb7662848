/**
 * The integer network as the chip sees it: flattening is a way of reading, not a value (a dense layer is a window as large as its input),
 * and every value has a place as an image.
 */
import { present } from '../../../common/assert.js';
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { type ValueRange, inferRanges } from '../../../ir/network/ranges.js';
import { channelsOf, inferShapes, sizeOf } from '../../../ir/network/shapes.js';
import {
  type AddNode,
  type AttentionNode,
  type AvgPoolNode,
  type BlockDenseNode,
  type ConcatNode,
  type Conv2dNode,
  type DenseNode,
  type EmbeddingNode,
  type EncodeNode,
  type FlattenNode,
  inputsOf,
  type LookupNode,
  type MaxPoolNode,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
  type RearrangeNode,
  type RequantiseNode,
  type RmsNormNode,
  type ScoresNode,
  type Shape,
  type SumPoolNode,
  type ThresholdNode,
  type VotesNode,
} from '../../../ir/network/types.js';

/** Height, width, channels; flat values are [1, 1, n]. */
export type Image = readonly [height: number, width: number, channels: number];

/** Layers of sequence models. */
export type SequenceNode = EmbeddingNode | RmsNormNode | AttentionNode;
/** Begins a layer. A `flatten` here is one that cannot vanish: it becomes a matrix of ones that moves values. */
export type StartNode =
  DenseNode | BlockDenseNode | Conv2dNode | MaxPoolNode | SumPoolNode | AvgPoolNode | FlattenNode | SequenceNode;
/** Whether a layer belongs to a sequence model. */
export const isSequenceNode = (node: StartNode): node is SequenceNode =>
  node.kind === 'embedding' || node.kind === 'rmsNorm' || node.kind === 'attention';
/** Works element by element on the result before it. */
export type ElementNode = RequantiseNode | ThresholdNode | LookupNode;

/** A node with what it reads, past flattenings. */
export type Op =
  | (OpBase & { readonly role: 'source'; readonly node: EncodeNode })
  | (OpBase & { readonly role: 'start'; readonly node: StartNode })
  | (OpBase & { readonly role: 'element'; readonly node: ElementNode })
  | (OpBase & { readonly role: 'add'; readonly node: AddNode })
  | (OpBase & { readonly role: 'concat'; readonly node: ConcatNode })
  | (OpBase & { readonly role: 'output'; readonly node: ScoresNode | VotesNode });

interface OpBase {
  /** Position among the nodes of the network: an order in which everything is computed before it is read. */
  readonly index: number;
  readonly inputs: readonly NodeId[];
  readonly image: Image;
  readonly range: ValueRange;
}

/** The ops of a network by node, in order. */
export interface Ops {
  readonly inputShape: Shape;
  readonly ops: ReadonlyMap<NodeId, Op>;
}

/** Takes a verified integer network apart; everything the chip has no form for is reported. */
export function toOps(graph: NetworkGraph): { readonly ops: Ops; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics = unsupportedNodes(graph);
  const empty: Ops = { inputShape: [], ops: new Map() };
  if (diagnostics.length > 0) return { ops: empty, diagnostics };
  const shapes = inferShapes(graph);
  const ranges = inferRanges(graph);
  const { images, kept } = placeImages(graph, shapes);
  const past = (id: NodeId): NodeId => {
    const node = present(nodes.get(id), `node ${id}`);
    const isPassed = node.kind === 'rearrange' || (node.kind === 'flatten' && !kept.has(id));
    return isPassed ? past(node.input) : id;
  };
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const ops = new Map<NodeId, Op>();
  let inputShape: Shape = [];
  graph.nodes.forEach((node, index) => {
    if (node.kind === 'input') inputShape = node.shape;
    const base: OpBase = {
      index,
      inputs: node.kind === 'encode' ? [] : inputsOf(node).map(past),
      image: present(images.get(node.id), 'image'),
      range: present(ranges.get(node.id), 'range'),
    };
    const op = opOf(node, base, kept);
    if (op !== undefined) ops.set(node.id, op);
  });
  return { ops: { inputShape, ops }, diagnostics };
}

function opOf(node: NetworkNode, base: OpBase, kept: ReadonlySet<NodeId>): Op | undefined {
  switch (node.kind) {
    case 'input':
    case 'rearrange':
      return undefined;
    case 'encode':
      return { ...base, role: 'source', node };
    case 'flatten':
      return kept.has(node.id) ? { ...base, role: 'start', node } : undefined;
    case 'dense':
    case 'blockDense':
    case 'conv2d':
    case 'maxPool':
    case 'sumPool':
    case 'avgPool':
    case 'embedding':
    case 'rmsNorm':
    case 'attention':
      return { ...base, role: 'start', node };
    case 'requantise':
    case 'threshold':
    case 'lookup':
      return { ...base, role: 'element', node };
    case 'add':
      return { ...base, role: 'add', node };
    case 'concat':
      return { ...base, role: 'concat', node };
    case 'scores':
    case 'votes':
      return { ...base, role: 'output', node };
    case 'batchNorm':
    case 'sign':
    case 'step':
    case 'relu':
    case 'clip':
    case 'function':
    case 'quantise':
    case 'multiply':
    case 'extremum':
    case 'neuron':
    case 'integerNeuron':
    case 'delay':
      throw new Error(`internal error: ${node.kind} among the ops`);
  }
}

const UNSUPPORTED = {
  multiply: 'multiplies two values by tables only, where both have at most 256 values',
  extremum: 'takes the maximum of two values only where one of them has at most 256 values',
  rearrange:
    'reads windows of images: it puts padding around them, cuts, picks and orders rows, columns and channels, and spreads one row or column, but does not put values between others',
} as const;

/** Whether a layer gives a value another shape, but leaves it the same image: nothing moves then. */
function isSameImage(node: RearrangeNode, shapes: ReadonlyMap<NodeId, Shape>): boolean {
  const from = imageOf(shapes.get(node.input) ?? []);
  return node.index === undefined && imageOf(node.shape).every((n, i) => n === from[i]);
}

function unsupportedNodes(graph: NetworkGraph): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const shapes = inferShapes(graph);
  for (const node of graph.nodes) {
    const place = `${graph.name}: layer "${node.id}" (${node.kind})`;
    switch (node.kind) {
      case 'batchNorm':
      case 'sign':
      case 'step':
      case 'relu':
      case 'clip':
      case 'function':
      case 'quantise':
        found.push(
          errorAt('float-layer', place, 'the chip computes with integers', 'lower the network to integers first'),
        );
        break;
      case 'multiply':
      case 'extremum':
      case 'rearrange': {
        if (node.kind === 'rearrange' && isSameImage(node, shapes)) break;
        const message = `the vector unit ${UNSUPPORTED[node.kind]}`;
        found.push(
          errorAt('unsupported-layer', place, message, 'leave the layer out, or move it in front of the network'),
        );
        break;
      }
      case 'encode':
        if (node.code.kind === 'bernoulli') {
          found.push(
            errorAt(
              'random-input-code',
              place,
              `a Bernoulli code is a train of ${node.code.ticks} random spikes; the chip takes one number per input`,
              'use an integer, rate, threshold or thermometer code, or compile for --chip truenorth',
            ),
          );
        }
        break;
      default:
    }
  }
  return found;
}

/** Where every value lies as an image, and the flattenings that have to move values for it. */
function placeImages(
  graph: NetworkGraph,
  shapes: ReadonlyMap<NodeId, Shape>,
): { readonly images: ReadonlyMap<NodeId, Image>; readonly kept: ReadonlySet<NodeId> } {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const kept = new Set<NodeId>();
  /** Keeps every flattening that shapes the value; false if there was none left to keep. */
  const keepBehind = (id: NodeId): boolean => {
    const node = present(nodes.get(id), 'node');
    if (node.kind === 'flatten') {
      const isNew = !kept.has(id);
      kept.add(id);
      return isNew;
    }
    if (node.kind === 'requantise' || node.kind === 'threshold' || node.kind === 'lookup')
      return keepBehind(node.input);
    if (node.kind === 'add') return node.inputs.map(keepBehind).some((isNew) => isNew);
    return false;
  };
  for (;;) {
    const images = new Map<NodeId, Image>();
    let again = false;
    for (const node of graph.nodes) {
      const shape = present(shapes.get(node.id), 'shape');
      const inputs = inputsOf(node).map((id) => present(images.get(id), 'image'));
      const flat = channelsOf(shape) === sizeOf(shape);
      switch (node.kind) {
        case 'encode': {
          // An input that nobody looks at as an image lies flat: a dense layer can then split what it reads over cores.
          const readers = graph.nodes.filter((reader) => inputsOf(reader).includes(node.id));
          const isFlat = readers.every(({ kind }) => kind === 'flatten' || kind === 'blockDense');
          images.set(node.id, isFlat ? [1, 1, sizeOf(shape)] : imageOf(shape));
          break;
        }
        case 'flatten':
          images.set(node.id, kept.has(node.id) ? [1, 1, sizeOf(shape)] : present(inputs[0], 'input'));
          break;
        case 'requantise': {
          const image = present(inputs[0], 'input');
          images.set(node.id, image);
          const perChannel = node.multiplier.length > 1 || node.shift.length > 1 || (node.addend?.length ?? 1) > 1;
          if (perChannel && image[2] !== channelsOf(shape)) again = keepBehind(node.input) || again;
          break;
        }
        case 'threshold':
        case 'lookup':
        case 'scores':
        case 'rearrange':
          images.set(node.id, present(inputs[0], 'input'));
          break;
        case 'add': {
          const [a, b] = [present(inputs[0], 'input'), present(inputs[1], 'input')];
          images.set(node.id, a);
          if (a.some((n, i) => n !== b[i])) again = node.inputs.map(keepBehind).some((isNew) => isNew) || again;
          break;
        }
        case 'concat':
          images.set(node.id, imageOf(shape));
          if (flat && shape.length === 1) {
            node.inputs.forEach((id, i) => {
              const image = present(inputs[i], 'input');
              if (image[0] * image[1] > 1) again = keepBehind(id) || again;
            });
          }
          break;
        default:
          images.set(node.id, imageOf(shape));
      }
    }
    if (!again) return { images, kept };
  }
}

/** A shape as an image. */
export function imageOf(shape: Shape): Image {
  const [a = 1, b = 1, c = 1] = [...new Array<number>(Math.max(0, 3 - shape.length)).fill(1), ...shape];
  return [a, b, c];
}
