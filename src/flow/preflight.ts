/** What would become of a network on a chip: every stage up to the program, each with all that it finds. */
import type { Chip, ChipSpec } from '../chips/chip.js';
import { type Diagnostic, UserError } from '../common/diagnostics.js';
import { lowerWithWarnings } from '../compiler/pipelines.js';
import type { NetworkGraph } from '../ir/network/types.js';
import { compileIntegerNetwork, type OptionValues } from './deploy.js';
import type { Compilation } from './runnable.js';
import { inUserNames, toldInUserNames } from './user-names.js';

/** The stages in their order; the first is the frontend's. */
export const STAGES = ['read', 'integers', 'chip'] as const;
export type Stage = (typeof STAGES)[number];

/** What a stage found. */
export interface StageReport {
  readonly stage: Stage;
  /** `stopped`: errors; `not reached`: an earlier stage stopped. */
  readonly outcome: 'passed' | 'stopped' | 'not reached';
  readonly findings: readonly Diagnostic[];
}

/** The pre-flight report; `compiled` is there when every stage passed. */
export interface Preflight {
  readonly stages: readonly StageReport[];
  readonly compiled?: Compilation;
}

/** How it is to be compiled. */
export interface PreflightRequest {
  readonly chip: Chip;
  readonly spec?: ChipSpec | undefined;
  readonly values: OptionValues;
}

/**
 * Goes as far as the network goes: reads it (`read` gives the network and what was said about it), lowers it to integers, maps it onto the chip.
 * Findings of users are collected; anything else is thrown. A network of integers passes the second stage as it is.
 */
export async function preflight(
  read: () => Promise<{ readonly graph: NetworkGraph; readonly warnings: readonly Diagnostic[] }>,
  { chip, spec, values }: PreflightRequest,
): Promise<Preflight> {
  const stages: StageReport[] = [];
  const stopped = (stage: Stage, error: unknown): Preflight => {
    if (!(error instanceof UserError)) throw error;
    const later = STAGES.slice(STAGES.indexOf(stage) + 1);
    return {
      stages: [
        ...stages,
        { stage, outcome: 'stopped', findings: error.diagnostics },
        ...later.map((name) => ({ stage: name, outcome: 'not reached' as const, findings: [] })),
      ],
    };
  };
  const passed = (stage: Stage, findings: readonly Diagnostic[]): void => {
    stages.push({ stage, outcome: 'passed', findings });
  };
  let own: NetworkGraph;
  try {
    const found = await read();
    own = found.graph;
    passed('read', found.warnings);
  } catch (error) {
    return stopped('read', error);
  }
  let integer: NetworkGraph;
  try {
    const lowered = lowerWithWarnings(own);
    integer = lowered.graph;
    passed('integers', lowered.diagnostics);
  } catch (error) {
    return stopped('integers', error);
  }
  try {
    const compiled = toldInUserNames(own, integer, () => compileIntegerNetwork(chip, integer, { spec, values }));
    passed('chip', inUserNames(compiled.warnings, own, integer));
    return { stages, compiled };
  } catch (error) {
    return stopped('chip', error);
  }
}
