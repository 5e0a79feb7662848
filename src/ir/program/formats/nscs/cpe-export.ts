/** From a program to a CPE model file and its pin maps. */
import { errorAt, type Diagnostic, UserError } from '../../../../common/diagnostics.js';
import { NO_TARGET, OUTPUT_PIN_BASE, type TrueNorthProgram } from '../../truenorth.js';
import { TRUENORTH_PARAMETERS } from '../../truenorth-parameters.js';
import {
  CORE_SIZE,
  type CpeModel,
  FIRST_HOST_CORE,
  MAX_DELAY,
  N_TYPES,
  NEURON_FLAGS,
  NEURON_KEYS,
  UNUSED_TYPE,
} from './cpe-model.js';
import { printSynapses } from './crossbar-rows.js';
import { getNeuron, sameNeuron, UNUSED_VALUES } from './neuron-values.js';
import { RANGES } from './neuron-types.js';
import type { Connector } from './pin-map.js';
import { printRuns } from './run-length.js';

const MAX_LISTED = 20;
/** Seed of every core of a program that did not come from a model file; files have it where nothing is stochastic. */
const DEFAULT_SEED = 4_294_967_295;

/**
 * Prints a program as a CPE model. `origin` is what the importer kept of a model file: with it ids, names, seeds and codes
 * are those of the file, and types keep their names as long as their neurons are unchanged. Positions on the mesh have no
 * place in the format.
 * @throws UserError for what the format cannot say
 */
export function exportCpe(program: TrueNorthProgram, origin?: CpeModel): string {
  const { cores } = program;
  checkExpressible(program);
  const types = neuronTypesOf(program, origin);
  const header =
    origin?.header ??
    JSON.stringify({
      ...{ coreCount: cores.nCores, neuronclass: 'NeuronGeneral', crossbarSize: CORE_SIZE },
      ...{ crossbarclass: 'CrossbarBinary', networking: 'INTRA', useCrossbarPrototypes: false },
    });
  const parts = [
    `"model":${header}`,
    `"neuronTypes":[\n${types.printed.join(',\n')}\n]`,
    ...Array.from({ length: cores.nCores }, (_, core) => printCore(program, core, types.numbers, origin)),
  ];
  return `{\n${parts.join(',\n')}\n}\n`;
}

function checkExpressible({ name, spec, cores }: TrueNorthProgram): void {
  const findings: Diagnostic[] = [];
  const found = (code: string, place: string, message: string): void => {
    if (findings.length < MAX_LISTED) findings.push(errorAt(code, place, message, 'a CPE model cannot say this'));
  };
  if (spec.axonsPerCore !== CORE_SIZE || spec.neuronsPerCore !== CORE_SIZE || spec.axonTypes !== N_TYPES) {
    found(
      'crossbar-size',
      name,
      `cores of ${spec.axonsPerCore} x ${spec.neuronsPerCore}, not ${CORE_SIZE} x ${CORE_SIZE}`,
    );
    throw new UserError(findings);
  }
  for (const rule of ['positiveComparison', 'negativeComparison', 'linearReset'] as const) {
    const { standard } = TRUENORTH_PARAMETERS[rule];
    if (spec[rule] !== standard) found('chip-rules', name, `${rule} is ${spec[rule]}, of the files' chip ${standard}`);
  }
  const { drawBits } = TRUENORTH_PARAMETERS;
  if (spec.drawBits !== drawBits.standard && cores.stochastic.some((flags) => flags !== 0)) {
    found('chip-rules', name, `draws have ${spec.drawBits} bits, those of the files' chip ${drawBits.standard}`);
  }
  const values = new Int32Array(NEURON_KEYS.length);
  for (let i = 0; i < cores.leak.length; i++) {
    const place = `${name}: core ${Math.floor(i / CORE_SIZE)} neuron ${i % CORE_SIZE}`;
    if (!getNeuron(cores, i, values)) {
      found('reset-potential', place, `the reset potential ${cores.resetPotential[i]!} is not +-(2^VR - 1)`);
    }
    NEURON_KEYS.forEach((key, k) => {
      const [low, high] = RANGES[key] ?? [-1, 1];
      const value = values[k]!;
      if (value < low || value > high) found('neuron-parameter', place, `${key} is ${value}, beyond ${low}..${high}`);
    });
    const delay = cores.delay[i]!;
    if (delay > MAX_DELAY) found('dest-delay', place, `the delay is ${delay} ticks, more than ${MAX_DELAY}`);
  }
  if (findings.length > 0) throw new UserError(findings);
}

/** Every distinct neuron as a type. */
interface NeuronTypes {
  readonly printed: readonly string[];
  /** [nCores * 256] number of the type. */
  readonly numbers: Int32Array;
}

