/**
 * A TrueNorth program as a RANC model that fires the same spikes: tick t of the program is tick t + 1 of RANC, a delay d is the
 * offset d - 1, and all output pins are lines of one bus. Whatever RANC cannot express exactly is refused.
 */
import { assert } from '../../../../common/assert.js';
import { type Diagnostic, errorAt, throwIfErrors, warningAt } from '../../../../common/diagnostics.js';
import {
  type CoreArrays,
  NO_TARGET,
  OUTPUT_PIN_BASE,
  RESET,
  type TrueNorthProgram,
  type TrueNorthSpec,
} from '../../truenorth.js';
import { neuronProblem } from './neuron-mapping.js';
import {
  RANC_RESET_MODE,
  RANC_RESET_TYPE,
  type RancCoreArrays,
  type RancModel,
  type RancOutputBus,
  type RancSpec,
  silentCores,
} from './types.js';

/** RANC's ring needs one word for the current tick, and its last offset never arrives. */
const UNUSABLE_OFFSETS = 1;

/** A network for RANC, still without packets. */
export type RancNetwork = Omit<RancModel, 'packets'>;

/**
 * Converts a verified program. Neurons without a target become silent: nothing depends on them.
 * @throws UserError with every kind of neuron or wiring that has no exact counterpart, and how often it occurs
 */
export function rancFromTrueNorth(program: TrueNorthProgram): {
  readonly network: RancNetwork;
  readonly warnings: readonly Diagnostic[];
} {
  const warnings = throwIfErrors([...problems(program), ...widthWarnings(program)]);
  const { spec: chip, cores } = program;
  const origin = { x: least(cores.x), y: least(cores.y) };
  const { gridWidth, gridHeight, outputBus } = layOut(program, origin);
  const spec: RancSpec = {
    neuronsPerCore: chip.neuronsPerCore,
    axonsPerCore: chip.axonsPerCore,
    gridWidth,
    gridHeight,
    nWeights: chip.axonTypes,
    maxTickOffset: chip.maxDelay + UNUSABLE_OFFSETS,
    resetType: chip.negativeComparison === 'below' ? RANC_RESET_TYPE.below : RANC_RESET_TYPE.atMost,
  };
  const arrays = silentCores(cores.nCores, spec);
  for (let c = 0; c < cores.nCores; c++) {
    arrays.x[c] = cores.x[c]! - origin.x;
    arrays.y[c] = cores.y[c]! - origin.y;
  }
  for (let c = 0; c < cores.nCores; c++) fillCore(arrays, program, c, outputBus);
  return { network: { spec, cores: arrays, outputBus }, warnings };
}

/** The smallest coordinate; 0 for a program without cores, whose scores are constants. */
const least = (values: Int16Array): number =>
  values.length === 0 ? 0 : values.reduce((a, b) => Math.min(a, b), Infinity);

/** One cell of the cores' bounding box that has no core, or else a new column, or a row where the chip has no more columns: there the bus stands. */
function layOut(
  { spec, cores, outputs }: TrueNorthProgram,
  origin: { readonly x: number; readonly y: number },
): { gridWidth: number; gridHeight: number; outputBus: RancOutputBus } {
  const width = cores.x.reduce((a, b) => Math.max(a, b), 0) - origin.x + 1;
  const height = cores.y.reduce((a, b) => Math.max(a, b), 0) - origin.y + 1;
  const taken = new Uint8Array(width * height);
  for (let c = 0; c < cores.nCores; c++) taken[(cores.y[c]! - origin.y) * width + cores.x[c]! - origin.x] = 1;
  const free = taken.indexOf(0);
  const nOutputs = outputs.pinClass.length;
  if (free >= 0) {
    const outputBus = { x: free % width, y: Math.floor(free / width), nOutputs };
    return { gridWidth: width, gridHeight: height, outputBus };
  }
  return width === spec.gridWidth && height < spec.gridHeight
    ? { gridWidth: width, gridHeight: height + 1, outputBus: { x: 0, y: height, nOutputs } }
    : { gridWidth: width + 1, gridHeight: height, outputBus: { x: width, y: 0, nOutputs } };
}

function fillCore(arrays: RancCoreArrays, program: TrueNorthProgram, c: number, bus: RancOutputBus): void {
  const { spec: chip, cores } = program;
  const { axonsPerCore: nA, neuronsPerCore: nN } = chip;
  const words = Math.ceil(nN / 32);
  // A mask that clears the columns of silent neurons: rows that feed nobody shrink the file.
  const mask = new Uint32Array(words);
  for (let j = 0; j < nN; j++) {
    const n = c * nN + j;
    if (cores.target[n] === NO_TARGET) continue;
    mask[j >>> 5]! |= 1 << (j & 31);
    arrays.listedNeurons[c] = j + 1;
    fillNeuron(arrays, program, n, bus);
  }
  for (let a = 0; a < nA; a++) {
    const row = (c * nA + a) * words;
    let inUse = false;
    for (let w = 0; w < words; w++) {
      arrays.synapses[row + w] = cores.synapses[row + w]! & mask[w]!;
      inUse ||= arrays.synapses[row + w] !== 0;
    }
    if (inUse) arrays.axonType[c * nA + a] = cores.axonType[c * nA + a]!;
  }
}

