/**
 * Reads a CPE model: one pass over the bytes, cores as drafts; names and destinations are looked up at the end, because the
 * format does not fix the order of its parts.
 */
import type { Diagnostic } from '../../../../common/diagnostics.js';
import { nearest } from '../../../../common/nearest.js';
import { readNeurons } from './cpe-neurons.js';
import { CORE_SIZE, MAX_CORES, typeNumber, type CpeNeuronType } from './cpe-model.js';
import { type Crossbar, readCrossbar } from './crossbar-rows.js';
import { Findings } from './findings.js';
import { JsonBytes } from './json-bytes.js';
import { numberOf, readNeuronType } from './neuron-types.js';

/** A core as it stands in the file; lists have 256 entries by dendrite. */
export interface CoreDraft {
  readonly position: number;
  readonly id: number;
  readonly rngSeed: number;
  readonly metadata: string;
  /** The core's own crossbar, or the name of a prototype. */
  readonly crossbar: Crossbar | string;
  /** Numbers of the types, or -1 - n for entry n of `typeNames`. */
  readonly types: Int32Array;
  readonly typeNames: readonly string[];
  readonly destCores: Int32Array;
  readonly destAxons: Int16Array;
  readonly destDelays: Uint8Array;
}

/** A file, not yet linked. */
export interface CpeDraft {
  readonly header: string;
  readonly prototypes: ReadonlyMap<string, Crossbar>;
  readonly neuronTypes: readonly (CpeNeuronType & { readonly position: number })[];
  readonly cores: readonly CoreDraft[];
  /** The header announces more cores than the file has: destinations may be missing. */
  readonly isExcerpt: boolean;
  readonly findings: Findings;
}

const PARTS = ['model', 'crossbarTypes', 'neuronTypes', 'core'];
const MODEL_KEYS = [
  ...['coreCount', 'neuronclass', 'neuronClass', 'crossbarSize', 'crossbarclass', 'crossbarClass'],
  ...['buildKey64', 'networking', 'useCrossbarPrototypes'],
];
const CORE_KEYS = ['metadata', 'id', 'timeScaleExponent', 'rngSeed', 'neurons', 'crossbar'];

/** Parses a model file. Throws a UserError on syntax errors; everything else waits in `findings`. */
export function parseCpe(bytes: Uint8Array, place: string): CpeDraft {
  const findings = new Findings(bytes, place);
  const json = new JsonBytes(bytes, findings);
  const prototypes = new Map<string, Crossbar>();
  const neuronTypes: (CpeNeuronType & { readonly position: number })[] = [];
  const cores: CoreDraft[] = [];
  const numbers = new Set<number>();
  const readType = (): void => {
    const type = readNeuronType(json);
    neuronTypes.push(type);
    numbers.add(typeNumber(type.name) ?? -1);
  };
  const typeExists = (type: number): boolean => numbers.has(type);
  let header: Header | undefined;
  if (json.kind() !== 'object') {
    findings.fatal('not-a-cpe-model', 0, 'this is not a JSON object', 'pass the model file (.json) of a CPE model');
  }
  const seen = new Set<string>();
  json.members((key, position) => {
    if (key !== 'core') checkOnce(json, key, position, seen);
    if (key === 'model') header = readHeader(json);
    else if (key === 'crossbarTypes') json.elements(() => readPrototype(json, prototypes));
    else if (key === 'neuronTypes') json.elements(() => readType());
    else if (key === 'core') {
      if (cores.length === MAX_CORES) {
        const message = `more than ${MAX_CORES} cores`;
        findings.fatal('too-many-cores', position, message, 'split the model: 16 chips are the most that is read');
      }
      const core = readCore(json, typeExists);
      if (core !== undefined) cores.push(core);
    } else {
      unknownKey(json, key, position, PARTS);
      json.skip();
    }
  });
  if (json.kind() !== 'end') {
    findings.error('json-syntax', json.position, 'text after the end of the model', 'remove it');
  }
  if (header === undefined) {
    findings.error('missing-key', 0, 'there is no "model" object', 'pass the model file (.json) of a CPE model');
  } else if (header.coreCount !== undefined && header.coreCount !== cores.length) {
    const message = `coreCount is ${header.coreCount}, the file has ${cores.length} cores`;
    findings.warning('core-count', header.position, message, 'check that the file is whole');
  }
  if (cores.length === 0 && header?.coreCount !== 0)
    findings.error('missing-key', 0, 'there is no "core"', 'pass a model with cores');
  const isExcerpt = (header?.coreCount ?? 0) > cores.length;
  return { header: header?.text ?? '{}', prototypes, neuronTypes, cores, isExcerpt, findings };
}

interface Header {
  readonly position: number;
  readonly text: string;
  readonly coreCount: number | undefined;
}

