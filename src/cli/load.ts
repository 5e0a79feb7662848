/** Files that commands take: models, programs, specs, samples. */
import { KIND } from '../common/container.js';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { present } from '../common/assert.js';
import { type Diagnostic, fail, throwIfErrors } from '../common/diagnostics.js';
import type { Chip, ImportedFile } from '../chips/chip.js';
import { CHIPS } from '../chips/installed.js';
import { sha256 } from '../common/sha256.js';
import type { ForeignFile } from '../compiler/frontends/frontend.js';
import { foreignFormat, openNetwork, type OpenedNetwork, unreadOptions } from '../compiler/frontends/open-network.js';
import type { Dataset } from '../data/dataset.js';
import { kindOf } from '../data/files/bounded.js';
import type { LoadedSequences, SequenceOptions } from '../data/events/sequence-types.js';
import { openSequences } from '../data/events/sequences.js';
import { clippedWarnings } from '../data/real-numbers.js';
import { loadSamples } from '../data/samples.js';
import type { OptionValues } from '../flow/deploy.js';
import type { OriginFile } from '../flow/origin.js';
import { type Compilation, compileNetwork, readProgram, type Runnable } from '../flow.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';
import { isNetworkText } from '../ir/network/read-network.js';
import { readerOf, sampleProblems } from '../ir/network/check-samples.js';
import { refuseSpiking } from '../ir/network/spiking.js';
import type { NetworkGraph } from '../ir/network/types.js';
import { eventOptionsOf, refuseEventOptions } from './event-options.js';
import { foreignFile, importOptionsOf } from './import-options.js';
import { readBytes } from './io.js';
import { checkAsked, checkLimit, type DataOptions } from './options.js';
import { loadSpec, type NamedSpec } from './spec-option.js';

/** A program with what there is to say about it; `float` is there when the file was a model. */
export interface LoadedRunnable extends Runnable {
  readonly warnings: readonly Diagnostic[];
  /** The file it comes from. */
  readonly file: OriginFile;
}

/** How a model is compiled on the way. */
export interface LoadOptions {
  readonly chip: Chip;
  /** What `--spec` says of it. */
  readonly spec?: NamedSpec | string | undefined;
  /** Compile options of the chip. */
  readonly values: () => OptionValues | Promise<OptionValues>;
  /** Called for a file that is a program already: compile options mean nothing for it. */
  readonly onProgram?: () => void;
  /** The command, for its options of imports; without it files of other tools are read as they are. */
  readonly command?: Command | undefined;
  /** Chips whose programs are read. */
  readonly chips?: readonly Chip[] | undefined;
}

/** Reads a program file, or a model file and compiles it. @throws UserError */
export async function loadRunnable(path: string | ForeignFile, options: LoadOptions): Promise<LoadedRunnable> {
  const { chips = CHIPS, onProgram } = options;
  const file = await modelOrProgram(path, chips);
  const { bytes, place } = file;
  const digest = sha256(bytes);
  const asked = await importOptionsOf(options.command);
  const isProgram = chips.some(({ imports }) => imports.some((from) => from.recognises(bytes)));
  const isModel = holdsNetwork(bytes) || isNetworkText(bytes) || (!isProgram && foreignFormat(file) !== undefined);
  if (!isModel) {
    throwIfErrors(unreadOptions(undefined, file, asked));
    onProgram?.();
    return { ...(await openProgram(bytes, place, chips)), file: { kind: 'program', sha256: digest } };
  }
  const { graph, warnings } = await openNetwork(file, asked);
  const compiled = await compileModel(graph, options);
  return { ...compiled, warnings: [...warnings, ...compiled.warnings], file: { kind: 'model', sha256: digest } };
}

/** The file itself; of a folder the program of the first tool that keeps its programs in folders, or the folder as a model. @throws UserError for a folder without either */
async function modelOrProgram(from: string | ForeignFile, chips: readonly Chip[]): Promise<ForeignFile> {
  const names = [...new Set(chips.flatMap(({ imports }) => imports.map(({ fileName }) => fileName)))];
  const file = typeof from === 'string' ? await foreignFile(from) : from;
  const { place: path } = file;
  if (file.names === undefined) return file;
  const program = names.find((name) => file.names?.includes(name) === true);
  if (program !== undefined) return foreignFile(join(path, program));
  if (foreignFormat(file) !== undefined) return file;
  const remedy = names.length === 0 ? 'pass a file' : `pass a file, or a folder with ${names.join(' or ')}`;
  return fail('not-a-file', path, 'it is a folder, and holds no program', remedy);
}

