/** A program in the memory of the fast engine, with room for the state of every chip that runs it. */
import { fail } from '../../../common/diagnostics.js';
import { seedKey } from '../../../common/rng.js';
import type { BitErrorSpec } from '../../../hw-models/faults/bit-errors.js';
import { NO_TARGET, OUTPUT_PIN_BASE, type CoreArrays, type TrueNorthProgram } from '../../../ir/program/truenorth.js';
import { drawsLeak, NO_BLOCK, planBlocks, writeBlocks, type BlockPlan } from './blocks.js';
import { loadKernel, startKernel } from '../../../common/kernel-module.js';
import { layOut, ROW_BYTES, type FastLayout } from './layout.js';

/** The kernel's cores. */
const PADDED = 256;
/** What fits a route word. */
const MAX_CORES = 2 ** 17;
const MAX_DELAY = 63;
/** 4 GiB: what 32-bit addresses reach. */
const MAX_BYTES = 2 ** 32;

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
 * Packs a program for up to `nStates` chips, each run by `nThreads` threads that divide its cores. Throws a UserError for a
 * program that does not fit the kernel: cores of at most 256 x 256, delays of at most 63, 131,072 cores, 4 GiB (12.5 KB a core, 12 KB
 * more if its neurons differ).
 */
export function createFastImage(program: TrueNorthProgram, nStates: number, nThreads = 1): FastImage {
  const { spec, cores, outputs } = program;
  requireKernelSize(program);
  const plan = planBlocks(program);
  const states = Math.max(1, nStates);
  const layout = layOut(
    {
      nCores: cores.nCores,
      nPins: outputs.pinClass.length,
      maxDelay: spec.maxDelay,
      stochastic: isStochastic(cores),
      detours: cores.extraHops !== undefined,
      blockBytes: plan.bytes,
    },
    states,
    nThreads,
  );
  if (layout.totalBytes > MAX_BYTES) {
    const gib = (layout.totalBytes / 2 ** 30).toFixed(1);
    fail(
      'engine-memory',
      `program ${program.name}`,
      `${states} copies of ${cores.nCores} cores need ${gib} GiB, the fast engine has 4.`,
      'Use fewer workers.',
    );
  }
  const pages = Math.ceil(layout.totalBytes / 65_536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const image = {
    memory,
    module: loadKernel('simulator/engines/fast/kernel/truenorth'),
    layout,
    potentialMax: spec.potentialMax,
    neuronsPerCore: spec.neuronsPerCore,
    maxDelay: spec.maxDelay,
    statesTaken: new Int32Array(new SharedArrayBuffer(4)),
    nStates: states,
  };
  loadCrossbars(image, program, cores.synapses);
  packAxonTypes(image, program);
  packNeurons(image, program);
  packBlocks(image, program, plan);
  if (isStochastic(cores)) packStochastic(image, program);
  packDetours(image, program);
  return image;
}

function requireKernelSize({ spec, cores }: TrueNorthProgram): void {
  const remedy = 'Use the reference engine for this chip.';
  if (spec.axonsPerCore > PADDED || spec.neuronsPerCore > PADDED || spec.axonTypes > 4) {
    fail(
      'engine-core-size',
      `chip ${spec.name}`,
      `cores of ${spec.axonsPerCore} axons, ${spec.neuronsPerCore} neurons and ${spec.axonTypes} axon types do not fit the fast engine's 256 x 256 x 4.`,
      remedy,
    );
  }
  if (spec.maxDelay > MAX_DELAY || cores.nCores > MAX_CORES) {
    fail(
      'engine-chip-size',
      `chip ${spec.name}`,
      `delays of ${spec.maxDelay} ticks or ${cores.nCores} cores do not fit the fast engine's ${MAX_DELAY} ticks and ${MAX_CORES} cores.`,
      remedy,
    );
  }
}

/** Writes crossbars [nCores, nAxons, words], those of the program or of a faulty chip. No engine may run meanwhile. */
export function loadCrossbars({ memory, layout }: FastImage, program: TrueNorthProgram, synapses: Uint32Array): void {
  const { axonsPerCore, neuronsPerCore } = program.spec;
  const words = Math.ceil(neuronsPerCore / 32);
  const nRows = layout.nCores * PADDED;
  const rows = new Uint32Array(memory.buffer, layout.rows, nRows * 8);
  if (axonsPerCore === PADDED && neuronsPerCore === PADDED) {
    rows.set(synapses);
  } else {
    rows.fill(0);
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
  transposeRows(memory, layout.rows, nRows);
}

/** From the order of neurons to the order of the kernel, or back. */
export function transposeRows(memory: WebAssembly.Memory, rows: number, nRows: number): void {
  startKernel(loadKernel('simulator/engines/fast/kernel/bit-errors'), memory)('transposeRows')(rows, nRows);
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
  const flipBits = startKernel(loadKernel('simulator/engines/fast/kernel/bit-errors'), image.memory)('flipBits');
  const { rows, nCores } = image.layout;
  flipBits(rows, nCores, axonsPerCore, neuronsPerCore, ...seedKey(chipSeed), ber * 4294967296);
}

function packAxonTypes({ memory, layout }: FastImage, { spec, cores }: TrueNorthProgram): void {
  const types = new Uint8Array(memory.buffer, layout.types, layout.nCores * 64);
  for (let core = 0; core < cores.nCores; core++) {
    for (let axon = 0; axon < spec.axonsPerCore; axon++) {
      types[core * 64 + (axon >>> 2)]! |= cores.axonType[core * spec.axonsPerCore + axon]! << ((axon & 3) * 2);
    }
  }
}

/** Routes, positions and initial potentials. */
function packNeurons({ memory, layout }: FastImage, { spec, cores }: TrueNorthProgram): void {
  const { nCores } = layout;
  const routes = new Uint32Array(memory.buffer, layout.routes, nCores * PADDED);
  const targets = new Uint32Array(memory.buffer, layout.targets, nCores * 8);
  const positions = new Int16Array(memory.buffer, layout.positions, nCores * 2);
  const initial = new Int32Array(memory.buffer, layout.initial, nCores * PADDED);
  const { neuronsPerCore } = spec;
  for (let core = 0; core < nCores; core++) {
    positions[core * 2] = cores.x[core]!;
    positions[core * 2 + 1] = cores.y[core]!;
    const first = core * neuronsPerCore;
    initial.set(cores.initialPotential.subarray(first, first + neuronsPerCore), core * PADDED);
    for (let neuron = 0; neuron < neuronsPerCore; neuron++) {
      const i = first + neuron;
      const target = cores.target[i]!;
      if (target === NO_TARGET) continue;
      targets[core * 8 + (neuron >>> 5)]! |= 1 << (neuron & 31);
      routes[core * PADDED + neuron] =
        target <= OUTPUT_PIN_BASE
          ? (OUTPUT_PIN_BASE - target) | (1 << 31)
          : cores.targetAxon[i]! | (cores.delay[i]! << 8) | (target << 14);
    }
  }
}

function packBlocks({ memory, layout }: FastImage, program: TrueNorthProgram, plan: BlockPlan): void {
  writeBlocks(plan, program, memory.buffer, layout.blocks);
  const address = (offset: number): number => (offset === NO_BLOCK ? 0 : layout.blocks + offset);
  new Uint32Array(memory.buffer, layout.wideBlocks, layout.nCores).set(plan.wide.map(address));
  new Uint32Array(memory.buffer, layout.compactBlocks, layout.nCores * 2).set(plan.compact.map(address));
}

function isStochastic({ stochastic, thresholdBits }: CoreArrays): boolean {
  return stochastic.some((bits) => bits !== 0) || thresholdBits.some((bits) => bits !== 0);
}

/** Hops beyond |dx| + |dy|. */
function packDetours({ memory, layout }: FastImage, { spec, cores }: TrueNorthProgram): void {
  if (cores.extraHops === undefined) return;
  const extra = new Uint16Array(memory.buffer, layout.extraHops, layout.nCores * PADDED);
  for (let core = 0; core < cores.nCores; core++) {
    const first = core * spec.neuronsPerCore;
    extra.set(cores.extraHops.subarray(first, first + spec.neuronsPerCore), core * PADDED);
  }
}

/** Which cores draw, and the neurons with stochastic weights. */
function packStochastic({ memory, layout }: FastImage, { spec, cores }: TrueNorthProgram): void {
  const modes = new Uint8Array(memory.buffer, layout.modes, layout.nCores);
  const synapses = new Uint32Array(memory.buffer, layout.stochasticSynapses, layout.nCores * ROW_BYTES);
  for (let core = 0; core < cores.nCores; core++) {
    for (let neuron = 0; neuron < spec.neuronsPerCore; neuron++) {
      const i = core * spec.neuronsPerCore + neuron;
      if (cores.thresholdBits[i] !== 0 || drawsLeak(cores, i)) modes[core]! |= 1;
      for (let type = 0; type < 4; type++) {
        if (((cores.stochastic[i]! >>> type) & 1) === 0) continue;
        modes[core]! |= 2;
        synapses[core * 32 + type * 8 + (neuron >>> 5)]! |= 1 << (neuron & 31);
      }
    }
  }
  transposeRows(memory, layout.stochasticSynapses, layout.nCores * 4);
}
