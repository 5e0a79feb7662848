/** Results of NorthPole-style chips in files of version 3. */
import { z } from 'zod';
import { quantitySchema } from '../../common/quantity-schema.js';
import type { NorthPoleCounters } from '../../ir/trace/northpole-counters.js';
import type { NorthPoleLayerRow } from '../../ir/trace/northpole-layer-row.js';
import type { OlderResults } from '../../ir/trace/older-results.js';
import { measuresOf } from './measures.js';
import type { NorthPolePerformance } from './performance.js';
import { viewOf } from './view.js';

const count = z.number().int().min(0);
const amount = z.number().min(0);
const share = z.number().min(0).max(1);
const side = z.number().int().min(1).max(65_536);

const byPrecision = z.object({ 8: amount, 4: amount, 2: amount, 1: amount });
const traffic = z.object({ bytes: amount, byteHops: amount });
const counters: z.ZodType<NorthPoleCounters> = z.object({
  frames: count,
  cycles: count,
  macs: byPrecision,
  vmmCycles: byPrecision,
  memoryBytes: z.object({ activationRead: amount, weightRead: amount, dataRead: amount, dataWrite: amount }),
  networks: z.object({ model: traffic, partialSum: traffic, activation: traffic, instruction: traffic }),
  vectorOperations: amount,
  packets: amount,
});

const performance: z.ZodType<NorthPolePerformance> = z.object({
  batch: z.number().int().min(1),
  cycles: z.number().int().min(1),
  clockMhz: z.number().positive(),
  framesPerSecond: amount,
  latencyUs: amount,
  utilisation: share,
  cores: count,
  counters,
  bytesMoved: z.object({ model: amount, partialSum: amount, activation: amount, instruction: amount, memory: amount }),
  energyUj: quantitySchema,
  energyParts: z.record(z.string(), amount),
  watts: quantitySchema,
});

const row: z.ZodType<NorthPoleLayerRow> = z.object({
  name: z.string(),
  kind: z.string(),
  shape: z.tuple([count, count, count]),
  weightBits: count,
  activationBits: count,
  cores: count,
  rows: count,
  columns: count,
  outGroups: count,
  inGroups: count,
  macs: count,
  cycles: count,
  utilisation: share,
  bound: z.enum(['compute', 'weights in', 'activations in', 'partial sums', 'vector unit', 'latency']),
  modelBytes: amount,
  partialSumBytes: amount,
  activationBytes: amount,
  instructionBytes: amount,
});

const largest = (rows: readonly NorthPoleLayerRow[]): number =>
  rows.reduce((most, { cores }) => Math.max(most, cores), 0);

const view = z
  .object({
    kind: z.literal('northpole-view'),
    name: z.string(),
    chip: z.string(),
    gridWidth: side,
    gridHeight: side,
    nClasses: z.number().int().min(1),
    batch: z.number().int().min(1),
    cycles: z.number().int().min(1),
    clockMhz: z.number().positive(),
    layers: z.array(row),
  })
  .transform(({ gridWidth, gridHeight, layers: rows, ...rest }) =>
    // Files of version 3 do not say which cores a layer runs on: the cores of the largest one.
    viewOf({ ...rest, rows, gridCores: gridWidth * gridHeight, cores: largest(rows) }),
  );

/** See {@link OlderResults}. */
export const olderNorthPoleResults: OlderResults = {
  target: 'northpole',
  measures: performance.transform(measuresOf),
  view,
};
