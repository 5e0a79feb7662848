/**
 * Moves max pooling behind the activation: act(bn(max(x))) = max(act(bn(x))) for channels in which bn does not fall, and
 * min(act(bn(x))) where gamma < 0. Binary maxima cost a chip nothing (spikes merge on an axon), maxima of quantised values
 * little; maxima of sums would need every sum.
 */
import { printNetwork } from '../../ir/network/print.js';
import {
  type BatchNormNode,
  inputsOf,
  type MaxPoolNode,
  type NetworkNode,
  type NodeId,
} from '../../ir/network/types.js';
import { withInput } from '../../ir/network/with-inputs.js';
import { networkVerdict } from './network-verdict.js';
import { type NetworkPass } from './pass.js';

export const moveMaxPool: NetworkPass = {
  name: 'move-max-pool',
  summary: 'moves max pooling behind the activation that follows it',
  exactness: { kind: 'exact', why: 'batch norm and activation are monotone, also after rounding' },
  options: {},
  statistics: {
    moved: 'max pools moved behind an activation',
    flippedChannels: 'channels of these that take the minimum, because their batch norm falls',
  },
  run: (graph) => {
    let nodes = graph.nodes;
    let moved = 0;
    for (const node of graph.nodes.toReversed()) {
      if (node.kind !== 'maxPool') continue;
      const after = moveBehind(nodes, node.id);
      if (after !== nodes) moved++;
      nodes = after;
    }
    const flippedChannels = nodes
      .filter((node) => node.kind === 'maxPool')
      .reduce((n, node) => n + (node.minChannels?.filter((m) => m === 1).length ?? 0), 0);
    return { result: { ...graph, nodes }, diagnostics: [], statistics: { moved, flippedChannels } };
  },
  verify: networkVerdict,
  print: printNetwork,
};

/** The layers between the pool and its activation, inclusive: each reads only the one before, each is read by one layer. */
function pathToActivation(nodes: readonly NetworkNode[], pool: NodeId): readonly Monotone[] | undefined {
  const path: Monotone[] = [];
  let at = pool;
  for (;;) {
    const readers = nodes.filter((node) => inputsOf(node).includes(at));
    const next = readers[0];
    if (readers.length !== 1 || next === undefined || !isMonotone(next)) return undefined;
    path.push(next);
    if (next.kind !== 'batchNorm' && next.kind !== 'relu' && next.kind !== 'clip') return path;
    at = next.id;
  }
}

type Monotone = Extract<NetworkNode, { kind: 'batchNorm' | 'relu' | 'clip' | 'sign' | 'step' | 'quantise' }>;

function isMonotone(node: NetworkNode): node is Monotone {
  return ['batchNorm', 'relu', 'clip', 'sign', 'step', 'quantise'].includes(node.kind);
}

function moveBehind(nodes: readonly NetworkNode[], id: NodeId): readonly NetworkNode[] {
  const pool = nodes.find((node) => node.id === id);
  const path = pathToActivation(nodes, id);
  const first = path?.[0];
  const activation = path?.at(-1);
  if (pool?.kind !== 'maxPool' || path === undefined || first === undefined || activation === undefined) return nodes;
  return nodes.flatMap((node): readonly NetworkNode[] => {
    if (node.id === pool.id) return [];
    const rewired = node.id === first.id ? { ...first, input: pool.input } : node;
    if (node.id === activation.id) return [rewired, poolBehind(pool, activation.id, path)];
    return [inputsOf(node).includes(activation.id) ? withInput(rewired, activation.id, pool.id) : rewired];
  });
}

function poolBehind(pool: MaxPoolNode, input: NodeId, path: readonly Monotone[]): MaxPoolNode {
  const norms = path.filter((node): node is BatchNormNode => node.kind === 'batchNorm');
  const falls = (c: number): boolean => norms.reduce((sign, n) => sign * Math.sign(n.gamma[c]!), 1) < 0;
  const { minChannels, ...rest } = pool;
  // A pool that took minima already, read through a falling batch norm, takes maxima again.
  const flipped =
    norms[0] === undefined
      ? minChannels
      : Uint8Array.from(norms[0].gamma, (_, c) => (falls(c) ? 1 : 0) ^ (minChannels?.[c] ?? 0));
  return { ...rest, input, ...(flipped?.some((m) => m === 1) === true ? { minChannels: flipped } : {}) };
}
