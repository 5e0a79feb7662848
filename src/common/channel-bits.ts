/**
 * Information that a weight carries through additive Gaussian noise. Floating point with Math.exp and Math.log2: for numbers a person reads,
 * never for anything a chip computes.
 */
import { assert } from './assert.js';

/** Capacity of a Gaussian channel, 0.5 log2(1 + S / N), bits: S = `meanSquare` of w / a, N = sigma^2. Infinite without noise. */
export function gaussianChannelBits(meanSquare: number, sigma: number): number {
  assert(meanSquare >= 0 && sigma >= 0, `a channel of S ${meanSquare} and sigma ${sigma}`);
  return meanSquare === 0 ? 0 : 0.5 * Math.log2(1 + meanSquare / (sigma * sigma));
}

/** Largest |z| of the integral below: what is left out has a probability of 2e-33. */
const RANGE = 12;
const STEPS = 4800;

/**
 * Mutual information, bits, of a weight that is -1 or +1 with equal probability and itself plus noise N(0, sigma^2):
 * 1 - E[log2(1 + exp(-2 (1 + sigma z) / sigma^2))] with a standard normal z. The trapezium rule: for a smooth integrand that
 * vanishes at both ends its error falls faster than any power of the step.
 */
export function binaryWeightBits(sigma: number): number {
  assert(sigma >= 0, `noise of ${sigma}`);
  if (sigma === 0) return 1;
  const step = (2 * RANGE) / STEPS;
  let lost = 0;
  for (let i = 0; i <= STEPS; i++) {
    const z = -RANGE + i * step;
    const weight = i === 0 || i === STEPS ? step / 2 : step;
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    lost += weight * density * softplus((-2 * (1 + sigma * z)) / (sigma * sigma));
  }
  return 1 - lost / Math.LN2;
}

/** ln(1 + e^x) without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
