/** The objects that `--json` of the commands of TrueNorth-style chips prints. */
import { z } from 'zod';
import { amount, count, objectOf, onChip } from '../../../cli/json/parts.js';

/** A packet that decides how short a tick may be. */
const packet = z.strictObject({
  tick: count,
  core: count,
  neuron: count,
  targetCore: count,
  delay: count,
  sendNs: amount,
  distanceNs: amount,
  waitNs: amount,
  arrivalNs: amount,
});

/** By command. */
export const TRUENORTH_JSON = [
  objectOf('timing', {
    ...onChip,
    data: z.string(),
    samples: count,
    model: z.enum(['event', 'clocked']),
    ticks: count,
    ticksPerSample: count,
    packets: count,
    maxCoreEvents: count,
    coreNs: z.strictObject({ max: amount, mean: amount, cycles: count.nullable() }),
    meshCycles: z.strictObject({ mean: amount, max: amount, zeroLoadMean: amount, cycleNs: amount }),
    deadline: z.strictObject({
      tickNs: amount,
      met: z.boolean(),
      missedPackets: count,
      lateTicks: count,
      slackNs: amount.nullable(),
    }),
    fastest: z.strictObject({
      tickNs: amount,
      ticksPerSecond: amount,
      samplesPerSecond: amount,
      limitedBy: z.enum(['core', 'core of a packet', 'distance', 'contention']),
      packet: packet.nullable(),
      overlapping: z.boolean(),
    }),
    edges: z.array(z.strictObject({ edge: z.string(), spikesPerTick: count, tick: count, budget: amount.nullable() })),
    constants: z.array(
      z.strictObject({
        name: z.string(),
        value: amount,
        unit: z.string(),
        status: z.string(),
        source: z.string(),
      }),
    ),
  }),
  objectOf('truenorth-run', {
    ticks: count,
    spikes: count,
    compared: count,
    equal: z.boolean().nullable(),
    firstDifference: z.strictObject({ tick: count, core: count, neuron: count, potential: z.int() }).nullable(),
    cores: count,
    engine: z.string(),
    seed: count,
  }),
  objectOf('truenorth-export', {
    cores: count,
    inputPins: count,
    outputPins: count,
    files: z.array(z.string()),
  }),
];
