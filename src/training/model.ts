import { assert, present } from '../common/assert.js';
import { type Diagnostic, errorAt, throwIfErrors } from '../common/diagnostics.js';
import { sizeOf } from '../ir/network/shapes.js';
import { inputsOf, type NetworkGraph, type NetworkNode, type NodeId, type Shape } from '../ir/network/types.js';
import { verifyNetwork } from '../ir/network/verify.js';
import { unitOf } from './batches.js';
import { createBuffer, type Gradients, type Layer } from './layers/layer.js';
import type { QuantiserStep } from './layers/quantise.js';
import { makeLayer } from './make-layer.js';
import { type Parameter, withOwn } from './parameter.js';
import { planFrom } from './from-network.js';
import { planNetwork, type PlannedNode } from './plan.js';
import type { Recipe } from './recipe.js';

/** A network in training. */
export interface Model {
  readonly recipe: Recipe;
  readonly nClasses: number;
  /** Number of features of the last layer. */
  readonly nFeatures: number;
  /** Everything trained, steps of quantisers included, each after what its projection depends on. */
  readonly parameters: readonly Parameter[];
  /** State that is not trained by gradients. */
  readonly statistics: readonly Float64Array[];
  /**
   * Features of the last layer, [batch, nFeatures], of coded images. With `noiseStep`, the steps of the optimiser so far, under the
   * noise of the recipe drawn for that step; else without noise.
   */
  forward(coded: Float32Array, noiseStep?: number): Float32Array;
  /** Gradients of the layers' parameters from that of the features of the last forward pass. */
  backward(featureGradient: Float32Array): Gradients;
  /** The network with its deployed weights and float64 normalisation: the definition of what was trained. */
  deploy(): NetworkGraph;
}

/**
 * Builds the network of a recipe with the initial weights of its seed, or those of the network `start`.
 * @throws UserError with every layer whose shape does not fit, and every layer that `start` lacks.
 */
export function buildModel(recipe: Recipe, imageShape: Shape, nClasses: number, start?: NetworkGraph): Model {
  const planned =
    recipe.from === undefined
      ? planNetwork(recipe, imageShape, nClasses)
      : planFrom(recipe, present(start, 'a network to go on from'));
  const output = present(planned.at(-1), 'output');
  const nFeatures = sizeOf(output.inputs[0] ?? []);
  const place = `recipe "${recipe.name}"`;
  const skeleton: NetworkGraph = { name: recipe.name, dialect: 'float', nodes: planned.map(({ node }) => node) };
  throwIfErrors([
    ...verifyNetwork(skeleton, place),
    ...checkScores(recipe, nFeatures, nClasses, place),
    ...(start === undefined ? [] : checkStart(planned, start, place)),
  ]);
  const layers = makeLayers(planned, recipe.seed, start);
  const all = [...layers.values()];
  const size = sizeOf(present(planned[1], 'code').inputs[0] ?? []);
  return {
    recipe,
    nClasses,
    nFeatures,
    // What a projection trains comes first: a parameter is projected with it when a checkpoint is restored.
    parameters: [...new Set(all.flatMap((layer) => layer.parameters.flatMap((p) => [...withOwn(p)].reverse())))],
    statistics: all.flatMap((layer) => layer.statistics),
    ...passes(planned, layers, codedSize(planned, size)),
    deploy: () => ({
      name: recipe.name,
      dialect: 'float',
      nodes: planned.map(({ node }) => layers.get(node.id)?.deploy() ?? node),
    }),
  };
}

/** Elements of a coded image. */
const codedSize = (planned: readonly PlannedNode[], size: number): number =>
  planned[2] === undefined ? size : sizeOf(planned[2].inputs[0] ?? []);

/** The layers of all nodes but input, code, sums and output, by name. */
function makeLayers(
  planned: readonly PlannedNode[],
  seed: number,
  start: NetworkGraph | undefined,
): ReadonlyMap<NodeId, Layer> {
  const layers = new Map<NodeId, Layer>();
  const steps = new Map<NodeId, QuantiserStep>();
  planned.slice(2, -1).forEach((plan, layerIdx) => {
    const { node } = plan;
    if (node.kind === 'add') return;
    const from = start?.nodes.find(({ id, kind }) => id === node.id && kind === node.kind);
    const stepOf = (id: NodeId): QuantiserStep => present(steps.get(id), `step of "${id}"`);
    const layer = makeLayer(plan, { seed, layerIdx, node: from, stepOf });
    layers.set(node.id, layer);
    if (node.kind === 'quantise' && plan.stepOf === undefined) {
      steps.set(node.id, { step: present(layer.parameters[0], 'step'), started: layer.statistics[0] });
    }
  });
  return layers;
}

