import { assert } from '../../../common/assert.js';
import { seedKey } from '../../../common/rng.js';
import { potentialBits, UPSET_GROUP } from '../../../hw-models/faults/potential-upsets.js';
import type { EngineCounters, RunKey, StatefulEngine } from '../contract.js';
import { BLOCK, neuronsInBlock } from './geometry.js';
import { type ChipState, sortedSpikes } from '../../../ir/trace/chip-state.js';
import { sumBlocks } from '../sum-blocks.js';
import type { FastImage } from './image.js';
import { startKernel } from '../../../common/kernel-module.js';
import { ROW_BYTES, stateLayout, type FastLayout, type FastStateLayout } from './layout.js';

/** An engine on the next free state of `image`; at most `image.nStates` of them, each used by one thread. */
export function createFastEngine(image: FastImage): StatefulEngine {
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
    setPotential: (core, neuron, potential) => {
      const all = state.potentials();
      all[core * image.neuronsPerCore + neuron] = potential;
      state.setPotentials(all, core);
    },
    snapshot: () => ({ now, ...state.take(now) }),
    restore: (from, key) => {
      kernel.reset(key);
      state.put(from);
      now = from.now;
    },
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
  /** Sets the potentials of a core of the chip, or of all, from [nCores, nNeurons]. */
  setPotentials(all: Int32Array, core?: number): void;
  /** Everything but the tick, which is the caller's; `now` is the tick that comes next. */
  take(now: number): Omit<ChipState, 'now'>;
  /** The state of another engine into this one, whose threads were reset. */
  put(state: ChipState): void;
}

/** Views of state `index`. */
export function fastState({ memory, layout, neuronsPerCore, maxDelay }: FastImage, index: number): FastState {
  const { buffer } = memory;
  const { nCores, nChipCores, nSlots, geometry } = layout;
  const { blocks } = geometry;
  const ringWords = geometry.axons / 32;
  const at = stateLayout(layout, index);
  const ringOf = (offset: number) => new Uint32Array(buffer, at.rings + offset, nSlots * nChipCores * ringWords);
  const rings = at.threads.map((_, thread) => ringOf(thread * at.ringBytes));
  const ring = ringOf(0);
  const wide = new Int32Array(buffer, at.potentials, nCores * BLOCK);
  const compact = new Int16Array(buffer, at.compact, nCores * BLOCK);
  const states = new Uint8Array(buffer, at.cores, nCores);
  const spikes = new Float64Array(buffer, at.spikes, nCores);
  const operations = new Float64Array(buffer, at.operations, nCores);
  const hops = at.threads.map((thread) => new Float64Array(buffer, thread.hops, 1));
  const busy = new Uint8Array(buffer, at.busy, nCores * ROW_BYTES);
  const compactBlocks = new Uint32Array(buffer, layout.compactBlocks, nCores * 2);
  const pinCounts = at.threads.map(({ pins }) => new Int32Array(buffer, pins, layout.nPins));
  const wordOf = (core: number, axon: number, tick: number): number =>
    ((tick & (nSlots - 1)) * nChipCores + core) * ringWords + (axon >>> 5);
  const inject: FastState['inject'] = (core, axon, tick) => {
    const word = wordOf(core, axon, tick);
    ring[word] = ring[word]! | (1 << (axon & 31));
  };
  const potentials: FastState['potentials'] = () => {
    const all = new Int32Array(nChipCores * neuronsPerCore);
    for (let core = 0; core < nCores; core++) {
      const values = (states[core]! & WIDE) === 0 ? compact : wide;
      const block = core % blocks;
      const to = Math.floor(core / blocks) * neuronsPerCore + block * BLOCK;
      all.set(values.subarray(core * BLOCK, core * BLOCK + neuronsInBlock({ neuronsPerCore }, block)), to);
    }
    return all;
  };
  const setPotentials: FastState['setPotentials'] = (all, only) => {
    for (let core = 0; core < nCores; core++) {
      const chipCore = Math.floor(core / blocks);
      if (only !== undefined && chipCore !== only) continue;
      const from = chipCore * neuronsPerCore + (core % blocks) * BLOCK;
      const own = all.subarray(from, from + neuronsInBlock({ neuronsPerCore }, core % blocks));
      // As after a reset: 16 bits where the core can have them and they hold the values, and every neuron may move.
      const isCompact = compactBlocks[core * 2] !== 0 && own.every((value) => Math.abs(value) <= SAFE);
      (isCompact ? compact : wide).set(own, core * BLOCK);
      states[core] = isCompact ? AWAKE : AWAKE | WIDE;
      busy.fill(255, core * ROW_BYTES, (core + 1) * ROW_BYTES);
    }
  };
  return {
    pinCounts,
    inject,
    takeEvents: () => {
      const taken = {
        hops: hops.reduce((sum, [value]) => sum + value!, 0),
        coreSpikes: sumBlocks(spikes, blocks),
        coreSynapticOperations: sumBlocks(operations, blocks),
      };
      for (const values of [...hops, spikes, operations]) values.fill(0);
      return taken;
    },
    potentials,
    setPotentials,
    take: (now) => {
      const rows: [number, number, number][] = [];
      for (let tick = now; tick <= now + maxDelay; tick++) {
        for (let core = 0; core < nChipCores; core++) {
          for (let axon = 0; axon < geometry.axons; axon += 32) {
            const word = wordOf(core, axon, tick);
            const bits = rings.reduce((all, own) => all | own[word]!, 0);
            for (let bit = 0; bit < 32; bit++) if (((bits >>> bit) & 1) === 1) rows.push([tick, core, axon + bit]);
          }
        }
      }
      const pins = new Int32Array(layout.nPins);
      for (const own of pinCounts) own.forEach((count, pin) => (pins[pin]! += count));
      return { potentials: potentials(), pins, spikes: sortedSpikes(rows) };
    },
    put: ({ potentials: all, pins, spikes }) => {
      setPotentials(all);
      pinCounts[0]!.set(pins);
      for (let k = 0; k < spikes.length; k += 3) inject(spikes[k + 1]!, spikes[k + 2]!, spikes[k]!);
    },
  };
}

/** Bits of the state of a core, and the range of 16-bit potentials: those of the kernel (kernel/lib/chip.ts, compact.ts). */
const WIDE = 1;
const AWAKE = 2;
const SAFE = 16_383;

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
