import { assert } from '../../../common/assert.js';
import { seedKey } from '../../../common/rng.js';
import type { Engine, EngineCounters } from '../contract.js';
import type { FastImage } from './image.js';
import { startKernel } from './kernel-module.js';
import { stateLayout, type FastStateLayout } from './layout.js';

/** An engine on the next free state of `image`; at most `image.nStates` of them, each used by one thread. */
export function createFastEngine(image: FastImage): Engine {
  const { memory, layout, neuronsPerCore, maxDelay } = image;
  const { nCores, nSlots } = layout;
  const index = Atomics.add(image.statesTaken, 0, 1);
  assert(index < image.nStates, `engine ${index + 1} of an image for ${image.nStates}`);
  const at = stateLayout(layout, index);
  writeControl(image, at);
  const kernel = startKernel(image.module, memory);
  const kernelTick = kernel('tick');
  const kernelReset = kernel('reset');
  kernel('setup')(at.control);

  const ring = new Uint32Array(memory.buffer, at.ring, nSlots * nCores * 8);
  const pinCounts = new Int32Array(memory.buffer, at.pins, layout.nPins);
  const potentials = new Int32Array(memory.buffer, at.potentials, nCores * 256);
  const events = {
    hops: new Float64Array(memory.buffer, at.hops, 1),
    coreSpikes: new Float64Array(memory.buffer, at.spikes, nCores),
    coreSynapticOperations: new Float64Array(memory.buffer, at.operations, nCores),
  };
  let now = 0;
  let ticks = 0;
  let inputSpikes = 0;
  kernelReset(0, 0, 0, 0);

  const takeCounters = (): EngineCounters => {
    const taken = {
      ticks,
      inputSpikes,
      hops: events.hops[0]!,
      coreSpikes: new Float64Array(events.coreSpikes),
      coreSynapticOperations: new Float64Array(events.coreSynapticOperations),
    };
    ticks = 0;
    inputSpikes = 0;
    for (const values of Object.values(events)) values.fill(0);
    return taken;
  };
  return {
    get now() {
      return now;
    },
    pinCounts,
    reset: ({ drop, seed, firstSample }) => {
      kernelReset(drop * 4294967296, ...seedKey(seed), firstSample);
      now = 0;
    },
    inject: (core, axon, tick) => {
      assert(tick >= now && tick <= now + maxDelay, 'injection outside now..now + maxDelay');
      const word = ((tick & (nSlots - 1)) * nCores + core) * 8 + (axon >>> 5);
      ring[word] = ring[word]! | (1 << (axon & 31));
      inputSpikes++;
    },
    tick: () => {
      kernelTick(now);
      now++;
      ticks++;
    },
    takeCounters,
    potentials: () => {
      const all = new Int32Array(nCores * neuronsPerCore);
      for (let core = 0; core < nCores; core++) {
        all.set(potentials.subarray(core * 256, core * 256 + neuronsPerCore), core * neuronsPerCore);
      }
      return all;
    },
  };
}

/** The addresses in the order in which the kernel's `setup` reads them. */
function writeControl({ layout, memory, potentialMax }: FastImage, at: FastStateLayout): void {
  new Int32Array(memory.buffer, at.control, 32).set([
    ...[layout.nCores, layout.nSlots - 1],
    ...[layout.rows, layout.types, layout.weights, layout.parameters, layout.routes, layout.initial],
    ...[at.potentials, at.busy, at.ring, at.pins, layout.nPins],
    ...[at.spikes, at.operations, at.hops, at.sums, at.lists],
    potentialMax,
    ...[layout.modes, layout.thresholdMasks, layout.stochasticSynapses, at.masked, at.draws],
  ]);
}
