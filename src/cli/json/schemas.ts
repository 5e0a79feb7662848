/** The object that `--json` prints, command by command. Those of one kind of chip are in its folder. */
import { z } from 'zod';
import { REGISTRY } from '../../chips/registry.js';
import { JSON_VERSION } from '../json-envelope.js';
import type { ObjectSchema } from './object-schema.js';
import { amount, anyObject, count, diagnostic, measures, objectOf, onChip, output, share } from './parts.js';

const interval = z.tuple([amount, amount]);

const point = z.looseObject({ chips: count, accuracies: z.array(share), accuracyMean: share, interval });

const SHARED = [
  z.strictObject({
    kind: z.literal('lodestone-error'),
    version: z.literal(JSON_VERSION),
    errors: z.array(diagnostic).min(1),
  }),
  objectOf('train', {
    name: z.string(),
    history: z.array(anyObject),
    validationAccuracy: share.optional(),
    validation: anyObject.optional(),
    seed: count,
    noise: z.array(z.string()).optional(),
    output,
  }),
  objectOf('quantize', {
    name: z.string(),
    layers: z.array(z.strictObject({ id: z.string(), weights: count, inputs: count.optional(), macs: count })),
    samples: count,
    before: anyObject,
    after: anyObject,
    search: anyObject.optional(),
    output,
  }),
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
  objectOf('inspect', {
    name: z.string(),
    dialect: z.enum(['float', 'integer']),
    parameters: count,
    macs: count,
    nodes: z.array(
      z.strictObject({
        id: z.string(),
        kind: z.string(),
        shape: z.array(count),
        parameters: count,
        macs: count,
      }),
    ),
  }),
  objectOf('compile', {
    ...onChip,
    ...measures,
    layers: anyObject,
    passes: z.array(z.looseObject({ pass: z.string(), statistics: z.record(z.string(), z.number()) })),
    printed: z.string().optional(),
    output: output.nullable(),
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
    scope: anyObject.optional(),
    voltage: anyObject.optional(),
  }),
  objectOf('sweep', {
    name: z.string(),
    target: onChip.target.optional(),
    chip: onChip.chip.optional(),
    data: z.string(),
    points: z.array(z.union([point, z.looseObject({ volts: amount, ber: share, accuracy: point })])),
    seed: count,
  }),
  objectOf('chip', {
    name: z.string().optional(),
    target: z.string().optional(),
    chip: z.string().optional(),
    spec: anyObject.optional(),
    parameters: z.array(z.looseObject({ path: z.string(), value: z.string(), status: z.string() })).optional(),
    costs: z.record(z.string(), anyObject).optional(),
    chips: z.array(z.strictObject({ chip: z.string(), preset: z.string(), what: z.string() })).optional(),
  }),
  objectOf('report', { output, bytes: count, results: count, noisePoints: count }),
  objectOf('diff', {
    name: z.string(),
    chip: z.string(),
    files: z.strictObject({ a: z.string(), b: z.string() }),
    pairs: z.array(anyObject),
    noise: z.array(anyObject),
    onlyA: z.array(z.string()),
    onlyB: z.array(z.string()),
    gates: z.array(anyObject),
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
      z.looseObject({ id: z.string(), published: amount, ours: amount.nullable(), ok: z.boolean().nullable() }),
    ),
    mismatches: z.array(z.strictObject({ network: z.string(), mismatches: count })),
    freeConstants: z.array(z.looseObject({ id: z.string(), value: amount, fittedOn: z.array(z.string()) })),
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
    failures: z.array(anyObject).optional(),
    output: output.optional(),
    files: z.array(z.string()).optional(),
  }),
  objectOf('study-report', { name: z.string(), output, files: z.array(z.string()) }),
  objectOf('completion', { shell: z.string(), script: z.string() }),
] as const;

/** Every object, by its `kind`. */
export async function jsonSchemas(): Promise<ReadonlyMap<string, z.ZodType>> {
  const own = await Promise.all(REGISTRY.map(async ({ jsonSchemas: load }) => (load === undefined ? [] : load())));
  const all: readonly ObjectSchema[] = [...SHARED, ...own.flat()];
  return new Map(all.map((schema) => [schema.shape.kind.value, schema]));
}
