import { fail } from '../common/diagnostics.js';
import { shapeAfter, sizeOf } from '../ir/network/shapes.js';
import type { NetworkNode, Shape } from '../ir/network/types.js';
import { blockGrid, type Grid, type GridBlock, imageGrid, usesOf, windowBlocks, windowsAlong } from './block-grid.js';
import type { Recipe, RecipeLayer } from './recipe.js';

/** A node of the network to be, its parameters still zero, and what its training needs to know. */
export interface PlannedNode {
  readonly node: NetworkNode;
  /** Shape of its input. */
  readonly input: Shape;
  /** Weights of a dense layer may be 0. */
  readonly ternary: boolean;
  /** Of a blockDense layer, by block. */
  readonly blocks: readonly GridBlock[];
}

const EPSILON = 1e-4;

/**
 * The chain of nodes a recipe describes for inputs of a shape. Shapes that do not fit are left to the network verifier,
 * except where no node can be made.
 * @throws UserError when a window does not fit its grid.
 */
export function planNetwork(recipe: Recipe, inputShape: Shape, nClasses: number): readonly PlannedNode[] {
  const planned: PlannedNode[] = [];
  let shape: Shape = inputShape;
  let grid: Grid = imageGrid(inputShape);
  let previous = 'input';
  const add = (node: NetworkNode, extra: Partial<PlannedNode> = {}): void => {
    planned.push({ node, input: shape, ternary: false, blocks: [], ...extra });
    shape = shapeAfter(node, [shape]);
    previous = node.id;
  };
  add({ kind: 'input', id: 'input', shape: inputShape });
  add({ kind: 'encode', id: 'encode', input: previous, code: recipe.input });
  if (shape.length === 3) grid = imageGrid(shape);

  const counts = new Map<string, number>();
  recipe.layers.forEach((layer, index) => {
    const number = (counts.get(layer.kind) ?? 0) + 1;
    counts.set(layer.kind, number);
    const id = `${layer.kind}${number}`;
    if (layer.kind === 'blockDense') {
      const place = `recipe "${recipe.name}": layers.${index}`;
      const next = recipe.layers.slice(index + 1).find((later) => later.kind === 'blockDense');
      const rows = windowsAlong(grid.rows, layer);
      const columns = windowsAlong(grid.columns, layer);
      if (rows < 1 || columns < 1) {
        const size = `${grid.rows} x ${grid.columns}`;
        fail(
          'window-too-large',
          place,
          `a window of ${layer.window} does not fit a grid of ${size}`,
          'use a smaller window',
        );
      }
      const blocks = windowBlocks(grid, layer);
      const nodeBlocks = blocks.map(({ inputs }, b) => {
        const nOut = layer.neurons * usesOf(Math.floor(b / columns), b % columns, rows, columns, next);
        return { inputs, nOut, weights: new Int8Array(nOut * inputs.length) };
      });
      add({ kind: 'blockDense', id, input: previous, blocks: nodeBlocks }, { blocks });
      grid = blockGrid(rows, columns, layer.neurons, next);
      return;
    }
    const ternary = layer.kind === 'dense' && layer.weights === 'ternary';
    add(plainNode(layer, id, previous, shape), { ternary });
    if (shape.length === 3) grid = imageGrid(shape);
    else if (layer.kind === 'dense') grid = blockGrid(1, 1, layer.outputs, undefined);
  });

  add(
    recipe.output === 'votes'
      ? { kind: 'votes', id: 'votes', input: previous, nClasses }
      : { kind: 'scores', id: 'scores', input: previous },
  );
  return planned;
}

function plainNode(
  layer: Exclude<RecipeLayer, { kind: 'blockDense' }>,
  id: string,
  input: string,
  shape: Shape,
): NetworkNode {
  const channels = shape[shape.length - 1] ?? 0;
  switch (layer.kind) {
    case 'dense':
      return { kind: 'dense', id, input, nOut: layer.outputs, weights: new Int8Array(layer.outputs * sizeOf(shape)) };
    case 'conv2d': {
      const { window, stride, padding, padValue, groups, outputs } = layer;
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
      };
    }
    case 'maxPool': {
      const side: readonly [number, number] = [layer.window, layer.window];
      return { kind: 'maxPool', id, input, window: side, stride: side, padding: [0, 0, 0, 0] };
    }
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
    case 'sign':
    case 'step':
    case 'flatten':
      return { kind: layer.kind, id, input };
  }
}
