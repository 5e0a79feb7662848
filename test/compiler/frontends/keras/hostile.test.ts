/**
 * Hostile files: mutants of models are read or refused with findings, never with an internal error, within time and memory. `npm run fuzz:import`
 * tries 50 times as many.
 */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/common/diagnostics.js';
import { sequence, PURPOSE, type Sequence } from '../../../../src/common/rng.js';
import {
  foreign,
  functional,
  importKeras,
  kerasH5,
  kerasZip,
  randomTensor,
  sequential,
  type TestLayer,
  weightsH5,
} from '../../../support/keras-files.js';
import { mutantOf } from '../../../support/mutants.js';
import { FUZZ, RUN_SEED } from '../../../support/random-runs.js';

/** Mutants of all kinds together, times LODESTONE_FUZZ. */
const COUNT = 2000 * FUZZ;

const node = (...names: readonly string[]): unknown => [names.map((name) => [name, 0, 0, {}])];
/** A model that reaches most readers. */
const LAYERS: readonly TestLayer[] = [
  { class_name: 'InputLayer', config: { name: 'image', batch_input_shape: [null, 6, 6, 2] }, inbound_nodes: [] },
  {
    class_name: 'ZeroPadding2D',
    config: {
      name: 'pad',
      padding: [
        [1, 0],
        [0, 1],
      ],
    },
    inbound_nodes: node('image'),
  },
  {
    class_name: 'QConv2D',
    config: {
      name: 'conv',
      filters: 2,
      kernel_size: [3, 3],
      strides: [2, 2],
      kernel_quantizer: 'quantized_bits(4,0,1)',
      activation: 'quantized_relu(3,1)',
    },
    weights: { kernel: randomTensor([3, 3, 2, 2], 1), bias: randomTensor([2], 2) },
    inbound_nodes: node('pad'),
  },
  {
    class_name: 'QuantDepthwiseConv2D',
    config: {
      name: 'deep',
      kernel_size: [3, 3],
      padding: 'same',
      use_bias: false,
      depthwise_quantizer: { class_name: 'SteTern', config: { threshold_value: 0.1 } },
    },
    weights: { depthwise_kernel: randomTensor([3, 3, 2, 1], 3) },
    inbound_nodes: node('conv'),
  },
  {
    class_name: 'BatchNormalization',
    config: { name: 'norm', axis: [3], epsilon: 0.001 },
    weights: {
      gamma: randomTensor([2], 4),
      beta: randomTensor([2], 5),
      moving_mean: randomTensor([2], 6),
      moving_variance: { shape: [2], data: Float32Array.of(1, 2) },
    },
    inbound_nodes: node('deep'),
  },
  { class_name: 'Add', config: { name: 'sum' }, inbound_nodes: node('norm', 'conv') },
  {
    class_name: 'AveragePooling2D',
    config: { name: 'pool', pool_size: [2, 2], padding: 'same' },
    inbound_nodes: node('sum'),
  },
  { class_name: 'UpSampling2D', config: { name: 'up', size: [2, 2] }, inbound_nodes: node('pool') },
  { class_name: 'Permute', config: { name: 'turn', dims: [2, 1, 3] }, inbound_nodes: node('up') },
  { class_name: 'Concatenate', config: { name: 'both', axis: 1 }, inbound_nodes: node('turn', 'up') },
  { class_name: 'Reshape', config: { name: 'shape', target_shape: [-1] }, inbound_nodes: node('both') },
  {
    class_name: 'Dense',
    config: { name: 'dense', units: 3, activation: 'softmax' },
    weights: { kernel: randomTensor([64, 3], 7), bias: randomTensor([3], 8) },
    inbound_nodes: node('shape'),
  },
];
const MODEL = functional(LAYERS, ['image'], ['dense']);

const STRANGE: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1,
  2,
  3,
  0.5,
  255,
  1e9,
  2 ** 31,
  2 ** 53,
  1e308,
  '',
  'relu',
  '__proto__',
  'constructor',
  'same',
  [],
  {},
  [[]],
  [1, 2, 3],
  [1e9, 1e9, 1e9],
  ['image', 0, 0, {}],
  { class_name: 'Dense', config: {} },
  { __proto__: null },
  'quantized_bits(99999,-5)',
  'x'.repeat(5000),
];

