/** What RANC's two JSON files may hold, before anything is compared with anything else. */
import { z } from 'zod';

const int32 = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);
const index = z
  .int()
  .min(0)
  .max(2 ** 20 - 1);
const size = (max: number): z.ZodInt => z.int().min(1).max(max);
const coordinates = z.tuple([index, index]);

/** One row of 0 and 1. A plain loop: a model has 65,536 of these numbers per core. */
const bits = z.custom<readonly number[]>(
  (row) => Array.isArray(row) && row.every((bit) => bit === 0 || bit === 1),
  'must be a list of 0 and 1',
);

const packet = z.strictObject({ destination_core: coordinates, destination_axon: index, destination_tick: index });

const neuron = z.strictObject({
  reset_potential: int32,
  weights: z.array(int32),
  leak: int32,
  positive_threshold: int32,
  negative_threshold: int32,
  destination_core_offset: z.tuple([int32, int32]),
  destination_axon: index,
  destination_tick: index,
  current_potential: int32,
  reset_mode: z.int().min(0).max(1),
});

const core = z.strictObject({
  coordinates,
  axons: z.array(index),
  neurons: z.array(neuron),
  connections: z.array(bits),
});

/** input.json. */
export const inputSchema = z.strictObject({
  packets: z.array(z.array(packet)),
  output_bus: z.strictObject({ coordinates, num_outputs: size(2 ** 20) }),
  cores: z.array(core),
});

/** config.json without its keys `..._verbosity`, which only choose what RANC logs. */
export const configSchema = z.strictObject({
  num_neurons: size(65_536),
  num_axons: size(65_536),
  num_cores_x: size(4096),
  num_cores_y: size(4096),
  num_weights: size(65_536),
  max_tick_offset: size(65_536),
  neuron_reset_type: z.int().min(0).max(1),
});

export type InputJson = z.infer<typeof inputSchema>;
export type CoreJson = InputJson['cores'][number];
export type NeuronJson = CoreJson['neurons'][number];
export type PacketJson = InputJson['packets'][number][number];
export type ConfigJson = z.infer<typeof configSchema>;

/** Every key of the two files, for suggestions. */
export const KNOWN_KEYS: readonly string[] = [inputSchema, configSchema, core, neuron, packet]
  .flatMap((schema) => Object.keys(schema.shape))
  .concat('num_outputs');
