import type { Chip, ChipCompilation, OpenProgram } from '../chips/chip.js';
import type { Diagnostic } from '../common/diagnostics.js';
import type { PassReport } from '../compiler/passes/pass.js';
import type { Threads } from '../evaluation/tasks/threads.js';
import type { NoiseSpec } from '../ir/faults/levels.js';
import type { FaultScope } from '../ir/faults/scope.js';
import type { NetworkGraph } from '../ir/network/types.js';
import type { ChipProgram } from '../ir/program/chip-program.js';
import type { ProgramFile } from '../ir/program/file.js';

/** A program with its chip, what it has to compute (an integer network, or recorded scores) and, when the model was at hand, the float network. */
export interface Runnable<P extends ChipProgram = ChipProgram> extends OpenProgram<P> {
  readonly chip: Chip<P>;
  readonly float?: NetworkGraph;
}

/** A network on a chip, with what people are told about it. */
export interface Compilation<P extends ChipProgram = ChipProgram> extends Runnable<P>, ProgramFile<P> {
  readonly integer: NetworkGraph;
  /** What was chosen for each layer and what it costs. */
  readonly table: string;
  readonly warnings: readonly Diagnostic[];
  /** The passes that ran, with their statistics. */
  readonly passes: readonly PassReport[];
  /** Every layer that had to be split, in their order. */
  readonly splits: ChipCompilation['splits'];
  /** What else was compared, where something was. */
  readonly alternatives?: ChipCompilation['alternatives'];
  /** Opens a reader of what the chip holds of the layers, or says why there is none. */
  readonly layers: ChipCompilation['layers'];
}

/** How to run. */
export interface RunOptions {
  readonly limit?: number;
  readonly workers: number;
  /** So many threads that run already; they stay open. Without it the run starts its own. */
  readonly threads?: Threads | undefined;
  /** Draws that change per use: dropped spikes, Bernoulli inputs. */
  readonly seed: number;
  /** Draws that belong to the chip: faults of its memory, weight noise. The same as `seed` by default. */
  readonly chipSeed?: number;
  readonly noise: NoiseSpec;
  /** Where the faults are; everywhere without it. */
  readonly scope?: FaultScope;
  /** One of the chip's engines; its first one, which chooses, without it. All give the same bits. */
  readonly engine?: string;
  /** Whether the float network, where it is at hand, is evaluated too; true without it. */
  readonly float?: boolean;
  readonly signal?: AbortSignal;
  /** Samples that are done: references and chip are reported together. */
  readonly onProgress?: (done: number, total: number) => void;
}
