/** Evaluates whole ONNX and QONNX files in float64, beside the importer. Batch 1. */
import { present } from '../../src/common/assert.js';
import { parseModel } from '../../src/compiler/frontends/onnx/model.js';
import { OnnxEvaluator } from '../../src/compiler/frontends/onnx/reference/evaluate.js';

/** The value of a file's only output for a value of its only input. */
export function evaluateOnnx(bytes: Uint8Array): (input: ArrayLike<number>) => Float64Array {
  const model = parseModel(bytes, 'model');
  const [input] = model.inputs;
  const dims = present(input?.dims, 'dimensions').map((n) => n ?? 1);
  const evaluator = new OnnxEvaluator(model, input?.name ?? '');
  return (values) => {
    const [{ name, dims: wanted } = { name: '', dims: undefined }] = model.outputs;
    const found = present(evaluator.evaluate({ dims, data: Float64Array.from(values) }).get(name), 'the output');
    if (found.dims.join() !== wanted?.join()) throw new Error(`the output has [${found.dims.join()}]`);
    return found.data;
  };
}
