/** A program in the memory of the fast engine, with room for the state of every chip that runs it. */
import { sharedBuffer } from '../../../common/shared-memory.js';
import { fail } from '../../../common/diagnostics.js';
import { seedKey } from '../../../common/rng.js';
import { type BitErrorSpec, faultSynapses } from '../../../hw-models/faults/bit-errors.js';
import { NO_TARGET, OUTPUT_PIN_BASE, type CoreArrays, type TrueNorthProgram } from '../../../ir/program/truenorth.js';
import { BLOCK, geometryOf, MAX_DELAY, neuronsInBlock } from './geometry.js';
import { drawsLeak, NO_BLOCK, planBlocks, writeBlocks, type BlockPlan } from './blocks.js';
import { loadKernel, startKernel } from '../../../common/kernel-module.js';
import { layOut, ROW_BYTES, type FastLayout } from './layout.js';

/** Words of a row of the kernel. */
const ROW_WORDS = ROW_BYTES / 4;
/** 4 GiB: what 32-bit addresses reach. */
const MAX_BYTES = 2 ** 32;

/** What threads share. Everything can be posted to a worker. */
export interface FastImage {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly layout: FastLayout;
  readonly potentialMax: number;
  /** Potentials wrap instead of being clamped. */
  readonly wraps: boolean;
  readonly drawBits: number;
  readonly neuronsPerCore: number;
  readonly maxDelay: number;
  /** [1] number of states taken. */
  readonly statesTaken: Int32Array;
  readonly nStates: number;
}

/**
 * Packs a program for up to `nStates` chips, each run by `nThreads` threads that divide its cores. Throws a UserError for a
 * program that does not fit the kernel: delays of at most 63, 131,072 cores (32,768 of the general build), 4 GiB (12.5 KB a core, 12 KB more if
 * its neurons differ; 40 to 200 KB in the general build).
 */
