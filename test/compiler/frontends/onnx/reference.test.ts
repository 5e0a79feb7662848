/**
 * The evaluation of ONNX files that imports are compared with, against what the ONNX project recorded (../shared/vectors/onnx-ops). Operators that
 * are not defined in it have no values; they are listed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { present } from '../../../../src/common/assert.js';
import { parseModel, parseTensor, type TensorProto } from '../../../../src/compiler/frontends/onnx/model.js';
import { OnnxEvaluator } from '../../../../src/compiler/frontends/onnx/reference/evaluate.js';
import { arrayOf } from '../../../../src/compiler/frontends/onnx/reference/shapes.js';
import { constantOf } from '../../../../src/compiler/frontends/onnx/call.js';

const folder = fileURLToPath(new URL('../../../../../shared/vectors/onnx-ops', import.meta.url));
const missing = !existsSync(folder);
const note = missing ? ' (skipped: ../shared/vectors/onnx-ops is not there)' : '';

/** Operators, or forms of them, that are not defined in the evaluation. */
const NOT_DEFINED =
  /^test_(argmax|softmax|constant_pad_negative_axes|constantofshape|depthtospace|.*_blocked|resize|where)/;

/** Its input is an optional. */
const NO_TENSOR = 'test_identity_opt';

const tensorOf = (path: string): TensorProto => parseTensor(new Uint8Array(readFileSync(path)), path);

describe(`the evaluation of ONNX files${note}`, () => {
  const names = missing
    ? ['everything']
    : readdirSync(folder).filter((name) => name.startsWith('test_') && name !== NO_TENSOR);
  it.skipIf(missing).each(names)('%s: the recorded output, or none', (name) => {
    const at = (file: string): string => join(folder, name, 'test_data_set_0', file);
    const model = parseModel(new Uint8Array(readFileSync(join(folder, name, 'model.onnx'))), name);
    const given = model.inputs.map((input, i) => ({ ...tensorOf(at(`input_${i}.pb`)), name: input.name }));
    const [first, ...others] = given;
    const bound = { ...model, initialisers: [...model.initialisers, ...others] };
    const evaluator = new OnnxEvaluator(bound, first?.name ?? '');
    const input = first === undefined ? { dims: [], data: new Float64Array(1) } : arrayOf(constantOf(first, name));
    const values = evaluator.evaluate(input);
    model.outputs.forEach(({ name: output }, i) => {
      const found = values.get(output);
      const isDefined = found !== undefined;
      // Of dropout the value, not the mask.
      expect(isDefined, name).toBe(!NOT_DEFINED.test(name) && !(name === 'test_dropout_default_mask' && i === 1));
      if (found === undefined) return;
      const expected = constantOf(tensorOf(at(`output_${i}.pb`)), name);
      expect(found.dims).toEqual(expected.dims);
      expected.data.forEach((v, e) => {
        const error = Math.abs(present(found.data[e], 'element') - v);
        expect(error, `${name}, element ${e}`).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(v)));
      });
    });
  });
});
