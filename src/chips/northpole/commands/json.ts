/** The objects that `--json` of the commands of NorthPole-style chips prints. */
import { z } from 'zod';
import { amount, anyObject, count, objectOf, onChip, output, quantity } from '../../../cli/json/parts.js';

/** By command. */
export const NORTHPOLE_JSON = [
  objectOf('timeline', { ...onChip, cycles: count, output }),
  objectOf('sums', {
    ...onChip,
    noise: z.record(z.string(), amount).optional(),
    n: count,
    tokensPerSequence: count,
    accuracy: anyObject,
    mismatches: count,
    compared: count,
    cyclesPerToken: amount,
    microsecondsPerToken: amount,
    tokensPerSecond: amount,
    energyPerToken: quantity,
    cacheBytes: z.array(z.strictObject({ core: count, bytes: count })),
    examples: z.array(z.string()),
    seed: count,
  }),
];
