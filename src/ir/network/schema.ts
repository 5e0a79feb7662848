import { z } from 'zod';
import { FUNCTION_NAMES } from './functions.js';
import { transformsSchema } from './preprocess.js';
import type { Readout } from './readout.js';
import { type InputCode, type NetworkGraph, QUANTISER_ROUNDINGS, ROUNDINGS } from './types.js';

/** Bounds on what a file may claim; far above any network a simulated chip holds. */
const MAX_NODES = 4096;
const MAX_DIMENSION = 1 << 20;
const MAX_ELEMENTS = 1 << 28;
const MAX_STEP_SECONDS = 1e9;

const id = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}$/, 'letters, digits and _ . / - only, at most 128');
const dimension = z.int().min(1).max(MAX_DIMENSION);
const shapeOfRank = (rank: number): z.ZodType<readonly number[]> =>
  z
    .array(dimension)
    .min(1)
    .max(rank)
    .refine((s) => s.reduce((p, n) => p * n, 1) <= MAX_ELEMENTS, 'too many elements');
const shape = shapeOfRank(3);
/** Values on the way between two layers may have more dimensions than images. */
const anyShape = shapeOfRank(6);
const int8 = z.instanceof(Int8Array);
const int16 = z.instanceof(Int16Array);
const int32 = z.instanceof(Int32Array);
const uint8 = z.instanceof(Uint8Array);
const NOT_FINITE = 'holds NaN or infinity; every parameter must be a finite number';
const float64 = z.instanceof(Float64Array).refine((a) => a.every((v) => Number.isFinite(v)), NOT_FINITE);
const float32 = z.instanceof(Float32Array).refine((a) => a.every((v) => Number.isFinite(v)), NOT_FINITE);
const weights = z.union([int8, float32], 'must be an Int8Array or a Float32Array of finite numbers');
const positive = z.number().positive();
const positives = float64.refine((a) => a.every((v) => v > 0), 'time constants must be positive');
/** Steps that a value may be held; a minute of milliseconds. */
const MAX_DELAY = 65535;
const integerDecay = z
  .strictObject({ multiplier: int32, shift: z.int().min(0).max(16) })
  .refine(
    ({ multiplier, shift }) => multiplier.every((m) => m >= 0 && m <= 2 ** shift),
    'multipliers must be within 0..2^shift',
  );
/** Integers that every chip's registers hold. */
const int32Value = z.int().min(-2147483648).max(2147483647);
const bitWidth = z.literal([1, 2, 3, 4, 5, 6, 7, 8]);
const linear = {
  nOut: dimension,
  weights,
  weightBits: bitWidth.exactOptional(),
  weightZeroPoint: int8.exactOptional(),
  scale: float64.refine((a) => a.every((v) => v > 0), 'every scale must be positive').exactOptional(),
  bias: float64.exactOptional(),
};
const pair = z.tuple([z.int().min(1).max(4096), z.int().min(1).max(4096)]);
const padding = z.tuple([
  z.int().min(0).max(4096),
  z.int().min(0).max(4096),
  z.int().min(0).max(4096),
  z.int().min(0).max(4096),
]);
const window2d = { window: pair, stride: pair, padding };
const unary = { id, input: id };

/** How an image becomes spikes or integers, as files hold it. */
export const inputCodeSchema: z.ZodType<InputCode> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('threshold'), level: z.int().min(0).max(256) }),
  z.strictObject({ kind: z.literal('rate'), bits: z.int().min(1).max(8) }),
  z.strictObject({ kind: z.literal('thermometer'), levels: z.array(z.int().min(0).max(256)).min(1).max(255) }),
  z.strictObject({ kind: z.literal('bernoulli'), ticks: z.int().min(1).max(255) }),
  z.strictObject({
    kind: z.literal('integer'),
    bits: z.int().min(1).max(8),
    zeroPoint: z.int().min(0).max(255),
    step: positive,
  }),
]);

