import type { NetworkGraph } from '../ir/network/types.js';
import type { ProgramFile } from '../ir/program/file.js';
import type { NoiseSpec } from '../ir/faults/levels.js';
import type { FaultScope } from '../ir/faults/scope.js';
import type { EngineChoice } from '../simulator/engines/batch/choose.js';

/** A program with its oracle and, when the model was at hand, the float network. */
export interface Runnable extends ProgramFile {
  readonly float?: NetworkGraph;
}

/** How to run. */
export interface RunOptions {
  readonly limit?: number;
  readonly workers: number;
  /** Draws that change per use: dropped spikes, Bernoulli inputs. */
  readonly seed: number;
  /** Draws that belong to the chip: faults of its memory, weight noise. The same as `seed` by default. */
  readonly chipSeed?: number;
  readonly noise: NoiseSpec;
  /** Where the faults are; everywhere without it. */
  readonly scope?: FaultScope;
  /** TrueNorth: `auto` is the one that is expected to be the fastest; all give the same bits. */
  readonly engine: EngineChoice;
  /** Whether the float network, where it is at hand, is evaluated too; true without it. */
  readonly float?: boolean;
  readonly signal?: AbortSignal;
  /** Samples that are done: references and chip are reported together. */
  readonly onProgress?: (done: number, total: number) => void;
}