function neuronTypesOf({ cores }: TrueNorthProgram, origin: CpeModel | undefined): NeuronTypes {
  const numbers = new Int32Array(cores.leak.length);
  const values = new Int32Array(NEURON_KEYS.length);
  const printed: string[] = [];
  const taken = new Set<number>([UNUSED_TYPE]);
  // Types of the file keep their numbers; names of another form get one.
  const ofFile = (origin?.neuronTypes ?? []).map((type) => {
    const number = /^N[0-9A-Fa-f]{8}$/.test(type.name) ? Number.parseInt(type.name.slice(1), 16) : undefined;
    if (number !== undefined) taken.add(number);
    return number;
  });
  let last = 0;
  const nextFree = (): number => {
    do last++;
    while (taken.has(last));
    taken.add(last);
    return last;
  };
  const known = new Map<string, number>();
  (origin?.neuronTypes ?? []).forEach((type, index) => {
    const number = ofFile[index] ?? nextFree();
    ofFile[index] = number;
    printed.push(printType(number, type.values));
  });
  for (let i = 0; i < numbers.length; i++) {
    getNeuron(cores, i, values);
    const index = origin?.typeIndex[i];
    const original = index === undefined ? undefined : index < 0 ? UNUSED_VALUES : origin?.neuronTypes[index]?.values;
    if (index !== undefined && original !== undefined && sameNeuron(original, values)) {
      numbers[i] = index < 0 ? UNUSED_TYPE : ofFile[index]!;
      continue;
    }
    const key = values.join();
    const number = known.get(key) ?? nextFree();
    if (!known.has(key)) {
      known.set(key, number);
      printed.push(printType(number, values));
    }
    numbers[i] = number;
  }
  return { printed, numbers };
}

function printType(number: number, values: Int32Array): string {
  const name = `N${number.toString(16).toUpperCase().padStart(8, '0')}`;
  const fields = NEURON_KEYS.map(
    (key, i) => `"${key}":${NEURON_FLAGS.has(key) ? String(values[i] === 1) : values[i]!}`,
  );
  return `{"name":"${name}","class":"NeuronGeneral",${fields.join(',')}}`;
}

function printCore(program: TrueNorthProgram, core: number, types: Int32Array, origin: CpeModel | undefined): string {
  const { cores } = program;
  const first = core * CORE_SIZE;
  const destCores = new Int32Array(CORE_SIZE);
  const destAxons = new Int32Array(CORE_SIZE);
  for (let neuron = 0; neuron < CORE_SIZE; neuron++) {
    const [destCore, destAxon] = destination(program, first + neuron, origin);
    destCores[neuron] = destCore;
    destAxons[neuron] = destAxon;
  }
  const rows = Array.from({ length: CORE_SIZE }, (_, axon) => {
    const type = cores.axonType[first + axon]!;
    return `{"type":"S${type}","synapses":"${printSynapses(cores.synapses, (first + axon) * (CORE_SIZE / 32))}"}`;
  });
  const metadata = origin?.metadata[core] ?? '';
  const list = (values: ArrayLike<number>): string => `[${printRuns(values).join(',')}]`;
  return [
    '"core":{',
    ...(metadata === '' ? [] : [`"metadata":${metadata},`]),
    `"id":${origin?.coreIds[core] ?? core},`,
    '"timeScaleExponent":0,',
    `"rngSeed":${origin?.rngSeeds[core] ?? DEFAULT_SEED},`,
    '"neurons":{',
    '"dendrites":["0:255"],',
    `"types":${list(types.subarray(first, first + CORE_SIZE))},`,
    `"destCores":${list(destCores)},`,
    `"destAxons":${list(destAxons)},`,
    `"destDelays":${list(cores.delay.subarray(first, first + CORE_SIZE))}`,
    '},',
    `"crossbar":{"rows":[\n${rows.join(',\n')}\n]}}`,
  ].join('\n');
}

/** destCore and destAxon. Pins of a program without origin are numbered through: 256 to a core of the host. */
function destination({ cores }: TrueNorthProgram, i: number, origin: CpeModel | undefined): readonly [number, number] {
  const target = cores.target[i]!;
  if (target >= 0) return [origin?.coreIds[target] ?? target, cores.targetAxon[i]!];
  if (origin !== undefined) return [origin.destCore[i]!, origin.destAxon[i]!];
  if (target === NO_TARGET) return [-1, 0];
  const pin = OUTPUT_PIN_BASE - target;
  return [FIRST_HOST_CORE - Math.floor(pin / CORE_SIZE), pin % CORE_SIZE];
}

/** Ids and destinations of an exported program without origin, by core and neuron, for its spike files. */
export function exportedDestinations(program: TrueNorthProgram): Pick<CpeModel, 'coreIds' | 'destCore' | 'destAxon'> {
  const { nCores, target } = program.cores;
  const destCore = new Int32Array(target.length);
  const destAxon = new Int16Array(target.length);
  for (let i = 0; i < target.length; i++) [destCore[i], destAxon[i]] = destination(program, i, undefined);
  return { coreIds: Int32Array.from({ length: nCores }, (_, core) => core), destCore, destAxon };
}

/**
 * Pin maps of a compiled program: entry e of its input map is pin e; the neurons of output pin 0 come first, then those of
 * pin 1 and so on, so that output pin p is pin p where every pin has one neuron.
 */
export function exportPinMaps({ cores, inputs }: TrueNorthProgram): Record<'inputs' | 'outputs', Connector> {
  const neurons: number[] = [];
  cores.target.forEach((target, i) => {
    if (target <= OUTPUT_PIN_BASE) neurons.push(i);
  });
  neurons.sort((a, b) => cores.target[b]! - cores.target[a]! || a - b);
  const connector = (id: number, kind: Connector['kind'], core: Int32Array, index: Int16Array): Connector => ({
    ...{ id, kind, name: kind, shape: [core.length, 1, 1], core, index },
  });
  const core = Int32Array.from(neurons, (i) => Math.floor(i / CORE_SIZE));
  const index = Int16Array.from(neurons, (i) => i % CORE_SIZE);
  return {
    inputs: connector(0, 'input', inputs.core, Int16Array.from(inputs.axon)),
    outputs: connector(1, 'output', core, index),
  };
}
