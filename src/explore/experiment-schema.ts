/** The shape of an experiment file; what a schema cannot say is checked in experiment.ts. docs/exploration.md describes every field. */
import { z } from 'zod';
import { IMPORT_KEYS, importTextSchema } from '../data/model-file.js';
import { SEARCH_NAMES } from './search/methods.js';

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
const name = z.string().regex(NAME, 'lower case letters, digits and - only, at most 64');

const scalar = z.union([z.number(), z.string().min(1).max(1000), z.boolean()]);
/** Values from one number to another: every `step`th, each `factor` times the one before, so many `levels`, or anything between. */
const range = z.strictObject({
  from: z.number(),
  to: z.number(),
  step: z.number().positive().exactOptional(),
  factor: z.number().gt(1).exactOptional(),
  levels: z.int().min(2).max(100_000).exactOptional(),
  scale: z.enum(['linear', 'log']).exactOptional(),
});
const fixed = z.strictObject({ fixed: z.unknown() });
/** A value, or how it varies: a list of values, a range, or an expression of other parameters, `= 2048 * vmm.outputs`. */
export const settingSchema = z.union([scalar, range, fixed, z.array(z.unknown()).min(1).max(100_000)], {
  error: 'must be a value, a list of values, { from, to }, { fixed: value } or "= expression"',
});
const setting = settingSchema;
const settings = z.record(z.string().min(1), setting);

const network = z.strictObject({
  /** The name of its file without it. */
  name: name.exactOptional(),
  /** A model file of ours or of another tool: beside the experiment file, or in the folder of --models. */
  model: z.string().min(1),
  dataset: z.string().min(1),
  import: importTextSchema.exactOptional(),
  /** Networks of one group are alternatives for one task: they share fronts. Its own name without it. */
  group: name.exactOptional(),
});

const voltageRow = z.strictObject({
  volts: z.number().positive().max(10),
  ber: z.number().min(0).max(1),
  energyScale: z.number().positive().max(1000),
});
const chip = z.strictObject({
  /** As in --chip. */
  chip: z.string().min(1),
  /** In results; the kind of chip without it. */
  name: name.exactOptional(),
  /** A preset or a spec file, from which `parameters` differ; the standard chip without it. */
  spec: z.string().min(1).exactOptional(),
  parameters: settings.default({}),
  compile: settings.default({}),
  faults: settings.default({}),
  /** Rows of a voltage table, each a supply: written here, or the path of a file. */
  voltage: z.union([z.string().min(1), z.array(voltageRow).min(1)]).exactOptional(),
  /** Bits of networks with real weights, which are quantised after training. */
  bits: z
    .strictObject({
      weights: setting.exactOptional(),
      activations: setting.exactOptional(),
      layers: settings.default({}),
    })
    .exactOptional(),
});

const robust = z.strictObject({
  /** Levels of faults by name. */
  faults: z.record(z.string(), z.number().min(0)),
  chips: z.int().min(1).max(1000).default(5),
});

const budget = z.strictObject({
  points: z.int().min(1).max(100_000_000).exactOptional(),
  minutes: z.number().positive().exactOptional(),
  joules: z.number().positive().exactOptional(),
  wattsPerCore: z.number().positive().exactOptional(),
});

const search = z.strictObject({
  method: z.enum(SEARCH_NAMES).default('grid'),
  /** Images of the rungs before the last one, which has all `images`: points that cannot get onto the front any more are left out. */
  rungs: z.array(z.int().min(1)).max(10).exactOptional(),
});

const limits = z.strictObject({
  seconds: z.number().positive().exactOptional(),
  memoryMiB: z.number().min(128).exactOptional(),
});

/** An experiment file. */
export const experimentSchema = z.strictObject({
  name,
  seed: z
    .int()
    .min(0)
    .max(2 ** 36)
    .default(1),
  images: z.int().min(1).max(1_000_000),
  networks: z.array(network).min(1).max(1000),
  chips: z.array(chip).min(1).max(100),
  /** Simulated chips of a point with faults. */
  chipsPerPoint: z.int().min(1).max(1000).default(5),
  robust: robust.exactOptional(),
  objectives: z.array(z.string().min(1)).min(1).max(6),
  constraints: z.array(z.string().min(1)).max(50).default([]),
  search: search.default({ method: 'grid' }),
  budget: budget.default({}),
  limits: limits.default({}),
});

/** An experiment as it is written. */
export type ExperimentText = z.infer<typeof experimentSchema>;
/** An entry of `networks`. */
export type NetworkEntry = ExperimentText['networks'][number];
/** An entry of `chips`. */
export type ChipEntry = ExperimentText['chips'][number];
/** A value, or how it varies. */
export type SettingText = z.infer<typeof setting>;
/** A range of values. */
export type RangeText = z.infer<typeof range>;

/** A range among settings. */
export const isRange = (text: SettingText): text is RangeText =>
  typeof text === 'object' && !Array.isArray(text) && 'from' in text;

/** Keys that may be meant when another is written. */
export const KNOWN_KEYS: readonly string[] = [
  experimentSchema,
  network,
  chip,
  robust,
  budget,
  search,
  limits,
  range,
  voltageRow,
]
  .flatMap((schema) => Object.keys(schema.shape))
  .concat(IMPORT_KEYS);
