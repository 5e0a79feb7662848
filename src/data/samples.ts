import { throwIfErrors } from '../common/diagnostics.js';
import { readerOf, sampleProblems } from '../ir/network/check-samples.js';
import { sizeOf } from '../ir/network/shapes.js';
import { realsOf } from '../ir/network/preprocess.js';
import type { NetworkGraph, Shape } from '../ir/network/types.js';
import { type Dataset, sliceDataset, type Split } from './dataset.js';
import { loadDataset } from './datasets.js';
import { applyTransforms } from './transforms/apply.js';
import { fitTransforms } from './transforms/fit.js';
import type { TransformSpec } from './transforms/spec.js';

/** A split of a data set, checked to be what a network reads. */
export interface NetworkSamples {
  readonly nSamples: number;
  /** The samples first..end - 1 as the network reads them: with the preprocessing its training fitted. */
  take(first: number, end: number): Dataset;
}

/**
 * Opens a split of a data set (name or path) for a network: the one way from a data option and a network to samples. Rows of
 * features that have no shape of their own have that of the network's input.
 * @throws UserError for data that are not the network's: another shape, labels beyond its classes
 */
export async function openSamples(nameOrPath: string, network: NetworkGraph, split: Split): Promise<NetworkSamples> {
  const reader = readerOf(network);
  const reals = realsOf(network.preprocessing);
  const data = shapedFor(await loadDataset(nameOrPath, split, { reals }), reader.inputShape);
  throwIfErrors(sampleProblems(reader, data));
  // What numbers mean was done while the files were read.
  const rest = network.preprocessing?.slice(reals === undefined ? 0 : 1) ?? [];
  const preprocessing = rest.length === 0 ? undefined : rest;
  const nSamples = data.labels.length;
  return {
    nSamples,
    take: (first, end) => {
      const part = first === 0 && end >= nSamples ? data : sliceDataset(data, first, Math.min(end, nSamples));
      return preprocessing === undefined ? part : applyTransforms(preprocessing, part);
    },
  };
}

/**
 * The test split of a data set as a network reads it, see {@link openSamples}. With `limit` only the first images are kept where
 * there is preprocessing to do.
 */
export async function loadSamples(nameOrPath: string, network: NetworkGraph, limit?: number): Promise<Dataset> {
  const { nSamples, take } = await openSamples(nameOrPath, network, 'test');
  return take(0, network.preprocessing === undefined ? nSamples : (limit ?? nSamples));
}

/** Features without a shape take the one that is wanted, where they are as many. */
function shapedFor(data: Dataset, wanted: Shape): Dataset {
  const [height = 1, width = 1, channels = 1] = wanted.length === 1 ? [1, ...wanted] : wanted;
  if (data.shapeless !== true || wanted.length > 3 || height * width * channels !== sizeOf(data.shape)) return data;
  return { ...data, shape: [height, width, channels] };
}

/** What a recipe says about its images. */
interface ImageRecipe {
  readonly dataset: string;
  /** Shape of an image whose file stores only a row of numbers. */
  readonly imageShape?: readonly [number, number, number] | undefined;
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
  const [first] = recipe.preprocess ?? start?.preprocessing ?? [];
  const reals = first?.kind === 'reals' ? first : undefined;
  const read = await loadDataset(recipe.dataset, 'train', { shape: recipe.imageShape, reals });
  const reader = start === undefined ? undefined : readerOf(start);
  const whole = reader === undefined ? read : shapedFor(read, reader.inputShape);
  if (reader !== undefined) throwIfErrors(sampleProblems(reader, whole));
  const raw = limit === undefined ? whole : sliceDataset(whole, 0, Math.min(limit, whole.labels.length));
  const nFitted = Math.max(1, raw.labels.length - recipe.training.validationImages);
  const preprocessing =
    recipe.preprocess === undefined
      ? start?.preprocessing
      : fitTransforms(recipe.preprocess, sliceDataset(raw, 0, nFitted));
  if (preprocessing === undefined) return { data: raw, recorded: {} };
  return { data: applyTransforms(preprocessing, raw), recorded: { preprocessing } };
}
