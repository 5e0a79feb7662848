import { assert, assertNever, present } from '../common/assert.js';
import { PURPOSE, type Sequence, sequence } from '../common/rng.js';
import { sizeOf } from '../ir/network/shapes.js';
import type { BatchNormNode, Conv2dNode, DenseNode, NetworkNode } from '../ir/network/types.js';
import type { GridBlock } from './block-grid.js';
import { type BatchNormStatistics, batchNormLayer, freshStatistics } from './layers/batch-norm.js';
import { blockDenseLayer } from './layers/block-dense.js';
import { conv2dLayer } from './layers/conv2d.js';
import { denseLayer } from './layers/dense.js';
import type { Layer } from './layers/layer.js';
import { avgPoolLayer, maxPoolLayer } from './layers/pool.js';
import { quantiseLayer, type QuantiserStep } from './layers/quantise.js';
import { activationLayer, flattenLayer, reluLayer } from './layers/simple.js';
import { withDroppedSpikes, withWeightNoise } from './noise.js';
import { createParameter, createSize, type Parameter, withNoise } from './parameter.js';
import type { LayerNoise } from './noise-spec.js';
import type { PlannedNode, WeightKind } from './plan.js';
import type { Draws, Projection } from './projection.js';

/** What a layer starts from. */
export interface LayerStart {
  readonly seed: number;
  /** Number of the layer in its network: its own stream of random numbers. */
  readonly layerIdx: number;
  /** The layer of the same name in the network the training starts from; it has the same sizes. */
  readonly node: NetworkNode | undefined;
  /** The step of the quantise layer of a name. */
  readonly stepOf: (id: string) => QuantiserStep;
}

/** The layer of a planned node with its initial weights and its noise. `add` has none: the model adds. */
export function makeLayer(plan: PlannedNode, start: LayerStart): Layer {
  const layer = makeExactLayer(plan, start);
  const { node, noise } = plan;
  const weights = layer.parameters.filter(({ seen, deployed }) => seen !== deployed);
  if (weights.length > 0) return withWeightNoise(layer, weights, noise, start);
  const probability = noise.droppedSpikes?.probability ?? 0;
  const isSending = node.kind === 'sign' || node.kind === 'step' || node.kind === 'quantise';
  if (!isSending || probability === 0) return layer;
  return withDroppedSpikes(layer, node.kind === 'sign' ? -1 : 0, probability, start);
}

/** Whether a layer's weights need room for noise. */
const hasWeightNoise = ({ additive, multiplicative, bitErrors }: LayerNoise): boolean =>
  Math.max(additive?.sigma ?? 0, multiplicative?.sigma ?? 0, bitErrors?.rate ?? 0) > 0;

function makeExactLayer(plan: PlannedNode, start: LayerStart): Layer {
  const { node } = plan;
  const input = plan.inputs[0] ?? [];
  // One stream per layer and use: a layer's weights do not depend on the sizes of the others.
  const stream = (use: number): Sequence => sequence(start.seed, PURPOSE.initialWeights, start.layerIdx, use);
  const roomy = (parameter: Parameter): Parameter => (hasWeightNoise(plan.noise) ? withNoise(parameter) : parameter);
  const weights = (shape: readonly number[], projection: Projection, use = 0): Parameter => {
    const range = initialRange(projection, shape[0] ?? 1);
    const random = stream(use);
    const latent = Float32Array.from({ length: sizeOf(shape) }, () => (2 * random.uniform() - 1) * range);
    return roomy(createParameter(`${node.id}.weights${use}`, shape, projection, latent));
  };
  const perChannel = (name: string, values: Float64Array): Parameter =>
    createParameter(`${node.id}.${name}`, [values.length], { kind: 'real' }, Float32Array.from(values));
  /** Weights of one group [fanIn, nOut of the group], from the network to start from or random. */
  const group = (target: DenseNode | Conv2dNode, fanIn: number, nOut: number, use = 0): Parameter => {
    const projection = projectionOf(plan.weights, { seed: start.seed, stream: start.layerIdx * 65536 + use });
    const from = start.node;
    if (from === undefined) return weights([fanIn, nOut], projection, use);
    assert(from.kind === target.kind, 'a start of the same kind');
    const name = `${node.id}.weights${use}`;
    return roomy(createParameter(name, [fanIn, nOut], projection, realWeights(from, fanIn, use * nOut, nOut)));
  };
  const biasOf = (target: DenseNode | Conv2dNode): Parameter | undefined => {
    if (target.bias === undefined) return undefined;
    const from = start.node?.kind === 'dense' || start.node?.kind === 'conv2d' ? start.node.bias : undefined;
    return perChannel('bias', from ?? target.bias);
  };

  switch (node.kind) {
    case 'dense': {
      const nIn = sizeOf(input);
      return denseLayer(node, nIn, group(node, nIn, node.nOut), biasOf(node));
    }
    case 'blockDense': {
      const parameters = node.blocks.map((block, b) => {
        // Even uses are weights, odd ones signs.
        const signs = randomSigns(present(plan.blocks[b], 'block'), block.nOut, stream(2 * b + 1));
        const draws = { seed: start.seed, stream: start.layerIdx * 65536 + b };
        const projection: Projection =
          plan.synapses === 'masked' ? { kind: 'masked', signs } : { kind: 'probability', signs, draws };
        return weights([block.inputs.length, block.nOut], projection, 2 * b);
      });
      return blockDenseLayer(node, sizeOf(input), parameters);
    }
    case 'conv2d': {
      const fanIn = node.weights.length / node.nOut;
      const groupOut = node.nOut / node.groups;
      const parameters = Array.from({ length: node.groups }, (_, g) => group(node, fanIn, groupOut, g));
      return conv2dLayer(node, input, parameters, biasOf(node));
    }
    case 'batchNorm': {
      const from = start.node?.kind === 'batchNorm' ? start.node : node;
      const statistics = start.node === undefined ? freshStatistics(node.gamma.length) : statisticsOf(from);
      return batchNormLayer(node, perChannel('gamma', from.gamma), perChannel('beta', from.beta), statistics);
    }
    case 'quantise': {
      const step =
        plan.stepOf === undefined
          ? {
              step: createSize(`${node.id}.step`, Float32Array.of(plan.startStep ?? 1)),
              started: Float64Array.of(plan.startStep === undefined ? 0 : 1),
            }
          : { step: start.stepOf(plan.stepOf).step, started: undefined };
      return quantiseLayer(node, sizeOf(input), step);
    }
    case 'sign':
    case 'step':
      return activationLayer(node);
    case 'relu':
      return reluLayer(node);
    case 'maxPool':
      return maxPoolLayer(node, input);
    case 'avgPool':
      return avgPoolLayer(node, input);
    case 'flatten':
      return flattenLayer(node);
    case 'input':
    case 'encode':
    case 'clip':
    case 'function':
    case 'multiply':
    case 'extremum':
    case 'rearrange':
    case 'add':
    case 'concat':
    case 'sumPool':
    case 'threshold':
    case 'requantise':
    case 'lookup':
    case 'embedding':
    case 'rmsNorm':
    case 'attention':
    case 'neuron':
    case 'integerNeuron':
    case 'delay':
    case 'votes':
    case 'scores':
      throw new Error(`internal error: a ${node.kind} node is not trained`);
    default:
      return assertNever(node);
  }
}

