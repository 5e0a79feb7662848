/**
 * The result file: what `lodestone run` and `lodestone sweep` save and `lodestone report` reads. JSON, one object.
 */
import { z } from 'zod';
import { checkSchema } from '../common/check-schema.js';
import { fail } from '../common/diagnostics.js';
import { QUANTITY_STATUSES } from '../common/quantity.js';
import { FAULT_NAMES } from '../ir/faults/catalogue.js';
import { noiseSchema } from '../ir/faults/levels.js';
import { scopeSchema } from '../ir/faults/scope.js';
import type { NoisePoint, RunResult } from '../ir/trace/run-result.js';
import type { NorthPoleCounters } from '../ir/trace/northpole-counters.js';
import type { NorthPoleLayerRow } from '../ir/trace/northpole-layer-row.js';
import type { ProgramView } from './program-view.js';

/** Version of the result file; a reader accepts exactly its own. */
export const RESULT_VERSION = 3;

/** Content of a result file. */
export interface ResultFile {
  readonly kind: 'lodestone-results';
  readonly version: typeof RESULT_VERSION;
  readonly results: readonly RunResult[];
  readonly programs: readonly ProgramView[];
  readonly noise: readonly NoisePoint[];
  /** Command lines that made it. */
  readonly commands: readonly string[];
}

const share = z.number().min(0).max(1);
const count = z.number().int().min(0);
const amount = z.number().min(0);
const interval = z.tuple([z.number(), z.number()]);
const plainQuantity = z.object({
  value: z.number(),
  unit: z.string(),
  source: z.string(),
  status: z.enum(QUANTITY_STATUSES),
  low: z.number().exactOptional(),
  high: z.number().exactOptional(),
  nodeNm: amount.exactOptional(),
  volts: amount.exactOptional(),
});
const unknownQuantity = z.object({ unknown: z.literal(true), reason: z.string() });

const eventParts = { rows: amount, synapticOperations: amount, hops: amount };
const energyParts = z.union([
  z.object({ idle: amount, ...eventParts }),
  // Files written before the idle power had its name.
  z.object({ leakage: amount, ...eventParts }).transform(({ leakage, ...events }) => ({ idle: leakage, ...events })),
]);
const energy = z.union([plainQuantity.extend({ parts: energyParts.exactOptional() }), unknownQuantity]);

const counters = z.object({
  ticks: count,
  coreTicks: count,
  rows: count,
  spikes: count,
  inputSpikes: count,
  synapticOperations: count,
  hops: count,
});

const runFields = {
  kind: z.literal('run-result'),
  name: z.string(),
  chip: z.string(),
  data: z.string(),
  samples: z.number().int().min(1),
  correct: count,
  accuracy: share,
  accuracyInterval: interval,
  accuracyInteger: share,
  accuracyFloat: share.exactOptional(),
  mismatches: count,
  seconds: amount,
  samplesPerSecond: amount,
  cores: count,
  seed: count,
  workers: count,
  engine: z.string(),
  noise: noiseSchema,
  scope: scopeSchema.exactOptional(),
};

const trueNorthResult = z.object({
  ...runFields,
  target: z.literal('truenorth'),
  ticksPerSample: amount,
  latencyTicks: amount,
  coreTicks: count,
  spikes: count,
  synapticOperations: count,
  counters,
  energyUj: energy,
  coreSpikes: z.array(amount),
  coreSynapticOperations: z.array(amount),
});

const byPrecision = z.object({ 8: amount, 4: amount, 2: amount, 1: amount });
const traffic = z.object({ bytes: amount, byteHops: amount });
const northPoleCounters: z.ZodType<NorthPoleCounters> = z.object({
  frames: count,
  cycles: count,
  macs: byPrecision,
  vmmCycles: byPrecision,
  memoryBytes: z.object({ activationRead: amount, weightRead: amount, dataRead: amount, dataWrite: amount }),
  networks: z.object({ model: traffic, partialSum: traffic, activation: traffic, instruction: traffic }),
  vectorOperations: amount,
  packets: amount,
});

