/** Results of TrueNorth-style chips in files of version 3. */
import { z } from 'zod';
import type { OlderResults } from '../../ir/trace/older-results.js';
import type { Unknown } from '../../common/quantity.js';
import { plainQuantitySchema, unknownQuantitySchema } from '../../common/quantity-schema.js';
import { countersOf, loadsOf, partsOf, sampleTime } from './measures.js';
import { trueNorthView } from './view.js';

const count = z.number().int().min(0);
const amount = z.number().min(0);
const side = z.number().int().min(1).max(65_536);
const KHZ = 1000;

const counters = z.object({
  ticks: count,
  coreTicks: count,
  rows: count,
  spikes: count,
  inputSpikes: count,
  synapticOperations: count,
  hops: count,
});

const events = { rows: amount, synapticOperations: amount, hops: amount };
const parts = z.union([
  z.object({ idle: amount, ...events }),
  // What came before the idle power had its name.
  z.object({ leakage: amount, ...events }).transform(({ leakage, ...rest }) => ({ idle: leakage, ...rest })),
]);
const known = plainQuantitySchema.extend({
  parts: parts.exactOptional(),
  tickMs: z.number().positive().exactOptional(),
});

/** An energy apart from its parts and from the length of a tick that it holds for. */
function split(energy: z.output<typeof known> | Unknown) {
  if ('unknown' in energy) return { energyUj: energy, energyParts: undefined, tickMs: 1 };
  const { parts: energyParts, tickMs = 1, ...energyUj } = energy;
  return { energyUj, energyParts, tickMs };
}

const measures = z
  .object({
    samples: z.number().int().min(1),
    cores: count,
    ticksPerSample: amount,
    latencyTicks: amount,
    counters,
    energyUj: z.union([unknownQuantitySchema, known]),
    coreSpikes: z.array(amount),
    coreSynapticOperations: z.array(amount),
  })
  .transform(({ samples, cores, ticksPerSample, latencyTicks, energyUj: energy, ...run }) => {
    const { energyUj, energyParts, tickMs } = split(energy);
    return {
      cores,
      time: timeOf(ticksPerSample, latencyTicks, KHZ / tickMs),
      metrics: countersOf(run.counters),
      energyUj,
      energyParts: energyParts === undefined ? [] : partsOf(energyParts, run.counters, samples),
      loads: loadsOf(run.counters, run.coreSpikes, run.coreSynapticOperations),
    };
  });

/** Files of version 3 know the ticks of a sample, not the ticks at which its input starts and its output ends. */
const timingOf = (period: number, latency: number) => ({ period, inputStart: 0, outputStart: latency, outputTicks: 0 });

const timeOf = (period: number, latency: number, tickHz: number) =>
  sampleTime({ timing: timingOf(period, latency), spec: { tickHz } });

const layer = z.object({
  name: z.string(),
  scheme: z.enum(['direct', 'gated', 'partial', 'count', 'merge']),
  fanIn: count,
  nIn: count,
  nOut: count,
  cores: count,
  partialCores: count,
  splitterCores: count,
  copies: count,
  window: count,
  ticks: count,
  axonUse: z.number().min(0).max(1),
  neuronUse: z.number().min(0).max(1),
  limitedBy: z.string(),
});

const view = z
  .object({
    kind: z.literal('program-view'),
    name: z.string(),
    chip: z.string(),
    gridWidth: side,
    gridHeight: side,
    faultyCores: z.array(z.tuple([count, count])),
    nClasses: z.number().int().min(1),
    x: z.array(count),
    y: z.array(count),
    coreLayer: z.array(z.number().int().min(-1)),
    coreRole: z.array(z.enum(['layer', 'partial', 'splitter', 'timer'])),
    layers: z.array(layer),
    periodTicks: count,
    latencyTicks: count,
  })
  .transform(({ name, chip, gridWidth, gridHeight, faultyCores, nClasses, x, y, ...rest }) =>
    trueNorthView({
      kind: 'truenorth',
      name,
      // Programs of version 3 did not say how long a tick is; their chips had 1,000 per second unless a spec file said otherwise.
      spec: { name: chip, gridWidth, gridHeight, faultyCores, tickHz: KHZ },
      timing: timingOf(rest.periodTicks, rest.latencyTicks),
      outputs: { nClasses },
      cores: { nCores: x.length, x, y },
      coreLayer: rest.coreLayer,
      coreRole: rest.coreRole,
      layers: rest.layers,
    }),
  );

/** See {@link OlderResults}. */
export const olderTrueNorthResults: OlderResults = { target: 'truenorth', measures, view };
