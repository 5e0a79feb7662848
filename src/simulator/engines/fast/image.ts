/** A program in the memory of the fast engine, with room for one state per thread. */
import { assert } from '../../../common/assert.js';
import { fail } from '../../../common/diagnostics.js';
import { seedKey } from '../../../common/rng.js';
import type { BitErrorSpec } from '../../../hw-models/faults/bit-errors.js';
import { hops } from '../../../hw-models/truenorth/router.js';
import { NEGATIVE, NO_TARGET, RESET, type CoreArrays, type TrueNorthProgram } from '../../../ir/program/truenorth.js';
import { loadKernel, startKernel } from './kernel-module.js';
import { GROUP_BYTES, layOut, type FastLayout } from './layout.js';

const INT32_MAX = 2147483647;
const INT32_MIN = -2147483648;
/** The kernel's cores. */
const PADDED = 256;

/** What threads share. Everything can be posted to a worker. */
export interface FastImage {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly layout: FastLayout;
  readonly potentialMax: number;
  readonly neuronsPerCore: number;
  readonly maxDelay: number;
  /** [1] number of states taken. */
  readonly statesTaken: Int32Array;
  readonly nStates: number;
}

/**
 * Packs a program for up to `nStates` threads. Throws a UserError for a chip whose cores are larger than the kernel's
 * 256 x 256.
 */
