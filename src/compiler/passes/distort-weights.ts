/**
 * Distortions of the weights of a network of the float dialect, at test time. The families are those of Merolla et al., arXiv
 * 1606.01981 (2016), by its abstract; their parametrisation is ours. With a = the largest |w| of the layer, w in real units
 * (integers times their scale), n a standard normal and u uniform, drawn once per chip for every weight:
 *
 * - `additive`: w + sigma a n
 * - `multiplicative`: w (1 + sigma n)
 * - `uniformLog`: w u, u in gamma..1/gamma (the factor is uniform, not its logarithm)
 * - `power`: a sign(w) |w / a|^beta
 * - `round`: the nearest of 2^bits - 1 levels in -a..a
 * - `sign`: a sign(w), sign(0) = +1
 * - `stochastic`: a s, P(s = +1) = (w / a + 1) / 2
 *
 * The results are real weights, rounded to float32 once: nothing is projected back to what a chip can hold (weight-noise.ts
 * does that). A weight sees the same draws at every level, so a curve over levels is one chip getting worse.
 */
import { assertNever } from '../../common/assert.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { fillWords, normalOf, PURPOSE } from '../../common/rng.js';
import {
  largestLevel,
  powerOf,
  randomSign,
  roundToLevel,
  signOf,
  uniformFactor,
} from '../../common/weight-projections.js';
import type { Conv2dNode, DenseNode, NetworkGraph } from '../../ir/network/types.js';

/** A distortion with its level. `sigma` >= 0, `gamma` above 0 up to 1, `beta` >= 0, `bits` 2..8. */
export type Distortion =
  | { readonly kind: 'additive'; readonly sigma: number }
  | { readonly kind: 'multiplicative'; readonly sigma: number }
  | { readonly kind: 'uniformLog'; readonly gamma: number }
  | { readonly kind: 'power'; readonly beta: number }
  | { readonly kind: 'round'; readonly bits: number }
  | { readonly kind: 'sign' }
  | { readonly kind: 'stochastic' };

/** Whether chips differ. */
export const isRandom = ({ kind }: Distortion): boolean => kind !== 'power' && kind !== 'round' && kind !== 'sign';

/** Whether every network stays what it is: the distortion at the end of its range that changes nothing. */
export function changesNothing(distortion: Distortion): boolean {
  switch (distortion.kind) {
    case 'additive':
    case 'multiplicative':
      return distortion.sigma === 0;
    case 'uniformLog':
      return distortion.gamma === 1;
    case 'power':
      return distortion.beta === 1;
    case 'round':
    case 'sign':
    case 'stochastic':
      return false;
    default:
      return assertNever(distortion);
  }
}

/**
 * A copy of the network with distorted weights; a pure function of network, distortion and chip seed. The network itself where
 * the distortion changes nothing.
 * @throws UserError for levels out of range, for a network of the integer dialect and for layers that cannot hold real weights.
 */
export function distortWeights(graph: NetworkGraph, distortion: Distortion, chipSeed: number): NetworkGraph {
  throwIfErrors([...checkLevel(distortion), ...checkDistortable(graph)]);
  if (changesNothing(distortion)) return graph;
  const nodes = graph.nodes.map((node, nodeIdx) => {
    if (node.kind !== 'dense' && node.kind !== 'conv2d') return node;
    return withRealWeights(node, distorted(realWeights(node), distortion, { chipSeed, nodeIdx }));
  });
  return { ...graph, nodes };
}

/** The weights of a layer in real units, [nOut, inputs of an output]: integers times their scale. */
export function realWeights({ weights, scale, nOut }: DenseNode | Conv2dNode): Float64Array {
  const fanIn = weights.length / nOut;
  const real = new Float64Array(weights.length);
  for (let k = 0; k < real.length; k++) {
    const factor = scale === undefined ? 1 : scale[scale.length === 1 ? 0 : Math.floor(k / fanIn)]!;
    real[k] = factor * weights[k]!;
  }
  return real;
}

