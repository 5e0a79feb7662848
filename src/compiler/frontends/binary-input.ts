/**
 * Networks whose first activation is a sign or step of the pixels see bits only. Their input code becomes a threshold on the byte, so that chips
 * of spikes can take them: sign(a b + c) of a byte b is 2 q - 1 with q = (b >= level), and sum w (2 q - 1) = 2 sum w q - sum w.
 *
 * Only where this is exact in float64: integer weights, scales that are powers of two, no padding.
 */
import { batchNormFunction } from '../../ir/network/batch-norm.js';
import {
  type Conv2dNode,
  type DenseNode,
  type EncodeNode,
  inputsOf,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
} from '../../ir/network/types.js';
import { withInput } from '../../ir/network/with-inputs.js';

/** The same network with a threshold as its input code, if its first activation allows it; else the network itself. */
export function withBinaryInput(graph: NetworkGraph): NetworkGraph {
  const [, code] = graph.nodes;
  if (code?.kind !== 'encode' || code.code.kind !== 'integer' || code.code.bits !== 8) return graph;
  const readers = readersOf(graph);
  const chain: NetworkNode[] = [];
  for (let id = code.id; ;) {
    const [next, ...others] = readers.get(id) ?? [];
    if (next === undefined || others.length > 0) return graph;
    chain.push(next);
    if (next.kind === 'sign' || next.kind === 'step') break;
    if (next.kind !== 'batchNorm' || !isUniform(next)) return graph;
    id = next.id;
  }
  const activation = chain.at(-1);
  const level = levelOf(code, chain);
  if (activation === undefined || level === undefined) return graph;
  const linear = activation.kind === 'step' ? [] : linearBehind(activation.id, readers);
  if (linear === undefined) return graph;
  const gone = new Set(chain.map(({ id }) => id));
  const changed = new Map<NodeId, NetworkNode>([
    [code.id, { ...code, code: { kind: 'threshold', level } }],
    ...linear.map((node) => [node.id, onBits(node)] as const),
  ]);
  const nodes = graph.nodes
    .filter(({ id }) => !gone.has(id))
    .map((node) => withInput(changed.get(node.id) ?? node, activation.id, code.id));
  return { ...graph, nodes };
}

function readersOf(graph: NetworkGraph): ReadonlyMap<NodeId, readonly NetworkNode[]> {
  const readers = new Map<NodeId, NetworkNode[]>();
  for (const node of graph.nodes) {
    for (const id of inputsOf(node)) readers.set(id, [...(readers.get(id) ?? []), node]);
  }
  return readers;
}

const isUniform = ({ gamma, beta, mean, variance }: Extract<NetworkNode, { kind: 'batchNorm' }>): boolean =>
  [gamma, beta, mean, variance].every((a) => a.every((v) => v === a[0]));

/** The smallest byte that is on; undefined where bytes do not switch on once, from below. */
function levelOf({ code }: EncodeNode, chain: readonly NetworkNode[]): number | undefined {
  if (code.kind !== 'integer') return undefined;
  const norms = chain.flatMap((node) => (node.kind === 'batchNorm' ? [batchNormFunction(node)] : []));
  const isOn = (byte: number): boolean =>
    norms.reduce((x, norm) => norm(x, 0), code.step * (byte - code.zeroPoint)) >= 0;
  const on = Array.from({ length: 256 }, (_, byte) => isOn(byte));
  const level = on.indexOf(true);
  return level > 0 && on.slice(level).every(Boolean) ? level : undefined;
}

type Linear = DenseNode | Conv2dNode;

/** The layers that read the signs, directly or through what only moves them; undefined where one is not exact on bits. */
function linearBehind(id: NodeId, readers: ReadonlyMap<NodeId, readonly NetworkNode[]>): readonly Linear[] | undefined {
  const found: Linear[] = [];
  const open = [id];
  for (let from = open.pop(); from !== undefined; from = open.pop()) {
    for (const node of readers.get(from) ?? []) {
      if (node.kind === 'flatten' || node.kind === 'maxPool' || (node.kind === 'rearrange' && isFull(node))) {
        open.push(node.id);
      } else if ((node.kind === 'dense' || node.kind === 'conv2d') && isExact(node)) found.push(node);
      else return undefined;
    }
  }
  return found;
}

const isFull = ({ index }: Extract<NetworkNode, { kind: 'rearrange' }>): boolean => index?.includes(-1) !== true;

function isExact(node: Linear): boolean {
  const isPadded = node.kind === 'conv2d' && node.padding.some((p) => p > 0);
  const scales = node.scale ?? Float64Array.of(1);
  return (
    !isPadded &&
    node.weights instanceof Int8Array &&
    scales.every((s) => Number.isInteger(Math.log2(s)) && s >= 2 ** -64 && s <= 2 ** 64) &&
    (node.bias ?? new Float64Array(0)).every(Number.isInteger)
  );
}

/** The layer on bits q where it read signs 2 q - 1. */
function onBits<T extends Linear>(node: T): T {
  const { weights, nOut } = node;
  const scale = node.scale ?? Float64Array.of(1);
  const fanIn = weights.length / nOut;
  const bias = Float64Array.from({ length: nOut }, (_, o) => {
    let sum = 0;
    for (let k = o * fanIn; k < (o + 1) * fanIn; k++) sum += weights[k]!;
    return (node.bias?.[o] ?? 0) - scale[scale.length === 1 ? 0 : o]! * sum;
  });
  return { ...node, scale: scale.map((s) => 2 * s), bias };
}
