import { type Diagnostic, errorAt, fail, throwIfErrors } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';
import { channelsOf, shapeAfter, sizeOf } from '../ir/network/shapes.js';
import type { NetworkNode, NodeId, Shape } from '../ir/network/types.js';
import { blockGrid, type Grid, type GridBlock, imageGrid, usesOf, windowBlocks, windowsAlong } from './block-grid.js';
import type { LayerNoise } from './noise-spec.js';
import type { Recipe, RecipeLayer } from './recipe.js';
import { expandResidual, type SimpleLayer } from './residual.js';

/** What the weights of a layer become on the chip. */
export type WeightKind = Extract<RecipeLayer, { kind: 'dense' }>['weights'];

/** A node of the network to be, its parameters still zero, and what its training needs to know. */
export interface PlannedNode {
  readonly node: NetworkNode;
  /** Shapes of the values it reads. */
  readonly inputs: readonly Shape[];
  /** Of a dense or conv2d layer. */
  readonly weights: WeightKind;
  /** Of a blockDense layer, by block. */
  readonly blocks: readonly GridBlock[];
  /** Of a blockDense layer: whether its synapses are drawn with their probabilities, or set where these reach one half. */
  readonly synapses: 'probability' | 'masked';
  /** Of a quantise layer: the layer whose step it shares. */
  readonly stepOf: NodeId | undefined;
  /** Of a quantise layer: the step it starts with; undefined: one for the first batch. */
  readonly startStep?: number | undefined;
  /** What it is trained with: its own noise or the recipe's. */
  readonly noise: LayerNoise;
}

const EPSILON = 1e-4;

/**
 * The nodes a recipe describes for inputs of a shape, in topological order. Shapes that do not fit are left to the network
 * verifier, except where no node can be made.
 * @throws UserError with every name that is unknown or taken, and when a window does not fit its grid.
 */
export function planNetwork(recipe: Recipe, inputShape: Shape, nClasses: number): readonly PlannedNode[] {
  const planned: PlannedNode[] = [];
  const shapes = new Map<NodeId, Shape>();
  const problems: Diagnostic[] = [];
  let previous: NodeId = 'input';
  const shapeOf = (id: NodeId): Shape => shapes.get(id) ?? [];
  const add = (node: NetworkNode, inputs: readonly Shape[], extra: Partial<PlannedNode> = {}): void => {
    planned.push({
      node,
      inputs,
      weights: 'binary',
      blocks: [],
      synapses: 'masked',
      stepOf: undefined,
      noise: {},
      ...extra,
    });
    shapes.set(node.id, shapeAfter(node, inputs));
    previous = node.id;
  };
  add({ kind: 'input', id: 'input', shape: inputShape }, []);
  add({ kind: 'encode', id: 'encode', input: 'input', code: recipe.input }, [inputShape]);
  let grid: Grid = imageGrid(shapeOf(previous));

  const counts = new Map<string, number>();
  const idOf = (layer: RecipeLayer, place: string): NodeId => {
    const number = (counts.get(layer.kind) ?? 0) + 1;
    counts.set(layer.kind, number);
    const id = layer.name ?? `${layer.kind}${number}`;
    if (shapes.has(id)) {
      problems.push(errorAt('duplicate-layer', place, `a layer before it is called "${id}" too`, 'rename one of them'));
    }
    return id;
  };
  const known = (id: NodeId, place: string): NodeId => {
    if (shapes.has(id)) return id;
    const suggestion = nearest(id, [...shapes.keys()]);
    const hint = suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
    problems.push(
      errorAt('unknown-layer', place, `no layer before it is called "${id}"${hint}`, 'use a name above it'),
    );
    return previous;
  };

  const addLayer = (layer: SimpleLayer, id: NodeId, place: string, rest: readonly RecipeLayer[]): void => {
    if (layer.kind === 'add') {
      const [first, second] = layer.inputs.map((name) => known(name, place));
      const inputs = [first ?? previous, second ?? previous] as const;
      add({ kind: 'add', id, inputs }, inputs.map(shapeOf));
      return;
    }
    const input = layer.from === undefined ? previous : known(layer.from, place);
    const shape = shapeOf(input);
    if (layer.kind === 'blockDense') {
      const next = rest.find((later) => later.kind === 'blockDense');
      const { node, blocks, after } = planBlocks(layer, { id, input, grid, next, place });
      add(node, [shape], { blocks, synapses: layer.weights?.kind ?? 'masked', noise: noiseOf(layer, recipe) });
      grid = after;
      return;
    }
    const stepOf =
      layer.kind === 'quantise' && layer.stepOf !== undefined ? known(layer.stepOf, `${place}.stepOf`) : undefined;
    const weights = layer.kind === 'dense' || layer.kind === 'conv2d' ? layer.weights : 'binary';
    add(plainNode(layer, id, input, shape), [shape], { weights, stepOf, noise: noiseOf(layer, recipe) });
    if (shapeOf(id).length === 3) grid = imageGrid(shapeOf(id));
    else if (layer.kind === 'dense') grid = blockGrid(1, 1, layer.outputs, undefined);
  };

  recipe.layers.forEach((layer, index) => {
    const place = `recipe "${recipe.name}": layers.${index}`;
    const id = idOf(layer, place);
    if (layer.kind !== 'residual') {
      addLayer(layer, id, place, recipe.layers.slice(index + 1));
      return;
    }
    const input = layer.from === undefined ? previous : known(layer.from, place);
    for (const part of expandResidual(layer, id, input, channelsOf(shapeOf(input)))) {
      addLayer(part.layer, part.id, place, []);
    }
  });
  throwIfErrors([...problems, ...checkSteps(planned, recipe)]);

  const last = previous;
  add(
    recipe.output === 'votes'
      ? { kind: 'votes', id: 'votes', input: last, nClasses }
      : { kind: 'scores', id: 'scores', input: last },
    [shapeOf(last)],
  );
  return planned;
}

