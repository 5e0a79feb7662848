/**
 * Noise on weights before deployment: every weight w of a layer with largest weight a becomes
 * w (1 + multiplicative * n1) + additive * a * n2 with standard normal n1, n2, and is then projected back to what the chip can
 * hold: the sign where the layer has only -a and +a, else the nearest integer in -a..a. Where one axon per input with typed
 * weights is all a core has (blocks wired for it), the projection is to 0 or the row's weight of the input's type.
 */
import { fail } from '../../common/diagnostics.js';
import { draw4, normalOf, PURPOSE } from '../../common/rng.js';
import type { BitWidth, BlockDenseNode, DenseBlock, NetworkGraph, NetworkNode } from '../../ir/network/types.js';
import { sortIntoTypes } from '../targets/truenorth/axon-types.js';
import type { Matrix } from '../targets/truenorth/matrix.js';

/** Standard deviations; 0 is off. */
export interface WeightNoise {
  readonly additive: number;
  readonly multiplicative: number;
}

/** A copy of the network with noisy weights; a pure function of the seed. */
export function addWeightNoise(graph: NetworkGraph, noise: WeightNoise, chipSeed: number): NetworkGraph {
  if (noise.additive === 0 && noise.multiplicative === 0) return graph;
  return { ...graph, nodes: graph.nodes.map((node, layer) => noisyNode(node, noise, chipSeed, layer)) };
}

function noisyNode(node: NetworkNode, noise: WeightNoise, seed: number, layer: number): NetworkNode {
  switch (node.kind) {
    case 'dense':
    case 'conv2d': {
      const { weights } = node;
      if (!(weights instanceof Int8Array)) {
        fail(
          'real-weights',
          `layer "${node.id}" (${node.kind})`,
          'weight noise acts on the integers a chip stores, and the weights are real numbers',
          'quantise the network first',
        );
      }
      return { ...node, weights: project(weights, perturb(weights, noise, seed, layer, 0), node.weightBits) };
    }
    case 'blockDense':
      return noisyBlocks(node, noise, seed, layer);
    default:
      return node;
  }
}

function noisyBlocks(node: BlockDenseNode, noise: WeightNoise, seed: number, layer: number): BlockDenseNode {
  const blocks = node.blocks.map((block, b) => {
    const noisy = perturb(block.weights, noise, seed, layer, b);
    const typed = typedWeights(block);
    if (typed === undefined) return { ...block, weights: project(block.weights, noisy) };
    const weights = block.weights.map((_, k) => {
      const connected = typed[k]!;
      return Math.abs(noisy[k]! - connected) < Math.abs(noisy[k]!) ? connected : 0;
    });
    return { ...block, weights };
  });
  return { ...node, blocks };
}

/** [nOut, nIn] the weight a connection would have, when the block's inputs can be sorted into four axon types. */
function typedWeights(block: DenseBlock): Int8Array | undefined {
  const nIn = block.inputs.length;
  const inputs = Array.from({ length: nIn }, (_, i) => i);
  const rows = Array.from({ length: block.nOut }, (_, o) => o);
  const typing = sortIntoTypes(denseMatrix(block.weights, block.nOut, nIn), { rows, inputs }, 4);
  if (typing === undefined) return undefined;
  return Int8Array.from(
    block.weights,
    (_, k) => typing.weights.get(Math.floor(k / nIn))![typing.typeOf.get(k % nIn)!]!,
  );
}

/** A dense matrix without its zeros. */
function denseMatrix(weights: Int8Array, nOut: number, nIn: number): Matrix {
  const column: number[] = [];
  const weight: number[] = [];
  const rowStart = new Int32Array(nOut + 1);
  for (let o = 0; o < nOut; o++) {
    for (let i = 0; i < nIn; i++) {
      if (weights[o * nIn + i] === 0) continue;
      column.push(i);
      weight.push(weights[o * nIn + i]!);
    }
    rowStart[o + 1] = column.length;
  }
  return {
    nIn,
    nOut,
    rowStart: rowStart.subarray(0, nOut),
    rowEnd: rowStart.subarray(1),
    column: Int32Array.from(column),
    weight: Int16Array.from(weight),
    group: new Int32Array(nOut),
    groupPlace: new Int32Array(0),
  };
}

function perturb(weights: Int8Array, noise: WeightNoise, seed: number, layer: number, block: number): Float64Array {
  const a = weights.reduce((max, w) => Math.max(max, Math.abs(w)), 0);
  const words = new Uint32Array(4);
  return Float64Array.from(weights, (w, k) => {
    draw4(seed, PURPOSE.weightNoise, layer, k, block, words);
    // Noise levels are real numbers: only their projection reaches the chip.
    const factor = 1 + noise.multiplicative * normalOf(words[0]!, words[1]!);
    return w * factor + noise.additive * a * normalOf(words[2]!, words[3]!);
  });
}

function project(weights: Int8Array, noisy: Float64Array, weightBits: BitWidth = 8): Int8Array {
  const a = weights.reduce((max, w) => Math.max(max, Math.abs(w)), 0);
  const bipolar = weights.every((w) => w === a || w === -a);
  // -128 has no counterpart among 8-bit weights, nor has the lowest of any other width.
  const most = Math.min(a, weightBits === 1 ? 1 : 2 ** (weightBits - 1) - 1);
  return Int8Array.from(noisy, (w) => (bipolar ? (w >= 0 ? most : -a) : Math.max(-a, Math.min(most, Math.round(w)))));
}
