import type { TrueNorthSpec } from '../../ir/program/truenorth.js';

/**
 * The published TrueNorth chip: 64 x 64 cores of 256 axons and 256 neurons, four axon types, 9-bit signed weights and leaks,
 * delays of 1..15 ticks, packets that reach +-255 cores (Merolla et al., Science 345, 2014; Akopyan et al., IEEE TCAD 34, 2015).
 * Width of thresholds (18 bits) and the clamp of potentials (three halves of 2^18) are derived, not printed.
 */
export const TRUENORTH: TrueNorthSpec = {
  name: 'truenorth',
  axonsPerCore: 256,
  neuronsPerCore: 256,
  axonTypes: 4,
  weightMax: 255,
  thresholdMax: 262_143,
  potentialMax: 393_216,
  maxDelay: 15,
  gridWidth: 64,
  gridHeight: 64,
  maxHop: 255,
  faultyCores: [],
  positiveComparison: 'atLeast',
  negativeComparison: 'below',
  linearReset: 'thresholdAndDraw',
};