/** A layer's own noise, or the recipe's. */
const noiseOf = (layer: SimpleLayer, recipe: Recipe): LayerNoise =>
  ('noise' in layer ? layer.noise : undefined) ?? recipe.training.noise ?? {};

/** Quantise layers: which steps can be shared, which levels exist. */
function checkSteps(planned: readonly PlannedNode[], recipe: Recipe): readonly Diagnostic[] {
  const owners = new Set(
    planned.flatMap(({ node, stepOf }) => (node.kind === 'quantise' && stepOf === undefined ? [node.id] : [])),
  );
  return planned.flatMap(({ node, stepOf }) => {
    if (node.kind !== 'quantise') return [];
    const place = `recipe "${recipe.name}": layer "${node.id}" (quantise)`;
    const problems: Diagnostic[] = [];
    if (node.signed && node.bits === 1) {
      problems.push(
        errorAt('one-signed-bit', place, 'one signed bit has the levels -1 and 0', 'use a sign layer, or 2 bits'),
      );
    }
    if (stepOf !== undefined && !owners.has(stepOf)) {
      const message = `it is to share the step of "${stepOf}", which has none of its own`;
      problems.push(errorAt('no-step', place, message, 'name a quantise layer without stepOf'));
    }
    return problems;
  });
}

interface BlockPlace {
  readonly id: NodeId;
  readonly input: NodeId;
  readonly grid: Grid;
  readonly next: Extract<RecipeLayer, { kind: 'blockDense' }> | undefined;
  readonly place: string;
}

function planBlocks(layer: Extract<RecipeLayer, { kind: 'blockDense' }>, { id, input, grid, next, place }: BlockPlace) {
  const rows = windowsAlong(grid.rows, layer);
  const columns = windowsAlong(grid.columns, layer);
  if (rows < 1 || columns < 1) {
    const message = `a window of ${layer.window} does not fit a grid of ${grid.rows} x ${grid.columns}`;
    fail('window-too-large', place, message, 'use a smaller window');
  }
  const blocks = windowBlocks(grid, layer);
  const nodeBlocks = blocks.map(({ inputs }, b) => {
    const nOut = layer.neurons * usesOf(Math.floor(b / columns), b % columns, rows, columns, next);
    return { inputs, nOut, weights: new Int8Array(nOut * inputs.length) };
  });
  const node: NetworkNode = { kind: 'blockDense', id, input, blocks: nodeBlocks };
  return { node, blocks, after: blockGrid(rows, columns, layer.neurons, next) };
}

function plainNode(
  layer: Exclude<SimpleLayer, { kind: 'blockDense' | 'add' }>,
  id: string,
  input: string,
  shape: Shape,
): NetworkNode {
  const channels = channelsOf(shape);
  switch (layer.kind) {
    case 'dense': {
      const { outputs, bias } = layer;
      const weights = new Int8Array(outputs * sizeOf(shape));
      return { kind: 'dense', id, input, nOut: outputs, weights, ...zeroBias(outputs, bias) };
    }
    case 'conv2d': {
      const { window, stride, padding, padValue, groups, outputs, bias } = layer;
      return {
        kind: 'conv2d',
        id,
        input,
        window: [window, window],
        stride: [stride, stride],
        padding: [padding, padding, padding, padding],
        padValue,
        groups,
        nOut: outputs,
        weights: new Int8Array(outputs * window * window * Math.floor(channels / groups)),
        ...zeroBias(outputs, bias),
      };
    }
    case 'maxPool':
      return pool('maxPool', id, input, [layer.window, layer.window], layer.window);
    case 'avgPool':
      return pool('avgPool', id, input, [layer.window, layer.window], layer.stride ?? layer.window);
    case 'globalAvgPool':
      // A shape without rows and columns is left to the verifier.
      return pool('avgPool', id, input, [shape[0] ?? 1, shape[1] ?? 1], 1);
    case 'batchNorm':
      return {
        kind: 'batchNorm',
        id,
        input,
        gamma: new Float64Array(channels).fill(1),
        beta: new Float64Array(channels),
        mean: new Float64Array(channels),
        variance: new Float64Array(channels).fill(1),
        epsilon: EPSILON,
      };
    case 'quantise':
      return { kind: 'quantise', id, input, step: 1, bits: layer.bits, signed: layer.signed };
    case 'sign':
    case 'step':
    case 'relu':
    case 'flatten':
      return { kind: layer.kind, id, input };
  }
}

const zeroBias = (nOut: number, bias: boolean | undefined): { bias?: Float64Array } =>
  bias === true ? { bias: new Float64Array(nOut) } : {};

function pool(
  kind: 'maxPool' | 'avgPool',
  id: string,
  input: string,
  window: readonly [number, number],
  stride: number,
): NetworkNode {
  return { kind, id, input, window, stride: [stride, stride], padding: [0, 0, 0, 0] };
}
