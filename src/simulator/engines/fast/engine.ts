import { assert } from '../../../common/assert.js';
import { seedKey } from '../../../common/rng.js';
import { potentialBits, UPSET_GROUP } from '../../../hw-models/faults/potential-upsets.js';
import type { Engine, EngineCounters, RunKey } from '../contract.js';
import { BLOCK, neuronsInBlock } from './geometry.js';
import { sumBlocks } from '../sum-blocks.js';
import type { FastImage } from './image.js';
import { startKernel } from '../../../common/kernel-module.js';
import { stateLayout, type FastLayout, type FastStateLayout } from './layout.js';

/** An engine on the next free state of `image`; at most `image.nStates` of them, each used by one thread. */
export function createFastEngine(image: FastImage): Engine {
  const index = Atomics.add(image.statesTaken, 0, 1);
  assert(index < image.nStates && image.layout.nThreads === 1, `engine ${index + 1} of an image for ${image.nStates}`);
  const state = fastState(image, index);
  const kernel = startThread(image, index, 0);
  let now = 0;
  let ticks = 0;
  let inputSpikes = 0;
  kernel.reset({ drop: 0, seed: 0, firstSample: 0 });
  return {
    get now() {
      return now;
    },
    pinCounts: state.pinCounts[0]!,
    reset: (key) => {
      kernel.reset(key);
      now = 0;
    },
    inject: (core, axon, tick) => {
      assert(tick >= now && tick <= now + image.maxDelay, 'injection outside now..now + maxDelay');
      state.inject(core, axon, tick);
      inputSpikes++;
    },
    tick: () => {
      kernel.tick(now);
      now++;
      ticks++;
    },
    takeCounters: () => {
      const counters = { ticks, inputSpikes, ...state.takeEvents() };
      ticks = 0;
      inputSpikes = 0;
      return counters;
    },
    potentials: state.potentials,
  };
}

/** The kernel of one thread. */
export interface FastThread {
  reset(key: RunKey): void;
  tick(now: number): void;
  /** Ticks from..from + count - 1 in step with the state's other threads. */
  run(from: number, count: number): void;
}

/** Starts the kernel on the share of thread `thread` of the cores of state `index`. */
export function startThread(image: FastImage, index: number, thread: number): FastThread {
  const { memory, layout } = image;
  const at = stateLayout(layout, index);
  writeControl(image, at, thread);
  const kernel = startKernel(image.module, memory);
  const reset = kernel('reset');
  const run = kernel('run');
  kernel('setup')(at.threads[thread]!.control);
  return {
    reset: ({ drop, late = 0, upsets, seed, firstSample }) => {
      const [first, end] = coresOf(layout, thread);
      const upsetCores = new Uint8Array(memory.buffer, at.upsetCores, layout.nCores);
      for (let core = first; core < end; core++) {
        upsetCores[core] = upsets?.cores?.[Math.floor(core / layout.geometry.blocks)] ?? 1;
      }
      const hits = (rate = 0): number => UPSET_GROUP * potentialBits(image) * rate * DRAWS;
      const safe = upsets?.protectedBits.reduce((mask, bit) => mask | (1 << bit), 0) ?? 0;
      const limits = [drop * DRAWS, late * DRAWS, hits(upsets?.rate0to1), hits(upsets?.rate1to0), safe];
      reset(...limits, ...seedKey(seed), firstSample);
    },
    tick: kernel('tick'),
    run: (from, count) => {
      run(from, count, at.gate, layout.nThreads);
    },
  };
}

/** What the host reads and writes in a state while no thread runs. */
export interface FastState {
  /** [nThreads][nPins] spikes per output pin; the sum over threads counts. */
  readonly pinCounts: readonly Int32Array[];
  inject(core: number, axon: number, tick: number): void;
  /** Events since the last call. */
  takeEvents(): Pick<EngineCounters, 'hops' | 'coreSpikes' | 'coreSynapticOperations'>;
  /** [nCores, nNeurons], a copy. */
  potentials(): Int32Array;
}

/** Views of state `index`. */
export function fastState({ memory, layout, neuronsPerCore }: FastImage, index: number): FastState {
  const { buffer } = memory;
  const { nCores, nChipCores, nSlots, geometry } = layout;
  const { blocks } = geometry;
  const ringWords = geometry.axons / 32;
  const at = stateLayout(layout, index);
  const ring = new Uint32Array(buffer, at.rings, nSlots * nChipCores * ringWords);
  const wide = new Int32Array(buffer, at.potentials, nCores * BLOCK);
  const compact = new Int16Array(buffer, at.compact, nCores * BLOCK);
  const states = new Uint8Array(buffer, at.cores, nCores);
  const spikes = new Float64Array(buffer, at.spikes, nCores);
  const operations = new Float64Array(buffer, at.operations, nCores);
  const hops = at.threads.map((thread) => new Float64Array(buffer, thread.hops, 1));
  return {
    pinCounts: at.threads.map(({ pins }) => new Int32Array(buffer, pins, layout.nPins)),
    inject: (core, axon, tick) => {
      const word = ((tick & (nSlots - 1)) * nChipCores + core) * ringWords + (axon >>> 5);
      ring[word] = ring[word]! | (1 << (axon & 31));
    },
    takeEvents: () => {
      const taken = {
        hops: hops.reduce((sum, [value]) => sum + value!, 0),
        coreSpikes: sumBlocks(spikes, blocks),
        coreSynapticOperations: sumBlocks(operations, blocks),
      };
      for (const values of [...hops, spikes, operations]) values.fill(0);
      return taken;
    },
    potentials: () => {
      const all = new Int32Array(nChipCores * neuronsPerCore);
      for (let core = 0; core < nCores; core++) {
        const values = (states[core]! & 1) === 0 ? compact : wide;
        const block = core % blocks;
        const to = Math.floor(core / blocks) * neuronsPerCore + block * BLOCK;
        all.set(values.subarray(core * BLOCK, core * BLOCK + neuronsInBlock({ neuronsPerCore }, block)), to);
      }
      return all;
    },
  };
}

const DRAWS = 4294967296;

/** Threads divide the cores of the chip by index: the first core of the kernel of a thread, and the first of the next. */
function coresOf({ nChipCores, nThreads, geometry }: FastLayout, thread: number): readonly [number, number] {
  const bound = (index: number): number => Math.floor((nChipCores * index) / nThreads) * geometry.blocks;
  return [bound(thread), bound(thread + 1)];
}

/** The addresses in the order in which the kernel's `setup` reads them. */
function writeControl(image: FastImage, at: FastStateLayout, thread: number): void {
  const { layout, memory, potentialMax, neuronsPerCore, maxDelay, drawBits, wraps } = image;
  const { nCores, nThreads } = layout;
  const own = at.threads[thread]!;
  new Int32Array(memory.buffer, own.control, 64).set([
    ...[nCores, ...coresOf(layout, thread), layout.nSlots - 1],
    ...[layout.rows, layout.types, layout.targets, layout.routes, layout.positions, layout.initial],
    ...[layout.compactBlocks, layout.wideBlocks, layout.modes, layout.stochasticSynapses],
    ...[at.potentials, at.compact, at.cores, at.busy, at.rings, at.ringBytes, nThreads, own.ring],
    ...[own.pins, layout.nPins, at.spikes, at.operations, own.hops, own.scratch, potentialMax],
    ...[neuronsPerCore, maxDelay, at.upsetCores, layout.extraHops],
    ...[
      layout.geometry.blocks,
      layout.geometry.axonGroups,
      2 ** drawBits - 1,
      wraps ? Math.clz32(potentialMax) - 1 : 0,
    ],
  ]);
}
