import { assertNever } from '../../common/assert.js';
import type { InputCode, NetworkGraph, NetworkNode, NodeId, Shape, Window2d } from './types.js';

/** Number of elements of a shape. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

/** Size of the last dimension. */
export const channelsOf = (shape: Shape): number => shape[shape.length - 1] ?? 0;

/** Rows and columns a window produces on an image of h x w; may be <= 0 when the window does not fit. */
export function windowOutput(h: number, w: number, node: Window2d): readonly [number, number] {
  const [top, bottom, left, right] = node.padding;
  return [
    Math.floor((h + top + bottom - node.window[0]) / node.stride[0]) + 1,
    Math.floor((w + left + right - node.window[1]) / node.stride[1]) + 1,
  ];
}

/** Shape of an input after coding. */
export function codedShape(shape: Shape, code: InputCode): Shape {
  if (code.kind !== 'thermometer') return shape;
  return [...shape.slice(0, -1), channelsOf(shape) * code.levels.length];
}

/** The largest coded value of an element, which is also the number of ticks in which it may spike. */
export function codeMax(code: InputCode): number {
  switch (code.kind) {
    case 'threshold':
    case 'thermometer':
      return 1;
    case 'rate':
      return 2 ** code.bits - 1;
    case 'bernoulli':
      return code.ticks;
    default:
      return assertNever(code);
  }
}

/** Output shape of a node on an input of this shape. The graph must have passed the verifier. */
export function shapeAfter(node: NetworkNode, input: Shape): Shape {
  switch (node.kind) {
    case 'input':
      return node.shape;
    case 'encode':
      return codedShape(input, node.code);
    case 'dense':
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
    case 'votes':
      return [node.nClasses];
    case 'batchNorm':
    case 'sign':
    case 'step':
    case 'threshold':
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
    const input = node.kind === 'input' ? node.shape : (shapes.get(node.input) ?? []);
    shapes.set(node.id, shapeAfter(node, input));
  }
  return shapes;
}
