/**
 * The result file: what `lodestone run` and `lodestone sweep` save and `lodestone report` reads. JSON, one object. It knows no chip: what a
 * chip says of a run (measures) and of a program (view) has one form for all.
 */
import { z } from 'zod';
import { hasBit, textToBits } from '../common/bit-text.js';
import { checkSchema } from '../common/check-schema.js';
import { fail } from '../common/diagnostics.js';
import { plainQuantitySchema, quantitySchema } from '../common/quantity-schema.js';
import { faultNameSchema, noiseSchema } from '../ir/faults/level-schemas.js';
import { scopeSchema } from '../ir/faults/scope.js';
import type { ChipMeasures } from '../ir/trace/measures.js';
import type { OlderResults } from '../ir/trace/older-results.js';
import type { ProgramView } from '../ir/trace/program-view.js';
import type { ProgramOrigin } from '../ir/trace/origin.js';
import type { NoisePoint, RunResult } from '../ir/trace/run-result.js';
import { type Waveform, waveformSchema } from '../ir/trace/waveform.js';
import { OLDER_VERSION, upgradeResultFile } from './older-result-file.js';

/** Version of the result files that are written. */
export const RESULT_VERSION = 4;

/** Content of a result file. */
export interface ResultFile {
  readonly kind: 'lodestone-results';
  readonly version: typeof RESULT_VERSION;
  readonly results: readonly RunResult[];
  readonly programs: readonly ProgramView[];
  readonly noise: readonly NoisePoint[];
  /** What was recorded of cores; absent in files of older programs. */
  readonly probes?: readonly Waveform[];
  /** Where the numbers come from, one per program; absent in files of older programs. */
  readonly origins?: readonly ProgramOrigin[];
  /** Command lines that made it. */
  readonly commands: readonly string[];
}

const share = z.number().min(0).max(1);
const count = z.number().int().min(0);
const amount = z.number().min(0);
const interval = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low <= high, 'the low end of an interval is above its high end');
const side = z.number().int().min(1).max(65_536);
const index = z.number().int().min(-1);

const time = z.object({
  unit: z.string().min(1),
  perSample: amount,
  latency: amount,
  unitSeconds: plainQuantitySchema,
});

const measures = {
  cores: count,
  time,
  metrics: z.record(
    z.string(),
    z.object({ label: z.string(), value: z.number(), unit: z.string(), text: z.string().exactOptional() }),
  ),
  energyUj: quantitySchema,
  energyParts: z.array(z.object({ name: z.string(), value: z.number(), fixed: z.boolean(), events: z.string() })),
  watts: quantitySchema.exactOptional(),
  loads: z.array(z.object({ label: z.string(), unit: z.string(), values: z.array(amount) })),
} satisfies { readonly [K in keyof Required<ChipMeasures>]: z.ZodType };

/** What counts and shares say together. */
const isConsistent = (run: Omit<RunResult, 'scope'>): boolean =>
  run.correct <= run.samples &&
  run.mismatches <= run.samples &&
  Math.abs(run.accuracy - run.correct / run.samples) < 1e-9 &&
  (run.outcomes === undefined || countOf(run.outcomes, run.samples) === run.correct) &&
  run.accuracyInterval[0] <= run.accuracy + 1e-9 &&
  run.accuracy - 1e-9 <= run.accuracyInterval[1];

/** Samples that the outcomes say are right; undefined where they are not those of as many samples. */
function countOf(outcomes: string, samples: number): number | undefined {
  const bits = textToBits(outcomes, samples);
  if (bits === undefined) return undefined;
  let correct = 0;
  for (let s = 0; s < samples; s++) correct += hasBit(bits, s) ? 1 : 0;
  return correct;
}

const runResult: z.ZodType<RunResult> = z
  .object({
    kind: z.literal('run-result'),
    name: z.string(),
    target: z.string().min(1),
    chip: z.string(),
    data: z.string(),
    samples: z.number().int().min(1),
    correct: count,
    accuracy: share,
    accuracyInterval: interval,
    accuracyInteger: share,
    accuracyFloat: share.exactOptional(),
    mismatches: count,
    outcomes: z.base64().exactOptional(),
    seed: count,
    engine: z.string(),
    noise: noiseSchema,
    scope: scopeSchema.exactOptional(),
    host: z.object({ seconds: amount, samplesPerSecond: amount, workers: count }),
    ...measures,
  })
  .refine(isConsistent, 'samples, correct, mismatches, outcomes, accuracy and its interval contradict each other');

const floorPlan = z
  .object({
    gridWidth: side,
    gridHeight: side,
    faultyCores: z.array(z.tuple([count, count])),
    x: z.array(count),
    y: z.array(count),
    layer: z.array(index),
    role: z.array(count),
    layers: z.array(z.string()),
    roles: z.array(z.string()),
  })
  .refine(({ x, y, layer, role }) => [y, layer, role].every((list) => list.length === x.length), {
    message: 'x, y, layer and role must have one entry per core',
  });