/** The two passes over the graph. */
function passes(
  planned: readonly PlannedNode[],
  layers: ReadonlyMap<NodeId, Layer>,
  inputSize: number,
): Pick<Model, 'forward' | 'backward'> {
  const code = present(planned[1], 'code').node;
  assert(code.kind === 'encode', 'the second node is the input code');
  const unit = unitOf(code.code);
  const between = planned.slice(2, -1).map(({ node }) => node);
  const last = between.at(-1)?.id ?? code.id;
  const sums = new Map(between.map(({ id }) => [id, createBuffer()]));
  const gradientSums = new Map(between.map(({ id }) => [id, createBuffer()]));
  const sumAt = (id: NodeId, a: Float32Array, b: Float32Array): Float32Array =>
    sum(a, b, present(sums.get(id), 'buffer')(a.length));
  // With three readers the sum so far is an operand and the result: element by element, that is safe.
  const gradientAt = (id: NodeId, a: Float32Array, b: Float32Array): Float32Array =>
    sum(a, b, present(gradientSums.get(id), 'buffer')(a.length));
  return {
    forward(coded, noiseStep) {
      for (const layer of layers.values()) layer.perturb?.(noiseStep);
      const batch = coded.length / inputSize;
      const values = new Map([[code.id, unit === 1 ? coded : coded.map((value) => value * unit)]]);
      const valueOf = (id: NodeId): Float32Array => present(values.get(id), `value of "${id}"`);
      for (const node of between) {
        const [first = '', second = ''] = inputsOf(node);
        const y =
          node.kind === 'add'
            ? sumAt(node.id, valueOf(first), valueOf(second))
            : present(layers.get(node.id), 'layer').forward(valueOf(first), batch);
        values.set(node.id, y);
      }
      return valueOf(last);
    },
    backward(featureGradient) {
      const gradients: Gradients = new Map();
      const byValue = new Map([[last, featureGradient]]);
      const arrive = (id: NodeId, gradient: Float32Array | undefined): void => {
        if (gradient === undefined || id === code.id) return;
        const before = byValue.get(id);
        // Not added in place: a layer may have handed on what it was given, and others read that too.
        byValue.set(id, before === undefined ? gradient : gradientAt(id, before, gradient));
      };
      for (const node of between.toReversed()) {
        const dy = byValue.get(node.id);
        // A value nobody reads: the verifier has refused it, or it is the last one.
        if (dy === undefined) continue;
        byValue.delete(node.id);
        const [first = '', second = ''] = inputsOf(node);
        if (node.kind === 'add') {
          arrive(first, dy);
          arrive(second, dy);
        } else {
          arrive(first, present(layers.get(node.id), 'layer').backward(dy, gradients, first !== code.id));
        }
      }
      return gradients;
    },
  };
}

function sum(a: Float32Array, b: Float32Array, result: Float32Array): Float32Array {
  for (let i = 0; i < result.length; i++) result[i] = a[i]! + b[i]!;
  return result;
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

/** Sizes of what a layer takes over from the network it starts from; undefined if it takes nothing. */
function startSizes(node: NetworkNode): readonly number[] | undefined {
  switch (node.kind) {
    case 'dense':
    case 'conv2d':
      return [node.nOut, node.weights.length];
    case 'batchNorm':
      return [node.gamma.length];
    default:
      return undefined;
  }
}

function checkStart(planned: readonly PlannedNode[], start: NetworkGraph, place: string): readonly Diagnostic[] {
  return planned.flatMap(({ node }) => {
    const sizes = startSizes(node);
    if (sizes === undefined) return [];
    const where = `${place}: layer "${node.id}" (${node.kind})`;
    const found = start.nodes.find(({ id, kind }) => id === node.id && kind === node.kind);
    if (found === undefined) {
      const message = `the network "${start.name}" to start from has no ${node.kind} layer of this name`;
      return [errorAt('start-layer-missing', where, message, 'name the layers alike, or train without start')];
    }
    const foundSizes = startSizes(found) ?? [];
    if (foundSizes.join() === sizes.join()) return [];
    const message = `it has the sizes [${sizes.join(', ')}], that of the network to start from [${foundSizes.join(', ')}]`;
    return [errorAt('start-layer-shape', where, message, 'use the same shapes, or train without start')];
  });
}
