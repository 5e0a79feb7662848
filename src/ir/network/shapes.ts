import { assertNever } from '../../common/assert.js';
import {
  type InputCode,
  inputsOf,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
  type Shape,
  type Window2d,
} from './types.js';

/** Number of elements of a shape. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

/** Size of the last dimension. */
export const channelsOf = (shape: Shape): number => shape[shape.length - 1] ?? 0;

/** A window whose taps may stand apart (see Conv2dNode). */
export type DilatedWindow = Window2d & { readonly dilation?: readonly [number, number] };

/** Pixels a window spans, with its dilation. */
export function windowSpan(node: DilatedWindow): readonly [number, number] {
  const [dy, dx] = node.dilation ?? [1, 1];
  return [(node.window[0] - 1) * dy + 1, (node.window[1] - 1) * dx + 1];
}

/** Rows and columns a window produces on an image of h x w; may be <= 0 when the window does not fit. */
export function windowOutput(h: number, w: number, node: DilatedWindow): readonly [number, number] {
  const [top, bottom, left, right] = node.padding;
  const [spanH, spanW] = windowSpan(node);
  return [
    Math.floor((h + top + bottom - spanH) / node.stride[0]) + 1,
    Math.floor((w + left + right - spanW) / node.stride[1]) + 1,
  ];
}

/** Shape of an input after coding. */
export function codedShape(shape: Shape, code: InputCode): Shape {
  if (code.kind !== 'thermometer') return shape;
  return [...shape.slice(0, -1), channelsOf(shape) * code.levels.length];
}

/** The largest coded value of an element; for codes of spikes also the number of ticks in which it may spike. */
export function codeMax(code: InputCode): number {
  switch (code.kind) {
    case 'threshold':
    case 'thermometer':
      return 1;
    case 'rate':
      return 2 ** code.bits - 1;
    case 'bernoulli':
      return code.ticks;
    case 'integer':
      return 2 ** code.bits - 1 - code.zeroPoint;
    default:
      return assertNever(code);
  }
}

/** The smallest coded value of an element: 0 for every code of spikes. */
export const codeMin = (code: InputCode): number => (code.kind === 'integer' ? 0 - code.zeroPoint : 0);

/** Output shape of a node on the values it reads, in the order of `inputsOf`. The graph must have passed the verifier. */
export function shapeAfter(node: NetworkNode, inputs: readonly Shape[]): Shape {
  const input = inputs[0] ?? [];
  switch (node.kind) {
    case 'input':
      return node.shape;
    case 'encode':
      return codedShape(input, node.code);
    case 'dense':
    case 'embedding':
      return [node.nOut];
    case 'blockDense':
      return [node.blocks.reduce((sum, block) => sum + block.nOut, 0)];
    case 'conv2d': {
      const [h = 0, w = 0] = input;
      return [...windowOutput(h, w, node), node.nOut];
    }
    case 'maxPool':
    case 'avgPool':
    case 'sumPool': {
      const [h = 0, w = 0, c = 0] = input;
      return [...windowOutput(h, w, node), c];
    }
    case 'flatten':
      return [sizeOf(input)];
    case 'rearrange':
    case 'delay':
      return node.shape;
    case 'concat':
      return [...input.slice(0, -1), inputs.reduce((sum, shape) => sum + channelsOf(shape), 0)];
    case 'votes':
      return [node.nClasses];
    case 'batchNorm':
    case 'sign':
    case 'step':
    case 'relu':
    case 'clip':
    case 'function':
    case 'multiply':
    case 'extremum':
    case 'quantise':
    case 'threshold':
    case 'requantise':
    case 'lookup':
    case 'add':
    case 'rmsNorm':
    case 'attention':
    case 'neuron':
    case 'integerNeuron':
    case 'scores':
      return input;
    default:
      return assertNever(node);
  }
}

/** Output shape of every node of a verified graph. */
export function inferShapes(graph: NetworkGraph): ReadonlyMap<NodeId, Shape> {
  const shapes = new Map<NodeId, Shape>();
  for (const node of graph.nodes) {
    const inputs = inputsOf(node).map((id) => shapes.get(id) ?? []);
    shapes.set(node.id, shapeAfter(node, inputs));
  }
  return shapes;
}
