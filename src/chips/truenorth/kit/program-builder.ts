/** Small hand-made TrueNorth programs for tests. */
import { TRUENORTH } from '../../../hw-models/truenorth/spec.js';
import { unusedCores } from '../../../ir/program/core-arrays.js';
import type { InputCode } from '../../../ir/network/types.js';
import {
  NEGATIVE,
  OUTPUT_PIN_BASE,
  RESET,
  type CoreArrays,
  type FrameTiming,
  type TrueNorthProgram,
  type TrueNorthSpec,
} from '../../../ir/program/truenorth.js';

/** What `neuron` sets; everything else is that of a neuron that never fires. */
export interface NeuronSettings {
  readonly weights?: readonly number[];
  readonly leak?: number;
  readonly leakReversal?: boolean;
  readonly threshold?: number;
  readonly negativeThreshold?: number;
  readonly resetMode?: number;
  readonly negativeMode?: number;
  readonly resetPotential?: number;
  readonly initialPotential?: number;
  /** Core and axon, or a pin. */
  readonly to?: { readonly core: number; readonly axon: number } | { readonly pin: number };
  readonly delay?: number;
}

/** Empty cores in one row of the mesh; every neuron has the highest threshold and no target. */
export function emptyCores(nCores: number, spec: TrueNorthSpec = TRUENORTH): CoreArrays {
  const cores = { ...unusedCores(nCores, spec), x: Int16Array.from({ length: nCores }, (_, core) => core) };
  cores.threshold.fill(spec.thresholdMax);
  cores.negativeThreshold.fill(spec.thresholdMax);
  cores.resetMode.fill(RESET.normal);
  cores.negativeMode.fill(NEGATIVE.saturate);
  return cores;
}

/** Sets one neuron of `cores`. */
export function setNeuron(cores: CoreArrays, core: number, neuron: number, settings: NeuronSettings): void {
  const i = core * (cores.leak.length / cores.nCores) + neuron;
  if (settings.weights !== undefined)
    cores.weights.set(settings.weights, i * (cores.weights.length / cores.leak.length));
  if (settings.leak !== undefined) cores.leak[i] = settings.leak;
  if (settings.leakReversal !== undefined) cores.leakReversal[i] = settings.leakReversal ? 1 : 0;
  if (settings.threshold !== undefined) cores.threshold[i] = settings.threshold;
  if (settings.negativeThreshold !== undefined) cores.negativeThreshold[i] = settings.negativeThreshold;
  if (settings.resetMode !== undefined) cores.resetMode[i] = settings.resetMode;
  if (settings.negativeMode !== undefined) cores.negativeMode[i] = settings.negativeMode;
  if (settings.resetPotential !== undefined) cores.resetPotential[i] = settings.resetPotential;
  if (settings.initialPotential !== undefined) cores.initialPotential[i] = settings.initialPotential;
  if (settings.delay !== undefined) cores.delay[i] = settings.delay;
  if (settings.to === undefined) return;
  if ('pin' in settings.to) {
    cores.target[i] = OUTPUT_PIN_BASE - settings.to.pin;
  } else {
    cores.target[i] = settings.to.core;
    cores.targetAxon[i] = settings.to.axon;
  }
}

/** Sets the crossbar bit (axon, neuron) of a core of a chip with the published shape. */
export function connect(cores: CoreArrays, core: number, axon: number, neuron: number): void {
  const word = (core * 256 + axon) * 8 + (neuron >>> 5);
  cores.synapses[word] = cores.synapses[word]! | (1 << (neuron & 31));
}

/** What `programOf` puts around the cores. */
export interface ProgramFrame {
  readonly spec?: TrueNorthSpec;
  readonly inputShape?: readonly number[];
  readonly inputCode?: InputCode;
  /** Core and axon of every input element; one entry each. */
  readonly inputs?: readonly (readonly [core: number, axon: number])[];
  readonly timing?: FrameTiming;
  /** Class of every pin. */
  readonly pinClass?: readonly number[];
}

/** A program of hand-made cores: pin coefficients 1, constants 0. */
export function programOf(cores: CoreArrays, frame: ProgramFrame = {}): TrueNorthProgram {
  const inputs = frame.inputs ?? [];
  const pinClass = frame.pinClass ?? [0];
  const nClasses = Math.max(...pinClass) + 1;
  return {
    kind: 'truenorth',
    name: 'hand-made',
    spec: frame.spec ?? TRUENORTH,
    cores,
    coreLayer: new Int32Array(cores.nCores),
    coreRole: Array.from({ length: cores.nCores }, () => 'layer' as const),
    layers: [],
    inputShape: frame.inputShape ?? [1, Math.max(1, inputs.length), 1],
    inputCode: frame.inputCode ?? { kind: 'threshold', level: 128 },
    inputs: {
      nElements: inputs.length,
      rowStart: Int32Array.from({ length: inputs.length + 1 }, (_, i) => i),
      core: Int32Array.from(inputs, ([core]) => core),
      axon: Uint16Array.from(inputs, ([, axon]) => axon),
      maxCount: 1,
    },
    mergedAxons: new Int32Array(0),
    timing: frame.timing ?? { period: 1, inputStart: 0, inputTicks: 1, outputStart: 0, outputTicks: 1 },
    outputs: {
      nClasses,
      pinClass: Int32Array.from(pinClass),
      pinCoefficient: new Int32Array(pinClass.length).fill(1),
      constant: new Int32Array(nClasses),
      scale: new Float64Array(nClasses).fill(1),
      offset: new Float64Array(nClasses),
    },
  };
}
