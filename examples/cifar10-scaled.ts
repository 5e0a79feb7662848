/** The CIFAR-10 recipe of examples/models with fewer channels: the same structure, for machines and data sets that are small. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRecipe, type Recipe } from '../src/training.js';
import { packageRoot } from './networks.js';

/** What a smaller training changes. */
export interface Scale {
  /** Channels and hidden neurons are divided by this power of two. */
  readonly divisor: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly validationImages: number;
  /** Rate of the last step; that of the first stays. */
  readonly finalRate: number;
  /** Side of the patches that are whitened; 5 unless given. */
  readonly zcaWindow?: number;
}

/** The recipe in examples/models/cifar10-binaryconnect.yaml. */
export async function cifar10Recipe(): Promise<Recipe> {
  const path = join(packageRoot(), 'examples', 'models', 'cifar10-binaryconnect.yaml');
  return parseRecipe(await readFile(path, 'utf8'), path);
}

/**
 * The recipe with all widths but the number of classes divided, bounds grown as the square root of the divisor (they follow from the
 * fan-ins), and
 * patches whitened in place of whole images.
 */
export function scaledRecipe(recipe: Recipe, scale: Scale): Recipe {
  const { divisor, finalRate, zcaWindow = 5, ...training } = scale;
  const last = recipe.layers.findLast(({ kind }) => kind === 'dense');
  const layers = recipe.layers.map((layer) => {
    if (layer.kind !== 'dense' && layer.kind !== 'conv2d') return layer;
    const outputs = layer === last ? layer.outputs : layer.outputs / divisor;
    const { weights } = layer;
    if (typeof weights === 'string' || weights.kind !== 'sign') return { ...layer, outputs };
    return { ...layer, outputs, weights: { ...weights, bound: weights.bound * Math.sqrt(divisor) } };
  });
  const preprocess = recipe.preprocess?.map((step) => (step.kind === 'zca' ? { ...step, window: zcaWindow } : step));
  return {
    ...recipe,
    name: `${recipe.name}-${divisor}th`,
    ...(preprocess === undefined ? {} : { preprocess }),
    layers,
    training: { ...recipe.training, ...training, schedule: { kind: 'exponential', finalRate } },
  };
}
