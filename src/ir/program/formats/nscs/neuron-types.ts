import { nearest } from '../../../../common/nearest.js';
import { type CpeNeuronType, NEURON_FLAGS, NEURON_KEYS } from './cpe-model.js';
import type { JsonBytes } from './json-bytes.js';

/** Ranges of the parameters; signs are listed apart. Source: Cassidy et al. 2013; widths as in hw-models' SOURCES.md. */
export const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  ...{ s0: [0, 255], s1: [0, 255], s2: [0, 255], s3: [0, 255], lambda: [0, 255] },
  ...{ alpha: [0, 262_143], beta: [0, 262_143], TM: [0, 17], gamma: [0, 2], VR: [0, 18], V: [-524_288, 524_287] },
};
const KNOWN = ['name', 'class', ...NEURON_KEYS];

/** Reads an entry of `neuronTypes`. */
export function readNeuronType(json: JsonBytes): CpeNeuronType & { readonly position: number } {
  const { findings } = json;
  json.kind();
  const position = json.position;
  const values = new Int32Array(NEURON_KEYS.length);
  const seen = new Uint8Array(NEURON_KEYS.length);
  let name: string | undefined;
  json.members((key, at) => {
    const index = NEURON_INDEX.get(key);
    if (index !== undefined) {
      if (seen[index] === 1)
        findings.error('duplicate-key', at, `"${key}" of a neuron type is there twice`, 'keep one of them');
      seen[index] = 1;
      values[index] = readParameter(json, key, at);
    } else if (key === 'name') name = json.string();
    else if (key === 'class') {
      const kind = json.string();
      if (kind !== 'NeuronGeneral') {
        findings.error('unsupported-class', at, `neuron class "${kind}"`, 'only "NeuronGeneral" is read');
      }
    } else {
      const suggestion = nearest(key, KNOWN);
      const hint = suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
      findings.warning('unknown-key', at, `unknown key "${key}" of a neuron type${hint}`, 'it is not read');
      json.skip();
    }
  });
  const missing = NEURON_KEYS.filter((_, i) => seen[i] === 0);
  if (name === undefined) findings.error('missing-key', position, 'a neuron type without "name"', 'give it a name');
  if (missing.length > 0) {
    const message = `neuron type "${name ?? ''}" lacks ${missing.join(', ')}`;
    findings.error('missing-key', position, message, 'a neuron type has all 23 parameters and V');
  }
  return { name: name ?? '', values, position };
}

/** A number, or a finding and nothing: what is no number is passed over, so that what comes behind it is checked too. */
export function numberOf(json: JsonBytes, position: number, key: string): number | undefined {
  if (json.kind() === 'number') return json.number();
  json.skip();
  json.findings.error('bad-value', position, `${key} is no number`, 'write a number, without quotes');
  return undefined;
}

const NEURON_INDEX = new Map<string, number>(NEURON_KEYS.map((key, i) => [key, i]));

/** Flags are true, false, 1 or 0; signs are -1 or 1; the others whole numbers in their range. */
function readParameter(json: JsonBytes, key: string, position: number): number {
  const flag = NEURON_FLAGS.has(key);
  if (flag && json.kind() === 'boolean') return json.boolean() ? 1 : 0;
  const value = numberOf(json, position, key);
  if (value === undefined) return 0;
  const range: readonly [number, number] = flag ? [0, 1] : (RANGES[key] ?? [-1, 1]);
  const isSign = !flag && RANGES[key] === undefined;
  if (!Number.isInteger(value) || value < range[0] || value > range[1] || (isSign && value === 0)) {
    const remedy = isSign ? 'use -1 or 1' : `use a whole number from ${range[0]} to ${range[1]}`;
    json.findings.error('neuron-parameter', position, `${key} is ${value}`, remedy);
    return isSign ? 1 : range[0];
  }
  return value;
}
