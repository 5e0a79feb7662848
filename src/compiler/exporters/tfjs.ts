/**
 * Export: networks of the float dialect as a tfjs layers-model, model.json with its weights in shards beside it (tfjs-core/src/io/types.ts,
 * ModelJSON). The model computes the class scores of the network from the bytes of an image as float32 numbers; what it cannot say goes into its
 * userDefinedMetadata, with which the importer gives the same network back.
 */
import type { EncodeNode, NetworkGraph, NetworkNode, Shape } from '../../ir/network/types.js';
import { unsaidCode, writeLayers } from './exportable.js';
import { writeMetadata } from './own-metadata.js';
import { refused, type Refused } from './refused.js';
import { codeLayers } from './tfjs-input-code.js';
import { writeLayer } from './tfjs-layers.js';
import { type KerasLayer, type KerasWeight, ModelWriter } from './tfjs-writer.js';

/** Bytes of a shard: browsers cache files of up to 4 MiB (tensorflowjs_converter, --weight_shard_size_bytes). */
const SHARD_BYTES = 1 << 22;
/** Version of Keras whose configurations these are. */
const KERAS_VERSION = '2.15.0';

/** A file of a model, by its name in the folder of the model. */
export interface ModelFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** An exported network. */
export interface ExportedModel {
  /** Shards first, the model that names them last. */
  readonly files: readonly ModelFile[];
  /** Layers and weights in it. */
  readonly layers: number;
  readonly weights: number;
}

/** Where a model goes, and who writes it. */
export interface TfjsRequest {
  /** Name of the model's file; shards are called group1-shard1of1.bin and so on, behind its name where that is not model.json. */
  readonly name: string;
  /** Of this program. */
  readonly version: string;
  /** Where findings say they are. */
  readonly place: string;
}

/** The files of a network as a tfjs layers-model. @throws UserError with every layer that cannot be written */
export function exportTfjs(network: NetworkGraph, { name, version, place }: TfjsRequest): ExportedModel {
  const model = new ModelWriter();
  let output = '';
  const { about, first } = writeLayers(network, { place, format: 'tfjs layers-model' }, (node, shapes) => {
    if (node.kind === 'scores') output = node.input;
    return written(model, node, shapes, network);
  });
  const metadata = writeMetadata(about, model.exact);
  const shards = shardsOf(model.weights, name);
  const json = {
    format: 'layers-model',
    generatedBy: `lodestone ${version}`,
    convertedBy: null,
    modelTopology: {
      keras_version: KERAS_VERSION,
      backend: 'tensorflow',
      model_config: {
        class_name: 'Functional',
        config: {
          name: network.name,
          layers: model.layers.map(layerJson),
          input_layers: [[first.id, 0, 0]],
          output_layers: [[output, 0, 0]],
        },
      },
    },
    weightsManifest: [
      {
        paths: shards.map((shard) => shard.name),
        weights: model.weights.map(({ name: weight, shape }) => ({ name: weight, shape, dtype: 'float32' })),
      },
    ],
    userDefinedMetadata: Object.fromEntries(metadata),
  };
  const bytes = new TextEncoder().encode(`${JSON.stringify(json, undefined, 1)}\n`);
  return { files: [...shards, { name, bytes }], layers: model.layers.length, weights: model.weights.length };
}

const layerJson = ({ className, name, config, inputs }: KerasLayer): unknown => ({
  class_name: className,
  config: { name, trainable: false, ...config },
  name,
  inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])],
});

/** The weights one after the other, little-endian, in shards. */
function shardsOf(weights: readonly KerasWeight[], name: string): readonly ModelFile[] {
  const bytes = new Uint8Array(weights.reduce((n, { values }) => n + 4 * values.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { values } of weights) {
    for (const value of values) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  const count = Math.ceil(bytes.length / SHARD_BYTES);
  const prefix = name === 'model.json' ? '' : `${name.replace(/\.json$/i, '')}.`;
  return Array.from({ length: count }, (_, k) => ({
    name: `${prefix}group1-shard${k + 1}of${count}.bin`,
    bytes: bytes.subarray(k * SHARD_BYTES, (k + 1) * SHARD_BYTES),
  }));
}

function written(
  model: ModelWriter,
  node: NetworkNode,
  shapes: readonly Shape[],
  { nodes }: NetworkGraph,
): Refused | undefined {
  switch (node.kind) {
    case 'input': {
      const config = { batch_input_shape: [null, ...node.shape], dtype: 'float32', sparse: false };
      model.layer({ className: 'InputLayer', name: node.id, config, inputs: [] });
      return undefined;
    }
    case 'encode':
      return writeCode(model, node);
    case 'scores': {
      const find = (id: string): NetworkNode | undefined => nodes.find((other) => other.id === id);
      let last = find(node.input);
      while (last?.kind === 'flatten') last = find(last.input);
      // Behind the scores of classes it is left to the host.
      if (last?.kind === 'function' && last.function === 'sigmoid')
        return refused('scores that are sigmoids', 'leave the sigmoid out: the largest score stays the largest');
      return undefined;
    }
    default:
      return writeLayer(model, node, shapes);
  }
}

function writeCode(model: ModelWriter, node: EncodeNode): Refused | undefined {
  const { id, input, code } = node;
  const layers = codeLayers(code);
  if (layers === undefined) return unsaidCode(node);
  let from = input;
  layers.forEach(({ className, config }, i) => {
    const name = i === layers.length - 1 ? id : `${id}:${i}`;
    from = model.layer({ className, name, config, inputs: [from] });
  });
  return undefined;
}
