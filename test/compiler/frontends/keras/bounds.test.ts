/** Where the bounds of the Keras importer are, to the number, and the rarer forms of its files. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/common/diagnostics.js';
import type { ForeignFile, ImportOptions } from '../../../../src/compiler/frontends/frontend.js';
import { KERAS } from '../../../../src/compiler/frontends/keras/entry.js';
import { parseCall } from '../../../../src/compiler/frontends/keras/expression.js';
import { writeHdf5 } from '../../../support/hdf5-file.js';
import { foreign, importKeras, kerasZip, sequential, storedZip, type TestLayer } from '../../../support/keras-files.js';
import { tfjsFile } from '../../../support/random-keras-files.js';

const RANGE = { inputRange: [0, 1] } as const;
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const layer = (class_name: string, config: Readonly<Record<string, unknown>> = {}): TestLayer => ({
  class_name,
  config: { name: 'it', ...config },
});

/** Codes and texts of the findings; empty for a file that is taken. */
async function findings(file: ForeignFile, options: ImportOptions = RANGE): Promise<readonly string[]> {
  try {
    await importKeras(file, options);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.diagnostics.map(({ code, place, message, remedy }) => `${code} | ${place} | ${message} | ${remedy}`);
  }
}

const findingsOf = (one: TestLayer, input: readonly number[] = [4, 3, 2]): Promise<readonly string[]> =>
  findings(tfjsFile(sequential(input, [one]), {}));

