/**
 * The contract of a chip. A kind of chip is one value of this type in a folder of its own and one line in the registry; everything above
 * this folder (flow, experiments, studies, report, the shared commands) knows `Chip` and no chip's name.
 *
 *   network --compile--> program --deploy(faults)--> program as the chip reads it --open--> runner --run(data)--> scores, measures
 */
import type { z } from 'zod';
import type { Diagnostic } from '../common/diagnostics.js';
import type { OtherPreset } from '../common/parameters/spec-definition.js';
import type { PlacedParameter } from '../common/parameters/value-tree.js';
import type { Quantity } from '../common/quantity.js';
import type { PassInfo, PassObserver, PassReport } from '../compiler/passes/pass.js';
import type { Workers } from '../evaluation/tasks/pool.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';
import type { FaultRequest } from '../ir/faults/check.js';
import type { FaultMemory } from '../ir/faults/memories.js';
import type { FaultScope } from '../ir/faults/scope.js';
import type { FaultSupport } from '../ir/faults/support.js';
import type { NetworkGraph, NodeId } from '../ir/network/types.js';
import type { ChipProgram, ProgramFormat } from '../ir/program/chip-program.js';
import type { ProgramFile } from '../ir/program/file.js';
import type { ChipMeasures } from '../ir/trace/measures.js';
import type { OlderResults } from '../ir/trace/older-results.js';
import type { CoreMove } from '../ir/trace/core-moves.js';
import type { ProgramView, ViewTable } from '../ir/trace/program-view.js';
import type { RunResult } from '../ir/trace/run-result.js';
import type { ValidationRow } from '../ir/trace/validation-row.js';
import type { FreeConstant } from './free-constant.js';
import type { ChipKit } from './kit.js';

export type {
  ChipKit,
  ChipMutant,
  ChipRule,
  ChipStepper,
  ProbeRequest,
  StepperField,
  StepperOptions,
  StepperState,
  Stimulus,
  StimulusSample,
  ThreadedStepper,
} from './kit.js';

/** What every spec has. */
export interface ChipSpec {
  readonly name: string;
}

/**
 * A kind of chip: programs `P`, specs `S`, compile options `O`, damages `D`. Values of chips are kept as `Chip` in lists; a program meets the chip of
 * its own kind only, since both are found by the name.
 */
export interface Chip<
  P extends ChipProgram = ChipProgram,
  S extends ChipSpec = ChipSpec,
  O extends object = object,
  D extends object = object,
