import { CORE_SIZE, UNCONNECTED, UNUSED_TYPE } from './cpe-model.js';
import type { JsonBytes } from './json-bytes.js';
import { parseRun, type Run } from './run-length.js';

/** The neurons of a core by dendrite (column of the crossbar), 256 entries each. */
export interface NeuronLists {
  /** Numbers of the types, or -1 - n for entry n of `typeNames`. */
  readonly types: Int32Array;
  readonly typeNames: readonly string[];
  readonly destCores: Int32Array;
  readonly destAxons: Int16Array;
  readonly destDelays: Uint8Array;
}

const LISTS = ['dendrites', 'types', 'destCores', 'destAxons', 'destDelays'] as const;
type ListName = (typeof LISTS)[number];
/** Ranges before destinations are looked up; an axon of -1 goes with an unconnected core. */
const RANGES: Readonly<Record<ListName, readonly [number, number]>> = {
  dendrites: [0, CORE_SIZE - 1],
  types: [0, 2 ** 31 - 1],
  destCores: [-(2 ** 31), 2 ** 31 - 1],
  destAxons: [-1, CORE_SIZE - 1],
  destDelays: [0, 255],
};
const REMEDY = 'use numbers, "value x count", "from:to" or "from:step:to"';

/**
 * Reads `neurons`: five run-length lists, or one object per neuron. Neurons that are not listed are unused. `typeExists`
 * knows the numbers of the types read so far.
 */
export function readNeurons(json: JsonBytes, typeExists: (type: number) => boolean): NeuronLists {
  const kind = json.kind();
  const start = json.position;
  const entries = kind === 'array' ? readObjects(json) : readLists(json, typeExists);
  return byDendrite(json, start, entries);
}

/** Entries in the order of the file. */
interface Entries {
  readonly lists: Readonly<Record<ListName, readonly number[]>>;
  readonly typeNames: readonly string[];
}

function readLists(json: JsonBytes, typeExists: (type: number) => boolean): Entries {
  const lists: Record<ListName, number[]> = { dendrites: [], types: [], destCores: [], destAxons: [], destDelays: [] };
  const seen = new Set<string>();
  let typeRuns: readonly PlacedRun[] = [];
  json.kind();
  const start = json.position;
  json.members((key, position) => {
    const name = LISTS.find((list) => list === key);
    if (name === undefined) {
      json.findings.warning('unknown-key', position, `unknown key "${key}" of neurons`, 'it is not read');
      json.skip();
    } else {
      seen.add(name);
      const runs = readList(json, name, position, lists[name]);
      if (name === 'types') typeRuns = runs;
    }
  });
  const missing = LISTS.filter((name) => !seen.has(name));
  if (missing.length > 0) {
    json.findings.error('missing-key', start, `neurons lack ${missing.join(', ')}`, `list ${LISTS.join(', ')}`);
  }
  repairTypes(json, start, lists, typeRuns, typeExists);
  const lengths = LISTS.filter((name) => seen.has(name)).map((name) => lists[name].length);
  if (new Set(lengths).size > 1) {
    const sizes = LISTS.map((name) => `${name} ${lists[name].length}`).join(', ');
    json.findings.error('list-length', start, `lists of different lengths: ${sizes}`, 'give all the same length');
  }
  return { lists, typeNames: [] };
}

/** A run and where its values begin in the list. */
interface PlacedRun extends Run {
  readonly at: number;
}

/**
 * A published model (patternMatch, as it is passed on) has "2x2" where its maker wrote "2:4", which leaves the list of types
 * one short; its recorded spikes show the types 2, 3, 4. So a list of types that is one short, and in which one run
 * "value x count" becomes right as "value : value + count" with types that exist, is read so, with a warning.
 */
function repairTypes(
  json: JsonBytes,
  start: number,
  lists: Record<ListName, number[]>,
  runs: readonly PlacedRun[],
  typeExists: (type: number) => boolean,
): void {
  const { types, dendrites } = lists;
  if (types.length !== dendrites.length - 1) return;
  const candidates = runs.filter(({ first, step, count }) => {
    const range = Array.from({ length: Math.min(count, CORE_SIZE) + 1 }, (_, i) => first + i);
    return step === 0 && count >= 2 && first > UNUSED_TYPE && range.every(typeExists);
  });
  const [run] = candidates;
  if (run === undefined || candidates.length > 1) return;
  types.splice(run.at, run.count, ...Array.from({ length: run.count + 1 }, (_, i) => run.first + i));
  const range = `${run.first}:${run.first + run.count}`;
  const message = `types is one short; "${run.first}x${run.count}" is read as "${range}", which makes it right`;
  json.findings.warning('run-repaired', start, message, `write "${range}" if this is meant, or list every type`);
}

