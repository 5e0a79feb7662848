/**
 * Weights with a zero point have up to 9 bits, the VMM takes 8. A layer whose weights leave 8 bits becomes a sum of layers whose weights add up to
 * its own: sum (a + b) x = sum a x + sum b x, exactly, with the signs of the weights, so that no part reaches further than the whole.
 *
 * ```
 *    x --> W in -143..109 --> y        x --> W clipped to -128..109 --> y.part1 --(+)--> y
 *                                      `---> the rest, -15..0 ----> y.part2 ------^
 * ```
 */
import { effectiveWeights } from '../../../ir/network/linear.js';
import type { Conv2dNode, DenseNode, NetworkGraph, NetworkNode, NodeId } from '../../../ir/network/types.js';
import { freshNames } from '../../fresh-names.js';

/** A network without zero points of weights. */
export interface NarrowNetwork {
  readonly graph: NetworkGraph;
  /** The layer that each made-up one stands for, by its id. */
  readonly partOf: ReadonlyMap<NodeId, NodeId>;
}

/** Brings all weights of a verified integer network into 8 bits. The values of its own layers stay what they are. */
export function narrowWeights(graph: NetworkGraph): NarrowNetwork {
  const fresh = freshNames(graph.nodes.map(({ id }) => id));
  const partOf = new Map<NodeId, NodeId>();
  const nodes = graph.nodes.flatMap((node): readonly NetworkNode[] => {
    if ((node.kind !== 'dense' && node.kind !== 'conv2d') || node.weightZeroPoint === undefined) return [node];
    const parts = splitWeights(effectiveWeights(node));
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return [withWeights(node, node.id, only, node.bias)];
    const made: NetworkNode[] = [];
    const name = (word: string): NodeId => {
      const id = fresh(`${node.id}.${word}`);
      partOf.set(id, node.id);
      return id;
    };
    const layers = parts.map((weights, p) => {
      // The bias counts once.
      const layer = withWeights(node, name(`part${p + 1}`), weights, p === 0 ? node.bias : undefined);
      made.push(layer);
      return layer.id;
    });
    layers.reduce((sum, part, p) => {
      const id = p === layers.length - 1 ? node.id : name('sum');
      made.push({ kind: 'add', id, inputs: [sum, part] });
      return id;
    });
    return made;
  });
  return { graph: { ...graph, nodes }, partOf };
}

/** Weights of 8 bits that add up to these, none of them on the other side of 0. At least one part. */
function splitWeights(weights: Int8Array | Int16Array): readonly Int8Array[] {
  const parts: Int8Array[] = [];
  let rest = Int16Array.from(weights);
  do {
    const part = Int8Array.from(rest, (w) => Math.min(Math.max(w, -128), 127));
    parts.push(part);
    rest = rest.map((w, k) => w - part[k]!);
  } while (rest.some((w) => w !== 0));
  return parts;
}

/** The layer with other weights, without their zero point; their width is whatever they need. */
function withWeights(node: DenseNode | Conv2dNode, id: NodeId, weights: Int8Array, bias?: Float64Array): NetworkNode {
  const { input, nOut } = node;
  const linear = { id, input, nOut, weights, ...(bias === undefined ? {} : { bias }) };
  if (node.kind === 'dense') return { kind: 'dense', ...linear };
  const { window, stride, padding, groups, padValue, dilation } = node;
  const geometry = { window, stride, padding, ...(dilation === undefined ? {} : { dilation }) };
  return { kind: 'conv2d', ...linear, ...geometry, groups, padValue };
}