> {
  /** In `--chip`, in files, the `kind` of its programs: lower case, no spaces. */
  readonly name: P['kind'];
  /** Its kind in the middle of a sentence, in the plural: `neurosynaptic chips`. */
  readonly title: string;
  /** Path of the file that exports it, for threads; set by who loads a chip of a user. Absent for installed ones. */
  readonly file?: string | undefined;
  readonly specs: SpecFamily<S>;
  /** What can be said about compiling, beside the spec. */
  readonly options: readonly ChipOption[];
  /** Its own passes, in the order in which they run after those of every chip. */
  readonly passes: readonly PassInfo[];
  /** Those of networks with time, whose neurons keep potentials from step to step; absent where the chip has none, and refuses them. */
  readonly spikingPasses?: readonly PassInfo[];
  /** Compile options of untrusted origin, as files hold them. */
  readonly optionsSchema: z.ZodType<Partial<O>>;
  /** What of the fault catalogue a chip of this spec has; the standard chip without it. */
  faults(spec?: S): FaultSupport;
  /** What can be said about the chip that a program is run on, beside the faults: see {@link Chip.damage}. */
  readonly damages: readonly ChipOption[];
  /** Names of its engines; the first one chooses. All give the same bits. */
  readonly engines: readonly [string, ...string[]];
  /** What becomes of a network with real weights: it is quantised first, or refused with a reason. */
  readonly realWeights: 'quantised' | { readonly refused: string; readonly remedy: string };
  /** How program files hold its programs. */
  readonly format: ProgramFormat<P>;
  /** Program files of other tools that open as its programs. */
  readonly imports: readonly ProgramImport<P>[];
  /** How its part of result files of version 3 reads; absent for chips that are younger. */
  readonly olderResults?: OlderResults | undefined;
  /** Rows of `lodestone validate`: published numbers beside ours. */
  readonly validation?: (() => Promise<ChipValidation>) | undefined;
  /** What a conformance kit needs; loaded when it is asked for. */
  readonly kit?: (() => Promise<ChipKit<P, S>>) | undefined;

  /** What events and cores of a chip of this spec cost, by name. */
  costs(spec: S): Readonly<Record<string, Quantity>>;
  /**
   * The network that the chip computes, where that is not the one that it is given: what its converters round and clip becomes nodes of the integer
   * network. It is the oracle of the program, and what `compile` gets. @throws UserError with every layer that does not fit
   */
  adapt?(integer: NetworkGraph, request: CompileRequest<S, O>): AdaptedNetwork;
  /** Maps an integer network. @throws UserError with every layer that does not fit and every limit that is exceeded */
  compile(integer: NetworkGraph, request: CompileRequest<S, O>): ChipCompilation<P, O>;
  /** Whether a program is one of this chip. */
  isProgram(program: ChipProgram): program is P;
  /** Every limit of the spec that a program exceeds, and what else is wrong with it. */
  verify(program: P): readonly Diagnostic[];
  /**
   * The program as a chip with faults reads it, but for what its runner does itself; the same program where that is all. It may be
   * compiled again, around what is known to be down. @throws UserError for places that do not exist, and for networks that no longer fit
   */
  deploy(file: OpenProgram<P>, faults: ChipFaults): P;
  /** The program on a chip that is damaged unknown to the compiler. @throws UserError for places that do not exist */
  damage(program: P, damages: Partial<D>): P;
  /** Every layer and core of a scope that the program does not have. */
  scopeProblems(program: P, scope: FaultScope): readonly Diagnostic[];
  /** A runner that stays open from run to run. */
  open(program: P, options: OpenOptions): ChipRunner;
  /** What the program alone says: cores, time, and, where it does not depend on data, energy. */
  measure(program: P): ChipMeasures;
  /** What faults can hit. */
  structure(program: P): ChipStructure;
  /** What no program of a network on a chip of this spec can be below, known without compiling it; absent where nothing is. */
  bounds?(integer: NetworkGraph, spec: S): ChipBounds;
  /** What a program takes of the silicon; absent where the chip's model does not say. */
  extent?(program: P): ChipExtent;
  /** Parameters that change what a run is said to cost and last, and nothing else: program and counts are the same. None without it. */
  readonly costParameters?: readonly string[];
  /** What a run measures on a chip of another spec that differs in {@link costParameters} only; `program` is the one that was run. */
  reprice?(program: P, output: Pick<ChipOutput, 'measures' | 'nSamples'>, spec: S): ChipMeasures;
  /** What the report shows. */
  view(program: P): ProgramView;
  /** Where the cores of a program stand beside those of an older one; absent where no core stays what it is. */
  moves?(before: P, after: P): readonly CoreMove[];
}

/** The specs of a kind of chip. */
export interface SpecFamily<S extends ChipSpec = ChipSpec> {
  /** By name; the first one is the standard chip. */
  readonly presets: Readonly<Record<string, S>>;
  /** What each preset is. */
  readonly presetNotes: Readonly<Record<string, string>>;
  /** Reads a spec file. @throws UserError with everything that is wrong with it */
  parse(text: string, place: string): ParsedChipSpec<S>;
  /**
   * The spec file of a chip: every parameter with meaning, unit, range, status and source. `parse` reads it back. What differs from `base`
   * (the preset that the name names without it) is the user's.
   */
  print(spec: S, base?: string): string;
  /** Every parameter by its path, with the schema of its values. */
  readonly parameters: readonly PlacedParameter[];
  /** Every parameter with its value, likewise. */
  describe(spec: S, base?: string): readonly SpecParameter[];
  /** The same parameters with other presets, for kinds of chips that are like this one. @throws UserError for values out of range */
  others?(chip: string, presets: Readonly<Record<string, OtherPreset>>): SpecFamily<S>;
}

/** A spec from a file. */
export interface ParsedChipSpec<S extends ChipSpec = ChipSpec> {
  readonly spec: S;
  /** The preset that the file starts from. */
  readonly base: string;
  readonly warnings: readonly Diagnostic[];
}

