/** Random TrueNorth-style chips over the whole parameter space, free of contradictions. */
import fc from 'fast-check';
import { TRUENORTH } from '../../src/hw-models/truenorth/spec.js';
import type { TrueNorthSpec } from '../../src/ir/program/truenorth.js';

/** Bounds of the cores, 8..1024 axons and neurons by default: large cores are slow on the reference model. */
export interface SpecBounds {
  readonly maxAxons?: number;
  readonly maxNeurons?: number;
  /** Largest of the bits of weights, leaks, thresholds and potentials are random too; else those of the published chip. */
  readonly widths?: boolean;
}

const bitsMax = (bits: number): number => 2 ** bits - 1;

/**
 * Chips for networks: the same, with cores and registers large enough for small networks, and a grid that has room for many cores.
 */
export const compilableSpecs = (): fc.Arbitrary<TrueNorthSpec> =>
  fc
    .record({
      base: randomSpecs({ maxAxons: 300, maxNeurons: 300 }),
      axonsPerCore: fc.oneof(fc.integer({ min: 24, max: 300 }), fc.constantFrom(48, 256, 512)),
      weightBits: fc.integer({ min: 3, max: 10 }),
      maxDelay: fc.constantFrom(1, 2, 15, 40),
      thresholdBits: fc.integer({ min: 12, max: 20 }),
    })
    .map(({ base, axonsPerCore, weightBits, maxDelay, thresholdBits }) => ({
      ...base,
      axonsPerCore,
      maxDelay,
      weightMax: bitsMax(weightBits),
      leakMax: bitsMax(weightBits),
      thresholdMax: bitsMax(thresholdBits),
      potentialMax: bitsMax(thresholdBits + 2),
      thresholdDrawBits: Math.min(base.thresholdDrawBits, thresholdBits),
    }));

/** Chips whose parameters are all drawn. */
export function randomSpecs({
  maxAxons = 1024,
  maxNeurons = 1024,
  widths = true,
}: SpecBounds = {}): fc.Arbitrary<TrueNorthSpec> {
  const size = (max: number): fc.Arbitrary<number> =>
    fc.oneof(
      fc.integer({ min: 8, max }),
      fc.constantFrom(8, 32, 256, 257, 512, max).filter((n) => n <= max),
    );
  const wide = widths ? fc.integer({ min: 2, max: 30 }) : fc.constant(18);
  return fc
    .record({
      axonsPerCore: size(maxAxons),
      neuronsPerCore: size(maxNeurons),
      axonTypes: fc.integer({ min: 1, max: 16 }),
      weightBits: widths ? fc.integer({ min: 1, max: 15 }) : fc.constant(8),
      leakBits: widths ? fc.integer({ min: 1, max: 15 }) : fc.constant(8),
      thresholdBits: wide,
      morePotentialBits: fc.integer({ min: 0, max: 4 }),
      signedRange: fc.constantFrom('symmetric' as const, 'twosComplement' as const),
      potentialOverflow: fc.constantFrom('clamp' as const, 'clamp' as const, 'wrap' as const),
      resetModes: fc.subarray([...TRUENORTH.resetModes], { minLength: 1 }),
      negativeModes: fc.subarray([...TRUENORTH.negativeModes], { minLength: 1 }),
      leakReversal: fc.boolean(),
      stochasticWeights: fc.boolean(),
      stochasticLeak: fc.boolean(),
      thresholdDrawBits: fc.integer({ min: 0, max: 20 }),
      drawBits: fc.integer({ min: 1, max: 8 }),
      positiveComparison: fc.constantFrom('atLeast' as const, 'above' as const),
      negativeComparison: fc.constantFrom('below' as const, 'atMost' as const),
      linearReset: fc.constantFrom('thresholdAndDraw' as const, 'threshold' as const),
      maxDelay: fc.integer({ min: 1, max: 63 }),
    })
    .map(({ weightBits, leakBits, thresholdBits, morePotentialBits, ...spec }) => ({
      ...TRUENORTH,
      ...spec,
      name: 'random',
      weightMax: bitsMax(weightBits),
      leakMax: bitsMax(leakBits),
      thresholdMax: bitsMax(thresholdBits),
      potentialMax: bitsMax(Math.min(30, Math.max(weightBits, leakBits, thresholdBits) + morePotentialBits)),
      thresholdDrawBits: Math.min(spec.thresholdDrawBits, thresholdBits),
    }));
}
