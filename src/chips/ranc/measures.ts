/** What a program for RANC takes, and what a run of it counted. */
import type { ChipMeasures } from '../../ir/trace/measures.js';
import { sampleTime } from '../truenorth/measures.js';
import type { RancProgram } from './program.js';
import type { RancCounters } from './reference.js';

/** What the program alone says. */
export const rancMeasures = (program: RancProgram): ChipMeasures => ({
  cores: program.cores.nCores,
  time: sampleTime(program),
  metrics: {},
  energyUj: {
    unknown: true,
    reason: 'RANC is a design for many FPGAs and processes; none of them has published energies per event',
  },
  energyParts: [],
  loads: [],
});

/** What a run counted. */
export function runMeasures(program: RancProgram, counters: RancCounters): ChipMeasures {
  const { ticks, inputSpikes, coreSpikes, coreSynapticOperations } = counters;
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  const perTick = (sums: Float64Array): readonly number[] => Array.from(sums, (value) => value / Math.max(1, ticks));
  return {
    ...rancMeasures(program),
    metrics: {
      ticks: { label: 'ticks', value: ticks, unit: '' },
      coreTicks: { label: 'core-ticks', value: ticks * program.cores.nCores, unit: '' },
      spikes: { label: 'spikes', value: sum(coreSpikes), unit: '' },
      inputSpikes: { label: 'input spikes', value: inputSpikes, unit: '' },
      synapticOperations: { label: 'synaptic operations', value: sum(coreSynapticOperations), unit: '' },
    },
    loads: [
      { label: 'Spikes fired', unit: 'spikes per tick', values: perTick(coreSpikes) },
      { label: 'Synaptic operations', unit: 'operations per tick', values: perTick(coreSynapticOperations) },
    ],
  };
}