function projectionOf(weights: WeightKind, draws: Draws): Projection {
  if (typeof weights === 'string') return { kind: weights };
  switch (weights.kind) {
    case 'none':
      return { kind: 'real' };
    case 'stochastic':
    case 'stochasticMultiplicative':
      return { ...weights, draws };
    case 'lsq':
    case 'clip':
    case 'sign':
    case 'round':
    case 'power':
      return weights;
    default:
      return assertNever(weights);
  }
}

/** Initial latents are uniform in +- this share of their bound; small, so that early gradients can choose every sign. */
const INITIAL_RANGE = 0.1;
/** Latents that are rounded start over all levels, ternary ones over all three values. */
const INITIAL_RANGE_TERNARY = 2 / 3;

/** Real weights, and those with a learned step, keep the variance through a rectifier (He et al., ICCV 2015). */
function initialRange(projection: Projection, fanIn: number): number {
  const { kind } = projection;
  switch (kind) {
    case 'real':
    case 'lsq':
      return Math.sqrt(6 / fanIn);
    case 'clip':
    case 'power':
      return Math.min(projection.bound, Math.sqrt(6 / fanIn));
    case 'round':
      return INITIAL_RANGE_TERNARY * projection.bound;
    case 'stochastic':
    case 'stochasticMultiplicative':
      // Signs of small latents are all chance, and hardly a gradient gets through.
      return projection.bound;
    case 'probability':
      // The same of synapses: probabilities start over all of 0..1.
      return 1;
    case 'sign':
      return INITIAL_RANGE * projection.bound;
    case 'ternary':
      return INITIAL_RANGE_TERNARY;
    case 'binary':
    case 'masked':
      return INITIAL_RANGE;
    default:
      return assertNever(kind);
  }
}

/** Outputs first..first + nOut - 1 of a node as a parameter, [fanIn, nOut]: integers times their scale. */
function realWeights(node: DenseNode | Conv2dNode, fanIn: number, first: number, nOut: number): Float32Array {
  const { scale } = node;
  const latent = new Float32Array(fanIn * nOut);
  for (let o = 0; o < nOut; o++) {
    const factor = scale === undefined ? 1 : scale[scale.length === 1 ? 0 : first + o]!;
    for (let i = 0; i < fanIn; i++) latent[i * nOut + o] = factor * node.weights[(first + o) * fanIn + i]!;
  }
  return latent;
}

const statisticsOf = ({ mean, variance }: BatchNormNode): BatchNormStatistics => ({
  mean: mean.slice(),
  variance: variance.slice(),
  started: Float64Array.of(1),
});

/** The pairs of axon types that excite a neuron; the other two inhibit it. */
const EXCITING: readonly (readonly [number, number])[] = [
  [0, 1],
  [0, 2],
  [0, 3],
  [1, 2],
  [1, 3],
  [2, 3],
];

/** Signs [nIn, nOut] of a block: per neuron, two of the four axon types drawn to excite and two to inhibit. */
function randomSigns(block: GridBlock, nOut: number, random: Sequence): Int8Array {
  const { axonTypes } = block;
  const signs = new Int8Array(axonTypes.length * nOut);
  for (let o = 0; o < nOut; o++) {
    const exciting = present(EXCITING[random.below(EXCITING.length)], 'pair of axon types');
    axonTypes.forEach((type, i) => {
      signs[i * nOut + o] = exciting.includes(type) ? 1 : -1;
    });
  }
  return signs;
}
