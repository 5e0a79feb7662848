/** The layers of a network as the plan of a training that goes on from it. */
import { present } from '../common/assert.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';
import { type Dataset, sliceDataset } from '../data/index.js';
import { inferShapes } from '../ir/network/shapes.js';
import { inputsOf, type NetworkGraph, type NetworkNode, type NodeId, type NodeKind } from '../ir/network/types.js';
import type { FromRecipe } from './from-recipe.js';
import type { PlannedNode } from './plan.js';
import { calibrateNetwork, checkQuantisable, linearLayers, quantiseNetwork } from './post/index.js';
import type { Recipe } from './recipe.js';

/** Layers that can be trained, and those around them. */
const TRAINABLE: readonly NodeKind[] = [
  ...(['input', 'encode', 'dense', 'conv2d', 'batchNorm', 'sign', 'step', 'relu', 'quantise'] as const),
  ...(['maxPool', 'avgPool', 'flatten', 'add', 'votes', 'scores'] as const),
];

/** Training images, the first ones, that show the ranges of activations. */
const CALIBRATION_IMAGES = 500;

/**
 * The network that a training goes on from, and its recipe: with quantisers, where the recipe asks for activations of some bits.
 * @throws UserError with every layer that cannot be trained or that the recipe names in vain
 */
export function goOnFrom(
  recipe: FromRecipe,
  network: NetworkGraph,
  data: Dataset,
): { readonly recipe: Recipe; readonly start: NetworkGraph } {
  const place = `recipe "${recipe.name}": from`;
  throwIfErrors([...untrainable(network, place), ...unknownLayers(recipe, network)]);
  const start = withActivations(recipe, network, data, place);
  const code = present(
    start.nodes.find((node) => node.kind === 'encode'),
    'input code',
  );
  const output = present(start.nodes.at(-1), 'output');
  const { name, dataset, seed, weights, layers, training } = recipe;
  return {
    start,
    recipe: {
      ...{ name, dataset, seed, training, start: recipe.from, layers: [] },
      input: code.code,
      output: output.kind === 'votes' ? 'votes' : 'scores',
      from: { weights, layers },
    },
  };
}

function untrainable({ dialect, nodes }: NetworkGraph, place: string): readonly Diagnostic[] {
  if (dialect !== 'float') {
    return [errorAt('wrong-dialect', place, 'the network is an integer network', 'pass the float network')];
  }
  return nodes.flatMap((node): readonly Diagnostic[] => {
    const where = `${place}: layer "${node.id}" (${node.kind})`;
    if (!TRAINABLE.includes(node.kind)) {
      return [errorAt('not-trained', where, 'layers of this kind cannot be trained', 'go on from another network')];
    }
    if (node.kind === 'encode' && node.code.kind === 'bernoulli') {
      return [errorAt('not-trained', where, 'inputs are drawn anew in every tick', 'use another input code')];
    }
    if (node.kind !== 'quantise' || node.levels === undefined) return [];
    const message = 'its levels are cut short, and a trained quantiser has all of them';
    return [errorAt('not-trained', where, message, 'go on from another network')];
  });
}

function unknownLayers({ name, layers }: FromRecipe, network: NetworkGraph): readonly Diagnostic[] {
  const names = linearLayers(network);
  return Object.keys(layers).flatMap((layer): readonly Diagnostic[] => {
    if (names.includes(layer)) return [];
    const suggestion = nearest(layer, names);
    const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
    const message = `the network has no dense or convolution layer "${layer}"${hint}`;
    return [errorAt('unknown-layer', `recipe "${name}": layers`, message, `use ${names.join(', ')}`)];
  });
}

/** The network with quantisers of calibrated steps between its layers; its weights stay as they are. */
function withActivations(recipe: FromRecipe, network: NetworkGraph, data: Dataset, place: string): NetworkGraph {
  const { activations: inputs } = recipe;
  if (inputs === 'real') return network;
  throwIfErrors(checkQuantisable(network, place));
  const images = sliceDataset(data, 0, Math.min(CALIBRATION_IMAGES, data.labels.length));
  const calibrated = calibrateNetwork(network, images, { method: { kind: 'mse' }, scales: 'tensor' });
  const bits = new Map(linearLayers(network).map((layer) => [layer, { weights: 8, inputs }] as const));
  const { nodes } = quantiseNetwork(calibrated, bits, inputs);
  const before = new Map(network.nodes.map((node) => [node.id, node]));
  return {
    ...network,
    nodes: nodes.map((node) => {
      const old = before.get(node.id);
      const isLinear = (node.kind === 'dense' || node.kind === 'conv2d') && old?.kind === node.kind;
      return isLinear ? { ...old, input: node.input } : node;
    }),
  };
}

/** The plan of a recipe that goes on from a network: its nodes with empty weights, steps that are equal shared. */
export function planFrom(recipe: Recipe, start: NetworkGraph): readonly PlannedNode[] {
  const from = present(recipe.from, 'what the layers become');
  const shapes = inferShapes(start);
  /** Quantisers that own their step. */
  const owners: (Extract<NetworkNode, { kind: 'quantise' }> & NetworkNode)[] = [];
  const stepOf = (node: NetworkNode): NodeId | undefined => {
    if (node.kind !== 'quantise') return undefined;
    const owner = owners.find(({ step }) => step === node.step);
    if (owner === undefined) owners.push(node);
    return owner?.id;
  };
  return start.nodes.map((node) => ({
    node: emptied(node),
    inputs: inputsOf(node).map((id) => present(shapes.get(id), 'shape')),
    weights: from.layers[node.id] ?? from.weights,
    blocks: [],
    synapses: 'masked',
    stepOf: stepOf(node),
    startStep: node.kind === 'quantise' ? node.step : undefined,
    noise: recipe.training.noise ?? {},
  }));
}

/** A layer without its weights, and without what its deployed integers had. */
function emptied(node: NetworkNode): NetworkNode {
  if (node.kind !== 'dense' && node.kind !== 'conv2d') return node;
  const empty = { ...node, weights: new Int8Array(node.weights.length) };
  delete empty.scale;
  delete empty.weightBits;
  return empty;
}
