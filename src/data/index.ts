export { CATALOG, type CatalogEntry, DATASET_NAMES } from './catalog.js';
export { type Dataset, sliceDataset, type Split, toDataset } from './dataset.js';
export { DATA_FOLDER, loadDataset, type LoadOptions, locateDataset } from './datasets.js';
export { type IdxArray, parseIdx } from './idx.js';
export { catalogEntry, fetchDataset, type FetchOptions, type FetchResult } from './fetch/fetch-dataset.js';
export { applyTransforms } from './transforms/apply.js';
export { fitTransforms } from './transforms/fit.js';
export { preprocessSpec, type TransformSpec } from './transforms/spec.js';
export { openSequences } from './events/sequences.js';
export type {
  LoadedSequences,
  OpenSequences,
  SequenceOptions,
  SequenceReader,
  Sequences,
} from './events/sequence-types.js';
