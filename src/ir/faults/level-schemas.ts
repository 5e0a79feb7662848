/** Schemas of levels and names of faults in files. */
import { z } from 'zod';
import { byFault, FAULT_NAMES, type FaultName, isFaultName } from './catalogue.js';
import { type NoiseSpec, unknownText } from './levels.js';

/** Levels in a file; one written before a fault existed had none of it. */
export const noiseSchema: z.ZodType<NoiseSpec> = z.object(
  byFault(({ limit }) => z.number().min(0).max(limit).default(0)),
);

/** A name of a fault in a file, with the nearest one where there is none. */
export const faultNameSchema = z.string().transform((text, context): FaultName => {
  if (isFaultName(text)) return text;
  const message = `${unknownText(text)} (${FAULT_NAMES.join(', ')})`;
  context.issues.push({ code: 'custom', message, input: text });
  return z.NEVER;
});
