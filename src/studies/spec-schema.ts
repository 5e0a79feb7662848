/** The shape of a specification; what a schema cannot say is checked in spec.ts. docs/studies/README.md describes every field. */
import { z } from 'zod';
import { faultNameSchema as effect } from '../ir/faults/level-schemas.js';
import { optionalScopeFields as scope } from '../ir/faults/scope.js';

/** Names are parts of file names and of patterns. */
const NAME = /^[a-z0-9][a-z0-9-]{0,30}$/;
const name = z.string().regex(NAME, 'lower case letters, digits and - only, at most 31');
/** Names of networks, `*` stands for any text. */
const patterns = z.array(z.string().min(1)).min(1);
/** As in `--chip`. */
const chip = z.string().min(1);

const level = z.number().min(0);

const variant = z.strictObject({
  /** As in a recipe; its check reports what is wrong. */
  weights: z.unknown().optional(),
  training: z.record(z.string(), z.unknown()).exactOptional(),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).exactOptional(),
});

const trained = z.strictObject({
  family: name,
  recipe: z.string().min(1),
  datasets: z.array(z.string().min(1)).min(1),
  trainingImages: z.int().min(1).exactOptional(),
  training: z.record(z.string(), z.unknown()).exactOptional(),
  variants: z.record(name, variant).refine((variants) => Object.keys(variants).length > 0, 'at least one is needed'),
});

const given = z.strictObject({
  family: name,
  files: z.array(z.string().min(1)).min(1),
  dataset: z.string().min(1),
});

const levels = z.array(level).min(1);
const effects = z.strictObject({
  additive: levels.exactOptional(),
  multiplicative: levels.exactOptional(),
  uniformLog: levels.exactOptional(),
  power: levels.exactOptional(),
  round: levels.exactOptional(),
  sign: z.literal(true).exactOptional(),
  stochastic: z.literal(true).exactOptional(),
});

const distortions = z.strictObject({ networks: patterns, effects });
const faults = z.strictObject({ chip, networks: patterns, effect, levels, ...scope });
const layers = z.strictObject({
  chip,
  networks: patterns,
  effect,
  level,
  memories: scope.memories,
  protectedBits: scope.protectedBits,
});
const cores = z.strictObject({ ...layers.shape, atMost: z.int().min(1).exactOptional() });
const bits = z.strictObject({
  chip,
  networks: patterns,
  effect,
  level,
  memories: scope.memories,
  layers: scope.layers,
  positions: z.array(z.int().min(0).max(63)).min(1).exactOptional(),
});
const voltageRow = z.strictObject({
  volts: z.number().positive().max(10),
  ber: z.number().min(0).max(1),
  energyScale: z.number().positive().max(1000),
});
const voltage = z.strictObject({
  chip,
  networks: patterns,
  table: z.union([z.string().min(1), z.array(voltageRow).min(1)], {
    error: 'must be the path of a table, or rows { volts: above 0, ber: 0..1, energyScale: above 0 }',
  }),
});
const measure = z
  .strictObject({
    network: z.string().min(1).exactOptional(),
    ensemble: z.array(z.string().min(1)).min(2).max(64).exactOptional(),
    ...scope,
  })
  .refine((m) => m.network === undefined || m.ensemble === undefined, 'give network or ensemble, not both');
const countermeasures = z.strictObject({
  chip,
  effect,
  levels,
  baseline: z.string().min(1),
  memories: scope.memories,
  measures: z.record(name, measure).refine((m) => Object.keys(m).length > 0, 'at least one is needed'),
});

/** Options are checked by the chip, see compiling.ts. */
const compile = z.record(z.string(), z.looseObject({ spec: z.string().min(1).exactOptional() }));

/** A specification as it is written. */
export const specSchema = z.strictObject({
  name,
  /** Chip i of a study has the seed `seed` * 65536 + i. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 36),
  chips: z.int().min(1).max(1000),
  images: z.int().min(1).max(1_000_000),
  networks: z.array(trained).default([]),
  models: z.array(given).default([]),
  distortions: distortions.exactOptional(),
  faults: z.array(faults).default([]),
  layers: z.array(layers).default([]),
  cores: z.array(cores).default([]),
  bits: z.array(bits).default([]),
  voltage: z.array(voltage).default([]),
  countermeasures: z.array(countermeasures).default([]),
  quantise: z.strictObject({ bits: z.literal([1, 2, 3, 4, 5, 6, 7, 8]) }).exactOptional(),
  compile: compile.exactOptional(),
});

/** Keys that may be meant when another is written. */
export const KNOWN_KEYS: readonly string[] = [
  specSchema,
  variant,
  trained,
  given,
  distortions,
  effects,
  faults,
  cores,
  bits,
  voltage,
  voltageRow,
  measure,
  countermeasures,
].flatMap((schema) => Object.keys(schema.shape));

/** A specification as it is written. */
export type SpecText = z.infer<typeof specSchema>;
/** An entry of `networks`: to be trained. */
export type TrainedEntry = z.infer<typeof trained>;
/** An entry of `models`: trained already. */
export type GivenEntry = z.infer<typeof given>;
/** How the recipe of an entry is changed. */
export type Variant = z.infer<typeof variant>;
/** A row of a voltage table. */
export type VoltageRow = z.infer<typeof voltageRow>;
/** A countermeasure. */
export type Measure = z.infer<typeof measure>;
