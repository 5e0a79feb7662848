/** What a program takes of a TrueNorth-style chip, and what of a run its tick rate changes. */
import { present } from '../../common/assert.js';
import { timesBand, bandOf } from '../../common/quantity.js';
import { coreAreaUm2 } from '../../hw-models/truenorth/core-costs.js';
import { coreStructureOf } from '../../hw-models/truenorth/core-structure.js';
import { energyOptionsOf, energyPerSampleUj } from '../../hw-models/truenorth/costs.js';
import { NO_TARGET } from '../../ir/program/core-arrays.js';
import type { TrueNorthProgram, TrueNorthSpec } from '../../ir/program/truenorth.js';
import type { ChipMeasures } from '../../ir/trace/measures.js';
import type { Counters } from '../../ir/trace/run-result.js';
import type { ChipExtent, ChipOutput } from '../chip.js';
import { partsOf, sampleTime } from './measures.js';
import { trueNorthStructure } from './structure.js';

/** Of the cores in use: unused ones are taken as switched off, as their energy is. */
export function trueNorthExtent(program: TrueNorthProgram): ChipExtent {
  const { cores, spec } = program;
  const area = coreAreaUm2(coreStructureOf(spec));
  const toMm2 = cores.nCores * 1e-6;
  let inUse = 0;
  for (const target of cores.target) if (target !== NO_TARGET) inUse++;
  return {
    areaMm2: { ...area, value: area.value * toMm2, ...timesBand(bandOf(area), toMm2), unit: 'mm2' },
    memoryBits: trueNorthStructure(program).stores.reduce((sum, { words, bits }) => sum + words * bits, 0),
    utilisation: inUse / Math.max(1, cores.target.length),
    utilisationOf: 'neurons that drive something, of the cores in use',
  };
}

/** Parameters that no program and no count depends on. */
export const TRUENORTH_COST_PARAMETERS = ['tickHz'] as const satisfies readonly (keyof TrueNorthSpec)[];

/** Counts as they were, at another length of the tick. */
export function repriceTrueNorth(
  program: TrueNorthProgram,
  { measures, nSamples }: Pick<ChipOutput, 'measures' | 'nSamples'>,
  spec: TrueNorthSpec,
): ChipMeasures {
  const counters = countersIn(measures, spec);
  const { parts, value, low, high, unit, source, status, nodeNm, volts } = energyPerSampleUj(
    counters,
    program.cores.nCores,
    nSamples,
    energyOptionsOf(spec),
  );
  return {
    ...measures,
    time: sampleTime({ timing: program.timing, spec }),
    energyUj: { value, low, high, unit, source, status, nodeNm, volts },
    energyParts: partsOf(parts, counters, nSamples),
  };
}

function countersIn({ metrics }: ChipMeasures, { neuronsPerCore }: TrueNorthSpec): Counters {
  const count = (name: string): number => present(metrics[name], name).value;
  const coreTicks = count('coreTicks');
  return {
    ...{ ticks: count('ticks'), coreTicks, rows: coreTicks * neuronsPerCore, spikes: count('spikes') },
    ...{ inputSpikes: count('inputSpikes'), synapticOperations: count('synapticOperations'), hops: count('hops') },
  };
}
