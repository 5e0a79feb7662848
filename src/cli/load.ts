/** Files that commands take: models, programs, specs, samples. */
import { KIND } from '../common/container.js';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { present } from '../common/assert.js';
import { type Diagnostic, fail, throwIfErrors } from '../common/diagnostics.js';
import type { Chip, ImportedFile } from '../chips/chip.js';
import { CHIPS } from '../chips/installed.js';
import { sha256 } from '../common/sha256.js';
import { STANDARD_STREAM } from '../common/standard-input.js';
import type { ForeignFile } from '../compiler/frontends/frontend.js';
import { foreignFormat, openNetwork, type OpenedNetwork } from '../compiler/frontends/open-network.js';
import type { Dataset } from '../data/dataset.js';
import { kindOf } from '../data/files/bounded.js';
import { loadSamples } from '../data/samples.js';
import type { OptionValues } from '../flow/deploy.js';
import type { OriginFile } from '../flow/origin.js';
import { compileNetwork, readProgram, type Runnable } from '../flow.js';
import type { LabelledImages } from '../evaluation/tasks/samples.js';
import { isNetworkText, readAnyNetwork } from '../ir/network/read-network.js';
import type { NetworkGraph } from '../ir/network/types.js';
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
  readonly values: () => OptionValues;
  /** Called for a file that is a program already: compile options mean nothing for it. */
  readonly onProgram?: () => void;
  /** The command, for its options of imports; without it files of other tools are read as they are. */
  readonly command?: Command | undefined;
  /** Chips whose programs are read. */
  readonly chips?: readonly Chip[] | undefined;
}

/** Reads a program file, or a model file and compiles it. @throws UserError */
export async function loadRunnable(path: string, options: LoadOptions): Promise<LoadedRunnable> {
  const { chips = CHIPS, onProgram } = options;
  const foreign = await foreignModel(path, chips);
  if (foreign !== undefined) {
    const { graph, warnings } = await openNetwork(foreign, await importOptionsOf(options.command, foreign));
    const compiled = await compileModel(graph, options);
    const digest = sha256(foreign.bytes);
    return { ...compiled, warnings: [...warnings, ...compiled.warnings], file: { kind: 'model', sha256: digest } };
  }
  const file = await programFile(path, chips);
  const bytes = await readBytes(file, 'program');
  await importOptionsOf(options.command, { bytes, place: file });
  if (!holdsNetwork(bytes) && !isNetworkText(bytes)) {
    onProgram?.();
    return { ...(await openProgram(bytes, file, chips)), file: { kind: 'program', sha256: sha256(bytes) } };
  }
  const compiled = await compileModel(readAnyNetwork(bytes, file), options);
  return { ...compiled, file: { kind: 'model', sha256: sha256(bytes) } };
}

/** The file or folder, if it is a model of another tool and not a program of one. */
async function foreignModel(path: string, chips: readonly Chip[]): Promise<ForeignFile | undefined> {
  if (path === STANDARD_STREAM) return undefined;
  const file = await foreignFile(path);
  const isProgram = file.names === undefined && chips.some(({ imports }) => imports.some((from) => from.recognises(file.bytes)));
  return isProgram || foreignFormat(file) === undefined ? undefined : file;
}

/** The file itself; of a folder the file of the first tool whose programs are kept in folders. @throws UserError for a folder without one */
async function programFile(path: string, chips: readonly Chip[]): Promise<string> {
  if ((await kindOf(path)) !== 'folder') return path;
  const names = [...new Set(chips.flatMap(({ imports }) => imports.map(({ fileName }) => fileName)))];
  for (const name of names) if ((await kindOf(join(path, name))) === 'file') return join(path, name);
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
): Promise<Omit<LoadedRunnable, 'file'> & { readonly table: string }> {
  const target = await loadSpec(chip, spec);
  const compilation = compileNetwork(float, { ...values(), chip, spec: target.spec });
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
): Promise<LabelledImages> {
  if (integer !== undefined) return loadAskedSamples(options, integer);
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
  checkLimit(limit);
  const samples = await loadSamples(data, network, limit);
  checkAsked(limit, samples.labels.length, `data set "${samples.name}"`);
  return samples;
}

/** A program of one kind of chip with its oracle, for commands that know no other. @throws UserError */
export async function loadFor<P extends Runnable['program']>(
  path: string,
  chip: Chip<P>,
  options: Omit<LoadOptions, 'chip' | 'chips'>,
): Promise<LoadedRunnable & { readonly program: P }> {
  const runnable = await loadRunnable(path, { ...options, chip, chips: CHIPS });
  if (chip.isProgram(runnable.program)) return { ...runnable, program: runnable.program };
  const message = `the program is for ${runnable.chip.title}, this command knows ${chip.title} only`;
  return fail('wrong-chip', path, message, `compile the model with --chip ${chip.name}`);
}

/** Reads a model file: ours, binary or in text form, or one of another tool with the options of `command`. @throws UserError */
export async function loadModel(path: string, command?: Command): Promise<OpenedNetwork> {
  const file = await foreignFile(path);
  return openNetwork(file, await importOptionsOf(command, file));
}

/** The kind field of a container; everything else about the bytes is checked by the reader that is chosen. */
function holdsNetwork(bytes: Uint8Array): boolean {
  if (bytes.length < 16) return false;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(12, true) === KIND.network;
}