/** One line of a description of a spec. */
export interface SpecParameter {
  readonly path: string;
  readonly value: string;
  readonly unit: string;
  readonly range: string;
  readonly status: string;
  readonly what: string;
  readonly source: string;
  /** It follows from the other values: a spec file need not say it. */
  readonly follows?: true;
}

/** A compile option, for the command line and for files. */
export interface ChipOption {
  /** Its name in APIs and files, camelCase. */
  readonly key: string;
  /** Its argument in a help text: `<ticks>`; absent for a switch. */
  readonly argument?: string;
  readonly help: string;
  /** All words it takes, where there are few. */
  readonly choices?: readonly string[];
  /** The value of a text, or what is wrong with it as a sentence. */
  readonly read: (text: string) => { readonly value: unknown } | { readonly problem: string };
  /** It may be given several times: its value is the list of what `read` gives for each. */
  readonly isRepeatable?: true;
  /** It names a program file: its value is what this gives for it, and `read` is not asked. @throws UserError with everything that is wrong with it */
  readonly readProgram?: (file: ImportedFile) => unknown;
}

/** What to compile for, and how. */
export interface CompileRequest<S extends ChipSpec = ChipSpec, O extends object = object> {
  /** The standard chip without it. */
  readonly spec?: S | undefined;
  readonly options?: Partial<O> | undefined;
  /** Sees what every pass made. */
  readonly observe?: PassObserver | undefined;
}

/** What {@link Chip.adapt} gives. */
export interface AdaptedNetwork {
  /** Of the integer dialect; verified by who asks for it. */
  readonly graph: NetworkGraph;
  /** Where and by how much it may differ from the network that it was given. */
  readonly warnings: readonly Diagnostic[];
  /** The passes that made it, as they ran. */
  readonly passes?: readonly PassReport[];
}

/** A network on a chip. */
export interface ChipCompilation<P extends ChipProgram = ChipProgram, O extends object = object> {
  readonly program: P;
  /** What a second compilation for the program's own spec takes: options that are not in the spec. */
  readonly options: Partial<O>;
  /** What was chosen for each layer and what it costs, for people. */
  readonly table: string;
  readonly warnings: readonly Diagnostic[];
  /** The chip's own passes, as they ran. */
  readonly passes: readonly PassReport[];
  /** Every layer that had to be split, in their order. */
  readonly splits: () => readonly LayerSplit[];
  /** Mappings that were compared, and what else the layers could be, each with its cost; found when asked for. Absent where nothing is compared. */
  readonly alternatives?: () => readonly TitledTable[];
  /** Opens a reader of the layers, or says why there is none. */
  readonly layers: (() => LayerReader) | { readonly unread: string };
}

/** A table with what stands over it. */
export interface TitledTable {
  readonly title: string;
  readonly table: ViewTable;
}

/** What becomes of a layer that a core cannot do alone, or whose values one neuron cannot send to all that read them. */
export interface LayerSplit {
  readonly layer: string;
  /** What does not fit, with the amounts. */
  readonly why: string;
  readonly into: string;
  readonly cost: string;
}

/** A sample of a data set, as runs code it. */
export interface LayerSample {
  /** [nSamples, inputShape] bytes of the whole data set. */
  readonly images: Uint8Array;
  readonly index: number;
  /** Draws of Bernoulli inputs. */
  readonly seed: number;
}

/** What a chip holds of the layers of its network: for comparisons of single samples, not for speed. */
export interface LayerReader {
  /**
   * The values of one sample on a chip without faults, by node of the integer network and in its units. Sums that never leave a unit of the chip
   * are not there, nor are layers that are folded into others. NaN: an element that nobody reads, and the chip does not compute.
   */
  read(sample: LayerSample): ReadonlyMap<NodeId, ArrayLike<number>>;
}

/** Program files of another tool, which open by their path, or by that of their folder, wherever programs do. */
export interface ProgramImport<P extends ChipProgram = ChipProgram> {
  /** Of the tool and its format, for messages. */
  readonly title: string;
  /** What its file is called in a folder: `input.json`. */
  readonly fileName: string;
  /** Names of the files beside it that are read with it, where they exist. */
  readonly companions: readonly string[];
  /** Whether these bytes are such a file, by their content. */
  recognises(bytes: Uint8Array): boolean;
  /** @throws UserError with every finding, and with the command that runs it where samples of a data set have no way into it */
  read(file: ImportedFile, companion: (name: string) => ImportedFile | undefined): ImportedProgram<P>;
}