/** Operations of a readout, of the network and of a program. */
export const readoutSteps: z.ZodType<NonNullable<Readout['steps']>> = z
  .array(
    z
      .strictObject({ kind: z.enum(['add', 'multiply', 'divide']), by: float64 })
      .refine(({ kind, by }) => kind !== 'divide' || by.every((v) => v !== 0), 'divides by 0'),
  )
  .min(1)
  .max(MAX_NODES);

const node = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('input'), id, shape }),
  z.strictObject({ kind: z.literal('encode'), ...unary, code: inputCodeSchema }),
  z.strictObject({ kind: z.literal('dense'), ...unary, ...linear }),
  z.strictObject({
    kind: z.literal('blockDense'),
    ...unary,
    blocks: z
      .array(z.strictObject({ inputs: int32, nOut: dimension, weights: int8 }))
      .min(1)
      .max(65536),
  }),
  z.strictObject({
    kind: z.literal('conv2d'),
    ...unary,
    ...window2d,
    ...linear,
    groups: dimension,
    padValue: z.int().min(-128).max(255),
    dilation: pair.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('batchNorm'),
    ...unary,
    gamma: float64,
    beta: float64,
    mean: float64,
    variance: float64.refine((a) => a.every((v) => v >= 0), 'variance must not be negative'),
    epsilon: z.number().min(0).max(1),
  }),
  z.strictObject({ kind: z.literal('sign'), ...unary }),
  z.strictObject({ kind: z.literal('step'), ...unary }),
  z.strictObject({ kind: z.literal('relu'), ...unary }),
  z.strictObject({
    kind: z.literal('quantise'),
    ...unary,
    step: positive,
    bits: bitWidth,
    signed: z.boolean(),
    levels: z.tuple([int32Value, int32Value]).exactOptional(),
    rounding: z.literal([...QUANTISER_ROUNDINGS]).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('clip'), ...unary, min: z.number(), max: z.number() }),
  z.strictObject({
    kind: z.literal('function'),
    ...unary,
    function: z.literal([...FUNCTION_NAMES]),
    parameters: float64.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('maxPool'), ...unary, ...window2d, minChannels: uint8.exactOptional() }),
  z.strictObject({
    kind: z.literal('avgPool'),
    ...unary,
    ...window2d,
    counted: padding.exactOptional(),
    factor: z.int().min(1).max(2147483647).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('sumPool'), ...unary, ...window2d }),
  z.strictObject({ kind: z.literal('flatten'), ...unary }),
  z.strictObject({ kind: z.literal('threshold'), ...unary, theta: int32, sense: uint8 }),
  z.strictObject({
    kind: z.literal('requantise'),
    ...unary,
    inputZeroPoint: int32Value,
    leftShift: z.int().min(0).max(31),
    multiplier: int32.refine((a) => a.every((m) => m >= 1), 'multipliers must be at least 1'),
    shift: uint8.refine((a) => a.every((s) => s <= 62), 'shifts must be within 0..62'),
    addend: float64.refine((a) => a.every((v) => Number.isSafeInteger(v)), 'addends must be integers').exactOptional(),
    zeroPoint: int32Value,
    min: int32Value,
    max: int32Value,
    rounding: z.literal([...ROUNDINGS]),
  }),
  z.strictObject({
    kind: z.literal('lookup'),
    ...unary,
    inputMin: int32Value,
    table: int16.refine((a) => a.length >= 1 && a.length <= 256, 'a table has 1 to 256 entries'),
  }),
  z.strictObject({ kind: z.literal('add'), id, inputs: z.tuple([id, id]) }),
  z.strictObject({ kind: z.literal('multiply'), id, inputs: z.tuple([id, id]) }),
  z.strictObject({ kind: z.literal('extremum'), id, of: z.literal(['max', 'min']), inputs: z.tuple([id, id]) }),
  z.strictObject({
    kind: z.literal('rearrange'),
    ...unary,
    shape: anyShape,
    index: int32.exactOptional(),
    fill: z.number().exactOptional(),
  }),
  z.strictObject({ kind: z.literal('concat'), id, inputs: z.array(id).min(2).max(MAX_NODES) }),
  z.strictObject({
    kind: z.literal('embedding'),
    ...unary,
    by: z.union([z.literal('value'), z.literal('position')]),
    nOut: dimension,
    table: weights,
    scale: positive.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('rmsNorm'),
    ...unary,
    gain: float64,
    fraction: z.int().min(0).max(26),
    min: int32Value,
    max: int32Value,
  }),
  z.strictObject({
    kind: z.literal('attention'),
    id,
    inputs: z.tuple([id, id, id]),
    heads: dimension,
    context: dimension,
    scale: positive.exactOptional(),
    multiplier: z.int().min(1).max(2147483647).exactOptional(),
    shift: z.int().min(0).max(62).exactOptional(),
    expTable: uint8.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('neuron'),
    ...unary,
    membrane: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('none') }),
      z.strictObject({ kind: z.literal('integrate'), r: float64 }),
      z.strictObject({ kind: z.literal('leaky'), tau: positives, r: float64, leak: float64 }),
    ]),
    synapse: z.strictObject({ tau: positives, weight: float64 }).exactOptional(),
    spike: z
      .strictObject({
        threshold: float64,
        compare: z.literal(['above', 'atLeast']),
        reset: z
          .discriminatedUnion('kind', [
            z.strictObject({ kind: z.literal('value'), value: float64 }),
            z.strictObject({ kind: z.literal('subtract') }),
          ])
          .exactOptional(),
      })
      .exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('integerNeuron'),
    ...unary,
    bits: z.int().min(2).max(32),
    synapse: integerDecay.exactOptional(),
    decay: integerDecay.exactOptional(),
    leak: int32.exactOptional(),
    spike: z
      .strictObject({
        threshold: int32,
        reset: z.discriminatedUnion('kind', [
          z.strictObject({ kind: z.literal('value'), value: int32 }),
          z.strictObject({ kind: z.literal('subtract'), amount: int32 }),
        ]),
      })
      .exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('delay'),
    ...unary,
    shape: anyShape,
    steps: int32.refine((a) => a.every((n) => n >= 1 && n <= MAX_DELAY), `delays must be within 1..${MAX_DELAY} steps`),
  }),
  z.strictObject({ kind: z.literal('votes'), ...unary, nClasses: z.int().min(1).max(65536) }),
  z.strictObject({
    kind: z.literal('scores'),
    ...unary,
    steps: readoutSteps.exactOptional(),
    scale: float64.exactOptional(),
    offset: float64.exactOptional(),
  }),
]);

/** Every node kind a network file may hold. */
export const NODE_KINDS: readonly string[] = node.options.map((option) => option.shape.kind.value);

/** A field of a layer as files hold it. */
export interface NodeField {
  readonly name: string;
  readonly isOptional: boolean;
}

/** The fields of every kind of layer, `id`, `kind` and inputs included. */
export const NODE_FIELDS: ReadonlyMap<string, readonly NodeField[]> = new Map(
  node.options.map(({ shape }) => [
    shape.kind.value,
    Object.entries(shape).map(([name, field]) => ({ name, isOptional: field._zod.optin === 'optional' })),
  ]),
);

/** The structure of a network: which fields, of which types, within which bounds. Meaning is the verifier's business. */
export const networkSchema: z.ZodType<NetworkGraph> = z.strictObject({
  name: z.string().min(1).max(200),
  dialect: z.union([z.literal('float'), z.literal('integer')]),
  nodes: z.array(node).min(1).max(MAX_NODES),
  preprocessing: transformsSchema.exactOptional(),
  time: z.strictObject({ step: positive.max(MAX_STEP_SECONDS) }).exactOptional(),
});
