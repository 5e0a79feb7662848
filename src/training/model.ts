import * as tf from '@tensorflow/tfjs-core';
import { assertNever, present } from '../common/assert.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../common/diagnostics.js';
import { PURPOSE, type Sequence, sequence } from '../common/rng.js';
import { sizeOf } from '../ir/network/shapes.js';
import type { NetworkGraph, Shape } from '../ir/network/types.js';
import { verifyNetwork } from '../ir/network/verify.js';
import type { GridBlock } from './block-grid.js';
import { batchNormLayer } from './layers/batch-norm.js';
import { blockDenseLayer } from './layers/block-dense.js';
import { conv2dLayer } from './layers/conv2d.js';
import { denseLayer } from './layers/dense.js';
import type { Gradients, Layer, Mode } from './layers/layer.js';
import { activationLayer, flattenLayer, maxPoolLayer } from './layers/simple.js';
import { readFloats } from './layers/tensor-data.js';
import { createParameter, type Parameter, type Projection } from './parameter.js';
import { planNetwork, type PlannedNode } from './plan.js';
import type { Recipe } from './recipe.js';

/** A network in training. */
export interface Model {
  readonly recipe: Recipe;
  readonly nClasses: number;
  /** Number of features of the last layer. */
  readonly nFeatures: number;
  readonly parameters: readonly Parameter[];
  /** State that is not trained by gradients. */
  readonly statistics: readonly Float64Array[];
  /** Features of the last layer, [batch, nFeatures], of coded images. Call inside `tf.tidy`. */
  forward(coded: Float32Array, mode: Mode): Float32Array;
  /** Gradients of all parameters from that of the features. Call inside the `tf.tidy` of the forward pass. */
  backward(featureGradient: Float32Array): Gradients;
  /** The network with its deployed weights and float64 normalisation: the definition of what was trained. */
  deploy(): NetworkGraph;
}

/**
 * Builds the network of a recipe with the initial weights of its seed.
 * @throws UserError with every layer whose shape does not fit.
 */
export function buildModel(recipe: Recipe, imageShape: Shape, nClasses: number): Model {
  const planned = planNetwork(recipe, imageShape, nClasses);
  const inputShape = present(planned[2], 'first layer').input;
  const output = present(planned[planned.length - 1], 'output');
  const nFeatures = sizeOf(output.input);
  const place = `recipe "${recipe.name}"`;
  const skeleton: NetworkGraph = { name: recipe.name, dialect: 'float', nodes: planned.map(({ node }) => node) };
  throwIfErrors([...verifyNetwork(skeleton, place), ...checkScores(recipe, nFeatures, nClasses, place)]);

  const layers = planned.slice(2, -1).map((plan, index) => makeLayer(plan, recipe.seed, index));
  const fixed = planned.map(({ node }) => node);
  return {
    recipe,
    nClasses,
    nFeatures,
    parameters: layers.flatMap((layer) => layer.parameters),
    statistics: layers.flatMap((layer) => layer.statistics),
    forward(coded, mode) {
      let x: tf.Tensor = tf.tensor(coded, [coded.length / sizeOf(inputShape), ...inputShape]);
      for (const layer of layers) x = layer.forward(x, mode);
      return readFloats(x);
    },
    backward(featureGradient) {
      const gradients: Gradients = new Map();
      let dy: tf.Tensor = tf.tensor(featureGradient, [featureGradient.length / nFeatures, ...output.input]);
      for (let l = layers.length - 1; l >= 0; l--) dy = layers[l]!.backward(dy, gradients, l > 0) ?? dy;
      return gradients;
    },
    deploy: () => ({
      name: recipe.name,
      dialect: 'float',
      nodes: [...fixed.slice(0, 2), ...layers.map((layer) => layer.deploy()), ...fixed.slice(-1)],
    }),
  };
}

function checkScores(recipe: Recipe, nFeatures: number, nClasses: number, place: string): readonly Diagnostic[] {
  if (recipe.output !== 'scores' || nFeatures === nClasses) return [];
  return [
    errorAt(
      'wrong-shape',
      `${place}: output`,
      `scores need one feature per class, ${nClasses}, and get ${nFeatures}`,
      `end the layers in ${nClasses} outputs, or use votes`,
    ),
  ];
}

/** Initial latents are uniform in +- this; small, so that early gradients can choose every sign. */
const INITIAL_RANGE = 0.1;
/** Ternary latents start over all three values. */
const INITIAL_RANGE_TERNARY = 2 / 3;

function makeLayer(plan: PlannedNode, seed: number, layerIdx: number): Layer {
  const { node, input } = plan;
  // One stream per layer and use: a layer's weights do not depend on the sizes of the others.
  const stream = (use: number): Sequence => sequence(seed, PURPOSE.initialWeights, layerIdx, use);
  const weights = (shape: readonly number[], projection: Projection, use = 0): Parameter => {
    const range = projection.kind === 'ternary' ? INITIAL_RANGE_TERNARY : INITIAL_RANGE;
    const random = stream(use);
    const latent = Float32Array.from({ length: sizeOf(shape) }, () => (2 * random.uniform() - 1) * range);
    return createParameter(`${node.id}.weights${use}`, shape, projection, latent);
  };
  const perChannel = (name: string, values: Float64Array): Parameter =>
    createParameter(`${node.id}.${name}`, [values.length], { kind: 'real' }, Float32Array.from(values));

  switch (node.kind) {
    case 'dense': {
      const nIn = sizeOf(input);
      return denseLayer(node, nIn, weights([nIn, node.nOut], { kind: plan.ternary ? 'ternary' : 'binary' }));
    }
    case 'blockDense': {
      const parameters = node.blocks.map((block, b) => {
        // Even uses are weights, odd ones signs.
        const signs = randomSigns(present(plan.blocks[b], 'block'), block.nOut, stream(2 * b + 1));
        return weights([block.inputs.length, block.nOut], { kind: 'masked', signs }, 2 * b);
      });
      return blockDenseLayer(node, sizeOf(input), parameters);
    }
    case 'conv2d': {
      const groupOut = node.nOut / node.groups;
      const shape = [node.weights.length / node.nOut, groupOut];
      const parameters = Array.from({ length: node.groups }, (_, g) => weights(shape, { kind: 'binary' }, g));
      return conv2dLayer(node, input, parameters);
    }
    case 'batchNorm':
      return batchNormLayer(node, perChannel('gamma', node.gamma), perChannel('beta', node.beta));
    case 'sign':
    case 'step':
      return activationLayer(node);
    case 'maxPool':
      return maxPoolLayer(node);
    case 'flatten':
      return flattenLayer(node);
    case 'input':
    case 'encode':
    case 'avgPool':
    case 'sumPool':
    case 'threshold':
    case 'relu':
    case 'quantise':
    case 'requantise':
    case 'lookup':
    case 'add':
    case 'concat':
    case 'embedding':
    case 'rmsNorm':
    case 'attention':
    case 'votes':
    case 'scores':
      throw new Error(`internal error: a ${node.kind} node is not trained`);
    default:
      return assertNever(node);
  }
}

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
