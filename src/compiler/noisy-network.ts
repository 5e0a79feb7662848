import type { NetworkGraph } from '../ir/network/types.js';
import { addWeightNoise, type WeightNoise } from './passes/weight-noise.js';
import { lowerToInteger } from './pipelines.js';

/** Whether weights have noise before they are deployed. */
export const hasWeightNoise = ({ additive, multiplicative }: WeightNoise): boolean =>
  additive > 0 || multiplicative > 0;

/** The integer network of a model whose weights have noise, drawn from the chip's seed, before they are deployed. */
export const lowerWithNoise = (float: NetworkGraph, noise: WeightNoise, chipSeed: number): NetworkGraph =>
  lowerToInteger(addWeightNoise(float, noise, chipSeed));
