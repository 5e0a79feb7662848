/** Which engine evaluates a data set: a pure function of program, noise and number of samples. */
import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';
import type { EngineName } from '../contract.js';
import { fastSupports } from '../fast/image.js';
import { samplesPerRun } from '../../frames.js';
import { batchSupports } from './support.js';

/** What a caller may ask for: an engine, or the one that is expected to be the fastest (`auto`). */
export const ENGINE_CHOICES = ['auto', 'fast', 'batch', 'reference'] as const;
/** One of them. */
export type EngineChoice = (typeof ENGINE_CHOICES)[number];

/** What an evaluation asks of its engine. */
export interface EvaluationShape {
  readonly nSamples: number;
  /** Whether spikes may be lost or late, or potentials upset. */
  readonly transientFaults: boolean;
}

/** Runs from which lock step is faster than one run at a time; measured, see docs/performance.md. */
const WORTHWHILE_RUNS = 24;

/** The engine that runs. The batch engine is replaced by the fast one where it cannot do what is asked, that one by the reference model. */
export function chooseEngine(
  choice: EngineChoice,
  program: TrueNorthProgram,
  { nSamples, transientFaults }: EvaluationShape,
): EngineName | 'batch' {
  if (choice === 'reference') return choice;
  const single = fastSupports(program) ? 'fast' : 'reference';
  if (choice === 'fast' || transientFaults || !batchSupports(program)) return single;
  if (choice === 'batch') return 'batch';
  return nSamples / samplesPerRun(program) >= WORTHWHILE_RUNS ? 'batch' : single;
}
