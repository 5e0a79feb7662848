/** The shape of a specification; what a schema cannot say is checked in spec.ts. docs/studies/README.md describes every field. */
import { z } from 'zod';
import { lookUp } from '../common/check-schema.js';
import { faultNameSchema as effect } from '../ir/faults/level-schemas.js';
import { optionalScopeFields as scope } from '../ir/faults/scope.js';
import { IMPORT_KEYS, importTextSchema } from '../data/model-file.js';

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

const bits = z.literal([1, 2, 3, 4, 5, 6, 7, 8]);
/** As `lodestone quantize` does it: the first training images calibrate, squared error chooses the ranges, a scale per output channel. */
const quantiseAfter = z.strictObject({
  weights: bits,
  activations: bits.default(8),
  /** Bits of the weights of single layers. */
  layers: z.record(z.string().min(1), bits).default({}),
});
/** Distortions without draws. */
const projection = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('round'), bits: z.int().min(2).max(8) }),
  z.strictObject({ kind: z.literal('sign') }),
  z.strictObject({ kind: z.literal('power'), beta: z.number().min(0) }),
]);
/** What is done to a network after its training, in this order. */
const givenVariant = z.strictObject({ project: projection.exactOptional(), quantise: quantiseAfter.exactOptional() });

const given = z
  .strictObject({
    family: name,
    /** Each a network; in the folder of the specification. */
    files: z.array(z.string().min(1)).min(1).exactOptional(),
    /** One network, with variants; in the folder of `--models`. */
    model: z.string().min(1).exactOptional(),
    import: importTextSchema.exactOptional(),
    dataset: z.string().min(1),
    /** Of the model and of the files that its import names. */
    sha256: z.record(z.string().min(1), z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits')).exactOptional(),
    /** Where the files are from. */
    source: z.string().min(1).exactOptional(),
    variants: z
      .record(name, givenVariant)
      .refine((variants) => Object.keys(variants).length > 0, 'at least one is needed')
      .exactOptional(),
  })
  .refine(({ files, model }) => (files === undefined) !== (model === undefined), 'give files or model, one of them')
  .refine(
    ({ files, sha256, variants }) => files === undefined || (sha256 === undefined && variants === undefined),
    'sha256 and variants belong to model, not to files',
  );

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
const bitsPart = z.strictObject({
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

const fields = {
  name,
  // Chip i of a study has the seed `seed` * 65536 + i.
  seed: z
    .int()
    .min(0)
    .max(2 ** 36),
  chips: z.int().min(1).max(1000),
  images: z.int().min(1).max(1_000_000),
  networks: z.array(trained).default([]),
  models: z.array(given).default([]),
  faults: z.array(faults).default([]),
  layers: z.array(layers).default([]),
  cores: z.array(cores).default([]),
  bits: z.array(bitsPart).default([]),
  voltage: z.array(voltage).default([]),
  countermeasures: z.array(countermeasures).default([]),
  quantise: z.strictObject({ bits }).exactOptional(),
  compile: compile.exactOptional(),
};
/** With distortions of one group of networks. */
const plainSpec = z.strictObject({ ...fields, distortions: distortions.exactOptional() });
/** With a list of such: a union of both would not say what is wrong in which. */
const groupedSpec = z.strictObject({ ...fields, distortions: z.array(distortions).exactOptional() });

/** The schema of a specification that is written like this. */
export const specSchemaFor = (value: unknown): z.ZodType<SpecText> =>
  Array.isArray(lookUp(value, ['distortions'])) ? groupedSpec : plainSpec;

/** Keys that may be meant when another is written. */
export const KNOWN_KEYS: readonly string[] = [
  plainSpec,
  variant,
  trained,
  given,
  givenVariant,
  quantiseAfter,
  ...projection.options,
  distortions,
  effects,
  faults,
  cores,
  bitsPart,
  voltage,
  voltageRow,
  measure,
  countermeasures,
]
  .flatMap((schema) => Object.keys(schema.shape))
  .concat(IMPORT_KEYS);

/** A specification as it is written. */
export type SpecText = z.infer<typeof plainSpec> | z.infer<typeof groupedSpec>;
/** An entry of `networks`: to be trained. */
export type TrainedEntry = z.infer<typeof trained>;
/** An entry of `models`: trained already. */
export type GivenEntry = z.infer<typeof given>;
/** What is done to a given network. */
export type GivenVariant = z.infer<typeof givenVariant>;
/** How the recipe of an entry is changed. */
export type Variant = z.infer<typeof variant>;
/** A row of a voltage table. */
export type VoltageRow = z.infer<typeof voltageRow>;
/** A countermeasure. */
export type Measure = z.infer<typeof measure>;
