/** What goes over a queue: data, checked on both sides, and nothing that is executed. */
import { z } from 'zod';
import { measuredSchema } from '../evaluate/result.js';
import { requestSchema } from '../evaluate/request.js';

/** Largest content that travels, in bytes. */
export const MAX_CONTENT_BYTES = 2 ** 28;
/** Most contents that a point needs. */
const MAX_CONTENTS = 16;

const diagnostic = z.strictObject({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  place: z.string(),
  message: z.string(),
  remedy: z.string(),
});

/** Bytes that a point needs in the store, by their SHA-256. */
export const contentSchema = z.strictObject({
  /** Name and kind in the store. */
  key: z.string().regex(/^[0-9a-f]{32}$/),
  kind: z.enum(['lsn', 'samples']),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(0).max(MAX_CONTENT_BYTES),
});
/** Bytes that a point needs in the store. */
export type Content = z.infer<typeof contentSchema>;

/** A point on its way to a worker. */
export const taskSchema = z.strictObject({
  /** Of the program that asks: workers of others refuse it. */
  identity: z.string().max(400),
  request: requestSchema,
  contents: z.array(contentSchema).max(MAX_CONTENTS),
  setup: z.strictObject({
    data: z.record(z.string(), z.string()),
    constraints: z.array(z.string()),
  }),
  limits: z.strictObject({
    memoryMiB: z.number().positive().exactOptional(),
    seconds: z.number().positive().exactOptional(),
  }),
});
/** A point on its way to a worker. */
export type QueuedTask = z.infer<typeof taskSchema>;

/** What a worker answers: a measurement, or why there is none. */
export const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answer'),
    result: z.object({
      measured: measuredSchema,
      seconds: z.object({ compileSeconds: z.number().exactOptional(), runSeconds: z.number().exactOptional() }),
    }),
    seconds: z.number(),
    cpuSeconds: z.number(),
    peakMiB: z.number(),
    machine: z.string().max(400),
  }),
  z.strictObject({ kind: z.literal('lost'), reason: z.string() }),
  z.strictObject({ kind: z.literal('problem'), diagnostics: z.array(diagnostic) }),
  z.strictObject({ kind: z.literal('error'), message: z.string() }),
]);
/** What a worker answers. */
export type QueueAnswer = z.infer<typeof answerSchema>;
