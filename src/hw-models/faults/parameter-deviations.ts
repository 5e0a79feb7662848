/**
 * Parameters of neurons that differ from what was programmed, drawn once per chip: thresholds, leaks and weights. The faulty chip is a program
 * with other arrays; what is stored stays an integer within the limits of the chip, so small deviations of small integers change nothing.
 */
import { draw4, PURPOSE, type Purpose } from '../../common/rng.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';
import { leakRange, weightRange } from '../../ir/program/truenorth-parameters.js';
import { checkRates } from './check-rates.js';
import { nearlyNormalOf } from './nearly-normal.js';

/** Standard deviations; 0 is off. */
export interface ParameterDeviations {
  /** Of the threshold alpha, relative to it. */
  readonly thresholdMismatch: number;
  /** Of the leak, relative to it. */
  readonly leakMismatch: number;
  /** Of each weight of a neuron, relative to the largest |weight| of the layer. */
  readonly programmingError: number;
  /** Seed of the chip, a safe integer >= 0. */
  readonly chipSeed: number;
  /** [nCores] 1 for the cores at risk; all without it. */
  readonly cores?: Uint8Array;
}

/** {@link nearlyNormal} is within -6..6. */
const LARGEST_NORMAL = 6;

/**
 * The program with deviating parameters. With n of {@link nearlyNormal} drawn for each of them:
 *
 *   alpha    nearest integer to alpha (1 + thresholdMismatch n), within 0..thresholdMax
 *   leak     nearest integer to leak (1 + leakMismatch n), within what the chip stores
 *   weight   nearest integer to weight + programmingError a n, within what the chip stores; a is the largest |weight| of all neurons of the
 *            layer (the cores of the timer count as one)
 *
 * Halves round up. Only arrays that may change are copied.
 */
export function withDeviations(program: TrueNorthProgram, deviations: ParameterDeviations): TrueNorthProgram {
  const { thresholdMismatch, leakMismatch, programmingError, chipSeed, cores: atRisk } = deviations;
  checkRates([
    ['thresholdMismatch', 'threshold_mismatch', thresholdMismatch],
    ['leakMismatch', 'leak_mismatch', leakMismatch],
    ['programmingError', 'programming_error', programmingError],
  ]);
  if (thresholdMismatch === 0 && leakMismatch === 0 && programmingError === 0) return program;
  const { spec, cores, coreLayer } = program;
  const changed = {
    ...(thresholdMismatch === 0 ? {} : { threshold: cores.threshold.slice() }),
    ...(leakMismatch === 0 ? {} : { leak: cores.leak.slice() }),
    ...(programmingError === 0 ? {} : { weights: cores.weights.slice() }),
  };
  const largest = programmingError === 0 ? new Map<number, number>() : largestWeights(program);
  const within = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, Math.round(value)));
  for (let i = 0; i < cores.target.length; i++) {
    const core = Math.floor(i / spec.neuronsPerCore);
    if (atRisk !== undefined && atRisk[core] === 0) continue;
    const normal = (purpose: Purpose, first: number): number =>
      nearlyNormal(chipSeed, purpose, core, i % spec.neuronsPerCore, first);
    if (changed.threshold !== undefined) {
      const alpha = cores.threshold[i]! * (1 + thresholdMismatch * normal(PURPOSE.thresholdMismatch, 0));
      changed.threshold[i] = within(alpha, 0, spec.thresholdMax);
    }
    const leak = cores.leak[i]!;
    if (changed.leak !== undefined && leak !== 0) {
      const value = leak * (1 + leakMismatch * normal(PURPOSE.leakMismatch, 0));
      changed.leak[i] = within(value, ...leakRange(spec));
    }
    const step = programmingError * (largest.get(coreLayer[core]!) ?? 0);
    if (changed.weights === undefined || step * LARGEST_NORMAL < 0.5) continue;
    for (let type = 0; type < spec.axonTypes; type++) {
      const value = cores.weights[i * spec.axonTypes + type]! + step * normal(PURPOSE.neuronWeightError, type * 4);
      changed.weights[i * spec.axonTypes + type] = within(value, ...weightRange(spec));
    }
  }
  return { ...program, cores: { ...cores, ...changed } };
}

/** By layer (-1: the timer), the largest |weight| of its neurons. */
function largestWeights({ spec, cores, coreLayer }: TrueNorthProgram): ReadonlyMap<number, number> {
  const largest = new Map<number, number>();
  const perCore = spec.neuronsPerCore * spec.axonTypes;
  for (let core = 0; core < cores.nCores; core++) {
    let most = largest.get(coreLayer[core]!) ?? 0;
    for (const weight of cores.weights.subarray(core * perCore, (core + 1) * perCore))
      most = Math.max(most, Math.abs(weight));
    largest.set(coreLayer[core]!, most);
  }
  return largest;
}

/** {@link nearlyNormalOf} of the draws (core, neuron, first..first + 2). */
export const nearlyNormal = (chipSeed: number, purpose: Purpose, core: number, neuron: number, first: number): number =>
  nearlyNormalOf((block, out) => draw4(chipSeed, purpose, core, neuron, first + block, out));
