/**
 * Turns channels round that fall through their batch norm on the way to a quantiser or a residual sum: w becomes -w, bias -bias,
 * mean -mean and gamma -gamma. A requantisation multiplies by positive numbers, so its channels have to rise. On the way to a sign
 * or step nothing is needed: a threshold compares in both directions.
 */
import { type Diagnostic, warningAt } from '../../common/diagnostics.js';
import { printNetwork } from '../../ir/network/print.js';
import {
  type BatchNormNode,
  type BitWidth,
  type Conv2dNode,
  type DenseNode,
  inputsOf,
  type NetworkNode,
  type NodeId,
} from '../../ir/network/types.js';
import { fitsBits } from '../../ir/network/verify-node.js';
import { networkVerdict } from './network-verdict.js';
import type { NetworkPass } from './pass.js';

export const turnChannels: NetworkPass = {
  name: 'turn-channels',
  summary: 'negates the weights of channels that fall through their batch norm, where a requantisation follows',
  exactness: {
    kind: 'exact',
    why: 'negating both factors of a product, or both sides of a difference, changes no rounding',
  },
  options: {},
  statistics: {
    turnedLayers: 'layers with channels turned round',
    turnedChannels: 'channels turned round',
    widenedLayers: 'layers whose weights need more bits afterwards',
  },
  run: (graph) => {
    const readers = readersOf(graph.nodes);
    const replaced = new Map<NodeId, NetworkNode>();
    const diagnostics: Diagnostic[] = [];
    let turnedChannels = 0;
    for (const node of graph.nodes) {
      if ((node.kind !== 'dense' && node.kind !== 'conv2d') || !(node.weights instanceof Int8Array)) continue;
      const [norm, other] = readers.get(node.id) ?? [];
      if (norm?.kind !== 'batchNorm' || other !== undefined || !reachesRequantisation(norm, readers)) continue;
      const turned = turnableChannels(norm, node.weights, node.nOut);
      if (!turned.includes(true)) continue;
      turnedChannels += turned.filter(Boolean).length;
      const linear = turnLinear(node, node.weights, turned);
      replaced.set(node.id, linear);
      replaced.set(norm.id, turnNorm(norm, turned));
      if (linear.weightBits === node.weightBits) continue;
      diagnostics.push(
        warningAt(
          'wider-weights',
          `${graph.name}: layer "${node.id}" (${node.kind})`,
          `channels with a negative gamma are turned round, which takes weights of ${linear.weightBits} instead of ${node.weightBits} bits`,
          'train with positive gamma, or leave out the lowest weight',
        ),
      );
    }
    return {
      result: { ...graph, nodes: graph.nodes.map((node) => replaced.get(node.id) ?? node) },
      diagnostics,
      statistics: { turnedLayers: replaced.size / 2, turnedChannels, widenedLayers: diagnostics.length },
    };
  },
  verify: networkVerdict,
  print: printNetwork,
};

function readersOf(nodes: readonly NetworkNode[]): ReadonlyMap<NodeId, readonly NetworkNode[]> {
  const readers = new Map<NodeId, NetworkNode[]>();
  for (const node of nodes) {
    for (const id of inputsOf(node)) readers.set(id, [...(readers.get(id) ?? []), node]);
  }
  return readers;
}

/** Whether a quantiser or a join reads the node before any other activation does. */
function reachesRequantisation(node: NetworkNode, readers: ReadonlyMap<NodeId, readonly NetworkNode[]>): boolean {
  return (readers.get(node.id) ?? []).some((reader) => {
    switch (reader.kind) {
      case 'quantise':
      case 'add':
      case 'extremum':
      case 'concat':
        return true;
      case 'batchNorm':
      case 'relu':
      case 'clip':
      case 'rearrange':
      case 'maxPool':
      case 'avgPool':
      case 'flatten':
        return reachesRequantisation(reader, readers);
      default:
        return false;
    }
  });
}

/** Channels with a negative gamma, but those that hold -128, which has no negative among 8-bit weights. */
function turnableChannels(norm: BatchNormNode, weights: Int8Array, nOut: number): readonly boolean[] {
  const fanIn = weights.length / nOut;
  return Array.from(
    norm.gamma,
    (gamma, o) => gamma < 0 && !weights.subarray(o * fanIn, (o + 1) * fanIn).includes(-128),
  );
}

function turnLinear(
  node: DenseNode | Conv2dNode,
  weights: Int8Array,
  turned: readonly boolean[],
): DenseNode | Conv2dNode {
  const fanIn = weights.length / node.nOut;
  const negated = weights.map((w, k) => (turned[Math.floor(k / fanIn)] === true ? 0 - w : w));
  const { bias, weightBits } = node;
  return {
    ...node,
    weights: negated,
    ...(bias === undefined ? {} : { bias: bias.map((b, o) => (turned[o] === true ? 0 - b : b)) }),
    ...(weightBits === undefined ? {} : { weightBits: narrowest(negated, weightBits) }),
  };
}

/** The narrowest width from `from` on that holds every weight. */
function narrowest(weights: Int8Array, from: BitWidth): BitWidth {
  const widths: readonly BitWidth[] = [1, 2, 3, 4, 5, 6, 7];
  return widths.find((bits) => bits >= from && weights.every((w) => fitsBits(w, bits))) ?? 8;
}

function turnNorm(norm: BatchNormNode, turned: readonly boolean[]): BatchNormNode {
  const turn = (a: Float64Array): Float64Array => a.map((v, c) => (turned[c] === true ? 0 - v : v));
  return { ...norm, gamma: turn(norm.gamma), mean: turn(norm.mean) };
}