function readHeader(json: JsonBytes): Header {
  const { findings } = json;
  json.kind();
  const position = json.position;
  let coreCount: number | undefined;
  const seen = new Set<string>();
  json.members((key, at) => {
    checkOnce(json, key, at, seen);
    if (key === 'coreCount') coreCount = whole(json, at, key, 0, 2 ** 31 - 1);
    else if (key === 'crossbarSize') {
      const size = numberOf(json, at, key);
      if (size !== undefined && size !== CORE_SIZE) {
        const remedy = `only models of ${CORE_SIZE} x ${CORE_SIZE} cores are read`;
        findings.error('crossbar-size', at, `crossbarSize is ${size}`, remedy);
      }
    } else if (/^neuronclass$/i.test(key)) {
      checkWord(json, at, key, 'NeuronGeneral');
    } else if (/^crossbarclass$/i.test(key)) {
      checkWord(json, at, key, 'CrossbarBinary');
    } else {
      unknownKey(json, key, at, MODEL_KEYS);
      json.skip();
    }
  });
  return { position, text: textOf(json, position), coreCount };
}

function checkWord(json: JsonBytes, position: number, key: string, expected: string): void {
  const isText = json.kind() === 'string';
  const word = isText ? json.string() : textOf(json, json.skip());
  if (isText && word === expected) return;
  json.findings.error(
    'unsupported-class',
    position,
    `${key} is ${isText ? `"${word}"` : word}`,
    `only "${expected}" is read`,
  );
}

function readPrototype(json: JsonBytes, prototypes: Map<string, Crossbar>): void {
  let name: string | undefined;
  let crossbar: Crossbar | string | undefined;
  json.kind();
  const start = json.position;
  const seen = new Set<string>();
  json.members((key, position) => {
    checkOnce(json, key, position, seen);
    if (key === 'name') name = json.string();
    else if (key === 'crossbar') crossbar = readCrossbar(json);
    else {
      unknownKey(json, key, position, ['name', 'crossbar']);
      json.skip();
    }
  });
  if (name === undefined || crossbar === undefined || typeof crossbar === 'string') {
    const remedy = 'give every entry of crossbarTypes a name and a crossbar with rows';
    json.findings.error('missing-key', start, 'a crossbar prototype without name or rows', remedy);
  } else if (prototypes.has(name)) {
    json.findings.error('duplicate-name', start, `crossbar "${name}" is there twice`, 'give each its own name');
  } else prototypes.set(name, crossbar);
}

function readCore(json: JsonBytes, typeExists: (type: number) => boolean): CoreDraft | undefined {
  const { findings } = json;
  json.kind();
  const position = json.position;
  let id: number | undefined;
  let rngSeed = 0;
  let metadata = '';
  let crossbar: Crossbar | string | undefined;
  let neurons: ReturnType<typeof readNeurons> | undefined;
  const seen = new Set<string>();
  json.members((key, at) => {
    checkOnce(json, key, at, seen);
    if (key === 'id') id = whole(json, at, key, 0, 2 ** 31 - 1);
    else if (key === 'rngSeed') rngSeed = whole(json, at, key, 0, 2 ** 32 - 1) ?? 0;
    else if (key === 'timeScaleExponent') {
      const exponent = numberOf(json, at, key);
      if (exponent !== undefined && exponent !== 0) {
        findings.error(
          'time-scale',
          at,
          `timeScaleExponent is ${exponent}`,
          'only 0 (every core at every tick) is read',
        );
      }
    } else if (key === 'metadata') {
      metadata = textOf(json, json.skip());
    } else if (key === 'neurons') neurons = readNeurons(json, typeExists);
    else if (key === 'crossbar') crossbar = readCrossbar(json);
    else {
      unknownKey(json, key, at, CORE_KEYS);
      json.skip();
    }
  });
  if (id === undefined) findings.error('missing-key', position, 'a core without "id"', 'give every core an id');
  if (neurons === undefined) findings.error('missing-key', position, 'a core without "neurons"', 'list its neurons');
  if (crossbar === undefined)
    findings.error('missing-key', position, 'a core without "crossbar"', 'give it a crossbar');
  if (id === undefined || neurons === undefined || crossbar === undefined) return undefined;
  return { position, id, rngSeed, metadata, crossbar, ...neurons };
}

function whole(json: JsonBytes, at: number, key: string, low: number, high: number): number | undefined {
  const value = numberOf(json, at, key);
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  json.findings.error('bad-value', at, `${key} is ${value}`, `use a whole number from ${low} to ${high}`);
  return undefined;
}

/** The object of a file repeats `core`; in any other a key that is there twice is a mistake of which one value would win in silence. */
function checkOnce(json: JsonBytes, key: string, position: number, seen: Set<string>): void {
  if (seen.has(key)) json.findings.error('duplicate-key', position, `"${key}" is there twice`, 'keep one of them');
  seen.add(key);
}

/** The text from `start` to the cursor. */
function textOf(json: JsonBytes, start: number): string {
  return new TextDecoder().decode(json.bytes.subarray(start, json.position));
}

/** Keys that are not known do not change a run as far as we know; the reader of the warning can tell. */
function unknownKey(json: JsonBytes, key: string, position: number, known: readonly string[]): void {
  if (known.includes(key)) return;
  const suggestion = nearest(key, known);
  const hint = suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
  json.findings.warning('unknown-key', position, `unknown key "${key}"${hint}`, 'check what it means; it is not read');
}

/** All that is wrong is thrown; warnings come back. */
export const finishDraft = ({ findings }: CpeDraft): readonly Diagnostic[] => findings.finish();
