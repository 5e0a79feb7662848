export { inputBitsOf } from './input-bits.js';
export { type QuantisationPlan, type QuantisationPoint } from './points.js';
export {
  type Calibrated,
  calibrateNetwork,
  checkQuantisable,
  type LayerBits,
  linearLayers,
  type QuantisationOptions,
  quantiseNetwork,
} from './quantise-network.js';
export { measureQuality } from './quality.js';
export { type RangeMethod } from './ranges.js';
export { macsByLayer, type Measure, type Quality, searchBits, type SearchResult, type SearchStep } from './search.js';
