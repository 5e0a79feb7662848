export { type Dataset, DATASET_NAMES, loadDataset, sliceDataset, type Split, toDataset } from './datasets.js';
export { type IdxArray, parseIdx } from './idx.js';