describe('bounds of Keras models', () => {
  const nested = (depth: number): unknown =>
    depth === 0
      ? layer('ReLU')
      : { class_name: 'Sequential', config: { name: `m${depth}`, layers: [nested(depth - 1)] } };

  it('are 16 models, one in the other', async () => {
    const model = (depth: number): unknown => ({
      class_name: 'Sequential',
      config: { layers: [layer('InputLayer', { batch_input_shape: [null, 3] }), nested(depth)] },
    });
    expect(await findings(tfjsFile(model(16), {}))).toEqual([]);
    expect((await findings(tfjsFile(model(17), {}))).map((line) => line.replace(/m\d+\//g, ''))).toEqual([
      'bad-keras-model | net: model "m1" | models are nested more than 16 deep | save the model again with model.save(...)',
    ]);
  });

  it('are 20000 layers', async () => {
    const model = (n: number): unknown => sequential([3], new Array<TestLayer>(n).fill(layer('Dropout')));
    expect(await findings(tfjsFile(model(19_999), {}))).toEqual([]);
    expect(await findings(tfjsFile(model(20_000), {}))).toEqual([
      'too-many-layers | net | more than 20000 layers | use a smaller model',
    ]);
    expect(await findings(tfjsFile(model(20_002), {}))).toHaveLength(1);
  });

  it('are 1000 characters of a quantizer, which are told up to 60', async () => {
    expect(parseCall(`f${' '.repeat(999)}`)?.name).toBe('f');
    expect(parseCall(`f${' '.repeat(1000)}`)).toBeUndefined();
    const [told = ''] = await findingsOf(layer('QActivation', { activation: `${'a'.repeat(80)}(` }));
    expect(told).toContain(`"${'a'.repeat(60)}" is no name`);
    const [many = ''] = await findingsOf(
      layer('QActivation', { activation: `quantized_tanh(1,2,3,4,5${' '.repeat(60)})` }),
    );
    expect(many).toContain(`"quantized_tanh(1,2,3,4,5${' '.repeat(36)}" has too many arguments`);
    const [unknown = ''] = await findingsOf(layer('Activation', { activation: 'b'.repeat(80) }));
    expect(unknown).toContain(`its activation "${'b'.repeat(60)}" is not known`);
    const [none = ''] = await findingsOf(layer('C'.repeat(80)));
    expect(none).toContain(`there is no layer "${'C'.repeat(60)}" among`);
  });

  it('are 2^24 elements of a value', async () => {
    expect(await findingsOf(layer('UpSampling2D', { size: [2048, 1] }), [8192, 1, 1])).toEqual([]);
    expect((await findingsOf(layer('UpSampling2D', { size: [2049, 1] }), [8192, 1, 1])).join()).toContain(
      'its result would be [16785408, 1, 1]',
    );
    expect((await findingsOf(layer('Flatten'), [4096, 4096, 2])).join()).toContain(
      'bad-input-shape | net | its input is [4096, 4096, 2] | use 1 to 3 dimensions and at most 16777216 values',
    );
  });

  it.each([
    ['UpSampling2D', 'size', 4096, 4097],
    ['ZeroPadding2D', 'padding', 0, -1],
    ['Cropping2D', 'cropping', 0, -1],
    ['MaxPooling2D', 'pool_size', 1, 0],
  ])('of %s lie at %s %d, not %d', async (className, field, good, bad) => {
    expect(await findingsOf(layer(className, { [field]: good, strides: 1 }), [1, 1, 1])).toEqual([]);
    expect(await findingsOf(layer(className, { [field]: bad, strides: 1 }), [1, 1, 1])).not.toEqual([]);
  });

  it.each([
    [0, true],
    [32, true],
    [-32, true],
    [33, false],
    [-33, false],
  ])('of the integer bits of a quantizer take %d: %s', async (integer, isTaken) => {
    for (const name of ['quantized_bits', 'quantized_relu'])
      expect((await findingsOf(layer('QActivation', { activation: `${name}(4,${integer})` }))).length === 0).toBe(
        isTaken,
      );
  });
});

describe('values that no layer of Keras has', () => {
  it.each([0, -1, 1.5])('are refused: a depth_multiplier of %d', async (depth_multiplier) => {
    expect(await findingsOf(layer('DepthwiseConv2D', { kernel_size: 1, depth_multiplier }))).toEqual([
      `bad-value | net: layer "it" (DepthwiseConv2D) | its depth_multiplier is ${depth_multiplier} | save the model again`,
    ]);
  });

  it.each([0, -1, 4097])('are refused: a size of UpSampling2D of %d', async (size) => {
    expect(await findingsOf(layer('UpSampling2D', { size }))).toEqual([
      'bad-value | net: layer "it" (UpSampling2D) | its size is not understood | save the model again',
    ]);
  });
});

describe('classes that are not read', () => {
  it.each([
    ['Lambda', 'it holds program code, which is never executed', 'write it with layers of Keras'],
    ['SlicingOpLambda', 'it holds program code, which is never executed', 'write it with layers of Keras'],
    ['GRU', 'recurrent layers are not read', 'use a network without recurrence'],
    ['SimpleRNN', 'recurrent layers are not read', 'use a network without recurrence'],
    ['Conv2DTranspose', 'transposed convolutions of Keras are not read', 'use UpSampling2D and a convolution'],
    ['Embedding', 'layers of language models are not read', 'use a network for images or features'],
    ['MultiHeadAttention', 'layers of language models are not read', 'use a network for images or features'],
    ['toString', 'there is no layer "toString" among those that are read', 'use layers of docs/import.md'],
  ])('say so: %s', async (className, reason, remedy) => {
    expect(await findingsOf(layer(className))).toEqual([
      `unsupported-layer | net: layer "it" (${className}) | ${reason} | ${remedy}`,
    ]);
  });
});

describe('files of Keras', () => {
  const model = sequential([2], [layer('Dense', { units: 1 })]);
  const kernel = { path: 'model_weights/it/it/kernel:0', shape: [2, 1] };
  const file = (data: Float64Array | Int32Array | string[], split = false): Promise<Uint8Array> => {
    const names = split
      ? [
          { path: 'model_weights', name: 'layer_names0', value: ['other'] },
          { path: 'model_weights', name: 'layer_names1', value: ['it'] },
          { path: 'model_weights/it', name: 'weight_names0', value: ['it/kernel:0'] },
          { path: 'model_weights/it', name: 'weight_names1', value: ['it/bias:0'] },
        ]
      : [
          { path: 'model_weights', name: 'layer_names', value: ['it'] },
          { path: 'model_weights/it', name: 'weight_names', value: ['it/kernel:0', 'it/bias:0'] },
        ];
    return writeHdf5({
      groups: ['model_weights', 'model_weights/it'],
      datasets: [
        { ...kernel, data },
        { path: 'model_weights/it/it/bias:0', data: Float32Array.of(7), shape: [1] },
      ],
      attributes: [{ path: '', name: 'model_config', value: JSON.stringify(model) }, ...names],
    });
  };
  const denseOf = async (bytes: Uint8Array) =>
    (await importKeras(foreign(bytes), RANGE)).graph.nodes.find(({ kind }) => kind === 'dense');
  const expected = { weights: Float32Array.of(3, -2), bias: Float64Array.of(7) };

  it('hold weights of float64 and of integers', async () => {
    expect(await denseOf(await file(Float64Array.of(3, -2)))).toMatchObject(expected);
    expect(await denseOf(await file(Int32Array.of(3, -2)))).toMatchObject(expected);
  });

  it('hold long lists of names in parts', async () => {
    expect(await denseOf(await file(Float64Array.of(3, -2), true))).toMatchObject(expected);
  });

  it('with texts for weights are refused', async () => {
    expect(await findings(foreign(await file(['a', 'b'])))).toEqual([
      'bad-weights | net: /model_weights/it/it/kernel:0 | it holds texts, not numbers | save the model again',
    ]);
  });

  it('of Keras 3 have the norm of a folded layer as a layer of its own, in order', async () => {
    const vector = (x: number) => ({ shape: [1], data: Float32Array.of(x) });
    const folded = sequential([2], [layer('QDenseBatchnorm', { units: 1, epsilon: 0 })]);
    const bytes = await kerasZip(folded, {
      'layers/q_dense_batchnorm': [{ shape: [2, 1], data: Float32Array.of(3, -2) }, vector(7)],
      'layers/q_dense_batchnorm/batchnorm': [vector(2), vector(5), vector(1), vector(4)],
    });
    // gamma / sqrt(variance) = 1; 1 (7 - 1) + 5.
    expect(await denseOf(bytes)).toMatchObject({ weights: Float32Array.of(3, -2), bias: Float64Array.of(11) });
  });

  it('of Keras 3 without weights are refused, as are weights that are none and architectures alone', async () => {
    expect(await findings(foreign(storedZip({ 'config.json': bytesOf('{}') })))).toEqual([
      'bad-keras-model | net | it has no model.weights.h5 | save the model again with model.save(...)',
    ]);
    expect(await findings(foreign(JSON.stringify(model)))).toEqual([
      'missing-weights | net | an architecture without weights | name the file with its weights: --weights FILE.h5',
    ]);
    expect(await findings(foreign(JSON.stringify(model)), { ...RANGE, weights: foreign('x') })).toEqual([
      'bad-weights | net | it is no HDF5 file | pass what model.save_weights("weights.h5") wrote',
    ]);
  });

  it.each([
    ['{"class_name": "Sequential"}', true, true],
    ['  {"a": 1, "modelTopology" : {}}', true, false],
    ['{"weightsManifest":[]}', true, false],
    ['{"class": "class_name"}', false, true],
    ['["class_name": 1]', false, true],
    [`{"x": "${'-'.repeat(4096)}", "class_name": 1}`, false, true],
  ])('are known by what they begin with: %.40s', (text, isKeras, isArchitecture) => {
    expect(KERAS.recognises(bytesOf(text))).toBe(isKeras);
    expect(KERAS.reads?.(bytesOf(text)).includes('weights')).toBe(isArchitecture);
  });

  it('with their weights read no others', async () => {
    expect(KERAS.reads?.(await kerasZip(model, {})).includes('weights')).toBe(false);
    expect(KERAS.reads?.(await file(Int32Array.of(1, 2))).includes('weights')).toBe(false);
    expect(KERAS.reads?.(bytesOf('{"class_name": "x"}'))).toEqual([
      'inputRange',
      'inputMean',
      'inputStd',
      'inputShape',
      'inputName',
      'outputName',
      'weights',
    ]);
  });
});
