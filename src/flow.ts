/**
 * The way of one network, from a model file to an accuracy number. Every step is a pure function of its inputs and seeds; files, terminals
 * and clocks are the command line's business. Which chip it goes to is a value: nothing here knows one by name.
 *
 *   1. readNetwork      bytes -> float network (openNetwork: of any tool)   ir/network, compiler/frontends
 *   2. toInteger        float -> integer network                        compiler/passes
 *   3. compileNetwork   integer network -> verified program             chips, compiler/targets
 *   4. runCompiled      program on a data set, beside the oracle        chips, simulator, evaluation
 *   5. RunResult        accuracy, counters, energy                      chips, hw-models costs, report
 */
import type { Chip, ChipOutput, ChipSpec } from './chips/chip.js';
import { CHIPS } from './chips/installed.js';
import { throwIfErrors } from './common/diagnostics.js';
import type { PassObserver } from './compiler/passes/pass.js';
import { lowerToInteger, lowerWithWarnings } from './compiler/pipelines.js';
import type { LabelledImages } from './evaluation/tasks/samples.js';
import { settleAll } from './evaluation/tasks/run-samples.js';
import { sharedBytes } from './evaluation/tasks/shared.js';
import { chipNamed } from './flow/chip-named.js';
import { checkData, comparison, countReferences, evaluateReferences, startRunThreads } from './flow/compare.js';
import { compileIntegerNetwork, deployOn, type OptionValues } from './flow/deploy.js';
import { progressInPhases } from './flow/phases.js';
import type { Compilation, Runnable, RunOptions } from './flow/runnable.js';
import { inUserNames, toldInUserNames } from './flow/user-names.js';
import { faultProblems } from './ir/faults/check.js';
import { decodeNetwork } from './ir/network/file.js';
import type { NetworkGraph } from './ir/network/types.js';
import type { ChipProgram } from './ir/program/chip-program.js';
import { decodeProgram, encodeProgram, type ProgramFile } from './ir/program/file.js';
import type { RunResult } from './ir/trace/run-result.js';

export type { Compilation, Runnable, RunOptions } from './flow/runnable.js';
export { decisions } from './flow/compare.js';

/** Reads a model file (.lsn). @throws UserError with every finding */
export function readNetwork(bytes: Uint8Array, place: string): NetworkGraph {
  return decodeNetwork(bytes, place);
}

/** Lowers a float network to the integer network that chips compute. @throws UserError with every unsupported layer */
export function toInteger(graph: NetworkGraph): NetworkGraph {
  return lowerToInteger(graph);
}

/** What to compile for: a chip with its spec (the standard one without it) and its options, side by side. */
export type CompileOptions<P extends ChipProgram, S extends ChipSpec, O extends object> = Partial<O> & {
  readonly chip: Chip<P, S, O>;
  readonly spec?: S | undefined;
};

/** The same with a chip by its name. */
export interface NamedCompileOptions extends OptionValues {
  readonly chip: string;
  readonly spec?: ChipSpec | undefined;
}

/** Compiles a network of either dialect; `observe` sees what every pass made. @throws UserError with every limit that is exceeded, and for options the chip does not have */
export function compileNetwork<P extends ChipProgram, S extends ChipSpec, O extends object>(
  graph: NetworkGraph,
  options: CompileOptions<P, S, O>,
  observe?: PassObserver,
): Compilation<P>;
export function compileNetwork(graph: NetworkGraph, options: NamedCompileOptions, observe?: PassObserver): Compilation;
export function compileNetwork(
  graph: NetworkGraph,
  {
    chip: asked,
    spec,
    ...values
  }: OptionValues & { readonly chip: string | Chip; readonly spec?: ChipSpec | undefined },
  observe?: PassObserver,
): Compilation {
  const chip = typeof asked === 'string' ? chipNamed(asked) : asked;
  const { graph: integer, diagnostics, passes } = lowerWithWarnings(graph, observe);
  const compiled = toldInUserNames(graph, integer, () =>
    compileIntegerNetwork(chip, integer, { spec, values, observe }),
  );
  const warnings = [...diagnostics, ...inUserNames(compiled.warnings, graph, integer)];
  return { ...compiled, passes: [...passes, ...compiled.passes], warnings };
}

/** A program file (.lsp): program, oracle and how it was compiled. */
export function writeProgram(file: ProgramFile): Uint8Array {
  return encodeProgram(file);
}

/** Reads a program file and verifies the program against the limits of its chip. @throws UserError with every finding */
export function readProgram(bytes: Uint8Array, place: string, chips: readonly Chip[] = CHIPS): Runnable & ProgramFile {
  const formats = chips.map(({ format }) => format);
  const file = decodeProgram(bytes, place, formats);
  const chip = chipNamed(file.program.kind, chips);
  throwIfErrors(chip.verify(file.program));
  return { ...file, chip };
}

/**
 * Runs a program over a data set and compares every class score with the integer network. @throws UserError for data that do not fit, and
 * for faults that the chip does not have; rejects with the signal's reason when aborted
 */
export async function runCompiled(runnable: Runnable, asked: LabelledImages, options: RunOptions): Promise<RunResult> {
  const { chip } = runnable;
  const { limit, seed, signal, workers, noise, scope, engine } = options;
  const { spec } = runnable.program;
  throwIfErrors([...faultProblems(options, chip.faults(spec)), ...chip.scopeProblems(runnable.program, scope ?? {})]);
  const faults = { noise, scope, chipSeed: options.chipSeed ?? seed };
  const program = deployOn(runnable, faults);
  checkData(program, asked, limit);
  // References and chip share the threads and one copy of the images. What was recorded with a program is known by its data.
  const data = runnable.integer === undefined ? asked : { ...asked, images: sharedBytes(asked.images) };
  const threads = options.threads ?? startRunThreads(workers);
  const nReferences = countReferences(runnable, options);
  const phase = progressInPhases(options.onProgress, nReferences + 1);
  const failed = new AbortController();
  const either = AbortSignal.any([failed.signal, ...(signal === undefined ? [] : [signal])]);
  const onChip = async (): Promise<ChipOutput> => {
    const runner = chip.open(program, { workers: threads ?? workers });
    try {
      const request = { ...faults, seed, engine, limit, signal: either, onProgress: phase(nReferences) };
      return await runner.run(data, request);
    } finally {
      await runner.close();
    }
  };
  try {
    const evaluating = evaluateReferences(runnable, data, { ...options, threads, signal: either }, phase);
    // The tasks of the chip stand in line behind those of the references, and are prepared while the threads are busy with these.
    const running = threads === undefined ? evaluating.then(onChip) : onChip();
    await settleAll([evaluating, running], () => failed.abort());
    const [references, output] = await Promise.all([evaluating, running]);
    return {
      ...comparison(program, data, output, references),
      ...output.measures,
      target: chip.name,
      engine: output.engine,
      seed,
      noise,
      ...(scope === undefined ? {} : { scope }),
      host: { seconds: output.seconds, samplesPerSecond: output.nSamples / output.seconds, workers },
    };
  } finally {
    if (options.threads === undefined) await threads?.close();
  }
}
