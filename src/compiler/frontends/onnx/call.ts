/** An operator that is being imported: its attributes with their defaults. */
import { numbersOf, DATA_TYPES } from './tensor.js';
import type { OnnxNode, TensorProto } from './model.js';
import { type Constant, refuse } from './values.js';

/** What importers of operators ask a node. */
export interface Call {
  readonly node: OnnxNode;
  /** Operator set of the file. */
  readonly opset: number;
  /** Number of results the graph names. */
  readonly outputs: number;
  int(name: string, otherwise: number): number;
  float(name: string, otherwise: number): number;
  text(name: string, otherwise: string): string;
  ints(name: string): readonly number[] | undefined;
  floats(name: string): readonly number[] | undefined;
  tensor(name: string): Constant | undefined;
}

/** The attributes of a node. `place` is for findings about tensors in them. */
export function callOf(node: OnnxNode, opset: number, place: string): Call {
  const of = (name: string) => node.attributes.get(name);
  return {
    node,
    opset,
    outputs: node.outputs.length,
    int: (name, otherwise) => of(name)?.int ?? otherwise,
    float: (name, otherwise) => of(name)?.float ?? otherwise,
    text: (name, otherwise) => of(name)?.text ?? otherwise,
    ints: (name) => of(name)?.ints,
    floats: (name) => of(name)?.floats,
    tensor: (name) => {
      const tensor = of(name)?.tensor;
      return tensor === undefined ? undefined : constantOf(tensor, place);
    },
  };
}

/** A tensor of the file as a constant. `raw` holds its external data, if any. */
export function constantOf(tensor: TensorProto, place: string, raw?: Uint8Array): Constant {
  if (tensor.external !== undefined && raw === undefined) {
    return refuse(`tensor "${tensor.name}" lies in another file`, 'store tensors of attributes in the model');
  }
  const type = DATA_TYPES.get(tensor.type);
  const data = numbersOf(tensor, place, raw ?? tensor.raw);
  return {
    kind: 'constant',
    dims: tensor.dims,
    data,
    isInteger: type?.isInteger ?? false,
    ...(type?.range === undefined ? {} : { range: type.range }),
  };
}
