/** What the objects of `--json` are made of. */
import { z } from 'zod';
import { plainQuantitySchema, unknownQuantitySchema } from '../../common/quantity-schema.js';
import { JSON_VERSION } from '../json-envelope.js';

/** A count, 0 or more. */
export const count = z.int().min(0);
/** A share, 0..1. */
export const share = z.number().min(0).max(1);
/** A number of a band, of seconds, of anything. */
export const amount = z.number();
/** Any object of numbers, texts and lists: a spec, whose fields are the parameters of its kind of chip. */
export const anyObject = z.record(z.string(), z.json());
/** The path a file or folder was written to. */
export const output = z.string().describe('path that was written');

/** A finding: an error or a warning. */
export const diagnostic = z.strictObject({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  place: z.string(),
  message: z.string(),
  remedy: z.string(),
});

/** A physical number, with its band, process and supply where they are known. */
export const known = z.strictObject(plainQuantitySchema.shape);
/** Why a number is unknown. */
export const unknown = z.strictObject(unknownQuantitySchema.shape);
/** Either. */
export const quantity = z.union([known, unknown]);
/** Both ends of a 95 % interval. */
export const interval = z.tuple([amount, amount]);

/** The network; the kind of chip as in `--chip`; the chip by the name of its spec. */
export const onChip = { name: z.string(), target: z.string(), chip: z.string() };

/** What a program or a run measures on its chip, without the loads of its cores. */
export const measures = {
  cores: count,
  time: z.strictObject({ unit: z.string(), perSample: amount, latency: amount, unitSeconds: known }),
  metrics: z.record(
    z.string(),
    z.strictObject({ label: z.string(), value: z.number(), unit: z.string(), text: z.string().optional() }),
  ),
  energyUj: quantity,
  energyParts: z.array(z.strictObject({ name: z.string(), value: z.number(), fixed: z.boolean(), events: z.string() })),
  watts: quantity.optional(),
};

/** The object of a command: `kind` is its words. */
export const objectOf = <S extends z.ZodRawShape>(command: string, fields: S) =>
  z.strictObject({
    kind: z.literal(`lodestone-${command}`),
    version: z.literal(JSON_VERSION),
    ...fields,
    warnings: z.array(diagnostic),
    host: z
      .strictObject({
        seconds: z.number().min(0),
        machine: z.string(),
        workers: z.int().min(1).optional(),
        samplesPerSecond: z.number().min(0).optional(),
        expectedSeconds: z.number().min(0).optional().describe('of the whole, by some samples'),
        backend: z.string().optional().describe('of the tensor library'),
      })
      .describe('all that differs from run to run and from machine to machine'),
  });
