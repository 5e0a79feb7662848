/** What a program on a TrueNorth-style chip takes, and what a run of it counted. */
import { integer, significant } from '../../common/format.js';
import { energyOptionsOf, energyPerSampleUj } from '../../hw-models/truenorth/costs.js';
import type { TrueNorthProgram, TrueNorthSpec } from '../../ir/program/truenorth.js';
import type { ChipMeasures, CoreLoad, EnergyPart, Metric, SampleTime } from '../../ir/trace/measures.js';
import type { Counters } from '../../ir/trace/run-result.js';
import type { SimulationOutput } from '../../simulator/parallel/runner.js';

/** Ticks of a sample. */
export const sampleTime = ({
  spec,
  timing,
}: {
  readonly timing: Pick<TrueNorthProgram['timing'], 'period' | 'inputStart' | 'outputStart' | 'outputTicks'>;
} & { readonly spec: Pick<TrueNorthSpec, 'tickHz'> }): SampleTime => ({
  unit: 'tick',
  perSample: timing.period,
  latency: timing.outputStart + timing.outputTicks - timing.inputStart,
  unitSeconds: {
    value: 1 / spec.tickHz,
    unit: 's',
    status: 'derived',
    source: `${spec.tickHz} ticks per second, a parameter of the chip`,
  },
});

/** What the program alone says. */
export const programMeasures = (program: TrueNorthProgram): ChipMeasures => ({
  cores: program.cores.nCores,
  time: sampleTime(program),
  metrics: {},
  energyUj: { unknown: true, reason: 'it depends on the spikes, which a run counts' },
  energyParts: [],
  loads: [],
});

/** What a run counted. */
export function runMeasures(program: TrueNorthProgram, output: SimulationOutput): ChipMeasures {
  const { counters, nSamples } = output;
  const energy = energyPerSampleUj(counters, program.cores.nCores, nSamples, energyOptionsOf(program.spec));
  const { value, low, high, unit, source, status, nodeNm, volts } = energy;
  return {
    ...programMeasures(program),
    metrics: countersOf(counters),
    energyUj: { value, low, high, unit, source, status, nodeNm, volts },
    energyParts: partsOf(energy.parts, counters, nSamples),
    loads: loadsOf(counters, output.coreSpikes, output.coreSynapticOperations),
  };
}

/** Spikes and synaptic operations of each core, summed over a run, as loads. */
export function loadsOf(
  { ticks }: Counters,
  coreSpikes: ArrayLike<number>,
  coreSynapticOperations: ArrayLike<number>,
): readonly CoreLoad[] {
  const perTick = (sums: ArrayLike<number>): readonly number[] => Array.from(sums, (sum) => sum / Math.max(1, ticks));
  return [
    { label: 'Spikes fired', unit: 'spikes per tick', values: perTick(coreSpikes) },
    { label: 'Synaptic operations', unit: 'operations per tick', values: perTick(coreSynapticOperations) },
  ];
}

/** Counted events as they are printed. */
export const countersOf = (counters: Counters): Readonly<Record<string, Metric>> => ({
  ticks: { label: 'ticks', value: counters.ticks, unit: '' },
  coreTicks: { label: 'core-ticks', value: counters.coreTicks, unit: '' },
  spikes: { label: 'spikes', value: counters.spikes, unit: '' },
  inputSpikes: { label: 'input spikes', value: counters.inputSpikes, unit: '' },
  synapticOperations: { label: 'synaptic operations', value: counters.synapticOperations, unit: '' },
  hops: { label: 'hops', value: counters.hops, unit: '' },
});

type Parts = ReturnType<typeof energyPerSampleUj>['parts'];

/** The parts of an energy as they are printed. */
export function partsOf(parts: Parts, counters: Counters, samples: number): readonly EnergyPart[] {
  const { idle, rows, synapticOperations, hops } = parts;
  const coreTicks = `${significant(counters.coreTicks / samples)} core-ticks`;
  return [
    { name: 'idle power of the cores in use', value: idle, fixed: true, events: coreTicks },
    { name: 'neuron updates', value: rows, fixed: false, events: `${integer(counters.rows / samples)} rows` },
    {
      name: 'synaptic operations',
      value: synapticOperations,
      fixed: false,
      events: `${integer(counters.synapticOperations / samples)} operations`,
    },
    { name: 'spikes on the mesh', value: hops, fixed: false, events: `${integer(counters.hops / samples)} hops` },
  ];
}