/** A copy of a JSON value with one of its parts replaced, left out or exchanged. */
function mutated(value: unknown, r: Sequence): unknown {
  if (r.below(7) === 0 || typeof value !== 'object' || value === null) return STRANGE[r.below(STRANGE.length)];
  if (Array.isArray(value)) {
    const list: unknown[] = [...value];
    const at = r.below(Math.max(1, list.length));
    if (r.below(6) === 0) list.splice(at, 1);
    else if (r.below(8) === 0) list.push(list[at]);
    else if (list.length > 0) list[at] = mutated(list[at], r);
    return list;
  }
  const entries = Object.entries(value);
  const [key] = entries[r.below(Math.max(1, entries.length))] ?? ['name'];
  if (r.below(10) === 0) return Object.fromEntries(entries.filter(([name]) => name !== key));
  return Object.fromEntries(entries.map(([name, part]) => [name, name === key ? mutated(part, r) : part]));
}

/** Reads a file as a hostile one: it may be refused, in no other way and in no long time. */
async function tried(read: () => Promise<unknown>): Promise<'read' | 'refused'> {
  const start = performance.now();
  try {
    await read();
    return 'read';
  } catch (error) {
    if (error instanceof UserError && !/internal error/.test(error.message)) return 'refused';
    throw error;
  } finally {
    expect(performance.now() - start).toBeLessThan(5000);
  }
}

const OPTIONS = { inputRange: [0, 1] } as const;

describe('hostile Keras files', () => {
  const check = async (share: number, read: (r: Sequence, i: number) => Promise<unknown>): Promise<void> => {
    const outcomes = { read: 0, refused: 0 };
    for (let i = 0; i < COUNT * share; i++)
      outcomes[await tried(() => read(sequence(RUN_SEED + i, PURPOSE.test), i))]++;
    // Mutants that are all refused, or all read, test nothing.
    expect(outcomes.refused).toBeGreaterThan(0);
    expect(outcomes.read).toBeGreaterThan(0);
  };

  it('of HDF5 with changed bytes are read or refused', async () => {
    const bytes = await kerasH5(MODEL, LAYERS);
    await check(0.3, (_, i) => importKeras(foreign(mutantOf(bytes, RUN_SEED, i)), OPTIONS));
  });

  it('with a changed configuration are read or refused', async () => {
    const weights = foreign(await weightsH5(LAYERS));
    await check(0.5, (r, i) => {
      let model: unknown = MODEL;
      for (let n = 0; n <= i % 3; n++) model = mutated(model, r);
      return importKeras(foreign(JSON.stringify(model) ?? ''), { ...OPTIONS, weights });
    });
  });

  it('of Keras 3 with changed bytes are read or refused', async () => {
    const layers = [{ ...LAYERS[11]!, config: { ...LAYERS[11]!.config, units: 3 } }];
    const bytes = await kerasZip(sequential([64], layers), { 'layers/dense': Object.values(layers[0]!.weights ?? {}) });
    await check(0.1, (_, i) => importKeras(foreign(mutantOf(bytes, RUN_SEED, i)), OPTIONS));
  });

  it('of tfjs with a changed manifest are read or refused', async () => {
    const dense = LAYERS[11]!;
    const json = {
      modelTopology: { model_config: sequential([64], [dense]) },
      weightsManifest: [
        {
          paths: ['a', 'b'],
          weights: [
            { name: 'dense/kernel', shape: [64, 3], dtype: 'float32' },
            { name: 'dense/bias', shape: [3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.1, min: -1 } },
          ],
        },
      ],
    };
    const shards = { a: new Uint8Array(700), b: new Uint8Array(71) };
    await check(0.1, (r) => importKeras(foreign(JSON.stringify(mutated(json, r)) ?? '', shards), OPTIONS));
  });
});