/** The layer with real weights: scale and width belonged to its integers. */
function withRealWeights(node: DenseNode | Conv2dNode, weights: Float32Array): DenseNode | Conv2dNode {
  const { id, input, nOut } = node;
  const shared = { id, input, nOut, weights, ...(node.bias === undefined ? {} : { bias: node.bias }) };
  if (node.kind === 'dense') return { kind: 'dense', ...shared };
  const { window, stride, padding, padValue, groups } = node;
  const dilation = node.dilation === undefined ? {} : { dilation: node.dilation };
  return { kind: 'conv2d', ...shared, window, stride, padding, padValue, groups, ...dilation };
}

/** The bound a of a layer: its largest |w|. */
export function boundOf(weights: Float64Array): number {
  let bound = 0;
  for (const w of weights) if (Math.abs(w) > bound) bound = Math.abs(w);
  return bound;
}

/** Every rule a distortion breaks. */
export function checkLevel(distortion: Distortion): readonly Diagnostic[] {
  const wrong = (name: string, value: number, range: string): readonly Diagnostic[] => [
    errorAt('bad-distortion', `distortion ${distortion.kind}`, `${name} is ${value}`, `use ${range}`),
  ];
  switch (distortion.kind) {
    case 'additive':
    case 'multiplicative': {
      const { sigma } = distortion;
      return Number.isFinite(sigma) && sigma >= 0 ? [] : wrong('sigma', sigma, 'a number from 0 on');
    }
    case 'uniformLog': {
      const { gamma } = distortion;
      return gamma > 0 && gamma <= 1 ? [] : wrong('gamma', gamma, 'a number above 0, up to 1');
    }
    case 'power': {
      const { beta } = distortion;
      return Number.isFinite(beta) && beta >= 0 ? [] : wrong('beta', beta, 'a number from 0 on');
    }
    case 'round': {
      const { bits } = distortion;
      return Number.isInteger(bits) && bits >= 2 && bits <= 8 ? [] : wrong('bits', bits, 'an integer 2..8');
    }
    case 'sign':
    case 'stochastic':
      return [];
    default:
      return assertNever(distortion);
  }
}

/** Every reason why a network cannot be distorted. */
export function checkDistortable({ name, dialect, nodes }: NetworkGraph): readonly Diagnostic[] {
  if (dialect === 'integer') {
    const message = 'distortions are defined on the weights of the float dialect, and this network is lowered';
    return [errorAt('integer-dialect', `network "${name}"`, message, 'distort the network before lowering it')];
  }
  return nodes.flatMap((node) => {
    // Their weights are more than dense matrices, or integers by definition.
    if (node.kind !== 'blockDense' && node.kind !== 'embedding') return [];
    const place = `network "${name}": layer "${node.id}" (${node.kind})`;
    const message = 'weights of dense and conv2d layers can be distorted, and this layer has others';
    return [errorAt('not-distorted', place, message, 'use a network of dense and conv2d layers')];
  });
}

/** Where the draws of a layer come from. */
interface LayerDraws {
  readonly chipSeed: number;
  readonly nodeIdx: number;
}

function distorted(weights: Float64Array, distortion: Distortion, draws: LayerDraws): Float32Array {
  const a = boundOf(weights);
  const result = new Float32Array(weights.length);
  // Nothing but zeros: there is no scale to distort by.
  if (a === 0) return result;
  // Two words per weight, in blocks of four.
  const words = new Uint32Array(isRandom(distortion) ? 4 * Math.ceil(weights.length / 2) : 0);
  fillWords(draws.chipSeed, PURPOSE.weightDistortion, draws.nodeIdx, 0, words);
  for (let k = 0; k < weights.length; k++) {
    result[k] = distortedWeight(weights[k]!, a, distortion, words[2 * k] ?? 0, words[2 * k + 1] ?? 0);
  }
  return result;
}

function distortedWeight(w: number, a: number, distortion: Distortion, word0: number, word1: number): number {
  switch (distortion.kind) {
    case 'additive':
      return w + distortion.sigma * a * normalOf(word0, word1);
    case 'multiplicative':
      return w * (1 + distortion.sigma * normalOf(word0, word1));
    case 'uniformLog':
      return w * uniformFactor(distortion.gamma, word0);
    case 'power':
      return powerOf(w, a, distortion.beta);
    case 'round':
      return (a / largestLevel(distortion.bits)) * roundToLevel(w, a, distortion.bits);
    case 'sign':
      return a * signOf(w);
    case 'stochastic':
      return a * randomSign(w, a, word0);
    default:
      return assertNever(distortion);
  }
}
