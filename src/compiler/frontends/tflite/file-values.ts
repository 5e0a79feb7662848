/** What a TensorFlow Lite file says of an image by itself, laid out as the network that was imported from it. */
import { channelsOf, sizeOf } from '../../../ir/network/shapes.js';
import type { NodeId, Shape } from '../../../ir/network/types.js';
import type { FileValues } from '../frontend.js';
import type { NdArray } from '../reference/arrays.js';
import { sampleOf } from '../reference/sample.js';
import { type TfliteModel, tensorAt } from './model.js';
import type { Value } from './operator-context.js';
import type { Plan } from './plan.js';
import { TfliteEvaluator } from './reference/evaluate.js';
import { unpacked } from './reference/larq.js';

/** What to lay out. */
export interface FileValuesRequest {
  readonly plan: Plan;
  /** Tensors that hold the image, with its shape. */
  readonly inputs: readonly number[];
  readonly full: Shape;
  /** Their stored numbers for an image of bytes. */
  readonly elements: (image: Uint8Array) => Float64Array;
  /** Tensors of the file and the layers that stand for them. */
  readonly values: ReadonlyMap<number, Value>;
  /** Shapes of the layers of the network. */
  readonly shapes: ReadonlyMap<NodeId, Shape>;
  /** The layer of the class scores. */
  readonly output: NodeId;
}

const WHAT =
  'its operators one by one: those of 8 bits by the integer arithmetic of the reference kernels, the others in float64; what evaluates them shares with the importer only the parser of files and the meaning of bytes';

/** The file by itself. Its constants are read when it is evaluated first. */
export function fileValues(request: FileValuesRequest): FileValues {
  const { plan, inputs, full, elements, shapes, output } = request;
  let evaluator: TfliteEvaluator | undefined;
  return {
    what: WHAT,
    evaluate: (image) => {
      evaluator ??= new TfliteEvaluator(plan.file, neededOperators(plan));
      const given = new Map(inputs.map((index) => [index, { dims: full, data: elements(image) }]));
      const found = evaluator.evaluate(given);
      const layers = new Map<NodeId, Float64Array>();
      const asLayer = (index: number): Float64Array | undefined => {
        const [value, layer] = [found.get(index), request.values.get(index)];
        return value === undefined || layer === undefined ? undefined : unitsOf(plan.file, index, value, layer);
      };
      for (const [index, { id }] of request.values) {
        const [data, shape] = [asLayer(index), shapes.get(id)];
        if (data !== undefined && shape !== undefined && data.length === sizeOf(shape)) layers.set(id, data);
      }
      const scores = asLayer(plan.output.index);
      return scores === undefined ? { layers } : sampleOf(layers, output, scores);
    },
  };
}

/** Operators that are lowered, and those that make their constants. */
const neededOperators = ({ file, operators }: Plan) => {
  const lowered = new Set(operators.map(({ index }) => index));
  return file.operators.filter(({ index, name }) => lowered.has(index) || name === 'DEQUANTIZE');
};

/** Stored numbers as those of a layer: q - zero point, real numbers, or signs. */
function unitsOf(file: TfliteModel, index: number, value: NdArray, { full }: Value): Float64Array {
  const { type, quantisation } = tensorAt(file, index);
  if (type === 'int32') return unpacked(value, channelsOf(full)).data;
  const zero = type === 'int8' || type === 'uint8' ? (quantisation?.zeroPoint[0] ?? 0) : 0;
  return zero === 0 ? value.data : value.data.map((q) => q - zero);
}
