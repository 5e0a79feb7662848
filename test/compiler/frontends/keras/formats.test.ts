/** The same network in every file that Keras writes, and what is refused. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/common/diagnostics.js';
import { KERAS } from '../../../../src/compiler/frontends/keras/entry.js';
import { snakeCase } from '../../../../src/compiler/frontends/keras/weights.js';
import {
  foreign,
  functional,
  importKeras,
  kerasH5,
  kerasZip,
  randomTensor,
  scoresOf,
  sequential,
  type TestLayer,
  weightsH5,
} from '../../../support/keras-files.js';

const conv = (name: string, seed: number, cin = 2): TestLayer => ({
  class_name: 'Conv2D',
  config: { name, filters: 2, kernel_size: [3, 3], strides: [1, 1], padding: 'same', activation: 'relu' },
  weights: { kernel: randomTensor([3, 3, cin, 2], seed), bias: randomTensor([2], seed + 1) },
});
const dense = (name: string, nIn: number, seed: number): TestLayer => ({
  class_name: 'Dense',
  config: { name, units: 3, activation: 'softmax' },
  weights: { kernel: randomTensor([nIn, 3], seed), bias: randomTensor([3], seed + 1) },
});
const flat: TestLayer = { class_name: 'Flatten', config: { name: 'flat' } };
const LAYERS = [conv('first', 1), conv('second', 3), flat, dense('end', 24, 5)];
const MODEL = sequential([4, 3, 2], LAYERS);
const IMAGE = Uint8Array.from({ length: 24 }, (_, i) => (i * 53 + 7) % 256);
const UNIT = { inputRange: [0, 1] } as const;
const text = (value: unknown): string => JSON.stringify(value);

const expected = async (): Promise<number[]> =>
  scoresOf(await importKeras(foreign(await kerasH5(MODEL, LAYERS))), IMAGE);
const tensors = (layer: TestLayer) => Object.values(layer.weights ?? {});

describe('one network in several files', () => {
  it('is the same from an architecture with its weights apart', async () => {
    const weights = foreign(await weightsH5(LAYERS));
    const imported = await importKeras(foreign(text(MODEL)), { inputRange: [-1, 1], weights });
    expect(scoresOf(imported, IMAGE)).toEqual(await expected());
  });

  it('is the same from Keras 3, whose weights stand under the counted classes of the layers', async () => {
    const vars = {
      'layers/conv2d': tensors(LAYERS[0]!),
      'layers/conv2d_1': tensors(LAYERS[1]!),
      'layers/dense': tensors(LAYERS[3]!),
    };
    expect(scoresOf(await importKeras(foreign(await kerasZip(MODEL, vars))), IMAGE)).toEqual(await expected());
  });

  it('is the same from Keras 3 where the names of the layers stand beside the weights, whatever the groups are called', async () => {
    const vars = {
      'layers/conv2d': tensors(LAYERS[1]!),
      'layers/conv2d_1': tensors(LAYERS[0]!),
      'layers/x': tensors(LAYERS[3]!),
    };
    const names = { 'layers/conv2d': 'second', 'layers/conv2d_1': 'first', 'layers/x': 'end' };
    expect(scoresOf(await importKeras(foreign(await kerasZip(MODEL, vars, names))), IMAGE)).toEqual(await expected());
  });

  it('is the same from tfjs, its weights over two shards', async () => {
    const weights = LAYERS.flatMap(({ config, weights: own = {} }) =>
      Object.entries(own).map(([role, { shape, data }]) => ({ name: `${config.name}/${role}`, shape, data })),
    );
    const bytes = Buffer.concat(weights.map(({ data }) => Buffer.from(data.buffer)));
    const shards = { 'a.bin': new Uint8Array(bytes.subarray(0, 101)), 'b.bin': new Uint8Array(bytes.subarray(101)) };
    const json = {
      format: 'layers-model',
      modelTopology: { keras_version: '2.4.0', model_config: MODEL },
      weightsManifest: [
        { paths: ['a.bin', 'b.bin'], weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })) },
      ],
    };
    expect(scoresOf(await importKeras(foreign(text(json), shards)), IMAGE)).toEqual(await expected());
    await expect(importKeras(foreign(text(json), { 'a.bin': shards['a.bin'] }))).rejects.toThrow('there is no "b.bin"');
    await expect(importKeras(foreign(text(json), { ...shards, 'b.bin': new Uint8Array(3) }))).rejects.toThrow(
      'reaches beyond',
    );
  });

  it('has quantised weights of tfjs as q * scale + min, and halves', async () => {
    const model = sequential([2], [{ class_name: 'Dense', config: { name: 'd', units: 2 } }]);
    const json = {
      modelTopology: { model_config: model },
      weightsManifest: [
        {
          paths: ['s'],
          weights: [
            {
              name: 'd/kernel',
              shape: [2, 2],
              dtype: 'float32',
              quantization: { dtype: 'uint8', scale: 0.5, min: -3 },
            },
            { name: 'd/bias', shape: [2], dtype: 'float32', quantization: { dtype: 'float16' } },
          ],
        },
      ],
    };
    // 1.5 and -2^-24 as IEEE halves.
    const s = Uint8Array.of(0, 1, 6, 255, 0x00, 0x3e, 0x01, 0x80);
    const { graph } = await importKeras(foreign(text(json), { s }));
    const node = graph.nodes.find(({ kind }) => kind === 'dense');
    expect(node).toMatchObject({
      weights: Float32Array.of(-3, 0, -2.5, 124.5),
      bias: Float64Array.of(1.5, -(2 ** -24)),
    });
  });

  it.each([
    ['BatchNormalization', 'batch_normalization'],
    ['Conv2D', 'conv2d'],
    ['SeparableConv2D', 'separable_conv2d'],
    ['QDenseBatchnorm', 'q_dense_batchnorm'],
    ['ReLU', 're_lu'],
  ])('counts %s as %s', (name, snake) => expect(snakeCase(name)).toBe(snake));
});

describe('a functional model', () => {
  const node = (...names: readonly string[]): unknown => [names.map((name) => [name, 0, 0, {}])];
  const input: TestLayer = {
    class_name: 'InputLayer',
    config: { name: 'image', batch_input_shape: [null, 4, 3, 2] },
    inbound_nodes: [],
  };

  it('joins branches, in whatever order its layers stand', async () => {
    const layers: TestLayer[] = [
      { ...dense('end', 48, 9), inbound_nodes: node('flat') },
      { ...flat, inbound_nodes: node('both') },
      { class_name: 'Concatenate', config: { name: 'both', axis: 3 }, inbound_nodes: node('sum', 'a') },
      { class_name: 'Add', config: { name: 'sum' }, inbound_nodes: node('a', 'b') },
      { ...conv('b', 3), inbound_nodes: node('a') },
      { ...conv('a', 1), inbound_nodes: node('image') },
      input,
    ];
    const imported = await importKeras(foreign(await kerasH5(functional(layers, ['image'], ['end']), layers)), UNIT);
    expect(imported.graph.nodes.map(({ kind }) => kind)).toEqual([
      'input',
      'encode',
      'conv2d',
      'relu',
      'conv2d',
      'relu',
      'add',
      'concat',
      'flatten',
      'dense',
      'scores',
    ]);
  });

  it('uses a shared layer twice, with one weight', async () => {
    const layers: TestLayer[] = [
      input,
      { ...conv('a', 1), inbound_nodes: [[['image', 0, 0, {}]], [['a', 0, 0, {}]]] },
      { ...flat, inbound_nodes: [[['a', 1, 0, {}]]] },
      { ...dense('end', 24, 5), inbound_nodes: node('flat') },
    ];
    const shared = await importKeras(foreign(await kerasH5(functional(layers, ['image'], ['end']), layers)));
    const twice = [conv('first', 1), conv('second', 1), flat, dense('end', 24, 5)];
    const apart = await importKeras(foreign(await kerasH5(sequential([4, 3, 2], twice), twice)));
    expect(scoresOf(shared, IMAGE)).toEqual(scoresOf(apart, IMAGE));
  });

  it('opens nested models, whose weights stand in the group of the model', async () => {
    const inner: TestLayer[] = [
      { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, 4, 3, 2] }, inbound_nodes: [] },
      { ...conv('second', 3), inbound_nodes: node('in') },
    ];
    const backbone = functional(inner, ['in'], ['second']);
    const outer = [
      LAYERS[0]!,
      { class_name: 'Functional', config: { ...Object(Object(backbone).config), name: 'backbone' } },
      flat,
      LAYERS[3]!,
    ];
    const model = sequential([4, 3, 2], outer);
    const weights = Object.fromEntries(
      Object.entries(LAYERS[1]!.weights ?? {}).map(([role, tensor]) => [`second/${role}`, tensor]),
    );
    // The group of the nested model lists `second/kernel:0`; the writer of tests puts the model's name in front, which is looked past.
    const bytes = await kerasH5(model, [LAYERS[0]!, { ...outer[1]!, weights }, LAYERS[3]!]);
    expect(scoresOf(await importKeras(foreign(bytes)), IMAGE)).toEqual(await expected());
  });

  it('of Keras 3 names tensors by their history', async () => {
    const tensor = (name: string): unknown => ({
      class_name: '__keras_tensor__',
      config: { shape: [null, 4, 3, 2], keras_history: [name, 0, 0] },
    });
    const layers: TestLayer[] = [
      { class_name: 'InputLayer', config: { name: 'image', batch_shape: [null, 4, 3, 2] }, inbound_nodes: [] },
      { ...conv('a', 1), inbound_nodes: [{ args: [tensor('image')], kwargs: {} }] },
      {
        class_name: 'Add',
        config: { name: 'sum' },
        inbound_nodes: [{ args: [[tensor('a'), tensor('image')]], kwargs: {} }],
      },
      { ...flat, inbound_nodes: [{ args: [tensor('sum')], kwargs: {} }] },
      { ...dense('end', 24, 5), inbound_nodes: [{ args: [tensor('flat')], kwargs: {} }] },
    ];
    const model = functional(layers, ['image'], ['end']);
    const config = { ...Object(model).config, input_layers: ['image', 0, 0], output_layers: ['end', 0, 0] };
    const bytes = await kerasZip(
      { ...Object(model), config },
      { 'layers/conv2d': tensors(layers[1]!), 'layers/dense': tensors(layers[4]!) },
    );
    const { graph } = await importKeras(foreign(bytes), UNIT);
    expect(graph.nodes.map(({ kind }) => kind)).toEqual([
      'input',
      'encode',
      'conv2d',
      'relu',
      'add',
      'flatten',
      'dense',
      'scores',
    ]);
  });
});

describe('what a byte means', () => {
  const scaled = (config: Record<string, unknown>, class_name = 'Rescaling', weights = {}): Promise<Uint8Array> => {
    const layers = [{ class_name, config: { name: 'scale', ...config }, weights }, flat];
    return kerasH5(sequential([1, 2, 2], layers), layers);
  };
  const scores = async (bytes: Uint8Array, options = {}): Promise<number[]> =>
    scoresOf(await importKeras(foreign(bytes), options), Uint8Array.of(0, 255, 51, 102));

  it('is said by a Rescaling layer', async () => {
    const found = await scores(await scaled({ scale: 1 / 127.5, offset: -1 }));
    [-1, 1, -0.6, -0.2].forEach((value, i) => expect(found[i]).toBeCloseTo(value, 12));
  });

  it('is said by a Normalization layer, per channel', async () => {
    const weights = {
      mean: { shape: [2], data: Float32Array.of(51, 102) },
      variance: { shape: [2], data: Float32Array.of(4, 16) },
    };
    const found = await scores(await scaled({ axis: [-1] }, 'Normalization', weights));
    [-25.5, 38.25, 0, 0].forEach((value, i) => expect(found[i]).toBeCloseTo(value, 9));
  });

  it('is what the options say, in front of the layer', async () => {
    const found = await scores(await scaled({ scale: 2, offset: 1 }), {
      inputRange: [0, 1],
      inputMean: [0.2],
      inputStd: [0.5],
    });
    [0.2, 4.2, 1, 1.8].forEach((value, i) => expect(found[i]).toBeCloseTo(value, 12));
  });

  it('has to be said', async () => {
    await expect(importKeras(foreign(await kerasH5(MODEL, LAYERS)), {})).rejects.toThrow('--input-range');
  });

  it('may be a mean image, whose difference is rounded to bytes that cover all of it', async () => {
    const layers = [flat];
    const mean = [0, 0.25, 0.5, 0.75];
    const imported = await importKeras(foreign(await kerasH5(sequential([1, 2, 2], layers), layers)), {
      inputRange: [0, 1],
      inputMean: mean,
    });
    const [subtract, requantise] = imported.graph.preprocessing ?? [];
    expect(subtract).toEqual({ kind: 'subtract', values: Float64Array.from(mean, (m) => m * 255) });
    if (requantise?.kind !== 'requantise') throw new Error('no bytes');
    const image = [0, 255, 128, 17];
    const bytes = Uint8Array.from(image, (b, i) =>
      Math.floor((b - mean[i]! * 255) * requantise.gain + requantise.offset + 0.5),
    );
    const found = scoresOf(imported, bytes);
    const half = 0.5 / requantise.gain / 255;
    image.forEach((b, i) => expect(Math.abs(found[i]! - (b / 255 - mean[i]!))).toBeLessThanOrEqual(half + 1e-12));
    expect(imported.warnings.map(({ code }) => code)).toEqual(['rounded-input']);
  });
});

describe('what cannot be read', () => {
  const problems = async (bytes: Uint8Array | string, options = {}): Promise<readonly string[]> => {
    try {
      await importKeras(foreign(bytes), { inputRange: [0, 1], ...options });
    } catch (error) {
      if (error instanceof UserError)
        return error.diagnostics.map(({ place, message, remedy }) => `${place}: ${message}; ${remedy}`);
      throw error;
    }
    return expect.fail('the file was taken');
  };

  it('is told all at once: layer, class, reason, remedy; what follows from it is not', async () => {
    const layers: TestLayer[] = [
      { class_name: 'Lambda', config: { name: 'code', function: ['4wEAAAA=', null, null] } },
      conv('first', 1),
      { class_name: 'LSTM', config: { name: 'memory', units: 3 } },
      {
        class_name: 'Conv2D',
        config: { name: 'strange', filters: 2, kernel_size: [3, 3], padding: 'reflect', data_format: 'channels_last' },
      },
      { class_name: 'MaxPooling2D', config: { name: 'turned', pool_size: [2, 2], data_format: 'channels_first' } },
      { class_name: 'Activation', config: { name: 'odd', activation: 'mish' } },
      flat,
      { class_name: 'Dense', config: { name: 'bare', units: 3 } },
    ];
    const found = await problems(await kerasH5(sequential([4, 3, 2], layers), layers));
    expect(found.map((line) => line.split(';')[0])).toEqual([
      'net: layer "code" (Lambda): it holds program code, which is never executed',
      'net: layer "memory" (LSTM): recurrent layers are not read',
      'net: layer "strange" (Conv2D): its padding is "reflect"',
      'net: layer "turned" (MaxPooling2D): it orders images with channels first',
      'net: layer "odd" (Activation): its activation "mish" is not known',
      'net: layer "bare" (Dense): its weights "kernel" are not in the file',
    ]);
    for (const line of found) expect(line.split(';')[1]?.trim()).not.toBe('');
  });

  it.each([
    ['weights alone', async () => weightsH5(LAYERS), 'weights without an architecture'],
    ['an architecture alone', async () => Promise.resolve(new TextEncoder().encode(text(MODEL))), '--weights'],
    [
      'a graph model of tfjs',
      async () =>
        Promise.resolve(new TextEncoder().encode(text({ format: 'graph-model', modelTopology: { node: [] } }))),
      'tfjs_layers_model',
    ],
    ['text that is no JSON', async () => Promise.resolve(new TextEncoder().encode('{"class_name": ')), 'not JSON'],
    [
      'weights of another shape',
      async () => kerasH5(sequential([4, 3, 3], LAYERS), LAYERS),
      'its configuration asks for [3, 3, 3, 2]',
    ],
    ['an open input', async () => kerasH5(sequential([0, 3, 2], LAYERS), LAYERS), '--input-shape'],
    [
      'a layer that reads itself',
      async () => kerasH5(functional([{ ...conv('a', 1), inbound_nodes: [[['a', 0, 0, {}]]] }], ['a'], ['a']), []),
      'or itself',
    ],
    ['no layers', async () => kerasH5({ class_name: 'Sequential', config: { layers: [] } }, []), 'it has no layers'],
  ])('%s is refused', async (_, make, reason) => {
    expect((await problems(await make())).join()).toContain(reason);
  });

  it('is an input that is not there', async () => {
    const bytes = await kerasH5(MODEL, LAYERS);
    expect((await problems(bytes, { inputName: 'sound' })).join()).toContain('no input "sound", but image');
    expect(scoresOf(await importKeras(foreign(bytes), { inputRange: [-1, 1], inputName: 'image' }), IMAGE)).toEqual(
      await expected(),
    );
  });

  it('needs a name where there are several outputs', async () => {
    const input: TestLayer = {
      class_name: 'InputLayer',
      config: { name: 'image', batch_input_shape: [null, 4, 3, 2] },
      inbound_nodes: [],
    };
    const read = (name: string): unknown => [[[name, 0, 0, {}]]];
    const layers: TestLayer[] = [
      input,
      { ...flat, inbound_nodes: read('image') },
      { ...dense('one', 24, 1), inbound_nodes: read('flat') },
      { ...dense('two', 24, 3), inbound_nodes: read('flat') },
    ];
    const bytes = await kerasH5(functional(layers, ['image'], ['one', 'two']), layers);
    expect((await problems(bytes)).join()).toContain('--output-name');
    const { graph } = await importKeras(foreign(bytes), { inputRange: [0, 1], outputName: 'two' });
    expect(graph.nodes.map(({ id }) => id)).toEqual(['image', 'code', 'flat.flat', 'two', 'scores']);
  });

  it('is recognised by content', async () => {
    expect(KERAS.recognises(await kerasH5(MODEL, LAYERS))).toBe(true);
    expect(KERAS.recognises(await weightsH5(LAYERS))).toBe(true);
    expect(KERAS.recognises(await kerasZip(MODEL, {}))).toBe(true);
    expect(KERAS.recognises(new TextEncoder().encode(text(MODEL)))).toBe(true);
    expect(KERAS.recognises(new TextEncoder().encode('{"packets": []}'))).toBe(false);
    expect(KERAS.recognises(new Uint8Array(0))).toBe(false);
  });
});
