import type { z } from 'zod';

/** The schema of an object with a `kind`. */
export type ObjectSchema = z.ZodObject<{ kind: z.ZodLiteral<string> }>;
