/** The object that `--json` prints, command by command. Those of one kind of chip are in its folder. */
import { z } from 'zod';
import { REGISTRY } from '../../chips/registry.js';
import { STAGES } from '../../flow/preflight.js';
import { FAULT_NAMES } from '../../ir/faults/catalogue.js';
import { optionalScopeFields } from '../../ir/faults/scope.js';
import { WAVE_KINDS } from '../../ir/trace/waveform.js';
import { CAUSES } from '../../ir/trace/layer-comparison.js';
import { JSON_VERSION } from '../json-envelope.js';
import { CONFORM_SCHEMAS } from './conform-schema.js';
import type { ObjectSchema } from './object-schema.js';
import { quantizeSchema } from './quantize-schema.js';
import {
  amount,
  anyObject,
  count,
  diagnostic,
  interval,
  known,
  measures,
  objectOf,
  onChip,
  output,
  quantity,
  share,
  unknown,
} from './parts.js';

/** Numbers of a network, and the bits that they need. */
const stored = z.strictObject({ count, bits: count });

/** Accuracies of several chips at one level. */
const chips = {
  network: z.string(),
  chips: count,
  accuracies: z.array(share),
  accuracyMean: share,
  accuracyStd: z.number().min(0),
  interval,
};
const noisePoint = z.strictObject({ ...chips, target: z.string(), distortion: z.enum(FAULT_NAMES), level: amount });
const distortionPoint = z.strictObject({
  ...chips,
  samples: count,
  distortion: z.union([
    z.strictObject({ kind: z.enum(['additive', 'multiplicative']), sigma: amount }),
    z.strictObject({ kind: z.literal('uniformLog'), gamma: amount }),
    z.strictObject({ kind: z.literal('power'), beta: amount }),
    z.strictObject({ kind: z.literal('round'), bits: count }),
    z.strictObject({ kind: z.enum(['sign', 'stochastic']) }),
  ]),
  effectiveBits: z.strictObject({ gaussianChannel: quantity, mutualInformation: quantity }).optional(),
});
/** What a table of voltages says of one. */
const supply = { volts: amount, ber: share, energyScale: amount, table: z.string() };
const voltagePoint = z.strictObject({ ...supply, accuracy: noisePoint, energyUj: quantity });

const scope = z.strictObject(optionalScopeFields);
const answers = { exactAnswers: share, tokens: share };
/** A number, or why there is none. */
const perhaps = z.union([amount, unknown]);
const table = z.strictObject({
  columns: z.array(
    z.strictObject({
      title: z.string(),
      short: z.string().optional(),
      isDetail: z.boolean().optional(),
      align: z.enum(['text', 'number']),
    }),
  ),
  rows: z.array(z.array(z.string())),
  note: z.string(),
});

const changes = z.record(
  z.string(),
  z.strictObject({
    label: z.string(),
    unit: z.string(),
    a: perhaps.nullable(),
    b: perhaps.nullable(),
    difference: perhaps,
    relative: perhaps,
  }),
);
const diffSide = z.strictObject({
  name: z.string(),
  target: z.string(),
  chip: z.string(),
  data: z.string(),
  samples: count,
  noise: z.string(),
  engine: z.string(),
  seed: count,
});
const pointSide = z.strictObject({ name: z.string(), target: z.string(), chips: count });

const comparedProgram = z.strictObject({ file: z.string(), name: z.string(), chip: z.string(), cores: count });
const gridPlace = z.tuple([count, count]);

const tolerance = z.union([
  z.strictObject({ kind: z.enum(['absolute', 'relative']), value: amount }),
  z.strictObject({ kind: z.enum(['atLeast', 'atMost', 'none']) }),
]);

/** Where two networks part. */
const parting = z.strictObject({
  sample: count,
  layer: z.string(),
  channel: count,
  element: count,
  before: z.number(),
  after: z.number(),
  cause: z.enum(CAUSES),
  note: z.string().optional(),
});
/** A layer in two forms, or why one has no values. */
const deviation = z.union([
  z.strictObject({
    largest: z.number().min(0),
    mean: z.number().min(0),
    equal: share,
    elements: count,
    parts: parting.optional(),
  }),
  z.strictObject({ unseen: z.string() }),
]);