/** A file of another tool. */
export interface ImportedFile {
  readonly bytes: Uint8Array;
  readonly place: string;
}

/** A program of another tool. No integer network says what it has to compute: what was recorded with it does. */
export interface ImportedProgram<P extends ChipProgram = ChipProgram> {
  readonly program: P;
  readonly recorded: RecordedSamples;
  readonly warnings: readonly Diagnostic[];
}

/** Samples that came with a program, in the shape that it reads, and the class scores that it has to give for them. */
export interface RecordedSamples {
  readonly data: LabelledImages;
  /** [nSamples, nClasses]. */
  readonly scores: Int32Array;
}

/** A program that is open: from a file of ours with the integer network that it computes, from one of another tool with what was recorded. */
export interface OpenProgram<P extends ChipProgram = ChipProgram> extends Omit<ProgramFile<P>, 'integer'> {
  readonly integer?: NetworkGraph | undefined;
  readonly recorded?: RecordedSamples | undefined;
}

/** The faults of one chip, and what its draws start from. */
export interface ChipFaults extends FaultRequest {
  /** Draws what is fixed per chip. */
  readonly chipSeed: number;
}

/** How to open a program. */
export interface OpenOptions {
  /** Worker threads, 1 for the calling thread, or threads that others use too. Results do not depend on it. */
  readonly workers: Workers;
}

/** A data set on a chip. */
export interface ChipRunRequest extends ChipFaults {
  /** Draws what changes per use. */
  readonly seed: number;
  /** One of the chip's engines; the first one without it. */
  readonly engine?: string | undefined;
  /** Only the first `limit` samples. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Samples that are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What a run gives: a function of program, data, faults and seeds, but for the seconds. */
export interface ChipOutput {
  /** The engine that ran. */
  readonly engine: string;
  readonly nSamples: number;
  readonly nClasses: number;
  /** [nSamples, nClasses] class scores. */
  readonly scores: Int32Array;
  readonly measures: ChipMeasures;
  /** Wall clock. */
  readonly seconds: number;
}

/** Runs a program again and again: data sets, chips. One run at a time; more are queued. */
export interface ChipRunner {
  /** Rejects with a UserError for data that do not fit, and with the signal's reason when aborted. */
  run(data: LabelledImages, request: ChipRunRequest): Promise<ChipOutput>;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** The words of one memory that belong to one layer. */
export interface Store {
  readonly memory: FaultMemory;
  readonly layer: string;
  /** Words of so many bits; those of a memory of single bits have no positions. */
  readonly words: number;
  readonly bits: number;
  /** The cores of the layer, which hold equal parts, where faults can be limited to cores. */
  readonly cores?: readonly number[];
}

/** What no program can be below. */
export interface ChipBounds {
  /** Why no program fits. */
  readonly problems: readonly Diagnostic[];
  /** Seconds from the first input of a sample to its last output, at least. */
  readonly latencySeconds: number;
  /** Cores in use, at least. */
  readonly cores: number;
}

/** What a program takes of the silicon. */
export interface ChipExtent {
  /** Of the cores that the program pays for, in mm2. */
  readonly areaMm2: Quantity;
  /** Bits of the memories of these cores, in use or not. */
  readonly memoryBits: number;
  /** Share of the chip's work force that is in use, 0..1, and what that is. */
  readonly utilisation: number;
  readonly utilisationOf: string;
}

/** What faults can hit. */
export interface ChipStructure {
  /** Cores in use. */
  readonly nCores: number;
  /** Names of the layers that are on the chip, in order. */
  readonly layers: readonly string[];
  readonly stores: readonly Store[];
}

/** Published numbers next to ours, and the constants that were fitted on them. */
export interface ChipValidation {
  readonly constants: readonly FreeConstant[];
  /** Computes the rows. */
  rows(host: ValidationHost): Promise<readonly ValidationRow[]>;
}

/** What validation may ask for. */
export interface ValidationHost {
  /** Runs an example network over the whole MNIST test set on a chip. */
  runExample<P extends ChipProgram>(
    name: string,
    chip: Chip<P>,
  ): Promise<{ readonly program: P; readonly result: RunResult }>;
  /** Says what is going on, where somebody watches. */
  say(text: string): void;
}
