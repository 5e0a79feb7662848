/** Small RANC models for tests, written as the JSON a user writes. */
import { readRancModel } from '../../src/ir/program/formats/ranc/read.js';
import type { RancModel } from '../../src/ir/program/formats/ranc/types.js';

/** What a test may say about a neuron; everything else is that of a relay: one spike in, one spike out. */
export interface NeuronJson {
  readonly reset_potential?: number;
  readonly weights?: readonly number[];
  readonly leak?: number;
  readonly positive_threshold?: number;
  readonly negative_threshold?: number;
  readonly destination_core_offset?: readonly [number, number];
  readonly destination_axon?: number;
  readonly destination_tick?: number;
  readonly current_potential?: number;
  readonly reset_mode?: number;
}

/** config.json: cores of 8 x 8 on a row of three, ring of four. */
export const CONFIG = {
  num_neurons: 8,
  num_axons: 8,
  num_cores_x: 3,
  num_cores_y: 1,
  num_weights: 4,
  max_tick_offset: 4,
  neuron_reset_type: 0,
};

/** A whole neuron; by default it sends to the bus, two cores to the east. */
export const neuronJson = (settings: NeuronJson = {}) => ({
  reset_potential: 0,
  weights: [1, 0, 0, 0],
  leak: 0,
  positive_threshold: 1,
  negative_threshold: 0,
  destination_core_offset: [2, 0],
  destination_axon: 0,
  destination_tick: 0,
  current_potential: 0,
  reset_mode: 0,
  ...settings,
});

/** A packet to core (x, 0). */
export const packetJson = (x: number, axon: number, offset = 0) => ({
  destination_core: [x, 0],
  destination_axon: axon,
  destination_tick: offset,
});

/** Core (0, 0) with these neurons, each connected to the axon of its own number; the bus of eight lines at (2, 0). */
export const inputJson = (neurons: readonly NeuronJson[], packets: readonly (readonly unknown[])[] = []) => ({
  packets,
  output_bus: { coordinates: [2, 0], num_outputs: 8 },
  cores: [
    {
      coordinates: [0, 0],
      axons: [0, 0, 0, 0, 0, 0, 0, 0],
      neurons: neurons.map(neuronJson),
      connections: neurons.map((_, j) => Array.from({ length: 8 }, (__, a) => (a === j ? 1 : 0))),
    },
  ],
});

/** Reads the two files. @throws UserError */
export const readModel = (input: unknown, config: unknown = CONFIG): RancModel =>
  readRancModel(
    { text: JSON.stringify(input), place: 'input.json' },
    { text: JSON.stringify(config), place: 'config.json' },
  ).model;
