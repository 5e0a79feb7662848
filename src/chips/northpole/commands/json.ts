/** The objects that `--json` of the commands of NorthPole-style chips prints. */
import { z } from 'zod';
import { amount, count, objectOf, onChip, output, quantity, share } from '../../../cli/json/parts.js';

/** Sums of a test that are right, and tokens. */
const answers = z.strictObject({ exactAnswers: share, tokens: share });

/** By command. */
export const NORTHPOLE_JSON = [
  objectOf('timeline', { ...onChip, cycles: count, output }),
  objectOf('sums', {
    ...onChip,
    noise: z.record(z.string(), amount).optional(),
    n: count,
    tokensPerSequence: count,
    accuracy: z.strictObject({ float: answers, integer: answers, chip: answers }),
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
