/** Files of tfjs around random models of Keras, well formed and not, and the options that commands pass. */
import { PURPOSE, sequence } from '../../src/common/rng.js';
import type { ForeignFile, ImportOptions } from '../../src/compiler/frontends/frontend.js';
import { Dice } from './dice.js';
import { foreign, type TestTensor } from './keras-files.js';

type Weights = Readonly<Record<string, TestTensor>>;

/** A tfjs layers-model of one shard. */
export function tfjsFile(model: unknown, weights: Weights, version = '2.4.0'): ForeignFile {
  const entries = Object.entries(weights);
  const data = Buffer.concat(entries.map(([, tensor]) => Buffer.from(tensor.data.buffer)));
  const json = {
    format: 'layers-model',
    modelTopology: { keras_version: version, model_config: model },
    weightsManifest: [
      { paths: ['s'], weights: entries.map(([name, { shape }]) => ({ name, shape, dtype: 'float32' })) },
    ],
  };
  return foreign(JSON.stringify(json), { s: new Uint8Array(data) });
}

/** A tfjs file whose weights are of all types, over shards, some of it senseless. */
export function randomTfjs(model: unknown, weights: Weights, seed: number): ForeignFile {
  const d = new Dice(sequence(seed, PURPOSE.test, 16));
  const r = sequence(seed, PURPOSE.test, 17);
  const groups = d.one(1, 1, 2);
  const beside: Record<string, Uint8Array> = {};
  const manifest = Array.from({ length: groups }, (_, g) => {
    let size = 0;
    const own = Object.entries(weights).filter((_entry, i) => i % groups === g);
    const listed = own.map(([name, { shape }]) => {
      const dtype = d.one('float32', 'float32', 'int32', 'bool', 'uint8', 'float16', 'uint16', 'float32', 'float32');
      const kind = d.one<string | undefined>(undefined, undefined, 'uint8', 'uint16', 'float16', 'float16');
      const stored = kind ?? dtype;
      const n = shape.reduce((a, b) => a * b, 1);
      size += n * (stored.endsWith('32') ? 4 : stored.endsWith('16') ? 2 : 1);
      const strange = d.one(...new Array<number>(60).fill(0), 1, 2, 3, 4);
      return {
        name: strange === 1 ? name.slice(name.lastIndexOf('/') + 1) : name,
        shape: strange === 2 ? shape.map((x) => -x) : shape,
        dtype: strange === 3 ? 'complex64' : dtype,
        ...(kind === undefined
          ? {}
          : {
              quantization: {
                dtype: kind,
                ...(d.one(0, 1, 1) === 0 ? {} : { scale: strange === 4 ? 'x' : d.one(0.5, 0.125, 1) }),
                ...(d.one(0, 1, 1) === 0 ? {} : { min: d.one(0, -1, -2.5, null) }),
              },
            }),
      };
    });
    const length = Math.max(0, size + d.one(...new Array<number>(16).fill(0), 1, -1));
    // No halves and floats that are not finite: high bytes of small exponents.
    const bytes = Uint8Array.from({ length }, (_byte, i) => (i % 2 === 1 ? 0x3a + r.below(4) : r.below(256)));
    const cut = d.one(0, r.below(length + 1));
    const paths = cut === 0 ? [`g${g}`] : [`g${g}a`, `g${g}b`];
    if (cut === 0) beside[`g${g}`] = bytes;
    else {
      beside[`g${g}a`] = bytes.slice(0, cut);
      beside[`g${g}b`] = bytes.slice(cut);
    }
    const listedPaths = d.one<unknown>(...new Array<unknown>(20).fill(paths), [...paths, 'gone'], [7], null);
    return { paths: listedPaths, weights: listed };
  });
  const topology = d.one<unknown>({ model_config: model, keras_version: d.one('2.4.0', '3.0.1', 'x') }, model);
  const json = d.one<unknown>(
    ...new Array<unknown>(12).fill({ modelTopology: topology, weightsManifest: manifest }),
    { modelTopology: topology },
    { weightsManifest: manifest },
    { format: 'graph-model', modelTopology: topology, weightsManifest: manifest },
    { modelTopology: { node: [] }, weightsManifest: manifest },
  );
  return foreign(JSON.stringify(json), beside);
}

/** Options for images of [4, 3, 2], some of them senseless. */
export function randomOptions(seed: number, outputs: readonly string[]): ImportOptions {
  const d = new Dice(sequence(seed, PURPOSE.test, 18));
  const numbers = (n: number): number[] => d.list(n, 0, 0.25, 0.5, 1);
  /** One of these now and then, of the last ones seldom. */
  const option = (usual: readonly ImportOptions[], senseless: readonly ImportOptions[]): ImportOptions =>
    d.one(0, 0, 1) === 0 ? {} : d.one(0, 0, 0, 1) === 0 ? d.one(...usual) : d.one(...senseless);
  return {
    ...d.one(...new Array<ImportOptions>(9).fill({ inputRange: [d.one(-1, 0), 1] }), {}, { inputRange: [1, 1] }),
    ...option(
      [{ inputMean: numbers(1) }, { inputMean: numbers(2) }, { inputMean: numbers(24) }],
      [{ inputMean: numbers(3) }, { inputMean: [NaN, 0] }, { inputMean: [...numbers(23), NaN] }],
    ),
    ...option(
      [{ inputStd: [0.5] }, { inputStd: [0.5, 2] }, { inputStd: [2] }],
      [{ inputStd: [0] }, { inputStd: [1, 2, 3] }],
    ),
    ...option(
      [{ inputShape: [4, 3, 2] }],
      [
        { inputShape: [4, 3] },
        { inputShape: [4, 3, 1] },
        { inputShape: [8192, 8192, 2] },
        { inputShape: [1, 4, 3, 2] },
      ],
    ),
    ...option([{ inputName: 'image' }], [{ inputName: 'sound' }]),
    ...option([{ outputName: outputs[0]! }], [{ outputName: 'nobody' }]),
  };
}
