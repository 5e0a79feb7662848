/** Quantities of untrusted origin. */
import { z } from 'zod';
import { QUANTITY_STATUSES, type Quantity, type Unknown } from './quantity.js';

const amount = z.number().min(0);

/** The fields of a known quantity, for schemas that hold more. */
export const plainQuantitySchema = z.object({
  value: z.number(),
  unit: z.string(),
  source: z.string(),
  status: z.enum(QUANTITY_STATUSES),
  low: z.number().exactOptional(),
  high: z.number().exactOptional(),
  nodeNm: amount.exactOptional(),
  volts: amount.exactOptional(),
}) satisfies z.ZodType<Quantity>;

/** A number that is not known. */
export const unknownQuantitySchema = z.object({
  unknown: z.literal(true),
  reason: z.string(),
}) satisfies z.ZodType<Unknown>;

/** Either. */
export const quantitySchema = z.union([unknownQuantitySchema, plainQuantitySchema]);