const SHARED = [
  z.strictObject({
    kind: z.literal('lodestone-error'),
    version: z.literal(JSON_VERSION),
    errors: z.array(diagnostic).min(1),
  }),
  objectOf('train', {
    name: z.string(),
    history: z.array(
      z.union([
        z.strictObject({ epoch: count, loss: amount, accuracy: share, validationAccuracy: share }),
        z.strictObject({ step: count, loss: amount, ...answers }),
      ]),
    ),
    validationAccuracy: share.optional(),
    validation: z.strictObject(answers).optional(),
    seed: count,
    noise: z.array(z.string()).optional(),
    output,
  }),
  quantizeSchema,
  objectOf('import', {
    name: z.string(),
    format: z.string(),
    dialect: z.enum(['float', 'integer']),
    operators: z.array(
      z.strictObject({
        name: z.string(),
        operator: z.string(),
        layers: z.array(z.string()),
        fidelity: z.enum(['exact', 'approximate', 'dropped']),
        note: z.string().optional(),
      }),
    ),
    output: output.nullable(),
  }),
  objectOf('export', {
    name: z.string(),
    format: z.enum(['qonnx', 'tfjs']),
    layers: count,
    operators: count,
    tensors: count,
    bytes: count,
    files: z.array(z.string()),
    output,
  }),
  objectOf('inspect', {
    name: z.string(),
    dialect: z.enum(['float', 'integer']),
    parameters: count,
    macs: count,
    weights: stored.extend({ zeros: count }),
    constants: stored,
    values: stored.extend({ most: count, mostAt: z.string() }),
    nodes: z.array(
      z.strictObject({
        id: z.string(),
        kind: z.string(),
        inputs: z.array(z.string()),
        shape: z.array(count),
        parameters: count,
        macs: count,
        weights: stored.extend({ width: count, isReal: z.boolean(), zeros: count }).nullable(),
        constants: stored,
        values: stored.extend({ width: count, isReal: z.boolean() }),
      }),
    ),
  }),
  objectOf('compile', {
    ...onChip,
    ...measures,
    layers: table,
    passes: z.array(z.strictObject({ pass: z.string(), statistics: z.record(z.string(), z.number()) })),
    alternatives: z.array(z.strictObject({ title: z.string(), table })).optional(),
    printed: z.string().optional(),
    output: output.nullable(),
  }),
  objectOf('check', {
    ...onChip,
    fits: z.boolean(),
    stages: z.array(
      z.strictObject({
        stage: z.enum(STAGES),
        outcome: z.enum(['passed', 'stopped', 'not reached']),
        findings: z.array(diagnostic),
      }),
    ),
    program: z
      .strictObject({
        ...{ ...measures, layers: table },
        splits: z.array(z.strictObject({ layer: z.string(), why: z.string(), into: z.string(), cost: z.string() })),
      })
      .optional(),
  }),
  objectOf('compare', {
    ...onChip,
    data: z.string(),
    samples: count,
    file: z.string().describe('what evaluates the file, or why nothing does'),
    layers: z.array(
      z.strictObject({
        layer: z.string(),
        kind: z.string(),
        elements: count,
        integerLayer: z.string(),
        float: deviation,
        integer: deviation,
        chip: deviation,
      }),
    ),
    accuracy: z.strictObject({
      file: share.nullable(),
      float: share.nullable(),
      integer: share.nullable(),
      chip: share.nullable(),
    }),
    sameDecision: z.strictObject({ float: count.nullable(), integer: count.nullable() }),
    mismatches: count.nullable(),
    first: z.strictObject({ float: parting.nullable(), integer: parting.nullable(), chip: parting.nullable() }),
    report: output.nullable(),
  }),
  objectOf('run', {
    ...onChip,
    ...measures,
    data: z.string(),
    samples: count,
    correct: count,
    accuracy: share,
    accuracyInterval: interval,
    accuracyInteger: share.optional(),
    accuracyFloat: share.optional(),
    mismatches: count.optional(),
    seed: count,
    engine: z.string(),
    noise: z.record(z.string(), amount),
    scope: scope.optional(),
    voltage: z.strictObject(supply).optional(),
  }),
  objectOf('sweep', {
    name: z.string(),
    target: onChip.target.optional(),
    chip: onChip.chip.optional(),
    data: z.string(),
    points: z.array(z.union([noisePoint, distortionPoint, voltagePoint])),
    seed: count,
  }),
  ...CONFORM_SCHEMAS,
  objectOf('probe', {
    ...{ name: z.string(), target: z.string(), chip: z.string(), input: z.string(), core: z.tuple([count, count]) },
    ...{ unit: z.string(), from: count, to: count, model: z.string() },
    signals: z.array(
      z.strictObject({
        ...{ group: z.string(), name: z.string(), kind: z.enum(WAVE_KINDS) },
        ...{ changes: count, steps: count.nullable(), low: z.int(), high: z.int() },
      }),
    ),
    ...{ vcd: output.nullable(), save: output.nullable(), output: output.nullable() },
  }),
  objectOf('chip', {
    name: z.string().optional(),
    target: z.string().optional(),
    chip: z.string().optional(),
    spec: anyObject.optional(),
    parameters: z
      .array(
        z.strictObject({
          path: z.string(),
          value: z.string(),
          unit: z.string(),
          range: z.string(),
          status: z.string(),
          what: z.string(),
          source: z.string(),
          follows: z.literal(true).optional(),
        }),
      )
      .optional(),
    costs: z.record(z.string(), known).optional(),
    chips: z.array(z.strictObject({ chip: z.string(), preset: z.string(), what: z.string() })).optional(),
  }),
  objectOf('report', { output, bytes: count, results: count, noisePoints: count }),
  objectOf('diff', {
    name: z.string(),
    chip: z.string(),
    files: z.strictObject({ a: z.string(), b: z.string() }),
    pairs: z.array(
      z.strictObject({
        title: z.string(),
        a: diffSide,
        b: diffSide,
        accuracy: z.union([z.strictObject({ onlyA: count, onlyB: count, interval }), unknown]),
        metrics: changes,
      }),
    ),
    noise: z.array(
      z.strictObject({
        title: z.string(),
        a: pointSide,
        b: pointSide,
        distortion: z.enum(FAULT_NAMES),
        level: amount,
        interval: z.union([interval, unknown]),
        metrics: changes,
      }),
    ),
    onlyA: z.array(z.string()),
    onlyB: z.array(z.string()),
    programs: z
      .strictObject({
        a: comparedProgram,
        b: comparedProgram,
        layers: z.array(
          z.strictObject({
            layer: z.string(),
            role: z.string(),
            ...{ a: count, b: count, stayed: count, moved: count, added: count, gone: count },
          }),
        ),
        moves: z.array(z.strictObject({ layer: z.string(), role: z.string(), from: gridPlace, to: gridPlace })),
      })
      .optional()
      .describe('two programs in the place of results: where their cores stand'),
    gates: z.array(
      z.strictObject({
        gate: z.string(),
        subject: z.string(),
        verdict: z.enum(['passed', 'failed', 'undecided']),
        change: amount.nullable(),
        reason: z.string(),
      }),
    ),
    passed: z.boolean(),
  }),
  objectOf('data-list', {
    datasets: z.array(
      z.strictObject({
        name: z.string(),
        shape: z.array(count),
        classes: z.array(z.string()),
        splits: z.strictObject({ train: count, test: count }),
        folder: z.string().nullable(),
        get: z.string().nullable(),
        licence: z.string(),
        reference: z.string(),
      }),
    ),
  }),
  objectOf('data-fetch', { name: z.string(), folder: z.string(), wasThere: z.boolean() }),
  objectOf('validate', {
    ok: z.boolean(),
    rows: z.array(
      z.strictObject({
        id: z.string(),
        published: amount,
        ours: amount.nullable(),
        unit: z.string(),
        tolerance,
        ok: z.boolean().nullable(),
        status: z.enum(['validated', 'fitted', 'predicted', 'reported', 'misses']),
        fits: z.array(z.string()).optional(),
        band: z.strictObject({ low: amount, high: amount }).optional(),
        source: z.string(),
        note: z.string().optional(),
      }),
    ),
    mismatches: z.array(z.strictObject({ network: z.string(), mismatches: count })),
    freeConstants: z.array(known.extend({ id: z.string(), fittedOn: z.array(z.string()) })),
  }),
  objectOf('study-robustness', {
    name: z.string(),
    points: z.array(z.string()).optional(),
    seed: count.optional(),
    chips: count.optional(),
    images: count.optional(),
    networks: count.optional(),
    rows: count.optional(),
    golden: z.array(z.strictObject({ network: z.string(), target: z.string(), accuracy: share })).optional(),
    failures: z.array(z.strictObject({ part: z.string(), point: z.string(), message: z.string() })).optional(),
    output: output.optional(),
    files: z.array(z.string()).optional(),
  }),
  objectOf('study-report', { name: z.string(), output, files: z.array(z.string()) }),
  objectOf('explore', {
    name: z.string(),
    points: count,
    counts: z.record(z.string(), count).optional(),
    feasible: count.optional(),
    fronts: z.record(z.string(), z.array(count)).optional(),
    spent: z.string().optional(),
    output: output.optional(),
    files: z.array(z.string()).optional(),
    designs: z.array(z.string()).optional(),
    looked: count.optional(),
    refused: z.array(z.strictObject({ reason: z.string(), designs: count, example: z.string() })).optional(),
    samples: z.array(z.strictObject({ design: z.string(), outcome: z.string() })).optional(),
  }),
  objectOf('worker', { points: count }),
  objectOf('reproduce', {
    key: z.string(),
    network: z.string(),
    target: z.string(),
    status: z.string(),
    metrics: z.record(z.string(), z.number()),
    differences: z.array(z.strictObject({ field: z.string(), before: z.string(), after: z.string() })),
  }),
  objectOf('new-chip', { name: z.string(), like: z.string(), output, files: z.array(z.string()) }),
  objectOf('completion', { shell: z.string(), script: z.string() }),
] as const;

/** Every object, by its `kind`. */
export async function jsonSchemas(): Promise<ReadonlyMap<string, z.ZodType>> {
  const own = await Promise.all(REGISTRY.map(async ({ jsonSchemas: load }) => (load === undefined ? [] : load())));
  const all: readonly ObjectSchema[] = [...SHARED, ...own.flat()];
  return new Map(all.map((schema) => [schema.shape.kind.value, schema]));
}
