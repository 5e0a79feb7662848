/**
 * Moves max pooling behind the activation: act(bn(max(x))) = max(act(bn(x))) for channels in which bn does not fall, and
 * min(act(bn(x))) where gamma < 0. Binary maxima cost a chip nothing (spikes merge on an axon); maxima of sums would.
 */
import type { BatchNormNode, MaxPoolNode, NetworkNode } from '../../ir/network/types.js';
import { type NetworkPass } from './pass.js';

export const moveMaxPool: NetworkPass = {
  name: 'move-max-pool',
  summary: 'moves max pooling behind the activation that follows it',
  exactness: 'exact: batch norm and activation are monotone, also after rounding',
  run: (graph) => {
    const nodes = [...graph.nodes];
    for (let i = nodes.length - 1; i >= 0; i--) {
      const pool = nodes[i];
      if (pool?.kind !== 'maxPool') continue;
      const end = endOfActivation(nodes, i + 1);
      if (end === undefined) continue;
      const moved = nodes.slice(i + 1, end);
      nodes.splice(i, end - i, ...rewire(pool, moved));
      const next = nodes[end];
      if (next !== undefined && next.kind !== 'input') nodes[end] = { ...next, input: pool.id };
    }
    return { graph: { ...graph, nodes }, diagnostics: [] };
  },
};

/** Index after the activation if only batch norms stand between `start` and it. */
function endOfActivation(nodes: readonly NetworkNode[], start: number): number | undefined {
  for (let i = start; i < nodes.length; i++) {
    const kind = nodes[i]?.kind;
    if (kind === 'sign' || kind === 'step') return i + 1;
    if (kind !== 'batchNorm') return undefined;
  }
  return undefined;
}

function rewire(pool: MaxPoolNode, moved: readonly NetworkNode[]): readonly NetworkNode[] {
  let input = pool.input;
  const result: NetworkNode[] = [];
  for (const node of moved) {
    if (node.kind === 'input') continue;
    result.push({ ...node, input });
    input = node.id;
  }
  const norms = moved.filter((node): node is BatchNormNode => node.kind === 'batchNorm');
  const first = norms[0];
  const minChannels =
    first === undefined
      ? undefined
      : Uint8Array.from(first.gamma, (_, c) =>
          norms.reduce((sign, n) => sign * Math.sign(n.gamma[c]!), 1) < 0 ? 1 : 0,
        );
  // A pool that took minima already, read through a falling batch norm, takes maxima again.
  const flipped = minChannels?.map((m, c) => m ^ (pool.minChannels?.[c] ?? 0)) ?? pool.minChannels;
  result.push({ ...pool, input, ...(flipped?.some((m) => m === 1) === true ? { minChannels: flipped } : {}) });
  return result;
}