function fillNeuron(arrays: RancCoreArrays, program: TrueNorthProgram, n: number, bus: RancOutputBus): void {
  const { spec: chip, cores } = program;
  const c = Math.floor(n / chip.neuronsPerCore);
  arrays.weights.set(cores.weights.subarray(n * chip.axonTypes, (n + 1) * chip.axonTypes), n * chip.axonTypes);
  arrays.leak[n] = cores.leak[n]!;
  arrays.positiveThreshold[n] = cores.threshold[n]! + (chip.positiveComparison === 'atLeast' ? 0 : 1);
  arrays.negativeThreshold[n] = -cores.negativeThreshold[n]! + 0;
  arrays.resetPotential[n] = cores.resetPotential[n]!;
  arrays.resetMode[n] = cores.resetMode[n] === RESET.linear ? RANC_RESET_MODE.linear : RANC_RESET_MODE.absolute;
  arrays.initialPotential[n] = cores.initialPotential[n]!;
  const target = cores.target[n]!;
  const isPin = target <= OUTPUT_PIN_BASE;
  arrays.dx[n] = (isPin ? bus.x : arrays.x[target]!) - arrays.x[c]!;
  arrays.dy[n] = (isPin ? bus.y : arrays.y[target]!) - arrays.y[c]!;
  arrays.targetAxon[n] = isPin ? OUTPUT_PIN_BASE - target : cores.targetAxon[n]!;
  arrays.tickOffset[n] = cores.delay[n]! - 1;
}

/** One finding per rule, with the first place and the number of places. */
function problems(program: TrueNorthProgram): readonly Diagnostic[] {
  const { spec, cores, outputs } = program;
  assert(outputs.pinClass.length > 0, 'a program without outputs');
  const found = new Map<string, { first: string; message: string; remedy: string; count: number }>();
  const report = (code: string, n: number, message: string, remedy: string): void => {
    const first = `core ${Math.floor(n / spec.neuronsPerCore)} neuron ${n % spec.neuronsPerCore}`;
    const known = found.get(code);
    if (known === undefined) found.set(code, { first, message, remedy, count: 1 });
    else known.count++;
  };
  const reach = inputReach(cores, spec);
  const drivers = new Int32Array(outputs.pinClass.length).fill(-1);
  for (let n = 0; n < cores.target.length; n++) {
    const target = cores.target[n]!;
    if (target === NO_TARGET) continue;
    const problem = neuronProblem(spec, cores, n, reach[n]!);
    if (problem !== undefined) report(problem.code, n, problem.message, problem.remedy);
    if (target > OUTPUT_PIN_BASE) continue;
    const pin = OUTPUT_PIN_BASE - target;
    if (drivers[pin]! >= 0) {
      const message = `drives pin ${pin} like another neuron; RANC's bus counts two spikes of one tick as one`;
      report('ranc-shared-pin', n, message, 'give every neuron a pin of its own');
    }
    drivers[pin] = n;
  }
  return Array.from(found, ([code, { first, message, remedy, count }]) =>
    errorAt(code, `${program.name}: ${first}${count > 1 ? ` and ${count - 1} more` : ''}`, message, remedy),
  );
}

/** [nCores * nN] the most negative change of each potential in one tick, by inputs and leak; 0 or less. */
function inputReach(cores: CoreArrays, { axonsPerCore: nA, neuronsPerCore: nN, axonTypes }: TrueNorthSpec): Int32Array {
  const reach = Int32Array.from(cores.leak, (leak) => Math.min(0, leak));
  const words = Math.ceil(nN / 32);
  for (let c = 0; c < cores.nCores; c++) {
    for (let a = 0; a < nA; a++) {
      const type = cores.axonType[c * nA + a]!;
      for (let w = 0; w < words; w++) {
        for (let bits = cores.synapses[(c * nA + a) * words + w]!; bits !== 0; bits &= bits - 1) {
          const n = c * nN + w * 32 + 31 - Math.clz32(bits & -bits);
          reach[n]! += Math.min(0, cores.weights[n * axonTypes + type]!);
        }
      }
    }
  }
  return reach;
}

function widthWarnings({ name, outputs, spec }: TrueNorthProgram): readonly Diagnostic[] {
  const nPins = outputs.pinClass.length;
  if (nPins <= spec.axonsPerCore) return [];
  return [
    warningAt(
      'ranc-wide-bus',
      name,
      `${nPins} outputs: RANC's simulator takes them, its hardware has at most ${spec.axonsPerCore} lines on a bus`,
      'use a network with fewer outputs for the hardware',
    ),
  ];
}
