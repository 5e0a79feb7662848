/** What became of a point, as the journal holds it. */
import { z } from 'zod';
import { requestSchema } from './request.js';

/** The machine's part of a result: it differs from run to run, nothing else does. */
export const hostSchema = z.strictObject({
  machine: z.string(),
  /** When the point was done, ISO 8601. */
  at: z.string(),
  seconds: z.number(),
  compileSeconds: z.number().exactOptional(),
  runSeconds: z.number().exactOptional(),
  cpuSeconds: z.number(),
  peakMiB: z.number(),
});
/** The machine's part of a result. */
export type PointHost = z.infer<typeof hostSchema>;

/** What was measured, a function of the request and the version. */
export const measuredSchema = z.strictObject({
  /** refused: it does not fit the chip, or is no network for it; dropped: a constraint fails before it runs. */
  status: z.enum(['measured', 'refused', 'dropped']),
  metrics: z.record(z.string(), z.number()),
  /** 95 % intervals of measures that vary with images or chips, and bands of those that the cost model is unsure of. */
  intervals: z.record(z.string(), z.tuple([z.number(), z.number()])),
  /** Measures that are not known, and why. */
  unknown: z.record(z.string(), z.string()),
  /** Why there is no more. */
  reason: z.string().exactOptional(),
  /** Samples decided as labelled, of one chip or of all. */
  correct: z.int().exactOptional(),
  samples: z.int().exactOptional(),
  /** Digest of all class scores, of each chip. */
  scores: z.array(z.string()).exactOptional(),
});
/** What was measured. */
export type PointMeasured = z.infer<typeof measuredSchema>;

/** A point in the journal: its manifest. */
export const recordSchema = z.strictObject({
  /** Name of its network and chip in the experiment, for people. */
  network: z.string(),
  target: z.string(),
  request: requestSchema,
  /** Versions of the program and of Node. */
  version: z.string(),
  node: z.string(),
  measured: measuredSchema,
  host: hostSchema,
});
/** A point in the journal. */
export type PointRecord = z.infer<typeof recordSchema>;
