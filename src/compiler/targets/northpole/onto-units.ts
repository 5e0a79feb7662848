/**
 * Layers that the chip has no unit for, as layers that it has, exactly. Values of the network keep their names.
 *
 * ```
 *   max(a, b) = b + max(a - b, 0)      a --(+)--> clip 0.. --(+)--> y        min(a, b) = b + min(a - b, 0), clip ..0
 *                                      b --> -b --^     b ----^
 *   a b        tables of squares: products.ts
 *   padding    a convolution of one pixel with weight 1, whose padding is the value that is put around; or the padding of the convolutions that
 *              read it, where theirs has the same value or they have none
 *   moves      convolutions of ones: moves.ts
 * ```
 */
import { present } from '../../../common/assert.js';
import { inferRanges, type ValueRange, wholeRange } from '../../../ir/network/ranges.js';
import { inferShapes, sizeOf } from '../../../ir/network/shapes.js';
import {
  type Conv2dNode,
  type ExtremumNode,
  inputsOf,
  type NetworkGraph,
  type NetworkNode,
  type MultiplyNode,
  type NodeId,
  type RearrangeNode,
  type Shape,
} from '../../../ir/network/types.js';
import { freshNames, type NameMaker } from '../../fresh-names.js';
import { moveLayer, spreadLayer } from './moves.js';
import { imageOf } from './ops.js';
import { MOST_ENTRIES, type Operand, productLayers } from './products.js';
import type { NarrowNetwork } from './wide-weights.js';

/** Replaces what it can; layers that it cannot replace stay, to be refused. */
export function ontoUnits(graph: NetworkGraph): NarrowNetwork {
  const isForeign = ({ kind }: NetworkNode): boolean =>
    kind === 'extremum' || kind === 'rearrange' || kind === 'multiply';
  if (!graph.nodes.some(isForeign)) return { graph, partOf: new Map() };
  const shapes = inferShapes(graph);
  const ranges = inferRanges(graph);
  const fresh = freshNames(graph.nodes.map(({ id }) => id));
  const partOf = new Map<NodeId, NodeId>();
  const nameIn =
    (of: NodeId): NameMaker =>
    (word) => {
      const id = fresh(`${of}.${word}`);
      partOf.set(id, of);
      return id;
    };
  const paddings = new Map<NodeId, Padding>();
  for (const node of graph.nodes) {
    if (node.kind !== 'rearrange') continue;
    const padding = paddingOf(node, present(shapes.get(node.input), 'shape'));
    if (padding !== undefined) paddings.set(node.id, padding);
  }
  const fused = fusedPaddings(graph, paddings);
  const nodes = graph.nodes.flatMap((node): readonly NetworkNode[] => {
    if (fused.has(node.id)) return [];
    switch (node.kind) {
      case 'extremum':
        return extremum(
          node,
          node.inputs.map((id) => present(ranges.get(id), 'range')),
          nameIn(node.id),
        );
      case 'multiply':
        return product(node, shapes, ranges, nameIn(node.id));
      case 'rearrange': {
        const padding = paddings.get(node.id);
        if (padding !== undefined) return [paddingLayer(node, padding)];
        return [moveLayer(node, present(shapes.get(node.input), 'shape')) ?? node];
      }
      case 'conv2d': {
        const padding = fused.get(node.input);
        return [padding === undefined ? node : padded(node, padding)];
      }
      default:
        return [node];
    }
  });
  return { graph: { ...graph, nodes }, partOf };
}

/** Maximum or minimum of two values; one of them has to have a table. */
function extremum(node: ExtremumNode, ranges: readonly ValueRange[], name: NameMaker): readonly NetworkNode[] {
  const bounds = ranges.map(wholeRange);
  const fits = bounds.findIndex(([low, high]) => high - low < MOST_ENTRIES);
  const range = bounds[fits];
  if (range === undefined) return [node];
  const [low, high] = range;
  const b = present(node.inputs[fits], 'operand');
  const a = present(node.inputs[1 - fits], 'operand');
  const [negative, difference, part] = [name('negative'), name('difference'), name('part')];
  const table = Int16Array.from({ length: high - low + 1 }, (_, i) => 0 - (low + i));
  const [least, most] = [bounds[1 - fits]![0] - high, bounds[1 - fits]![1] - low];
  return [
    { kind: 'lookup', id: negative, input: b, inputMin: low, table },
    { kind: 'add', id: difference, inputs: [a, negative] },
    {
      ...{
        kind: 'requantise',
        id: part,
        input: difference,
        inputZeroPoint: 0,
        leftShift: 0,
        zeroPoint: 0,
        rounding: 'floor',
      },
      ...{ multiplier: Int32Array.of(1), shift: Uint8Array.of(0) },
      min: node.of === 'max' ? 0 : Math.min(0, least),
      max: node.of === 'max' ? Math.max(0, most) : 0,
    },
    { kind: 'add', id: node.id, inputs: [part, b] },
  ];
}

