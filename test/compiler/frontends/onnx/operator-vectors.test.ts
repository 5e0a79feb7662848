/**
 * Operator tests of the ONNX project (../shared/vectors/onnx-ops; its README says how to bind the weights): the imported float network gives
 * the recorded output, or the operator is refused for a reason that stands in docs/import.md.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ImportOptions } from '../../../../src/compiler/frontends/frontend.js';
import { onnx } from '../../../../src/compiler/frontends/onnx/index.js';
import { parseModel, parseTensor, type ValueInfo } from '../../../../src/compiler/frontends/onnx/model.js';
import { numbersOf } from '../../../../src/compiler/frontends/onnx/tensor.js';
import { fields } from '../../../../src/compiler/frontends/onnx/wire.js';
import { createInterpreter } from '../../../../src/evaluation/interpreter/network.js';
import { asFile, REALS, scoresOfReals } from '../../../support/onnx-case.js';
import { bytesField, joined, numberField, textField } from '../../../support/onnx-writer.js';

const folder = fileURLToPath(new URL('../../../../../shared/vectors/onnx-ops', import.meta.url));
const missing = !existsSync(folder);
const note = missing ? ' (skipped: ../shared/vectors/onnx-ops is not there)' : '';

/** What is refused, and the words of the reason. Everything else gives the recorded numbers. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  test_constantofshape_int_shape_zero: /ConstantOfShape/,
  test_dequantizelinear_blocked: /DequantizeLinear.*blocks/,
  test_quantizelinear_blocked_asymmetric: /QuantizeLinear.*blocks/,
  test_identity_opt: /no tensor/,
  test_slice_start_out_of_bounds: /Slice.*without elements/,
  test_where_example: /operator Where is not read/,
};

interface Sample {
  readonly dims: readonly number[];
  readonly values: readonly number[];
  /** Number of TensorProto.DataType. */
  readonly type: number;
}

function tensorFile(path: string): Sample {
  const tensor = parseTensor(new Uint8Array(readFileSync(path)), path);
  return { dims: tensor.dims, values: Array.from(numbersOf(tensor, path)), type: tensor.type };
}

/** The model with every input but the first as an initialiser. */
function bound(name: string): Uint8Array {
  const bytes = new Uint8Array(readFileSync(join(folder, name, 'model.onnx')));
  const { inputs } = parseModel(bytes, name);
  const initialisers = inputs.slice(1).map((input, i) => {
    const pb = new Uint8Array(readFileSync(join(folder, name, 'test_data_set_0', `input_${i + 1}.pb`)));
    return bytesField(5, joined([pb, textField(8, input.name)]));
  });
  const parts = [...fields(bytes, name)].map((field) => {
    if (field.wire === 0) return numberField(field.number, field.value);
    return bytesField(field.number, field.number === 7 ? joined([field.bytes, ...initialisers]) : field.bytes);
  });
  return joined(parts);
}

/** Imports with the whole input as one sample. */
async function scores(model: Uint8Array, input: Sample, options: ImportOptions): Promise<number[]> {
  const isByte = input.type === 2 || input.type === 3;
  const { graph, operators } = await onnx.read(asFile(model), {
    ...(isByte ? {} : REALS),
    ...(input.dims.length === 4 ? { inputLayout: 'channels-last' } : {}),
    ...options,
  });
  const code = graph.nodes[1];
  if (code?.kind !== 'encode' || code.code.kind !== 'integer') throw new Error('an unexpected code');
  const offset = (input.type === 3 ? 128 : 0) - code.code.zeroPoint;
  const integers = input.values.map((x) => x + offset);
  const found = isByte ? Array.from(createInterpreter(graph).run(integers)) : scoresOfReals(graph, input.values);
  const isDecided = operators.some(({ fidelity, operator }) => fidelity === 'dropped' && /max$/i.test(operator));
  return isDecided ? decide(model, input.dims, found) : found;
}

/** What the host does with scores: along an axis, as the operator at the end of the file says. */
function decide(model: Uint8Array, dims: readonly number[], found: readonly number[]): number[] {
  const { nodes } = parseModel(model, 'model');
  const { operator = '', attributes } = nodes.at(-1) ?? {};
  const given = Number(attributes?.get('axis')?.int ?? (operator === 'ArgMax' ? 0 : -1));
  const axis = given < 0 ? given + dims.length : given;
  const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);
  const [outer, among, inner] = [product(dims.slice(0, axis)), dims[axis] ?? 1, product(dims.slice(axis + 1))];
  const isIndex = operator === 'ArgMax';
  const results = new Array<number>(isIndex ? outer * inner : found.length).fill(0);
  for (let group = 0; group < outer * inner; group++) {
    const first = Math.floor(group / inner) * among * inner + (group % inner);
    const scores_ = Array.from({ length: among }, (_, k) => found[first + k * inner]!);
    const most = Math.max(...scores_);
    if (isIndex) results[group] = scores_.indexOf(most);
    else {
      const powers = scores_.map((x) => Math.exp(x - most));
      const sum = powers.reduce((a, b) => a + b, 0);
      powers.forEach((power, k) => (results[first + k * inner] = power / sum));
    }
  }
  return results;
}

/** The output on the whole input as one sample. */
const run = (model: Uint8Array, input: Sample, output: ValueInfo): Promise<number[]> =>
  scores(model, input, { outputName: output.name, inputShape: input.dims });

describe(`operators of ONNX${note}`, () => {
  const names = missing ? ['everything'] : readdirSync(folder).filter((name) => name.startsWith('test_'));
  it.skipIf(missing).each(names)('%s: the recorded output, or a refusal with its reason', async (name) => {
    const model = bound(name);
    const { outputs, nodes } = parseModel(model, name);
    const set = join(folder, name, 'test_data_set_0');
    const reason = REFUSED[name];
    const input = /identity_opt/.test(name) ? { dims: [1], values: [0], type: 1 } : tensorFile(join(set, 'input_0.pb'));
    if (reason !== undefined) {
      await expect(run(model, input, outputs[0]!)).rejects.toThrow(reason);
      return;
    }
    // The mask of Dropout is no value of a network at inference.
    const compared = nodes[0]?.operator === 'Dropout' ? outputs.slice(0, 1) : outputs;
    for (const [i, output] of compared.entries()) {
      const expected = tensorFile(join(set, `output_${i}.pb`)).values;
      const found = await run(model, input, output);
      expect(found.length).toBe(expected.length);
      const worst = found.reduce((most, x, e) => Math.max(most, Math.abs(x - expected[e]!)), 0);
      expect(worst).toBeLessThanOrEqual(1e-5);
    }
  });
});
