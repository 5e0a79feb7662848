/** What a model of Keras says of an image by itself, laid out as the network that was imported from it. */
import { sizeOf } from '../../../ir/network/shapes.js';
import type { NodeId, Shape } from '../../../ir/network/types.js';
import { UserError } from '../../../common/diagnostics.js';
import type { FileValues } from '../frontend.js';
import type { NdArray } from '../reference/arrays.js';
import { attempt } from '../reference/attempt.js';
import { sampleOf } from '../reference/sample.js';
import type { Tensor } from './context.js';
import { fieldOf } from './fields.js';
import type { KerasGraph, Operation } from './graph.js';
import { namedFunction } from './quantizers.js';
import { evaluateLayer, type LayerResult } from './reference/layers.js';
import type { WeightSource } from './weights.js';

/** What to lay out. */
export interface FileValuesRequest {
  /** As the file has it. */
  readonly graph: KerasGraph;
  readonly weights: WeightSource;
  readonly major: number;
  /** What the input layer reads for an image of bytes, and its shape with a batch of 1. */
  readonly elements: (image: Uint8Array) => Float64Array;
  readonly dims: readonly number[];
  /** Operations that the output needs, in order, and the output. */
  readonly needed: readonly number[];
  readonly output: number;
  /** Operations whose softmax or sigmoid is the host's. */
  readonly last: ReadonlySet<number>;
  /** The layer that holds the result of an operation, and the one that holds its sums before an activation. */
  readonly layers: ReadonlyMap<number, NodeId>;
  readonly sums: ReadonlyMap<number, NodeId>;
  /** Shapes of the layers of the network. */
  readonly shapes: ReadonlyMap<NodeId, Shape>;
  /** The layer of the class scores. */
  readonly scores: NodeId;
}

const WHAT =
  'its layers one by one in float64, by the definitions of Keras, Larq and QKeras: what evaluates them shares with the importer only the reading of configurations and weights, and the meaning of bytes';

/** The file by itself. Its weights are read when it is evaluated first. */
export function fileValues(request: FileValuesRequest): FileValues {
  const { graph, shapes, last } = request;
  const known = new Map<number, ReadonlyMap<string, Tensor>>();
  const weightsOf = (index: number, operation: Operation): ReadonlyMap<string, Tensor> => {
    const weights = known.get(index) ?? request.weights(operation);
    known.set(index, weights);
    return weights;
  };
  const evaluated = (index: number, operation: Operation, inputs: readonly NdArray[]): LayerResult | undefined =>
    attempt(() => {
      const { className } = operation;
      const config = last.has(index) ? withoutDecision(operation) : operation.config;
      if (last.has(index) && className === 'Softmax') return { value: inputs[0]! };
      const weights = className === 'InputLayer' ? new Map<string, Tensor>() : weightsOf(index, operation);
      return evaluateLayer({ className, config, weights, major: request.major, inputs });
    }, UserError);
  return {
    what: WHAT,
    evaluate: (image) => {
      const input: NdArray = { dims: request.dims, data: request.elements(image) };
      const found = new Map<number, NdArray>();
      const layers = new Map<NodeId, Float64Array>();
      const place = (id: NodeId | undefined, value: NdArray | undefined): void => {
        const shape = id === undefined ? undefined : shapes.get(id);
        if (id === undefined || value === undefined || shape === undefined) return;
        if (sizeOf(shape) === value.data.length) layers.set(id, value.data);
      };
      for (const index of request.needed) {
        const operation = graph.operations[index]!;
        const inputs = operation.inputs.length === 0 ? [input] : operation.inputs.map((i) => found.get(i));
        if (!inputs.every((value) => value !== undefined)) continue;
        const result = evaluated(index, operation, inputs);
        if (result === undefined) continue;
        found.set(index, result.value);
        place(request.sums.get(index), result.sums);
        place(request.layers.get(index), result.value);
      }
      const scores = found.get(request.output);
      return scores === undefined ? { layers } : sampleOf(layers, request.scores, scores.data);
    },
  };
}

/** The configuration without an activation that leaves the order of the scores. */
function withoutDecision({ config }: Operation): Operation['config'] {
  const named = namedFunction(fieldOf(config, 'activation'));
  const isDecision = named !== undefined && 'name' in named && (named.name === 'softmax' || named.name === 'sigmoid');
  return isDecision ? { ...config, activation: null } : config;
}
