/** Files of Keras 2, Keras 3 and tfjs for tests, written from the definitions of the formats. */
import type { ForeignFile, ImportedNetwork, ImportOptions } from '../../src/compiler/frontends/frontend.js';
import { keras } from '../../src/compiler/frontends/keras/read.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import { draw4, PURPOSE } from '../../src/common/rng.js';
import { writeHdf5 } from './hdf5-file.js';
import { zipFile } from './zip-file.js';

/** A weight. */
export interface TestTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A layer as a configuration lists it, with its weights by the last part of their names. */
export interface TestLayer {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly inbound_nodes?: unknown;
  readonly weights?: Readonly<Record<string, TestTensor>>;
}

/** Random numbers within -1..1, multiples of 1/64: sums of products are exact. */
export function randomTensor(shape: readonly number[], seed: number): TestTensor {
  const words = new Uint32Array(4);
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => {
    draw4(seed, PURPOSE.test, i, 0, 0, words);
    return ((words[0]! % 129) - 64) / 64;
  });
  return { shape, data };
}

/** The layers without their weights. */
const configsOf = (layers: readonly TestLayer[]): unknown[] =>
  layers.map(({ class_name, config, inbound_nodes }) => ({ class_name, config, inbound_nodes }));

/** A Sequential model that starts with an input layer. */
export const sequential = (inputShape: readonly number[], layers: readonly TestLayer[]): unknown => ({
  class_name: 'Sequential',
  config: {
    name: 'net',
    layers: [
      { class_name: 'InputLayer', config: { name: 'image', batch_input_shape: [null, ...inputShape] } },
      ...configsOf(layers),
    ],
  },
});

/** A Functional model of Keras 2. */
export const functional = (
  layers: readonly TestLayer[],
  inputs: readonly string[],
  outputs: readonly string[],
): unknown => ({
  class_name: 'Functional',
  config: {
    name: 'net',
    layers: configsOf(layers).map((layer, i) => ({ ...Object(layer), name: layers[i]!.config.name })),
    input_layers: inputs.map((name) => [name, 0, 0]),
    output_layers: outputs.map((name) => [name, 0, 0]),
  },
});

/** Weights of Keras 2 as datasets and attributes below a group. */
function oldWeights(layers: readonly TestLayer[], below: string) {
  const named = layers.map(({ config: { name }, weights = {} }) => ({
    name,
    weights: Object.entries(weights).map(([role, tensor]) => ({ name: `${name}/${role}:0`, tensor })),
  }));
  return {
    groups: [...(below === '' ? [] : [below.slice(0, -1)]), ...named.map(({ name }) => `${below}${name}`)],
    datasets: named.flatMap(({ name, weights }) =>
      weights.map((weight) => ({
        path: `${below}${name}/${weight.name}`,
        data: weight.tensor.data,
        shape: weight.tensor.shape,
      })),
    ),
    attributes: [
      ...(named.length === 0
        ? []
        : [{ path: below.slice(0, -1), name: 'layer_names', value: named.map(({ name }) => name) }]),
      ...named
        .filter(({ weights }) => weights.length > 0)
        .map(({ name, weights }) => ({
          path: `${below}${name}`,
          name: 'weight_names',
          value: weights.map((w) => w.name),
        })),
    ],
  };
}

/** A model file of Keras 2. */
export function kerasH5(config: unknown, layers: readonly TestLayer[]): Promise<Uint8Array> {
  const { groups, datasets, attributes } = oldWeights(layers, 'model_weights/');
  return writeHdf5({
    groups,
    datasets,
    attributes: [
      { path: '', name: 'model_config', value: JSON.stringify(config) },
      { path: '', name: 'keras_version', value: '2.4.0' },
      ...attributes,
    ],
  });
}

/** A file of weights alone, of Keras 2. */
export const weightsH5 = (layers: readonly TestLayer[]): Promise<Uint8Array> => writeHdf5(oldWeights(layers, ''));

/** A zip archive of stored files. */
export const storedZip = (files: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  zipFile(Object.entries(files).map(([name, content]) => ({ name, content }))).bytes;

/** A model file of Keras 3: `vars` are the weights by the path of their layer's group, in order. */
export async function kerasZip(
  config: unknown,
  vars: Readonly<Record<string, readonly TestTensor[]>>,
  names: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  const weights = await writeHdf5(
    {
      groups: Object.keys(vars).map((path) => `${path}/vars`),
      datasets: Object.entries(vars).flatMap(([path, tensors]) =>
        tensors.map(({ data, shape }, i) => ({ path: `${path}/vars/${i}`, data, shape })),
      ),
      attributes: Object.entries(names).map(([path, value]) => ({ path: `${path}/vars`, name: 'name', value })),
    },
    { trackOrder: true },
  );
  const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  return storedZip({
    'metadata.json': text({ keras_version: '3.4.1', date_saved: '2026-11-01@00:00:00' }),
    'config.json': text(config),
    'model.weights.h5': weights,
  });
}

/** A foreign file with others beside it. */
export const foreign = (
  bytes: Uint8Array | string,
  beside: Readonly<Record<string, Uint8Array>> = {},
): ForeignFile => ({
  bytes: typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes,
  place: 'net',
  beside: (name) => Promise.resolve(Object.hasOwn(beside, name) ? beside[name] : undefined),
});

/** Imports a file. */
export const importKeras = (
  file: ForeignFile,
  options: ImportOptions = { inputRange: [-1, 1] },
): Promise<ImportedNetwork> => keras.read(file, options);

/** Class scores of an imported network for one image of bytes. */
export function scoresOf({ graph }: ImportedNetwork, image: Uint8Array): number[] {
  const [, encode] = graph.nodes;
  if (encode?.kind !== 'encode') throw new Error('no code');
  const counts = codedBuffer(encode.code, image.length);
  encodeCounts(encode.code, image, 0, 1, counts);
  return Array.from(createInterpreter(graph).run(counts));
}
