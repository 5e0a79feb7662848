import { z } from 'zod';

/** What the test process is asked: run these files after `changed` was written; paths relative to its root. */
export const requestSchema = z.object({ changed: z.string(), files: z.array(z.string()) });

/** Its answer: a file that failed, if one did, and the seconds of each that passed. */
export const answerSchema = z.object({
  failed: z.string().optional(),
  /** What it said. */
  why: z.string().optional(),
  seconds: z.record(z.string(), z.number()),
});

/** See `requestSchema`. */
export type TestRequest = z.infer<typeof requestSchema>;

/** See `answerSchema`. */
export type TestAnswer = z.infer<typeof answerSchema>;
