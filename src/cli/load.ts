import { KIND } from '../common/container.js';
import { nearest } from '../common/nearest.js';
import { type Diagnostic, fail } from '../common/diagnostics.js';
import type { ParsedSpec } from '../common/parameters/spec-definition.js';
import { entriesOf } from '../common/parameters/value-tree.js';
import { parseYaml } from '../common/parse-yaml.js';
import { compileNetwork, readNetwork, readProgram, type Runnable } from '../flow.js';
import { isPreset, NORTHPOLE, NORTHPOLE_PRESETS } from '../hw-models/northpole/spec.js';
import { parseSpecFile } from '../hw-models/northpole/spec-file.js';
import {
  parseTrueNorthSpec,
  TRUENORTH_PRESETS,
  TRUENORTH_SPECS,
  type TrueNorthPreset,
} from '../hw-models/truenorth/spec.js';
import { parseNetwork } from '../ir/network/parse.js';
import type { NetworkGraph } from '../ir/network/types.js';
import type { NorthPoleSpec } from '../ir/program/northpole.js';
import type { TrueNorthProgram, TrueNorthSpec } from '../ir/program/truenorth.js';
import type { Dataset } from '../data/dataset.js';
import { loadSamples } from '../data/samples.js';
import { readBytes, readText } from './io.js';
import { checkAsked, checkLimit } from './options.js';

/** What `lodestone run` runs; `float` is there when the file was a model. */
export interface LoadedRunnable extends Runnable {
  readonly warnings: readonly Diagnostic[];
}

/** For which chip a model is compiled on the way. */
export interface LoadOptions {
  readonly seed: number;
  readonly chip?: ChipName;
  /** Preset or file of a NorthPole-style chip. */
  readonly spec?: string;
  readonly batch?: number;
}

/** Reads a program file, or a model file and compiles it with the defaults. @throws UserError */
export async function loadRunnable(path: string, options: LoadOptions): Promise<LoadedRunnable> {
  const { seed, chip = 'truenorth', spec, batch } = options;
  const bytes = await readBytes(path, 'program');
  if (!holdsNetwork(bytes) && !isText(bytes)) return { ...readProgram(bytes, path), warnings: [] };
  const float = modelOf(bytes, path);
  if (chip === 'truenorth') {
    const { integer, program, warnings } = compileNetwork(float, { chip, seed });
    return { integer, program, warnings, float };
  }
  const target = await loadNorthPoleSpec(spec);
  const { integer, program, warnings } = compileNetwork(float, {
    chip,
    spec: target.spec,
    ...(batch === undefined ? {} : { batch }),
  });
  return { integer, program, warnings: [...target.warnings, ...warnings], float };
}

/** A TrueNorth program with its oracle, for commands that know no other chip. @throws UserError */
export async function loadTrueNorth(
  path: string,
  seed: number,
): Promise<LoadedRunnable & { readonly program: TrueNorthProgram }> {
  const runnable = await loadRunnable(path, { seed });
  const { program } = runnable;
  if (program.kind === 'truenorth') return { ...runnable, program };
  return fail(
    'wrong-chip',
    path,
    'the program is for a NorthPole-style chip',
    'compile the model with --chip truenorth',
  );
}

/** The chip of `--spec`: a preset by its name, else a YAML file; the standard chip without it. @throws UserError */
export async function loadNorthPoleSpec(
  nameOrPath: string | undefined,
): Promise<{ readonly spec: NorthPoleSpec; readonly warnings: readonly Diagnostic[] }> {
  if (nameOrPath === undefined) return { spec: NORTHPOLE, warnings: [] };
  if (isPreset(nameOrPath)) return { spec: NORTHPOLE_PRESETS[nameOrPath], warnings: [] };
  return parseSpecFile(await readText(nameOrPath, 'spec'), nameOrPath);
}

/** What `--data` and `--limit` ask for. */
export interface SampleOptions {
  readonly data: string;
  readonly limit?: number;
}

/** The test split of `--data` as a network reads it, at least `--limit` samples. @throws UserError for a limit of 0 or beyond the data set, and as loadSamples does */
export async function loadAskedSamples({ data, limit }: SampleOptions, network: NetworkGraph): Promise<Dataset> {
  checkLimit(limit);
  const samples = await loadSamples(data, network, limit);
  checkAsked(limit, samples.labels.length, `data set "${samples.name}"`);
  return samples;
}

/** Whether `--spec` or `chip` means a TrueNorth-style chip: by a preset's name, or by a file's `base`. @throws UserError */
export async function namesTrueNorth(nameOrPath: string): Promise<boolean> {
  if (TRUENORTH_SPECS.isPreset(nameOrPath)) return true;
  if (isPreset(nameOrPath)) return false;
  const base = entriesOf(parseYaml(await readText(nameOrPath, 'spec'), nameOrPath)).get('base');
  return typeof base === 'string' && TRUENORTH_SPECS.isPreset(base);
}

/** The TrueNorth-style chip of `--spec`: a preset by its name, else a YAML file; the published chip without it. @throws UserError */
export async function loadTrueNorthSpec(
  nameOrPath: string | undefined,
): Promise<ParsedSpec<TrueNorthSpec, TrueNorthPreset>> {
  const name = nameOrPath ?? 'truenorth';
  if (TRUENORTH_SPECS.isPreset(name)) return { spec: TRUENORTH_PRESETS[name], base: name, warnings: [] };
  return parseTrueNorthSpec(await readText(name, 'spec'), name);
}

/** Reads a model file, binary or in text form. @throws UserError */
export async function loadModel(path: string): Promise<NetworkGraph> {
  return modelOf(await readBytes(path, 'model'), path);
}

function modelOf(bytes: Uint8Array, path: string): NetworkGraph {
  return isText(bytes) ? parseNetwork(new TextDecoder().decode(bytes), path) : readNetwork(bytes, path);
}

const TEXT_START = new TextEncoder().encode('lodestone-network ');

const isText = (bytes: Uint8Array): boolean => TEXT_START.every((byte, i) => bytes[i] === byte);

/** The kind field of a container; everything else about the bytes is checked by the reader that is chosen. */
function holdsNetwork(bytes: Uint8Array): boolean {
  if (bytes.length < 16) return false;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(12, true) === KIND.network;
}

const CHIPS = ['truenorth', 'northpole'] as const;

/** A kind of chip. */
export type ChipName = (typeof CHIPS)[number];

/** Checks the name of a chip. @throws UserError with the nearest known name. */
export function parseChip(name: string): ChipName {
  const found = CHIPS.find((chip) => chip === name);
  if (found !== undefined) return found;
  const suggestion = nearest(name, CHIPS);
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  return fail('unknown-chip', `--chip ${name}`, `there is no chip "${name}"${hint}`, `use ${CHIPS.join(', ')}`);
}
