import { assert } from '../../../common/assert.js';
import type { EngineCounters } from '../contract.js';
import { startKernel } from '../../../common/kernel-module.js';
import { CORE_BLOCK } from '../../../ir/program/core-arrays.js';
import { sumBlocks } from '../sum-blocks.js';
import type { BatchImage } from './image.js';
import { batchState, LANES, type BatchStateLayout } from './layout.js';

/** Up to 128 chips with state, in lock step: lane s is chip s. */
export interface BatchEngine {
  /** The tick that the next call of `tick` computes; 0 after `reset`. */
  readonly now: number;
  /** [nElements, 128] coded inputs of the frame, by lane; the caller writes them. */
  readonly counts: Uint8Array;
  /** Back to tick 0 in lanes 0..nLanes-1; the events of other lanes do not count. Counters stay. */
  reset(nLanes: number): void;
  /** From now on only the events of lanes 0..nLanes-1 count. */
  keepLanes(nLanes: number): void;
  /** Spikes of every input element, in the lanes whose count is above `frameTick`, that act in the next tick. */
  injectCounts(frameTick: number): void;
  /** A spike of the host in one lane, in the next tick. */
  inject(core: number, axon: number, lane: number): void;
  /** Computes one tick. */
  tick(): void;
  /** Sets the spike counts of all pins to 0. */
  clearPins(): void;
  /** [128, nClasses] constants plus coefficients times the spikes since the pins were cleared; overwritten by the next call. */
  scores(): Int32Array;
  /** The counters of all lanes since the last call, but for ticks, which the caller knows; they start again at 0. */
  takeCounters(): Omit<EngineCounters, 'ticks'>;
  /** [nCores, nNeurons] potentials of a lane after the last tick; those of neurons without target are 0. */
  potentials(lane: number): Int32Array;
}

/** An engine on the next free state of `image`; at most `image.nStates` of them, each used by one thread. */
export function createBatchEngine(image: BatchImage): BatchEngine {
  const { memory, layout } = image;
  const index = Atomics.add(image.statesTaken, 0, 1);
  assert(index < image.nStates, `engine ${index + 1} of an image for ${image.nStates}`);
  const at = batchState(layout, index);
  new Int32Array(memory.buffer, at.control, 64).set(controlWords(image, at));
  const kernel = startKernel(image.module, memory);
  kernel('setup')(at.control);
  const call = {
    reset: kernel('reset'),
    inject: kernel('inject'),
    injectOne: kernel('injectOne'),
    tick: kernel('tick'),
    clearPins: kernel('clearPins'),
    readScores: kernel('readScores'),
  };
  const laneMask = new Uint8Array(memory.buffer, at.laneMask, 16);
  const scores = new Int32Array(memory.buffer, at.scores, LANES * layout.nClasses);
  const totals = new Float64Array(memory.buffer, at.totals, 2);
  const { blocks } = layout.geometry;
  const spikes = new Float64Array(memory.buffer, at.spikes, layout.nCores);
  const operations = new Float64Array(memory.buffer, at.operations, layout.nCores);
  let now = 0;
  const keepLanes = (nLanes: number): void => {
    for (let byte = 0; byte < 16; byte++) laneMask[byte] = 2 ** Math.max(0, Math.min(8, nLanes - byte * 8)) - 1;
  };
  return {
    get now() {
      return now;
    },
    counts: new Uint8Array(memory.buffer, at.counts, layout.nElements * LANES),
    reset: (nLanes) => {
      assert(nLanes >= 1 && nLanes <= LANES, `${nLanes} lanes`);
      keepLanes(nLanes);
      call.reset();
      now = 0;
    },
    keepLanes,
    injectCounts: (frameTick) => call.inject(now, frameTick),
    inject: (core, axon, lane) => call.injectOne(core, axon, now, lane),
    tick: () => call.tick(now++),
    clearPins: () => call.clearPins(),
    scores: () => {
      call.readScores();
      return scores;
    },
    takeCounters: () => {
      const taken = {
        inputSpikes: totals[0]!,
        hops: totals[1]!,
        coreSpikes: sumBlocks(spikes, blocks),
        coreSynapticOperations: sumBlocks(operations, blocks),
      };
      for (const values of [totals, spikes, operations]) values.fill(0);
      return taken;
    },
    potentials: (lane) => readPotentials(image, at, lane),
  };
}

/** The words in the order in which the kernel's `setup` reads them. */
function controlWords({ layout, potentialMax, wraps }: BatchImage, at: BatchStateLayout): number[] {
  const sizes = ['nPins', 'nElements', 'nClasses'] as const;
  return [
    ...[layout.nCores, layout.nSlots - 1, ...sizes.map((size) => layout[size])],
    ...[potentialMax, layout.potentialWidth, layout.pinWidth],
    ...[layout.rows, layout.columns, layout.typeMasks, layout.connections, layout.usedAxons, layout.present],
    ...[layout.parameters, layout.inputStart, layout.inputAxons],
    ...[layout.pinClass, layout.pinCoefficient, layout.constants],
    ...[at.laneMask, at.potentials, at.widths, at.awake, at.ring, at.active, at.pins],
    ...[at.spikes, at.operations, at.totals, at.counts, at.scores, at.scratch],
    ...[layout.geometry.blocks, wraps ? 1 : 0],
  ];
}

function readPotentials(
  { memory, layout, neuronsPerCore }: BatchImage,
  at: BatchStateLayout,
  lane: number,
): Int32Array {
  const { nCores, nChipCores, potentialWidth } = layout;
  const { blocks } = layout.geometry;
  const widths = new Uint8Array(memory.buffer, at.widths, nCores * CORE_BLOCK);
  const planes = new Uint8Array(memory.buffer, at.potentials, nCores * CORE_BLOCK * potentialWidth * 16);
  const all = new Int32Array(nChipCores * neuronsPerCore);
  for (let i = 0; i < all.length; i++) {
    const neuron = Math.floor(i / neuronsPerCore) * blocks * CORE_BLOCK + (i % neuronsPerCore);
    const width = widths[neuron]!;
    let value = 0;
    for (let k = 0; k < width; k++) {
      const bit = (planes[(neuron * potentialWidth + k) * 16 + (lane >>> 3)]! >>> (lane & 7)) & 1;
      value += (k === width - 1 ? -bit : bit) * 2 ** k;
    }
    all[i] = value;
  }
  return all;
}