const viewSteps = z
  .object({
    title: z.string(),
    gridWidth: side,
    gridHeight: side,
    steps: z.array(z.object({ label: z.string(), text: z.string(), cores: z.string() })),
    use: z.object({
      timeUnit: z.string(),
      lengths: z.array(amount),
      part: z.string(),
      busy: z.array(z.array(amount)),
      memory: z.array(z.array(amount)),
      memoryBytes: amount,
    }),
    note: z.string(),
  })
  .refine(
    ({ gridWidth, gridHeight, steps }) =>
      steps.every(({ cores }) => textToBits(cores, gridWidth * gridHeight) !== undefined),
    { message: 'cores must have one bit per core of the grid' },
  )
  .refine(
    ({ gridWidth, gridHeight, steps, use }) =>
      use.lengths.length === steps.length &&
      [use.busy, use.memory].every(
        (all) => all.length === steps.length && all.every((own) => own.length === gridWidth * gridHeight),
      ),
    { message: 'use must have one value per step, and per core of the grid', path: ['use'] },
  );

const viewTracks = z
  .object({
    title: z.string(),
    timeUnit: z.string(),
    steps: z.array(z.object({ label: z.string(), length: amount })),
    tracks: z.array(
      z.object({ label: z.string(), unit: z.string(), values: z.array(amount), limit: amount.exactOptional() }),
    ),
    note: z.string(),
  })
  .refine(({ steps, tracks }) => tracks.every(({ values }) => values.length === steps.length), {
    message: 'every track must have one value per step',
  });

const programView: z.ZodType<ProgramView> = z.object({
  kind: z.literal('program-view'),
  target: z.string().min(1),
  name: z.string(),
  chip: z.string(),
  nClasses: z.number().int().min(1),
  cores: count,
  time,
  lead: z.string(),
  layers: z
    .object({
      columns: z.array(
        z.object({
          title: z.string(),
          short: z.string().exactOptional(),
          isDetail: z.boolean().exactOptional(),
          align: z.enum(['text', 'number']),
        }),
      ),
      rows: z.array(z.array(z.string())),
      note: z.string(),
    })
    .refine(({ columns, rows }) => rows.every((row) => row.length === columns.length), {
      message: 'every row must have one cell per column',
    }),
  timeBar: z
    .object({
      title: z.string(),
      unit: z.string(),
      pieces: z.array(z.object({ label: z.string(), value: amount, group: z.string() })),
      groups: z.array(z.string()),
      note: z.string(),
    })
    .exactOptional(),
  floorPlan: floorPlan.exactOptional(),
  steps: viewSteps.exactOptional(),
  tracks: z.array(viewTracks).exactOptional(),
});

const noisePoint: z.ZodType<NoisePoint> = z
  .object({
    network: z.string(),
    target: z.string().min(1),
    distortion: faultNameSchema,
    level: amount,
    chips: z.number().int().min(1),
    accuracies: z.array(share).min(1),
    accuracyMean: share,
    accuracyStd: amount,
    interval,
  })
  .refine(({ chips, accuracies }) => accuracies.length === chips, 'there must be one accuracy per chip');

const checksum = z.string().regex(/^[0-9a-f]{64}$/, 'it must be 64 hexadecimal digits');
const origin: z.ZodType<ProgramOrigin> = z.object({
  name: z.string(),
  target: z.string().min(1),
  chip: z.string(),
  lodestone: z.string(),
  modelSha256: checksum.exactOptional(),
  programSha256: checksum,
});

const SHAPE = {
  kind: z.literal('lodestone-results'),
  version: z.literal(RESULT_VERSION),
  results: z.array(runResult),
  programs: z.array(programView),
  noise: z.array(noisePoint),
  probes: z.array(waveformSchema).exactOptional(),
  origins: z.array(origin).exactOptional(),
  commands: z.array(z.string()),
};
const resultFile: z.ZodType<ResultFile> = z.strictObject(SHAPE);

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
  const { value, version } = parseFile(text, place);
  return checkFile(value, version, place);
}

/**
 * Reads a result file of this version or of the one before; the chips are asked for where they are needed.
 * @throws UserError with every problem when the text is no such file.
 */
export async function readResultFile(
  text: string,
  place: string,
  chips: () => Promise<readonly OlderResults[]>,
): Promise<ResultFile> {
  const { value, version } = parseFile(text, place);
  if (version !== OLDER_VERSION) return checkFile(value, version, place);
  const request = { version: RESULT_VERSION, place, remedy: REMEDY, chips: await chips() };
  return checkFile(upgradeResultFile(value, request), RESULT_VERSION, place);
}

function parseFile(text: string, place: string): { readonly value: unknown; readonly version: number } {
  const value = parseJson(text, place);
  const header = z.object({ kind: z.literal('lodestone-results'), version: z.number() }).safeParse(value);
  if (!header.success) return fail('not-a-result-file', place, 'this is not a Lodestone result file', REMEDY);
  return { value, version: header.data.version };
}

function checkFile(value: unknown, version: number, place: string): ResultFile {
  if (version !== RESULT_VERSION) {
    const message = `the result file has version ${version}, this program reads versions ${OLDER_VERSION} and ${RESULT_VERSION}`;
    const made = commandsOf(value).map((command) => `\`${command}\``);
    fail('result-version', place, message, made.length === 0 ? REMEDY : `run again what made it: ${made.join(', ')}`);
  }
  const file = checkSchema(resultFile, value, place, REMEDY, Object.keys(SHAPE));
  if (file.results.length + file.programs.length + file.noise.length + (file.probes?.length ?? 0) === 0) {
    fail('empty-result', place, 'it holds no result, no program and no noise: there is nothing to show', REMEDY);
  }
  return file;
}

/** The commands that made a file of any version. */
function commandsOf(value: unknown): readonly string[] {
  const found = z.object({ commands: z.array(z.string()) }).safeParse(value);
  return found.success ? found.data.commands : [];
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