/** Appends the values of a list to `into`, never more than a core has neurons; returns its runs. */
function readList(json: JsonBytes, name: ListName, position: number, into: number[]): readonly PlacedRun[] {
  const [low, high] = RANGES[name];
  const runs: PlacedRun[] = [];
  let nValues = 0;
  const append = (first: number, step: number, count: number): void => {
    nValues += count;
    const last = first + step * (count - 1);
    if (count > 0 && (!Number.isInteger(first) || Math.min(first, last) < low || Math.max(first, last) > high)) {
      json.findings.error('list-value', position, `${name} has a value outside ${low}..${high}`, REMEDY);
    } else if (nValues <= CORE_SIZE) for (let i = 0; i < count; i++) into.push(first + i * step);
  };
  json.elements(() => {
    if (json.kind() === 'number') {
      append(json.number(), 0, 1);
      return;
    }
    const text = json.string();
    const run = parseRun(text);
    if (run === undefined) json.findings.error('list-value', position, `${name} has "${text.slice(0, 40)}"`, REMEDY);
    else {
      runs.push({ ...run, at: nValues });
      append(run.first, run.step, run.count);
    }
  });
  if (nValues > CORE_SIZE) {
    json.findings.error('list-length', position, `${name} has ${nValues} values`, `a core has ${CORE_SIZE} neurons`);
  }
  return runs;
}

/** One object per neuron: {type, dendrite, destCore, destAxon, delay}; types by name. */
function readObjects(json: JsonBytes): Entries {
  const lists: Record<ListName, number[]> = { dendrites: [], types: [], destCores: [], destAxons: [], destDelays: [] };
  const typeNames: string[] = [];
  const names = new Map<string, number>();
  json.elements((index) => {
    if (index >= CORE_SIZE) {
      json.findings.fatal('list-length', json.position, `neuron ${index}`, `a core has ${CORE_SIZE} neurons`);
    }
    const values: Record<string, number> = { delay: 1, destCore: UNCONNECTED, destAxon: 0 };
    json.kind();
    const start = json.position;
    json.members((key, position) => {
      if (key === 'type' && json.kind() === 'string') {
        const name = json.string();
        const known = names.get(name) ?? typeNames.push(name) - 1;
        names.set(name, known);
        values['type'] = -1 - known;
      } else if (['type', 'dendrite', 'destCore', 'destAxon', 'delay', 'destDelay'].includes(key)) {
        values[key === 'destDelay' ? 'delay' : key] = json.number();
      } else {
        json.findings.warning('unknown-key', position, `unknown key "${key}" of a neuron`, 'it is not read');
        json.skip();
      }
    });
    if (values['type'] === undefined) {
      json.findings.error('missing-key', start, 'a neuron without "type"', 'name its type');
    }
    const entry: Record<ListName, number> = {
      dendrites: values['dendrite'] ?? index,
      types: values['type'] ?? UNUSED_TYPE,
      destCores: values['destCore'] ?? UNCONNECTED,
      destAxons: values['destAxon'] ?? 0,
      destDelays: values['delay'] ?? 1,
    };
    for (const name of LISTS) {
      const [low, high] = RANGES[name];
      const value = entry[name];
      const inside = Number.isInteger(value) && value <= high && (value >= low || name === 'types');
      if (!inside) json.findings.error('list-value', start, `${name} has ${value}`, `use ${low}..${high}`);
      lists[name].push(inside ? value : low);
    }
  });
  return { lists, typeNames };
}

function byDendrite(json: JsonBytes, start: number, { lists, typeNames }: Entries): NeuronLists {
  const result = {
    types: new Int32Array(CORE_SIZE).fill(UNUSED_TYPE),
    typeNames,
    destCores: new Int32Array(CORE_SIZE).fill(UNCONNECTED),
    destAxons: new Int16Array(CORE_SIZE),
    destDelays: new Uint8Array(CORE_SIZE).fill(1),
  };
  const listed = new Uint8Array(CORE_SIZE);
  lists.dendrites.forEach((dendrite, i) => {
    if (listed[dendrite] === 1) {
      json.findings.error('duplicate-dendrite', start, `dendrite ${dendrite} is there twice`, 'list each neuron once');
    }
    listed[dendrite] = 1;
    result.types[dendrite] = lists.types[i] ?? UNUSED_TYPE;
    result.destCores[dendrite] = lists.destCores[i] ?? UNCONNECTED;
    result.destAxons[dendrite] = lists.destAxons[i] ?? 0;
    result.destDelays[dendrite] = lists.destDelays[i] ?? 1;
  });
  return result;
}
