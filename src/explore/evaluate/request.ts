/** What is measured at a point, as plain data: all that decides its result, and nothing else. It crosses to processes, and to other machines. */
import { z } from 'zod';
import { contentKey } from '../../experiments/points/digest.js';
import type { Experiment } from '../experiment.js';
import { type Candidate, parametersOf, partOf, supplyOf } from '../space/candidate.js';
import type { Json } from '../space/setting.js';

const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(json), z.record(z.string(), json)]),
);
const digest = z.string().regex(/^[0-9a-f]{32}$/);
const levels = z.record(z.string(), z.number().min(0));
const count = z.int().min(1).max(1_000_000);
const bits = z.int().min(1).max(8);

/** The schema of a request. */
export const requestSchema = z.strictObject({
  /** Digests of the network and of its images. */
  model: digest,
  data: digest,
  images: count,
  /** Of a network with real weights, which is quantised first. */
  bits: z.strictObject({ weights: bits, activations: bits, layers: z.record(z.string(), bits) }).exactOptional(),
  chip: z.string(),
  /** A spec as its file says it, and what differs from it, by path. */
  base: z.record(z.string(), json),
  parameters: z.record(z.string(), json),
  compile: z.record(z.string(), json),
  faults: levels,
  /** Simulated chips of a point with faults. */
  chips: count,
  seed: z.int().min(0),
  supply: z.strictObject({ volts: z.number(), ber: z.number(), energyScale: z.number() }).exactOptional(),
  robust: z.strictObject({ faults: levels, chips: count }).exactOptional(),
});

/** What is measured at a point. */
export type PointRequest = z.infer<typeof requestSchema>;

/** Digests of a network and of its images. */
export interface NetworkDigests {
  readonly model: string;
  readonly data: string;
  /** Its weights are real numbers: bits are asked for. */
  readonly isReal: boolean;
}

/** The request of a design, for so many images. */
export function requestOf(
  { target, values }: Candidate,
  { seed, chipsPerPoint, robust }: Experiment,
  { model, data, isReal }: NetworkDigests,
  images: number,
): PointRequest {
  const supply = supplyOf(values);
  const asked = partOf(values, 'bits.');
  const numbers = (part: Readonly<Record<string, Json>>): Record<string, number> =>
    Object.fromEntries(Object.entries(part).map(([key, value]) => [key, Number(value)]));
  return {
    ...{ model, data, images },
    ...(isReal && asked['weights'] !== undefined
      ? {
          bits: {
            weights: Number(asked['weights']),
            activations: Number(asked['activations'] ?? 8),
            layers: numbers(partOf(values, 'bits.layers.')),
          },
        }
      : {}),
    ...{ chip: target.chip.name, base: target.base, parameters: parametersOf(values) },
    ...{ compile: partOf(values, 'compile.'), faults: numbers(partOf(values, 'faults.')) },
    ...{ chips: chipsPerPoint, seed },
    ...(supply === undefined ? {} : { supply }),
    ...(robust === undefined ? {} : { robust }),
  };
}

/** Changes with whatever changes results without changing requests. */
const FORMAT = 1;

/** The key of a point: the same key, the same result. */
export const pointKeyOf = (request: PointRequest, version: string): string =>
  contentKey({ format: FORMAT, version, ...request });

/** What requests share that run the same program in the same way and are priced otherwise only. */
export const runKeyOf = (request: PointRequest, costParameters: readonly string[]): string => {
  const { supply, parameters, ...rest } = request;
  const own = Object.entries(parameters).filter(([path]) => !costParameters.includes(path));
  return contentKey({ ...rest, parameters: Object.fromEntries(own), ber: supply?.ber ?? 0 });
};

/** What requests share that run the same program. */
export const programKeyOf = (request: PointRequest, costParameters: readonly string[]): string => {
  const { model, bits: asked, chip, base, compile, parameters } = request;
  const own = Object.entries(parameters).filter(([path]) => !costParameters.includes(path));
  return contentKey({ model, bits: asked, chip, base, compile, parameters: Object.fromEntries(own) });
};
