/** What an ONNX file says of an image by itself, laid out as the network that was imported from it. */
import { sizeOf } from '../../../ir/network/shapes.js';
import type { NetworkGraph, NodeId, Shape } from '../../../ir/network/types.js';
import type { FileValues } from '../frontend.js';
import type { View } from '../normalise.js';
import type { OnnxModel } from './model.js';
import type { NdArray } from '../reference/arrays.js';
import { sampleOf } from '../reference/sample.js';
import { OnnxEvaluator } from './reference/evaluate.js';
import type { Dims, Value } from './values.js';

/** The input of a file. */
export interface FileInput {
  readonly name: string;
  readonly dims: Dims;
  /** Its elements for an image of bytes, in the order of the file. */
  readonly elements: (image: Uint8Array) => Float64Array;
}

/** A tensor of the file, and the value of the network as it was first written down that stands for it. */
export interface FileTensor {
  readonly name: string;
  readonly value: Value;
}

/** What to lay out. */
export interface FileValuesRequest {
  readonly model: OnnxModel;
  readonly input: FileInput;
  readonly tensors: readonly FileTensor[];
  /** The class scores, before their comparison. */
  readonly scores: FileTensor | undefined;
  /** What became of the values when the network was normalised. */
  readonly views: ReadonlyMap<NodeId, View>;
  /** Layers of the network with the same values as behind the normalisation, and their shapes. */
  readonly shapes: ReadonlyMap<NodeId, Shape>;
  /** The layer of the class scores. */
  readonly output: NodeId;
}

const WHAT =
  'its operators one by one in float64, by their definitions: what evaluates them shares with the importer only the parser of files and the meaning of bytes';

/** The file by itself. Its constants are read when it is evaluated first. */
export function fileValues(request: FileValuesRequest): FileValues {
  const { model, input, scores } = request;
  let evaluator: OnnxEvaluator | undefined;
  return {
    what: WHAT,
    evaluate: (image) => {
      evaluator ??= new OnnxEvaluator(model, input.name);
      const values = evaluator.evaluate({ dims: input.dims, data: input.elements(image) });
      const layers = new Map<NodeId, Float64Array>();
      for (const { name, value } of request.tensors) {
        const found = values.get(name);
        const view = request.views.get(value.id);
        const shape = view === undefined ? undefined : request.shapes.get(view.base);
        if (found === undefined || view === undefined || shape === undefined) continue;
        const layer = layers.get(view.base) ?? new Float64Array(sizeOf(shape)).fill(NaN);
        if (place(inUnitsOf(value, found), view, layer)) layers.set(view.base, layer);
      }
      const own = scores === undefined ? undefined : values.get(scores.name);
      if (scores === undefined || own === undefined) return { layers };
      return sampleOf(layers, request.output, inUnitsOf(scores.value, own));
    },
  };
}

/** Numbers of the file as those of the layer that stands for them. */
function inUnitsOf({ factor, code }: Value, { data }: NdArray): Float64Array {
  if (code !== undefined) return data.map((q) => (q - code.zeroPoint) * code.scale);
  return factor === 1 ? data : data.map((v) => v / factor);
}

/** Puts elements where the view has them from; false where it has another number of them. */
function place(values: Float64Array, { index }: View, layer: Float64Array): boolean {
  if (index === undefined ? values.length !== layer.length : values.length !== index.length) return false;
  values.forEach((v, e) => {
    const at = index === undefined ? e : index[e]!;
    if (at >= 0 && Number.isNaN(layer[at])) layer[at] = v;
  });
  return true;
}

/** Layers that have the same values in both networks, with their shapes: all, or all but what reads bits in place of signs. */
export function sameLayers(
  plain: NetworkGraph,
  graph: NetworkGraph,
  shapes: ReadonlyMap<NodeId, Shape>,
): ReadonlyMap<NodeId, Shape> {
  const first = graph.nodes.findIndex(({ kind }) => kind === 'dense' || kind === 'conv2d');
  return new Map(
    graph.nodes.flatMap(({ id }, i) => {
      const shape = shapes.get(id);
      return (graph !== plain && i < first) || shape === undefined ? [] : [[id, shape] as const];
    }),
  );
}