/** A product of two values by tables, the second one spread over the image of the first where it is one number per channel. */
function product(
  node: MultiplyNode,
  shapes: ReadonlyMap<NodeId, Shape>,
  ranges: ReadonlyMap<NodeId, ValueRange>,
  name: NameMaker,
): readonly NetworkNode[] {
  const shapeOf = (id: NodeId): Shape => present(shapes.get(id), 'shape');
  const [first, second] = node.inputs;
  const before: NetworkNode[] = [];
  let gate = second;
  if (shapeOf(first).join() !== shapeOf(second).join()) {
    const image = imageOf(shapeOf(second));
    if (shapeOf(second).length !== 3) {
      gate = name('pixel');
      before.push({ kind: 'rearrange', id: gate, input: second, shape: image });
    }
    const layer = spreadLayer({ id: name('spread'), input: gate }, image, shapeOf(first));
    if (layer === undefined) return [node];
    before.push(layer);
    gate = layer.id;
  }
  const operand = (id: NodeId, from: NodeId): Operand => {
    const [low, high] = wholeRange(present(ranges.get(from), 'range'));
    return { id, low, high };
  };
  const layers = productLayers(node.id, [operand(first, first), operand(gate, second)], name);
  return layers === undefined ? [node] : [...before, ...layers];
}

/** What is put around an image. */
interface Padding {
  readonly input: NodeId;
  /** Top, bottom, left, right. */
  readonly around: readonly [number, number, number, number];
  /** Channels of the input, and of the result, of which `front` stand in front. */
  readonly channels: readonly [from: number, to: number, front: number];
  readonly fill: number;
}

/** The padding that a move of elements is; undefined for any other. */
function paddingOf({ input, index, shape, fill = 0 }: RearrangeNode, from: Shape): Padding | undefined {
  if (index === undefined || from.length !== 3 || shape.length !== 3 || fill < -128 || fill > 255) return undefined;
  const [h = 0, w = 0, c = 0] = from;
  const [height = 0, width = 0, channels = 0] = shape;
  const first = index.indexOf(0);
  if (first < 0 || height < h || width < w || channels < c) return undefined;
  const [top, left, front] = [
    Math.floor(first / channels / width),
    Math.floor(first / channels) % width,
    first % channels,
  ];
  const around = [top, height - h - top, left, width - w - left] as const;
  if (around.some((n) => n < 0) || channels - c - front < 0) return undefined;
  const isPadding = index.every((source, e) => {
    const pixel = Math.floor(e / channels);
    const [y, x, k] = [Math.floor(pixel / width) - top, (pixel % width) - left, (e % channels) - front];
    const isInside = y >= 0 && y < h && x >= 0 && x < w && k >= 0 && k < c;
    return source === (isInside ? (y * w + x) * c + k : -1);
  });
  return isPadding && sizeOf(shape) > 0 ? { input, around, channels: [c, channels, front], fill } : undefined;
}

/** Paddings that every reader has as its own. */
function fusedPaddings(graph: NetworkGraph, paddings: ReadonlyMap<NodeId, Padding>): ReadonlyMap<NodeId, Padding> {
  const fused = new Map(paddings);
  for (const node of graph.nodes) {
    for (const id of inputsOf(node)) {
      const padding = fused.get(id);
      if (padding === undefined) continue;
      const isPlain = node.kind === 'conv2d' && (node.padValue === padding.fill || node.padding.every((n) => n === 0));
      if (!isPlain || padding.channels[0] !== padding.channels[1]) fused.delete(id);
    }
  }
  // What is put around a padding has to be one layer.
  for (const [id, { input }] of fused) if (paddings.has(input)) fused.delete(id);
  return fused;
}

/** A convolution that pads its input by itself. */
function padded(node: Conv2dNode, { input, around, fill }: Padding): Conv2dNode {
  const [top, bottom, left, right] = node.padding;
  return {
    ...node,
    input,
    padding: [top + around[0], bottom + around[1], left + around[2], right + around[3]],
    padValue: fill,
  };
}

/** The padding as a layer: each channel times 1; new channels are their bias. */
function paddingLayer(node: RearrangeNode, { input, around, channels, fill }: Padding): NetworkNode {
  const [from, to, front] = channels;
  const { id } = node;
  const geometry = { window: [1, 1], stride: [1, 1], padding: around } as const;
  const base = { kind: 'conv2d', id, input, nOut: to, padValue: fill, ...geometry } as const;
  if (from === to) return { ...base, groups: from, weights: new Int8Array(from).fill(1) };
  const weights = new Int8Array(to * from);
  for (let k = 0; k < from; k++) weights[(front + k) * from + k] = 1;
  const bias = Float64Array.from({ length: to }, (_, k) => (k >= front && k < front + from ? 0 : fill));
  return { ...base, groups: 1, weights, bias };
}