const northPoleResult = z.object({
  ...runFields,
  target: z.literal('northpole'),
  batch: count,
  cycles: count,
  clockMhz: amount,
  framesPerSecond: amount,
  latencyUs: amount,
  utilisation: share,
  counters: northPoleCounters,
  bytesMoved: z.object({
    model: amount,
    partialSum: amount,
    activation: amount,
    instruction: amount,
    memory: amount,
  }),
  energyUj: z.union([plainQuantity, unknownQuantity]),
  energyParts: z.record(z.string(), amount),
  watts: z.union([plainQuantity, unknownQuantity]),
});

const runResult: z.ZodType<RunResult> = z.discriminatedUnion('target', [trueNorthResult, northPoleResult]);

const layer = z.object({
  name: z.string(),
  scheme: z.enum(['direct', 'gated', 'partial', 'count', 'merge']),
  fanIn: count,
  nIn: count,
  nOut: count,
  cores: count,
  partialCores: count,
  splitterCores: count,
  copies: count,
  window: count,
  ticks: count,
  axonUse: share,
  neuronUse: share,
  limitedBy: z.string(),
});

const trueNorthView = z
  .object({
    kind: z.literal('program-view'),
    name: z.string(),
    chip: z.string(),
    gridWidth: z.number().int().min(1).max(65536),
    gridHeight: z.number().int().min(1).max(65536),
    faultyCores: z.array(z.tuple([count, count])),
    nClasses: z.number().int().min(1),
    x: z.array(count),
    y: z.array(count),
    coreLayer: z.array(z.number().int().min(-1)),
    coreRole: z.array(z.enum(['layer', 'partial', 'splitter', 'timer'])),
    layers: z.array(layer),
    periodTicks: count,
    latencyTicks: count,
  })
  .refine((view) => [view.y, view.coreLayer, view.coreRole].every((list) => list.length === view.x.length), {
    message: 'x, y, coreLayer and coreRole must have one entry per core',
  });

const northPoleRow: z.ZodType<NorthPoleLayerRow> = z.object({
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

const northPoleView = z.object({
  kind: z.literal('northpole-view'),
  name: z.string(),
  chip: z.string(),
  gridWidth: z.number().int().min(1).max(65536),
  gridHeight: z.number().int().min(1).max(65536),
  nClasses: z.number().int().min(1),
  batch: z.number().int().min(1),
  cycles: z.number().int().min(1),
  clockMhz: z.number().positive(),
  layers: z.array(northPoleRow),
});

const programView: z.ZodType<ProgramView> = z.discriminatedUnion('kind', [trueNorthView, northPoleView]);

const noisePoint: z.ZodType<NoisePoint> = z.object({
  network: z.string(),
  // Files written before there were sweeps of other chips.
  target: z.enum(['truenorth', 'northpole']).default('truenorth'),
  distortion: z.enum(FAULT_NAMES),
  level: amount,
  chips: z.number().int().min(1),
  accuracies: z.array(share).min(1),
  accuracyMean: share,
  accuracyStd: amount,
  interval,
});

const resultFile: z.ZodType<ResultFile> = z.strictObject({
  kind: z.literal('lodestone-results'),
  version: z.literal(RESULT_VERSION),
  results: z.array(runResult),
  programs: z.array(programView),
  noise: z.array(noisePoint),
  commands: z.array(z.string()),
});

const REMEDY = 'write it again with `lodestone run ... -o FILE` or `lodestone sweep ... -o FILE`';

/** The text of a result file. */
export function encodeResultFile(content: Omit<ResultFile, 'kind' | 'version'>): string {
  return `${JSON.stringify({ kind: 'lodestone-results', version: RESULT_VERSION, ...content }, null, 1)}\n`;
}

/**
 * Reads a result file.
 * @throws UserError with every problem when the text is not a result file of this version.
 */
export function decodeResultFile(text: string, place: string): ResultFile {
  const value = parseJson(text, place);
  const header = z.object({ kind: z.literal('lodestone-results'), version: z.number() }).safeParse(value);
  if (!header.success) fail('not-a-result-file', place, 'this is not a Lodestone result file', REMEDY);
  if (header.data.version !== RESULT_VERSION) {
    const message = `the result file has version ${header.data.version}, this program reads version ${RESULT_VERSION}`;
    fail('result-version', place, message, REMEDY);
  }
  return checkSchema(resultFile, value, place, REMEDY, ['kind', 'version', 'results', 'programs', 'noise', 'commands']);
}

function parseJson(text: string, place: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'not JSON';
    return fail('not-json', place, `this is not a complete JSON file: ${reason}`, REMEDY);
  }
}
