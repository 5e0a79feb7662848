/** The objects that `--json` of the commands of RANC-style chips prints. */
import { z } from 'zod';
import { count, objectOf, output } from '../../../cli/json/parts.js';

/** By command. */
export const RANC_JSON = [
  objectOf('ranc-run', {
    cores: count,
    outputs: count,
    ticks: count,
    packets: count,
    spikes: count,
    vanished: count,
    dropped: count,
    firstDropped: z.strictObject({ tick: count, x: count, y: count, axon: count }).optional(),
    duplicates: count,
    busDuplicates: count,
    synapticOperations: count,
    compared: count,
    equal: z.boolean().nullable(),
    firstDifference: z
      .strictObject({ row: count, column: count, expected: count.nullable(), actual: count.nullable() })
      .nullable(),
    output: output.nullable(),
  }),
  objectOf('ranc-export', {
    name: z.string(),
    cores: count,
    grid: z.tuple([count, count]),
    outputs: count,
    samples: count,
    packets: count,
    ticks: count,
    output,
  }),
  objectOf('ranc-scores', {
    network: z.string(),
    data: z.string(),
    samples: count,
    correct: count,
    mismatches: count,
    predictions: z.array(count),
  }),
];
