/** The objects that `--json` of the commands of TrueNorth-style chips prints. */
import { z } from 'zod';
import { amount, anyObject, count, objectOf, onChip } from '../../../cli/json/parts.js';

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
    coreNs: anyObject,
    meshCycles: anyObject,
    deadline: anyObject,
    fastest: anyObject,
    edges: z.array(anyObject),
    constants: z.array(z.looseObject({ name: z.string(), value: amount, unit: z.string(), status: z.string() })),
  }),
  objectOf('truenorth-run', {
    ticks: count,
    spikes: count,
    compared: count,
    equal: z.boolean().nullable(),
    firstDifference: anyObject.nullable(),
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