/** A program of ours, or of another tool whose format is recognised by its content. @throws UserError */
async function openProgram(
  bytes: Uint8Array,
  path: string,
  chips: readonly Chip[],
): Promise<Omit<LoadedRunnable, 'file'>> {
  const known = chips.flatMap((chip) => chip.imports.map((from) => ({ chip, from })));
  const found = known.find(({ from }) => from.recognises(bytes));
  if (found === undefined) return { ...readProgram(bytes, path, chips), warnings: [] };
  const { chip, from } = found;
  const beside = new Map<string, ImportedFile>();
  for (const name of from.companions) {
    const place = join(dirname(path), name);
    if ((await kindOf(place)) === 'file') beside.set(name, { bytes: await readBytes(place, 'program'), place });
  }
  const { program, recorded, warnings } = from.read({ bytes, place: path }, (name) => beside.get(name));
  throwIfErrors(chip.verify(program));
  return { chip, program, recorded, warnings };
}

/** Compiles a model. @throws UserError */
export async function compileModel(
  float: NetworkGraph,
  { chip, spec, values }: LoadOptions,
): Promise<Omit<LoadedRunnable, 'file'> & Compilation> {
  const target = await loadSpec(chip, spec);
  const compilation = compileNetwork(float, { ...(await values()), chip, spec: target.spec });
  return { ...compilation, warnings: [...target.warnings, ...compilation.warnings], float };
}

/**
 * What `--data` and `--limit` ask for, or, of a program of another tool, the samples that it came with. @throws UserError as loadAskedSamples does,
 * and for another data set than those samples
 */
export async function samplesFor(
  { integer, recorded, program }: Runnable,
  options: DataOptions,
  called: Command,
  warn: (warnings: readonly Diagnostic[]) => void = () => undefined,
): Promise<LabelledImages> {
  if (integer?.time !== undefined && called.options.some(({ long }) => long === '--stray-events')) {
    const { data, warnings } = await loadAskedEvents(options, integer, eventOptionsOf(called));
    warn(warnings);
    return data;
  }
  refuseEventOptions(called);
  if (integer !== undefined) {
    const samples = await loadAskedSamples(options, integer);
    warn(clippedWarnings(samples));
    return samples;
  }
  const { data } = present(recorded, 'samples of a program without a network');
  if (called.getOptionValueSource('data') === 'cli') {
    const message = `"${program.name}" comes from another tool, with ${data.labels.length} samples of its own; no other data have a way into it`;
    fail('recorded-samples', `--data ${options.data}`, message, 'leave the option out');
  }
  checkLimit(options.limit);
  checkAsked(options.limit, data.labels.length, `data set "${data.name}" of the program`);
  return data;
}

/** The test split of `--data` as a network reads it, at least `--limit` samples. @throws UserError for a limit of 0 or beyond the data set, and as loadSamples does */
export async function loadAskedSamples({ data, limit }: DataOptions, network: NetworkGraph): Promise<Dataset> {
  refuseSpiking(network, 'this command');
  checkLimit(limit);
  const samples = await loadSamples(data, network, limit);
  checkAsked(limit, samples.labels.length, `data set "${samples.name}"`);
  return samples;
}

/** The same of a network with time: sequences of frames, of events or images. @throws UserError */
export async function loadAskedEvents(
  { data, limit }: DataOptions,
  network: NetworkGraph,
  options: SequenceOptions,
): Promise<LoadedSequences> {
  checkLimit(limit);
  const reader = readerOf(network);
  const stepSeconds = present(network.time, 'time of a spiking network').step;
  const open = await openSequences(data, 'test', { inputShape: reader.inputShape, stepSeconds }, options);
  checkAsked(limit, open.nSamples, `data set "${data}"`);
  const loaded = await open.take(0, limit ?? open.nSamples);
  throwIfErrors(sampleProblems(reader, loaded.data));
  return loaded;
}

/** A program of one kind of chip with its oracle, for commands that know no other. @throws UserError */
export async function loadFor<P extends Runnable['program']>(
  path: string | ForeignFile,
  chip: Chip<P>,
  options: Omit<LoadOptions, 'chip' | 'chips'>,
): Promise<LoadedRunnable & { readonly program: P }> {
  const runnable = await loadRunnable(path, { ...options, chip, chips: CHIPS });
  if (chip.isProgram(runnable.program)) return { ...runnable, program: runnable.program };
  const message = `the program is for ${runnable.chip.title}, this command knows ${chip.title} only`;
  const remedy =
    runnable.recorded === undefined
      ? `compile the model with --chip ${chip.name}`
      : `it comes from another tool, without a network that could be compiled again: pass a program or model for ${chip.title}`;
  return fail('wrong-chip', typeof path === 'string' ? path : path.place, message, remedy);
}

/** Reads a model file: ours, binary or in text form, or one of another tool with the options of `command`. @throws UserError */
export async function loadModel(path: string, command?: Command): Promise<OpenedNetwork> {
  const file = await foreignFile(path);
  return openNetwork(file, await importOptionsOf(command));
}

/** The kind field of a container; everything else about the bytes is checked by the reader that is chosen. */
function holdsNetwork(bytes: Uint8Array): boolean {
  if (bytes.length < 16) return false;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(12, true) === KIND.network;
}
