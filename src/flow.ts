/**
 * The way of one network, from a model file to an accuracy number. Every step is a pure function of its inputs and seeds;
 * files, terminals and clocks are the command line's business.
 *
 *   1. readNetwork      bytes -> float network                          ir/network
 *   2. toInteger        float -> integer network                        compiler/passes
 *   3. compileNetwork   integer network -> verified program             compiler/targets/truenorth, compiler/targets/northpole
 *   4. runCompiled      program on a data set, beside the oracle        simulator
 *   5. RunResult        accuracy, counters, energy                      flow/, hw-models costs, report
 */
import { match } from 'ts-pattern';
import { throwIfErrors } from './common/diagnostics.js';
import type { PassObserver } from './compiler/passes/pass.js';
import { lowerToInteger, lowerWithWarnings } from './compiler/pipelines.js';
import { compileNorthPole, type NorthPoleCompilation } from './compiler/targets/northpole/compile.js';
import { northPoleTable } from './compiler/targets/northpole/table.js';
import { verifyNorthPole } from './compiler/targets/northpole/verify.js';
import {
  compileTrueNorth,
  type TrueNorthCompilation,
  type TrueNorthOptions,
} from './compiler/targets/truenorth/compile.js';
import { mappingTable } from './compiler/targets/truenorth/table.js';
import { verifyProgram } from './compiler/targets/truenorth/verify.js';
import { runOnNorthPole } from './flow/run-northpole.js';
import { runOnTrueNorth } from './flow/run-truenorth.js';
import type { Runnable, RunOptions } from './flow/runnable.js';
import { NORTHPOLE } from './hw-models/northpole/spec.js';
import { TRUENORTH } from './hw-models/truenorth/spec.js';
import { decodeNetwork } from './ir/network/file.js';
import type { NetworkGraph } from './ir/network/types.js';
import { decodeProgram, encodeProgram, type KnownProgram, type ProgramFile } from './ir/program/file.js';
import { NORTHPOLE_FORMAT } from './ir/program/northpole-schema.js';
import { TRUENORTH_FORMAT } from './ir/program/truenorth-schema.js';
import type { NorthPoleProgram, NorthPoleSpec } from './ir/program/northpole.js';
import type { TrueNorthProgram } from './ir/program/truenorth.js';
import type { NorthPoleRunResult, RunResult, TrueNorthRunResult } from './ir/trace/run-result.js';
import type { LabelledImages } from './evaluation/tasks/samples.js';

export type { Runnable, RunOptions } from './flow/runnable.js';
export { decisions } from './flow/compare.js';
export { northPolePerformance } from './flow/performance.js';
export { viewOf } from './flow/program-view.js';

/** Reads a model file (.lsn). @throws UserError with every finding */
export function readNetwork(bytes: Uint8Array, place: string): NetworkGraph {
  return decodeNetwork(bytes, place);
}

/** Lowers a float network to the integer network that chips compute. @throws UserError with every unsupported layer */
export function toInteger(graph: NetworkGraph): NetworkGraph {
  return lowerToInteger(graph);
}

/** How to compile for a TrueNorth-style chip. */
export interface TrueNorthCompileOptions extends Partial<TrueNorthOptions> {
  readonly chip: 'truenorth';
}

/** How to compile for a NorthPole-style chip. */
export interface NorthPoleCompileOptions {
  readonly chip: 'northpole';
  readonly spec?: NorthPoleSpec;
  /** Frames that go through each layer together; 1 by default. */
  readonly batch?: number;
}

export type CompileOptions = TrueNorthCompileOptions | NorthPoleCompileOptions;

/** What both chips' compilations have. */
interface Lowered {
  readonly integer: NetworkGraph;
  /** The per-layer table, for people. */
  readonly table: string;
}

/** A network on a chip. */
export type Compilation = (TrueNorthCompilation | NorthPoleCompilation) & Lowered;

/**
 * Compiles a network of either dialect; `observe` sees what every pass made.
 * @throws UserError with every limit that is exceeded
 */
export function compileNetwork(
  graph: NetworkGraph,
  options: TrueNorthCompileOptions,
  observe?: PassObserver,
): TrueNorthCompilation & Lowered;
export function compileNetwork(
  graph: NetworkGraph,
  options: NorthPoleCompileOptions,
  observe?: PassObserver,
): NorthPoleCompilation & Lowered;
export function compileNetwork(graph: NetworkGraph, options: CompileOptions, observe?: PassObserver): Compilation;
export function compileNetwork(graph: NetworkGraph, options: CompileOptions, observe?: PassObserver): Compilation {
  const { graph: integer, diagnostics, passes } = lowerWithWarnings(graph, observe);
  return match(options)
    .with({ chip: 'truenorth' }, (given) => {
      const compilation = compileTrueNorth(integer, { spec: TRUENORTH, ...given }, observe);
      const warnings = [...diagnostics, ...compilation.warnings];
      return {
        ...compilation,
        passes: [...passes, ...compilation.passes],
        warnings,
        integer,
        table: mappingTable(compilation),
      };
    })
    .with({ chip: 'northpole' }, (given) => {
      const compilation = compileNorthPole(integer, { spec: NORTHPOLE, ...given }, observe);
      const warnings = [...diagnostics, ...compilation.warnings];
      return {
        ...compilation,
        passes: [...passes, ...compilation.passes],
        warnings,
        integer,
        table: northPoleTable(compilation.program),
      };
    })
    .exhaustive();
}

/** A program file (.lsp): program and oracle. */
export function writeProgram(compilation: ProgramFile): Uint8Array {
  return encodeProgram(compilation);
}

/** Reads a program file and verifies the program against the limits of its chip. @throws UserError with every finding */
export function readProgram(bytes: Uint8Array, place: string): ProgramFile {
  const file = decodeProgram<KnownProgram>(bytes, place, [TRUENORTH_FORMAT, NORTHPOLE_FORMAT]);
  const { program } = file;
  throwIfErrors(
    match(program).with({ kind: 'truenorth' }, verifyProgram).with({ kind: 'northpole' }, verifyNorthPole).exhaustive(),
  );
  return file;
}

/** Runs a program over a data set and compares every class score with the integer network. */
export function runCompiled(
  runnable: Runnable & { readonly program: TrueNorthProgram },
  data: LabelledImages,
  options: RunOptions,
): Promise<TrueNorthRunResult>;
export function runCompiled(
  runnable: Runnable & { readonly program: NorthPoleProgram },
  data: LabelledImages,
  options: RunOptions,
): Promise<NorthPoleRunResult>;
export function runCompiled(runnable: Runnable, data: LabelledImages, options: RunOptions): Promise<RunResult>;
export function runCompiled(runnable: Runnable, data: LabelledImages, options: RunOptions): Promise<RunResult> {
  const { program } = runnable;
  return match(program)
    .returnType<Promise<RunResult>>()
    .with({ kind: 'truenorth' }, (own) => runOnTrueNorth({ ...runnable, program: own }, data, options))
    .with({ kind: 'northpole' }, (own) => runOnNorthPole({ ...runnable, program: own }, data, options))
    .exhaustive();
}
