/**
 * What a format of others cannot say about a network of ours, as texts in the metadata of its file (ONNX: ModelProto.metadata_props, tfjs:
 * userDefinedMetadata): that the input is bytes and by which code, names, preprocessing, and the digits of float64 numbers that float32 does not
 * hold. It only ever makes a file more exact or nicer to read: what it says is taken where the graph agrees with it.
 */
import { fromBase64, toBase64 } from '../../common/base64.js';
import { z } from 'zod';
import { fail } from '../../common/diagnostics.js';
import type { Transform } from '../../ir/network/preprocess.js';
import { transformsSchema } from '../../ir/network/preprocess.js';
import type { InputCode } from '../../ir/network/types.js';

/** First part of every key. */
export const METADATA_PREFIX = 'lodestone.';
/** {@link ExportedNetwork} and {@link ExactNumbers}. */
export const NETWORK_KEY = 'lodestone.network';
export const EXACT_KEY = 'lodestone.exact';

/** A layer of the exported network, and which of several equal forms it had. */
export interface ExportedLayer {
  readonly id: string;
  readonly kind: string;
  /** Fields that were left out, where the importer writes them: the narrowest width, the usual rounding. */
  readonly without?: readonly ('weightBits' | 'rounding' | 'scale')[] | undefined;
  /** What a convolution without padding would have been padded with. */
  readonly padValue?: number | undefined;
}

export interface ExportedNetwork {
  readonly version: 1;
  readonly name: string;
  /** The value of the graph that is the coded image, and the code of its bytes. */
  readonly input: { readonly value: string; readonly code: InputCode };
  readonly layers: readonly ExportedLayer[];
  readonly preprocessing?: readonly Transform[] | undefined;
}

/** Float64 numbers in little-endian base64, by the name of their tensor, or node and attribute, `batchNorm1:epsilon`. */
export type ExactNumbers = ReadonlyMap<string, Float64Array>;

const LIMIT = 4096;
const integer = (low: number, high: number): z.ZodInt => z.int().min(low).max(high);
const networkSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).max(200),
  input: z.strictObject({
    value: z.string().min(1).max(LIMIT),
    code: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('threshold'), level: integer(0, 256) }),
      z.strictObject({ kind: z.literal('rate'), bits: integer(1, 8) }),
      z.strictObject({
        kind: z.literal('integer'),
        bits: integer(1, 8),
        zeroPoint: integer(0, 255),
        step: z.number().positive(),
      }),
    ]),
  }),
  layers: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[A-Za-z_][A-Za-z0-9_./-]{0,127}$/),
        kind: z.string().max(32),
        without: z
          .array(z.enum(['weightBits', 'rounding', 'scale']))
          .max(3)
          .optional(),
        padValue: integer(-128, 255).optional(),
      }),
    )
    .max(LIMIT)
    .refine((layers) => new Set(layers.map(({ id }) => id)).size === layers.length, 'names must differ'),
  preprocessing: transformsSchema.optional(),
});
const exactSchema = z.record(z.string().max(LIMIT), z.string());

/** Typed arrays as { f64: base64 }. */
function withoutArrays(_: string, value: unknown): unknown {
  if (value instanceof Float64Array) return { f64: textOf(value) };
  return value instanceof Float32Array ? { f32: textOf(value) } : value;
}

function withArrays(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0 || typeof entry[1] !== 'string') return value;
  const [key, text] = entry;
  if (key === 'f64') return float64s(text);
  return key === 'f32' ? float32s(text) : value;
}

const textOf = (a: Float64Array | Float32Array): string =>
  toBase64(new Uint8Array(a.buffer, a.byteOffset, a.byteLength));

function float64s(text: string): Float64Array | undefined {
  const bytes = fromBase64(text);
  return bytes.length % 8 === 0 ? new Float64Array(bytes.buffer) : undefined;
}

function float32s(text: string): Float32Array | undefined {
  const bytes = fromBase64(text);
  return bytes.length % 4 === 0 ? new Float32Array(bytes.buffer) : undefined;
}

/** The texts of a file's metadata by their keys. */
export function writeMetadata(network: ExportedNetwork, exact: ExactNumbers): ReadonlyMap<string, string> {
  const numbers = Object.fromEntries([...exact].map(([name, values]) => [name, textOf(values)]));
  return new Map([
    [NETWORK_KEY, JSON.stringify(network, withoutArrays)],
    ...(exact.size === 0 ? [] : [[EXACT_KEY, JSON.stringify(numbers)] as const]),
  ]);
}

/** What an entry of the metadata says. @throws UserError for one that is not ours */
export function stated<T>(found: T | undefined, key: string, place: string): T {
  if (found !== undefined) return found;
  return fail(
    'bad-metadata',
    `${place}: metadata "${key}"`,
    'it is not what an export of this program writes',
    'export the network again, or remove the entry; then --input-range says what bytes mean',
  );
}

/** Reads {@link NETWORK_KEY}; undefined for a text that is none of ours. */
export function readNetworkMetadata(text: string): ExportedNetwork | undefined {
  return networkSchema.safeParse(parsed(text, withArrays)).data;
}

/** Reads {@link EXACT_KEY}; undefined for a text that is none of ours. */
export function readExactNumbers(text: string): ExactNumbers | undefined {
  const entries = exactSchema.safeParse(parsed(text)).data;
  if (entries === undefined) return undefined;
  const found = new Map<string, Float64Array>();
  for (const [name, base64] of Object.entries(entries)) {
    const values = float64s(base64);
    if (values?.every(Number.isFinite) !== true) return undefined;
    found.set(name, values);
  }
  return found;
}

function parsed(text: string, reviver?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch {
    return undefined;
  }
}