export function createFastImage(program: TrueNorthProgram, nStates: number, nThreads = 1): FastImage {
  const { spec, cores, outputs } = program;
  requireKernelSize(program);
  const geometry = geometryOf(spec);
  const plan = planBlocks(program, geometry);
  const states = Math.max(1, nStates);
  const layout = layOut(
    {
      geometry,
      nChipCores: cores.nCores,
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
    module: loadKernel(`simulator/engines/fast/kernel/${geometry.kernel}`),
    layout,
    potentialMax: spec.potentialMax,
    wraps: spec.potentialOverflow === 'wrap',
    drawBits: spec.drawBits,
    neuronsPerCore: spec.neuronsPerCore,
    maxDelay: spec.maxDelay,
    statesTaken: new Int32Array(sharedBuffer(4)),
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

/** Whether delays and number of cores fit the words of the fast engine; every other parameter does. */
export function fastSupports({ spec, cores }: TrueNorthProgram): boolean {
  return spec.maxDelay <= MAX_DELAY && cores.nCores <= geometryOf(spec).maxCores;
}

function requireKernelSize(program: TrueNorthProgram): void {
  const { spec, cores } = program;
  const { maxCores } = geometryOf(spec);
  if (fastSupports(program)) return;
  fail(
    'engine-chip-size',
    `chip ${spec.name}`,
    `delays of ${spec.maxDelay} ticks or ${cores.nCores} cores do not fit the fast engine's ${MAX_DELAY} ticks and ${maxCores} cores.`,
    'Use the reference engine for this chip.',
  );
}

/** Calls `visit` for every core of the kernel: its core of the chip, its block, and its first neuron of the program. */
function forBlocks(
  { layout }: Pick<FastImage, 'layout'>,
  { spec }: TrueNorthProgram,
  visit: (place: {
    readonly kernelCore: number;
    readonly core: number;
    readonly first: number;
    readonly nNeurons: number;
  }) => void,
): void {
  const { blocks } = layout.geometry;
  for (let kernelCore = 0; kernelCore < layout.nCores; kernelCore++) {
    const core = Math.floor(kernelCore / blocks);
    const block = kernelCore % blocks;
    const first = core * spec.neuronsPerCore + block * BLOCK;
    visit({ kernelCore, core, first, nNeurons: neuronsInBlock(spec, block) });
  }
}

/** Writes crossbars [nCores, nAxons, words], those of the program or of a faulty chip. No engine may run meanwhile. */
export function loadCrossbars(image: FastImage, program: TrueNorthProgram, synapses: Uint32Array): void {
  const { memory, layout } = image;
  const { axonsPerCore, neuronsPerCore } = program.spec;
  const { axons, blocks } = layout.geometry;
  const words = Math.ceil(neuronsPerCore / 32);
  const nRows = layout.nCores * axons;
  const rows = new Uint32Array(memory.buffer, layout.rows, nRows * ROW_WORDS);
  if (axonsPerCore === axons && neuronsPerCore === BLOCK) {
    rows.set(synapses);
  } else {
    rows.fill(0);
    const lastMask = neuronsPerCore % 32 === 0 ? -1 : 2 ** (neuronsPerCore % 32) - 1;
    forBlocks(image, program, ({ kernelCore, core }) => {
      const firstWord = (kernelCore % blocks) * ROW_WORDS;
      const end = Math.min(words, firstWord + ROW_WORDS);
      for (let axon = 0; axon < axonsPerCore; axon++) {
        const from = (core * axonsPerCore + axon) * words;
        const to = (kernelCore * axons + axon) * ROW_WORDS - firstWord;
        for (let word = firstWord; word < end; word++) {
          rows[to + word] = synapses[from + word]! & (word === words - 1 ? lastMask : -1);
        }
      }
    });
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
  if (image.layout.geometry.axons !== BLOCK || image.layout.geometry.blocks !== 1) {
    loadCrossbars(image, program, faultSynapses(program, { ber, chipSeed }));
    return;
  }
  loadCrossbars(image, program, program.cores.synapses);
  if (ber === 0) return;
  const flipBits = startKernel(loadKernel('simulator/engines/fast/kernel/bit-errors'), image.memory)('flipBits');
  const { rows, nCores } = image.layout;
  flipBits(rows, nCores, axonsPerCore, neuronsPerCore, ...seedKey(chipSeed), ber * 4294967296);
}

function packAxonTypes(image: FastImage, program: TrueNorthProgram): void {
  const { memory, layout } = image;
  const { spec, cores } = program;
  const { typeBytes, axons } = layout.geometry;
  const types = new Uint8Array(memory.buffer, layout.types, layout.nCores * typeBytes);
  const perByte = axons / typeBytes;
  forBlocks(image, program, ({ kernelCore, core }) => {
    for (let axon = 0; axon < spec.axonsPerCore; axon++) {
      const at = kernelCore * typeBytes + Math.floor(axon / perByte);
      types[at]! |= cores.axonType[core * spec.axonsPerCore + axon]! << ((axon % perByte) * 2);
    }
  });
}

/** Routes, positions and initial potentials. */
function packNeurons(image: FastImage, program: TrueNorthProgram): void {
  const { memory, layout } = image;
  const { cores } = program;
  const { nCores } = layout;
  const axonBits = Math.log2(layout.geometry.axons);
  const routes = new Uint32Array(memory.buffer, layout.routes, nCores * BLOCK);
  const targets = new Uint32Array(memory.buffer, layout.targets, nCores * ROW_WORDS);
  const positions = new Int16Array(memory.buffer, layout.positions, nCores * 2);
  const initial = new Int32Array(memory.buffer, layout.initial, nCores * BLOCK);
  forBlocks(image, program, ({ kernelCore, core, first, nNeurons }) => {
    positions[kernelCore * 2] = cores.x[core]!;
    positions[kernelCore * 2 + 1] = cores.y[core]!;
    initial.set(cores.initialPotential.subarray(first, first + nNeurons), kernelCore * BLOCK);
    for (let neuron = 0; neuron < nNeurons; neuron++) {
      const i = first + neuron;
      const target = cores.target[i]!;
      if (target === NO_TARGET) continue;
      targets[kernelCore * ROW_WORDS + (neuron >>> 5)]! |= 1 << (neuron & 31);
      routes[kernelCore * BLOCK + neuron] =
        target <= OUTPUT_PIN_BASE
          ? (OUTPUT_PIN_BASE - target) | (1 << 31)
          : cores.targetAxon[i]! | (cores.delay[i]! << axonBits) | (target << (axonBits + 6));
    }
  });
}

function packBlocks({ memory, layout }: FastImage, program: TrueNorthProgram, plan: BlockPlan): void {
  writeBlocks(plan, program, layout.geometry, memory.buffer, layout.blocks);
  const address = (offset: number): number => (offset === NO_BLOCK ? 0 : layout.blocks + offset);
  new Uint32Array(memory.buffer, layout.wideBlocks, layout.nCores).set(plan.wide.map(address));
  new Uint32Array(memory.buffer, layout.compactBlocks, layout.nCores * 2).set(plan.compact.map(address));
}

function isStochastic({ stochastic, thresholdBits }: CoreArrays): boolean {
  return stochastic.some((bits) => bits !== 0) || thresholdBits.some((bits) => bits !== 0);
}

/** Hops beyond |dx| + |dy|. */
function packDetours(image: FastImage, program: TrueNorthProgram): void {
  const { extraHops } = program.cores;
  if (extraHops === undefined) return;
  const extra = new Uint16Array(image.memory.buffer, image.layout.extraHops, image.layout.nCores * BLOCK);
  forBlocks(image, program, ({ kernelCore, first, nNeurons }) => {
    extra.set(extraHops.subarray(first, first + nNeurons), kernelCore * BLOCK);
  });
}

/** Which cores draw, and the neurons with stochastic weights. */
function packStochastic(image: FastImage, program: TrueNorthProgram): void {
  const { memory, layout } = image;
  const { spec, cores } = program;
  const { axonTypes } = layout.geometry;
  const modes = new Uint8Array(memory.buffer, layout.modes, layout.nCores);
  const nMasks = layout.nCores * axonTypes;
  const synapses = new Uint32Array(memory.buffer, layout.stochasticSynapses, nMasks * ROW_WORDS);
  forBlocks(image, program, ({ kernelCore, first, nNeurons }) => {
    for (let neuron = 0; neuron < nNeurons; neuron++) {
      const i = first + neuron;
      if (cores.thresholdBits[i] !== 0 || drawsLeak(program, i)) modes[kernelCore]! |= 1;
      for (let type = 0; type < spec.axonTypes; type++) {
        if (((cores.stochastic[i]! >>> type) & 1) === 0) continue;
        modes[kernelCore]! |= 2;
        synapses[(kernelCore * axonTypes + type) * ROW_WORDS + (neuron >>> 5)]! |= 1 << (neuron & 31);
      }
    }
  });
  transposeRows(memory, layout.stochasticSynapses, nMasks);
}
