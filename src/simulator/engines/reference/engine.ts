import { TrueNorthChip } from '../../../hw-models/truenorth/chip.js';
import type { EngineCounters, EngineSource, StatefulEngine } from '../contract.js';

/** The reference model of the chip behind the contract of the engines. */
export function createReferenceEngine({ program, synapses }: EngineSource): StatefulEngine {
  const { spec, cores, outputs } = program;
  const chip = new TrueNorthChip({
    spec,
    cores,
    synapses: synapses ?? cores.synapses,
    nPins: outputs.pinClass.length,
  });
  return {
    get now() {
      return chip.now;
    },
    pinCounts: chip.pinCounts,
    reset: ({ drop, late = 0, upsets, seed, firstSample }) => {
      chip.reset({ probability: drop, late, seed, firstSample }, upsets);
    },
    inject: (core, axon, tick) => {
      chip.inject(core, axon, tick);
    },
    tick: () => {
      chip.tick();
    },
    takeCounters: () => takeCounters(chip),
    potentials: () => chip.potentials(),
    setPotential: (core, neuron, potential) => {
      chip.setPotential(core, neuron, potential);
    },
    snapshot: () => chip.state(),
    restore: (state, { drop, late = 0, upsets, seed, firstSample }) => {
      chip.resume(state, { probability: drop, late, seed, firstSample }, upsets);
    },
  };
}

function takeCounters({ events }: TrueNorthChip): EngineCounters {
  const taken = {
    ticks: events.ticks,
    inputSpikes: events.inputSpikes,
    hops: events.hops,
    coreSpikes: events.coreSpikes.slice(),
    coreSynapticOperations: events.coreSynapticOperations.slice(),
  };
  events.ticks = 0;
  events.inputSpikes = 0;
  events.hops = 0;
  events.coreSpikes.fill(0);
  events.coreSynapticOperations.fill(0);
  events.coreAxonEvents.fill(0);
  return taken;
}
