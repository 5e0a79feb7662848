/** Collects operators and constants of a file that is being written, and the digits that float32 does not hold. */
import type { OnnxAttribute, OnnxOperator, OnnxTensor } from './onnx-file.js';

/** Where operators of QONNX stand. */
export const QONNX_DOMAIN = 'qonnx.custom_op.general';
const QONNX: readonly string[] = ['Quant', 'BipolarQuant', 'MultiThreshold'];

/** An operator to add; `name` is its name and, without `output`, that of its result. */
export interface OperatorRequest {
  readonly name: string;
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** Parts of layers are named layer:part: names of layers have no colon. */
export class GraphWriter {
  readonly operators: OnnxOperator[] = [];
  readonly tensors: OnnxTensor[] = [];
  readonly exact = new Map<string, Float64Array>();

  /** Adds an operator and returns the name of its result. */
  operator({ name, operator, inputs, attributes = {} }: OperatorRequest): string {
    const domain = QONNX.includes(operator) ? QONNX_DOMAIN : '';
    this.operators.push({ name, operator, domain, inputs, output: name, attributes });
    return name;
  }

  /** Adds a constant of real numbers: float32 in the file, with float64 beside it where that loses digits. */
  constant(name: string, values: Float64Array | Float32Array, dims: readonly number[] = [values.length]): string {
    const single = values instanceof Float32Array ? values : Float32Array.from(values);
    this.tensors.push({ name, dims, type: 'float', values: single });
    if (values instanceof Float64Array) this.#keep(name, values, single);
    return name;
  }

  number(name: string, value: number): string {
    return this.constant(name, Float64Array.of(value), []);
  }

  indices(name: string, values: readonly number[]): string {
    this.tensors.push({ name, dims: [values.length], type: 'int64', values });
    return name;
  }

  /** An attribute of an operator. */
  float(node: string, name: string, value: number): OnnxAttribute {
    this.#keep(`${node}:${name}`, Float64Array.of(value), Float32Array.of(value));
    return { float: value };
  }

  #keep(name: string, values: Float64Array, single: Float32Array): void {
    if (values.some((v, i) => v !== single[i])) this.exact.set(name, values);
  }
}
