import { fail } from '../common/diagnostics.js';
import type { NetworkGraph } from '../ir/network/types.js';
import { type Dataset, sliceDataset } from './dataset.js';
import { loadDataset } from './datasets.js';
import { applyTransforms } from './transforms/apply.js';
import { fitTransforms } from './transforms/fit.js';
import type { TransformSpec } from './transforms/spec.js';

/**
 * The test split of a data set (name or path) as a network reads it: with the preprocessing its training fitted. With `limit`
 * only the first images are kept where there is preprocessing to do.
 * @throws UserError also when the images do not have the shape of the network's input.
 */
export async function loadSamples(nameOrPath: string, network: NetworkGraph, limit?: number): Promise<Dataset> {
  const raw = await loadDataset(nameOrPath, 'test');
  const { preprocessing } = network;
  const data =
    preprocessing === undefined
      ? raw
      : applyTransforms(preprocessing, sliceDataset(raw, 0, Math.min(limit ?? raw.labels.length, raw.labels.length)));
  const input = network.nodes.find((node) => node.kind === 'input')?.shape ?? [];
  if (input.join() !== data.shape.join()) {
    const message = `samples are [${data.shape.join(', ')}], the network takes [${input.join(', ')}]`;
    fail('wrong-input-shape', `data set "${data.name}"`, message, 'use data of the shape the network was trained on');
  }
  return data;
}

/** What a recipe says about its images. */
interface ImageRecipe {
  readonly dataset: string;
  readonly preprocess?: readonly TransformSpec[];
  readonly training: { readonly validationImages: number };
}

/**
 * The training split of a recipe, and the preprocessing to record in the network it trains. It is fitted on what is trained on:
 * the images that validate are seen as those of a test. A recipe without preprocessing that goes on from a network takes that
 * network's. With `limit` the split is its first images only. @throws UserError
 */
export async function loadTrainingImages(
  recipe: ImageRecipe,
  start?: NetworkGraph,
  limit?: number,
): Promise<{ readonly data: Dataset; readonly recorded: Pick<NetworkGraph, 'preprocessing'> }> {
  const whole = await loadDataset(recipe.dataset, 'train');
  const raw = limit === undefined ? whole : sliceDataset(whole, 0, Math.min(limit, whole.labels.length));
  const nFitted = Math.max(1, raw.labels.length - recipe.training.validationImages);
  const preprocessing =
    recipe.preprocess === undefined
      ? start?.preprocessing
      : fitTransforms(recipe.preprocess, sliceDataset(raw, 0, nFitted));
  if (preprocessing === undefined) return { data: raw, recorded: {} };
  return { data: applyTransforms(preprocessing, raw), recorded: { preprocessing } };
}