export function createFastImage(program: TrueNorthProgram, nStates: number): FastImage {
  const { spec, cores, outputs } = program;
  if (spec.axonsPerCore > PADDED || spec.neuronsPerCore > PADDED || spec.axonTypes > 4) {
    fail(
      'engine-core-size',
      `chip ${spec.name}`,
      `cores of ${spec.axonsPerCore} axons, ${spec.neuronsPerCore} neurons and ${spec.axonTypes} axon types do not fit the fast engine's 256 x 256 x 4.`,
      'Use the reference engine for this chip.',
    );
  }
  const layout = layOut(
    {
      nCores: cores.nCores,
      nPins: outputs.pinClass.length,
      maxDelay: spec.maxDelay,
      stochastic: isStochastic(cores),
    },
    Math.max(1, nStates),
  );
  const pages = Math.ceil(layout.totalBytes / 65_536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const image = {
    memory,
    module: loadKernel('truenorth'),
    layout,
    potentialMax: spec.potentialMax,
    neuronsPerCore: spec.neuronsPerCore,
    maxDelay: spec.maxDelay,
    statesTaken: new Int32Array(new SharedArrayBuffer(4)),
    nStates: Math.max(1, nStates),
  };
  loadCrossbars(image, program, cores.synapses);
  packAxonTypes(image, program);
  packNeurons(image, program);
  if (isStochastic(cores)) packStochastic(image, program);
  return image;
}

/** Writes crossbars [nCores, nAxons, words], those of the program or of a faulty chip. No engine may run meanwhile. */
export function loadCrossbars({ memory, layout }: FastImage, program: TrueNorthProgram, synapses: Uint32Array): void {
  const { axonsPerCore, neuronsPerCore } = program.spec;
  const words = Math.ceil(neuronsPerCore / 32);
  const rows = new Uint32Array(memory.buffer, layout.rows, layout.nCores * PADDED * 8);
  if (axonsPerCore === PADDED && neuronsPerCore === PADDED) {
    rows.set(synapses);
    return;
  }
  const lastMask = neuronsPerCore % 32 === 0 ? -1 : 2 ** (neuronsPerCore % 32) - 1;
  for (let core = 0; core < layout.nCores; core++) {
    for (let axon = 0; axon < axonsPerCore; axon++) {
      const from = (core * axonsPerCore + axon) * words;
      const to = (core * PADDED + axon) * 8;
      for (let word = 0; word < words; word++) {
        rows[to + word] = synapses[from + word]! & (word === words - 1 ? lastMask : -1);
      }
    }
  }
}

/** Writes the crossbars of a faulty chip: the same bits as `faultSynapses`, drawn by a kernel. No engine may run meanwhile. */
export function loadFaultyCrossbars(
  image: FastImage,
  program: TrueNorthProgram,
  { ber, chipSeed }: BitErrorSpec,
): void {
  const { axonsPerCore, neuronsPerCore } = program.spec;
  loadCrossbars(image, program, program.cores.synapses);
  if (ber === 0) return;
  const flipBits = startKernel(loadKernel('bit-errors'), image.memory)('flipBits');
  const { rows, nCores } = image.layout;
  flipBits(rows, nCores, axonsPerCore, neuronsPerCore, ...seedKey(chipSeed), ber * 4294967296);
}

function packAxonTypes({ memory, layout }: FastImage, { spec, cores }: TrueNorthProgram): void {
  const types = new Uint8Array(memory.buffer, layout.types, layout.nCores * PADDED);
  for (let core = 0; core < cores.nCores; core++) {
    const first = core * spec.axonsPerCore;
    types.set(cores.axonType.subarray(first, first + spec.axonsPerCore), core * PADDED);
  }
}

/**
 * Parameters of four neurons are five vectors. With V after the leak:
 *
 *   fire when V > fireLimit: V = (V & keep) - subtract
 *   else when V < negativeLimit: V = (V & keepBelow) - subtractBelow
 */
function packNeurons({ memory, layout }: FastImage, { spec, cores }: TrueNorthProgram): void {
  const parameters = new Int32Array(memory.buffer, layout.parameters, (layout.nCores * 64 * GROUP_BYTES) / 4);
  const weights = new Int16Array(memory.buffer, layout.weights, layout.nCores * 1024);
  const routes = new Int32Array(memory.buffer, layout.routes, layout.nCores * 512);
  const initial = new Int32Array(memory.buffer, layout.initial, layout.nCores * PADDED);
  for (let core = 0; core < cores.nCores; core++) {
    for (let neuron = 0; neuron < PADDED; neuron++) {
      const lane = (core * 64 + (neuron >>> 2)) * (GROUP_BYTES / 4) + (neuron & 3);
      const route = (core * PADDED + neuron) * 2;
      routes[route] = NO_TARGET;
      const i = core * spec.neuronsPerCore + neuron;
      const stored = neuron < spec.neuronsPerCore;
      const values = stored ? neuronVectors({ spec, cores }, i) : PADDING;
      values.forEach((value, vector) => (parameters[lane + vector * 4] = value));
      if (!stored) continue;
      for (let type = 0; type < 4; type++) weights[(core * 4 + type) * PADDED + neuron] = cores.weights[i * 4 + type]!;
      initial[core * PADDED + neuron] = cores.initialPotential[i]!;
      const target = cores.target[i]!;
      const distance = target >= 0 ? hops(cores, core, target) : 0;
      assert(target < cores.nCores && distance < 65_536, `route of core ${core}, neuron ${neuron}`);
      routes[route] = target;
      routes[route + 1] = cores.targetAxon[i]! | (cores.delay[i]! << 8) | (distance << 16);
    }
  }
}

/**
 * Bits of the first vector, above the 16 bits of the leak. Keep flags stand for masks of 32 ones. The next five are read with
 * stochastic modes only: the leak is drawn; the threshold draw eta is subtracted above, moves the negative threshold, is added
 * below; the top is alpha + 2^TM - 1 (for gamma 2 with kappa 1, where `subtract` is -alpha).
 */
const FLAG = {
  ...{ keep: 1 << 31, keepBelow: 1 << 30, hasTarget: 1 << 29, reversal: 1 << 28 },
  ...{ drawnLeak: 1 << 27, etaAbove: 1 << 26, etaLimit: 1 << 25, etaBelow: 1 << 24, top: 1 << 23 },
} as const;

/** A neuron that is not there: it never fires and never moves. */
const PADDING: readonly number[] = [0, INT32_MAX, 0, INT32_MIN, 0];

/** Leak and flags, fireLimit, subtract, negativeLimit, subtractBelow. */
function neuronVectors({ spec, cores }: Pick<TrueNorthProgram, 'spec' | 'cores'>, i: number): number[] {
  const alpha = cores.threshold[i]!;
  const beta = cores.negativeThreshold[i]!;
  const above = resetAbove(cores, i);
  const below = resetBelow(cores, i);
  const flags =
    (above.keep ? FLAG.keep : 0) |
    (below.keep ? FLAG.keepBelow : 0) |
    (cores.target[i] === NO_TARGET ? 0 : FLAG.hasTarget) |
    (cores.leakReversal[i] === 1 ? FLAG.reversal : 0) |
    drawFlags({ spec, cores }, i);
  return [
    (cores.leak[i]! & 0xffff) | flags,
    spec.positiveComparison === 'atLeast' ? alpha - 1 : alpha,
    above.subtract,
    spec.negativeComparison === 'below' ? -beta : -beta + 1,
    below.subtract,
  ];
}

function drawFlags({ spec, cores }: Pick<TrueNorthProgram, 'spec' | 'cores'>, i: number): number {
  const linear = cores.resetMode[i] === RESET.linear;
  const saturates = cores.negativeMode[i] === NEGATIVE.saturate;
  return (
    (drawsLeak(cores, i) ? FLAG.drawnLeak : 0) |
    (linear && spec.linearReset === 'thresholdAndDraw' ? FLAG.etaAbove : 0) |
    (saturates ? 0 : FLAG.etaLimit) |
    (linear && !saturates ? FLAG.etaBelow : 0) |
    (saturates && cores.resetMode[i] === RESET.none ? FLAG.top : 0)
  );
}

/** A leak of 0 has no sign: drawing it changes nothing. */
function drawsLeak(cores: CoreArrays, i: number): boolean {
  return ((cores.stochastic[i]! >>> 4) & 1) === 1 && cores.leak[i] !== 0;
}

function isStochastic({ stochastic, thresholdBits }: CoreArrays): boolean {
  return stochastic.some((bits) => bits !== 0) || thresholdBits.some((bits) => bits !== 0);
}

/** Which cores draw, threshold masks, and the neurons with stochastic weights. */
function packStochastic({ memory, layout }: FastImage, { spec, cores }: TrueNorthProgram): void {
  const modes = new Uint8Array(memory.buffer, layout.modes, layout.nCores);
  const masks = new Int32Array(memory.buffer, layout.thresholdMasks, layout.nCores * PADDED);
  const synapses = new Uint32Array(memory.buffer, layout.stochasticSynapses, layout.nCores * 32);
  for (let core = 0; core < cores.nCores; core++) {
    for (let neuron = 0; neuron < spec.neuronsPerCore; neuron++) {
      const i = core * spec.neuronsPerCore + neuron;
      masks[core * PADDED + neuron] = 2 ** cores.thresholdBits[i]! - 1;
      if (cores.thresholdBits[i] !== 0 || drawsLeak(cores, i)) modes[core]! |= 1;
      for (let type = 0; type < 4; type++) {
        if (((cores.stochastic[i]! >>> type) & 1) === 0) continue;
        modes[core]! |= 2;
        synapses[core * 32 + type * 8 + (neuron >>> 5)]! |= 1 << (neuron & 31);
      }
    }
  }
}

/** A reset as V = (keep ? V : 0) - subtract. */
interface Reset {
  readonly keep: boolean;
  readonly subtract: number;
}

function resetAbove(cores: CoreArrays, i: number): Reset {
  const alpha = cores.threshold[i]!;
  switch (cores.resetMode[i]) {
    case RESET.normal:
      return { keep: false, subtract: -cores.resetPotential[i]! };
    case RESET.linear:
      return { keep: true, subtract: alpha };
    default:
      // Saturation at alpha: a neuron that fires is at alpha or above, so it ends at alpha.
      return cores.negativeMode[i] === NEGATIVE.saturate
        ? { keep: false, subtract: -alpha }
        : { keep: true, subtract: 0 };
  }
}

function resetBelow(cores: CoreArrays, i: number): Reset {
  const beta = cores.negativeThreshold[i]!;
  if (cores.negativeMode[i] === NEGATIVE.saturate) return { keep: false, subtract: beta };
  switch (cores.resetMode[i]) {
    case RESET.normal:
      return { keep: false, subtract: cores.resetPotential[i]! };
    case RESET.linear:
      return { keep: true, subtract: -beta };
    default:
      return { keep: true, subtract: 0 };
  }
}
