/** Graphs beside their operators: inputs, outputs, operator sets, batches, what is missing, and the findings of each, word for word. */
import { expect, test } from 'vitest';
import { UserError } from '../../../../src/common/diagnostics.js';
import type { ForeignFile, ImportedNetwork, ImportOptions } from '../../../../src/compiler/frontends/frontend.js';
import { onnx } from '../../../../src/compiler/frontends/onnx/index.js';
import { printNetwork } from '../../../../src/ir/network/print.js';
import { digest } from '../../../support/digest.js';
import { asFile } from '../../../support/onnx-case.js';
import {
  bytesField,
  joined,
  madeModel,
  type MadeModel,
  type MadeNode,
  type MadeTensor,
  madeTensor,
  numberField,
  textField,
  varint,
} from '../../../support/onnx-writer.js';

const scalar = (value: number, type = 1): MadeTensor => ({ dims: [], type, values: [value] });
const vector = (values: readonly number[], type = 7): MadeTensor => ({ dims: [values.length], type, values });
const matrix = (rows: number, columns: number, type = 1): MadeTensor => ({
  dims: [rows, columns],
  type,
  values: Array.from({ length: rows * columns }, (_, i) => ((i * 5) % 7) - 3),
});

const BASE: MadeModel = {
  nodes: [
    { op: 'Relu', name: 'first', inputs: ['x'], outputs: ['r'] },
    { op: 'MatMul', name: 'dense', inputs: ['r', 'w'], outputs: ['y'] },
  ],
  inputs: [{ name: 'x', dims: ['N', 4] }],
  outputs: [{ name: 'y', dims: ['N', 3] }],
  initialisers: { w: matrix(4, 3) },
};

interface Case {
  readonly model: Partial<MadeModel>;
  readonly options?: ImportOptions;
  readonly file?: Partial<ForeignFile>;
}

const lines = (
  findings: readonly { severity: string; code: string; place: string; message: string; remedy: string }[],
) =>
  findings.map(
    ({ severity, code, place, message, remedy }) => `  ${severity} ${code} at ${place}: ${message}; ${remedy}\n`,
  );

function described({ graph, operators, warnings }: ImportedNetwork): string {
  const kinds = graph.nodes.map((node) => `${node.kind} ${node.id}`).join(', ');
  const became = operators.map(
    ({ name, operator, layers, fidelity, note }) =>
      `  ${operator} "${name}": ${fidelity}, ${layers.join(' ')}${note === undefined ? '' : ` (${note})`}\n`,
  );
  return [`  ${graph.name}: ${kinds}, ${digest(printNetwork(graph))}\n`, ...became, ...lines(warnings)].join('');
}

async function outcome({ model, options = { inputRange: [-0.5, 254.5] }, file = {} }: Case): Promise<string> {
  try {
    return described(await onnx.read({ ...asFile(madeModel({ ...BASE, ...model })), ...file }, options));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return lines(error.diagnostics).join('');
  }
}

const REAL: ImportOptions = { inputRange: [-0.5, 254.5] };
const image = (...dims: readonly (number | string)[]): Partial<MadeModel> => ({
  inputs: [{ name: 'x', dims }],
  nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
});
/** One operator on the image, with constants. */
const only = (
  op: string,
  constants: readonly MadeTensor[],
  more: Partial<MadeNode> = {},
  dims = [1, 4],
): Partial<MadeModel> => ({
  inputs: [{ name: 'x', dims }],
  nodes: [{ op, name: 'node', inputs: ['x', ...constants.map((_, i) => `c${i}`)], outputs: ['y'], ...more }],
  initialisers: Object.fromEntries(constants.map((tensor, i) => [`c${i}`, tensor])),
});
const behind = (
  nodes: readonly MadeNode[],
  initialisers: MadeModel['initialisers'] = {},
  more: Partial<MadeModel> = {},
): Case => ({
  model: { ...BASE, nodes, initialisers: { ...BASE.initialisers, ...initialisers }, ...more },
});
const attributeOf = (name: string, field: Uint8Array): Uint8Array =>
  bytesField(
    1,
    joined([
      ...[textField(1, 'x'), textField(2, 'y'), textField(3, 'odd'), textField(4, 'Relu')],
      bytesField(5, joined([textField(1, name), field])),
    ]),
  );
const windows = (op: string): MadeNode => ({ op, inputs: ['x'], outputs: ['r'], attributes: { kernel_shape: [1, 1] } });

const CASES: Readonly<Record<string, Case>> = {
  'as it is': { model: {} },
  ...Object.fromEntries([0, 6, 7, 27, 28].map((opset) => [`operator set ${opset}`, { model: { opset } }])),
  'operator set of another domain': {
    model: { modelFields: bytesField(8, joined([textField(1, 'other'), numberField(2, 3)])) },
  },
  'operator set of ai.onnx': {
    model: { opset: 0, modelFields: bytesField(8, joined([textField(1, 'ai.onnx'), numberField(2, 13)])) },
  },
  'functions of its own': {
    model: { modelFields: joined(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => bytesField(25, textField(1, name)))) },
  },
  'a function without a name': { model: { modelFields: bytesField(25, numberField(2, 1)) } },
  'sparse tensors': {
    model: { graphFields: joined([bytesField(15, numberField(1, 1)), bytesField(15, numberField(1, 1))]) },
  },
  'no input': { model: { inputs: [] } },
  'only constants as inputs': { model: { inputs: [{ name: 'w', dims: [4, 3] }] } },
  'a constant that is an input too': { model: { inputs: [...BASE.inputs, { name: 'w', dims: [4, 3] }] } },
  'two inputs': { model: { inputs: [...BASE.inputs, { name: 'z', dims: [1] }] } },
  'two inputs, one named': {
    model: { inputs: [{ name: 'z', dims: [1] }, ...BASE.inputs] },
    options: { ...REAL, inputName: 'x' },
  },
  'an input that is not there': { model: {}, options: { ...REAL, inputName: 'no' } },
  'an input that is a constant': {
    model: { inputs: [...BASE.inputs, { name: 'w', dims: [4, 3] }] },
    options: { ...REAL, inputName: 'w' },
  },
  'an input that is no tensor': {
    model: {
      inputs: [],
      graphFields: bytesField(11, joined([textField(1, 'x'), bytesField(2, bytesField(4, numberField(1, 1)))])),
    },
  },
  'an input without a shape': {
    model: {
      inputs: [],
      graphFields: bytesField(11, joined([textField(1, 'x'), bytesField(2, bytesField(1, numberField(1, 1)))])),
    },
  },
  'an input without a shape, with one': {
    model: {
      inputs: [],
      graphFields: bytesField(11, joined([textField(1, 'x'), bytesField(2, bytesField(1, numberField(1, 1)))])),
    },
    options: { ...REAL, inputShape: [4] },
  },
  'open dimensions': { model: { inputs: [{ name: 'x', dims: ['N', 'C'] }] } },
  'open dimensions with a shape': {
    model: { inputs: [{ name: 'x', dims: ['N', 'C'] }] },
    options: { ...REAL, inputShape: [4] },
  },
  'a dimension of 0': { model: { inputs: [{ name: 'x', dims: [1, 0] }] } },
  'a dimension of 0 with a shape': {
    model: { inputs: [{ name: 'x', dims: [1, 0] }] },
    options: { ...REAL, inputShape: [4] },
  },
  'a batch of 0': { model: { inputs: [{ name: 'x', dims: [0, 4] }] } },
  'a batch of -1': { model: { inputs: [{ name: 'x', dims: [-1, 4] }] } },
  'another shape': { model: {}, options: { ...REAL, inputShape: [5] } },
  'a shape of another rank': { model: {}, options: { ...REAL, inputShape: [1, 2, 2] } },
  'a shape with a batch': { model: {}, options: { ...REAL, inputShape: [1, 4] } },
  'a shape with a batch that the file has otherwise': {
    model: { inputs: [{ name: 'x', dims: [2, 4] }] },
    options: { ...REAL, inputShape: [1, 4] },
  },
  'a shape beside a batch of 2': {
    model: { inputs: [{ name: 'x', dims: [2, 4] }] },
    options: { ...REAL, inputShape: [4] },
  },
  'a shape with 0': { model: {}, options: { ...REAL, inputShape: [0] } },
  'a shape with a half': { model: {}, options: { ...REAL, inputShape: [1.5, 2] } },
  'no batch': { model: { inputs: [{ name: 'x', dims: [4] }] } },
  'a dimension without a batch': { model: { inputs: [{ name: 'x', dims: ['N'] }] } },
  'an image without a hint': { model: image(1, 2, 3, 4) },
  'an image with one channel in front': { model: image(1, 1, 3, 4) },
  'an image with one channel behind': { model: image(1, 3, 4, 1) },
  'an image with a batch of 2': { model: image(2, 2, 3, 4), options: { ...REAL, inputLayout: 'channels-first' } },
  'an image with channels first': { model: image(1, 2, 3, 4), options: { ...REAL, inputLayout: 'channels-first' } },
  'an image with channels last': { model: image(1, 2, 3, 4), options: { ...REAL, inputLayout: 'channels-last' } },
  'an order of three dimensions': { model: image(1, 3, 4), options: { ...REAL, inputLayout: 'channels-last' } },
  'five dimensions': { model: image(1, 2, 3, 2, 2) },
  'six dimensions': { model: image(1, 2, 3, 2, 2, 2) },
  'seven dimensions': { model: image(1, 2, 1, 2, 1, 2, 2) },
  ...Object.fromEntries(
    ['MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool'].flatMap((op) =>
      ['', 'qonnx.custom_op.channels_last'].map((domain) => [
        `the layout that ${op} of "${domain}" shows`,
        {
          model: {
            ...image('N', 2, 3, 4),
            nodes: [
              { op: 'Sign', inputs: ['x'], outputs: ['s'] },
              { ...windows(op), domain, inputs: ['s'], outputs: ['y'] },
            ],
          },
        },
      ]),
    ),
  ),
  ...Object.fromEntries(
    [[0, 3, 1, 2], [0, 2, 3, 1], [0, 1, 3, 2], undefined].map((perm) => [
      `the layout that a transposition [${perm?.join()}] shows`,
      {
        model: {
          ...image('N', 2, 3, 4),
          nodes: [
            { op: 'Transpose', inputs: ['x'], outputs: ['y'], ...(perm === undefined ? {} : { attributes: { perm } }) },
          ],
        },
      },
    ]),
  ),
  ...Object.fromEntries(
    ['Cast', 'Relu', 'Clip', 'Dropout', 'Identity', 'Sigmoid', 'Add', 'Sub', 'Mul', 'Div'].map((op) => [
      `the layout behind ${op}`,
      {
        model: {
          ...image('N', 2, 3, 4),
          initialisers: { c: scalar(2) },
          nodes: [
            { op, inputs: ['Add', 'Sub', 'Mul', 'Div'].includes(op) ? ['x', 'c'] : ['x'], outputs: ['a'] },
            { ...windows('MaxPool'), inputs: ['a'], outputs: ['y'] },
          ],
        },
      },
    ]),
  ),
  ...Object.fromEntries(
    [2, 3, 5, 6, 7, 9].flatMap((type) => [
      [
        `an input of the type ${type}`,
        { model: { ...BASE, inputs: [{ name: 'x', type, dims: [1, 4] }] }, options: {} },
      ],
      [
        `an input of the type ${type} that is dequantised`,
        {
          ...{ options: {} },
          model: {
            ...only('DequantizeLinear', [scalar(0.5), scalar(type === 3 ? -3 : 3, type === 3 ? 3 : 2)]),
            inputs: [{ name: 'x', type, dims: [1, 4] }],
          },
        },
      ],
    ]),
  ),
  ...Object.fromEntries(
    (
      [
        ['of uint8', [scalar(0.5), scalar(3, 2)], {}],
        ['of int8', [scalar(0.5), scalar(-128, 3)], {}],
        ['without a zero point', [scalar(0.5)], {}],
        ['of a type', [scalar(0.5)], { output_dtype: { int: 3 } }],
        ['of a wide type', [scalar(0.5)], { output_dtype: { int: 5 } }],
        ['of an unknown type', [scalar(0.5)], { output_dtype: { int: 99 } }],
        ['of 0', [scalar(0), scalar(3, 2)], {}],
        ['of less than 0', [scalar(-1), scalar(3, 2)], {}],
        ['along a dimension', [vector([0.5, 1, 1, 1], 1), vector([0, 0, 0, 0], 3)], {}],
        ['in blocks', [scalar(0.5), scalar(0, 3)], { block_size: 2 }],
        ['of another length', [vector([0.5, 1, 1], 1), vector([0, 0, 0], 3)], {}],
        ['with different zero points', [vector([0.5, 1, 1, 1], 1), vector([0, 1, 0, 0], 3)], {}],
      ] as const
    ).flatMap(([what, constants, attributes]) =>
      [{}, REAL].map((options) => [
        `a first quantiser ${what}, ${options === REAL ? 'with' : 'without'} a range`,
        { options, model: only('QuantizeLinear', constants, { attributes }) },
      ]),
    ),
  ),
  ...Object.fromEntries(
    [
      [0.5, 0, 8, 1],
      [0.5, 128, 8, 0],
      [0.5, 255, 8, 0],
      [0.5, 256, 8, 0],
      [0.5, -128, 8, 1],
      [0.5, 127, 8, 1],
      [0.5, 128, 8, 1],
      [0.5, 0, 7, 1],
      [0.5, 0.5, 8, 1],
      [0, 0, 8, 1],
      [1, 0, 33, 1],
      [1, 0, 0.5, 1],
      [1, 0, 32, 1],
      [1, 0, 1, 1],
    ].map(([scale, zero, bits, signed]) => [
      `a first Quant of ${scale}, ${zero}, ${bits} bits, signed ${signed}`,
      {
        options: {},
        model: only('Quant', [scalar(scale!), scalar(zero!), scalar(bits!)], {
          domain: 'onnx.brevitas',
          attributes: { signed: signed! },
        }),
      },
    ]),
  ),
  'a code behind layers that move elements': {
    options: {},
    model: {
      ...image(1, 2, 2),
      initialisers: { s: scalar(0.5), z: scalar(3, 2) },
      nodes: [
        { op: 'Transpose', inputs: ['x'], outputs: ['a'] },
        { op: 'Flatten', inputs: ['a'], outputs: ['b'] },
        { op: 'QuantizeLinear', inputs: ['b', 's', 'z'], outputs: ['y'] },
      ],
    },
  },
  'no output': { model: { outputs: [] } },
  'two outputs': { model: { outputs: [...BASE.outputs, { name: 'r', dims: [] }] } },
  'two outputs, one named': {
    model: { outputs: [...BASE.outputs, { name: 'r', dims: [] }] },
    options: { ...REAL, outputName: 'r' },
  },
  'a value within as output': { model: {}, options: { ...REAL, outputName: 'r' } },
  'an output that is not there': { model: {}, options: { ...REAL, outputName: 'no' } },
  'an output that nothing computes': { model: { outputs: [{ name: 'no', dims: [] }] } },
  'an output that is the image': { model: { outputs: [{ name: 'x', dims: [] }] } },
  'an output that is a constant': { model: { outputs: [{ name: 'w', dims: [] }] } },
  'an output of indices': behind(
    [{ op: 'MaxPool', inputs: ['x'], outputs: ['p', 'y'], attributes: { kernel_shape: [1] } }],
    {},
    { inputs: [{ name: 'x', dims: [1, 2, 4] }] },
  ),
  'an output without a name': { model: { outputs: [{ name: '', dims: [] }] } },
  'an operator that is not known': behind([
    { op: 'Odd', name: 'odd', inputs: ['x'], outputs: ['r'] },
    ...BASE.nodes.slice(1),
  ]),
  'an operator of a domain that is not known': behind([
    { op: 'Relu', domain: 'mine', inputs: ['x'], outputs: ['r'] },
    ...BASE.nodes.slice(1),
  ]),
  'an operator that is known on constants only': behind([{ op: 'Where', inputs: ['x', 'x', 'x'], outputs: ['y'] }]),
  'operators that nobody reads': behind([
    ...BASE.nodes,
    { op: 'Odd', inputs: ['y'], outputs: ['z'] },
    { op: 'Relu', inputs: ['r'], outputs: ['q'] },
  ]),
  'two unknown operators': behind([
    { op: 'Odd', inputs: ['x'], outputs: ['r'] },
    { op: 'Odder', inputs: ['x'], outputs: ['q'] },
    { op: 'Add', inputs: ['r', 'q'], outputs: ['y'] },
  ]),
  'a value that nothing computes': behind([{ op: 'Add', name: 'sum', inputs: ['x', 'missing'], outputs: ['y'] }]),
  'nodes out of their order': { model: { nodes: BASE.nodes.toReversed() } },
  'nodes without names and outputs': behind([{ op: 'Relu', inputs: ['x'], outputs: ['', 'z'] }, ...BASE.nodes]),
  'names that layers cannot have': behind([{ op: 'Relu', name: '0 a/b:c', inputs: ['x'], outputs: ['y'] }]),
  'a name of 300 characters': behind([{ op: 'Relu', name: 'n'.repeat(300), inputs: ['x'], outputs: ['y'] }]),
  'a name above the limit': behind([{ op: 'Relu', name: 'n'.repeat(4097), inputs: ['x'], outputs: ['y'] }]),
  'a name at the limit': behind([{ op: 'Odd', name: 'n'.repeat(4096), inputs: ['x'], outputs: ['y'] }]),
  'one name twice': behind([
    { op: 'Relu', name: 'a', inputs: ['x'], outputs: ['r'] },
    { op: 'Sigmoid', name: 'a', inputs: ['r'], outputs: ['y'] },
  ]),
  'a file without the ending': { model: {}, file: { place: 'some/where\\net' } },
  'a file without a name': { model: {}, file: { place: 'where/.ONNX' } },
  'a graph in an attribute': {
    model: { nodes: [], graphFields: attributeOf('body', bytesField(6, new Uint8Array(0))) },
  },
  'graphs in an attribute': {
    model: { nodes: [], graphFields: attributeOf('body', bytesField(11, new Uint8Array(0))) },
  },
  'an attribute of texts': { model: { nodes: [], graphFields: attributeOf('texts', textField(9, 'a')) } },
  'an attribute with half a float': {
    model: { nodes: [], graphFields: attributeOf('alpha', bytesField(7, Uint8Array.of(1, 2, 3))) },
  },
  'a number where a node is due': { model: { graphFields: numberField(1, 3) } },
  'a message that is too long': { model: { graphFields: joined([varint(2 * 8 + 2), varint(5), Uint8Array.of(1)]) } },
  'a number of eleven bytes': {
    model: { graphFields: joined([varint(16 * 8), Uint8Array.from([...new Array<number>(10).fill(0x80), 1])]) },
  },
  'a number of ten bytes': {
    model: { graphFields: joined([varint(17 * 8), Uint8Array.from([...new Array<number>(9).fill(0x80), 1])]) },
  },
  'a field with the number 0': { model: { graphFields: Uint8Array.of(0, 0) } },
  'fields of four and eight bytes': {
    model: { graphFields: joined([varint(18 * 8 + 5), new Uint8Array(4), varint(19 * 8 + 1), new Uint8Array(8)]) },
  },
  'a tensor without a type': {
    model: {
      initialisers: { w: { ...matrix(4, 3), type: 1 } },
      graphFields: bytesField(5, madeTensor({ dims: [1] }, 'u')),
    },
  },
  'a tensor that does not say its type': {
    model: {
      initialisers: {},
      graphFields: bytesField(
        5,
        joined([numberField(1, 4), numberField(1, 3), textField(8, 'w'), bytesField(9, new Uint8Array(48))]),
      ),
    },
  },
  'an input that does not say its type': {
    options: {},
    model: {
      inputs: [],
      graphFields: bytesField(
        11,
        joined([textField(1, 'x'), bytesField(2, bytesField(1, bytesField(2, bytesField(1, numberField(1, 4)))))]),
      ),
    },
  },
  'the largest number of a field': { model: { graphFields: joined([varint(0x1fffffff * 8), varint(1)]) } },
  'a number of a field above the largest': { model: { graphFields: joined([varint(0x20000000 * 8), varint(1)]) } },
  'a batch norm of one dimension': {
    model: only(
      'BatchNormalization',
      [3, 1, 2, 4].map((v) => vector([v, v + 1, v, v + 2], 1)),
      {},
      [4],
    ),
  },
  'a constant reshaped by an attribute': behind(
    [
      { op: 'Reshape', inputs: ['v'], outputs: ['m'], attributes: { shape: [4, 1] } },
      { op: 'MatMul', inputs: ['x', 'm'], outputs: ['y'] },
    ],
    { v: vector([1, 2, 3, 4], 1) },
  ),
  'a value reshaped by an attribute': behind([
    { op: 'Reshape', inputs: ['x'], outputs: ['y'], attributes: { shape: [2, 2] } },
  ]),
  'a value reshaped without a shape': behind([{ op: 'Reshape', inputs: ['x'], outputs: ['y'] }]),
  'a signal of a batch of 2 within': {
    model: { ...only('MaxPool', [], { attributes: { kernel_shape: [2] } }, [1, 2, 4]) },
    options: { ...REAL, inputShape: [2, 4] },
  },
  'a window on a batch': behind(
    [
      { op: 'Reshape', inputs: ['x', 's'], outputs: ['r'] },
      { op: 'MaxPool', inputs: ['r'], outputs: ['y'], attributes: { kernel_shape: [1] } },
    ],
    { s: vector([2, 1, 2]) },
  ),
  'a tensor of texts': {
    model: {
      initialisers: {},
      graphFields: bytesField(5, joined([numberField(1, 1), numberField(2, 8), textField(8, 'w')])),
    },
  },
  'texts in a tensor of numbers': {
    model: {
      initialisers: {},
      graphFields: bytesField(
        5,
        joined([numberField(1, 1), numberField(2, 1), textField(6, 'abcd'), textField(8, 'w')]),
      ),
    },
  },
  'a tensor with too few numbers': {
    model: { initialisers: { w: { dims: [4, 3], type: 7, values: [1, 2, 3], as: 'typed' } } },
  },
  'a tensor with too many numbers': {
    model: { initialisers: { w: { dims: [2], type: 7, values: [1, 2, 3], as: 'typed' } } },
  },
  'a tensor with too many bytes': { model: { initialisers: { w: { dims: [2], values: [1, 2, 3] } } } },
  'a tensor of no numbers': { model: { initialisers: { w: { dims: [4, 3] } } } },
  ...Object.fromEntries(
    (
      [
        ['where it lies', { location: 'w' }],
        ['from 4 on', { location: 'w', offset: '4' }],
        ['up to its end', { location: 'w', offset: '12', length: '48' }],
        ['beyond its end', { location: 'w', offset: '13', length: '48' }],
        ['longer than it needs', { location: 'w', length: '60' }],
        ['shorter than it needs', { location: 'w', length: '47' }],
        ['without a place', { length: '48' }],
        ['at no number', { location: 'w', offset: 'x' }],
        ['before its start', { location: 'w', offset: '-1' }],
        ['in a file that is missing', { location: 'v' }],
      ] as const
    ).map(([what, external]) => [
      `external data ${what}`,
      {
        model: { initialisers: { w: { dims: [4, 3], external } } },
        file: {
          beside: async (name: string) =>
            name === 'w' ? Uint8Array.from({ length: 60 }, (_, i) => (i % 4 === 3 ? 0x3f : i)) : undefined,
        },
      },
    ]),
  ),
  'external data in an attribute': behind([
    { op: 'Constant', inputs: [], outputs: ['c'], attributes: { value: { dims: [1], external: { location: 'w' } } } },
    { op: 'Add', inputs: ['x', 'c'], outputs: ['y'] },
  ]),
  ...Object.fromEntries(
    Object.entries<MadeNode['attributes'] & object>({
      none: {},
      value: { value: vector([2], 1) },
      value_int: { value_int: 2 },
      value_float: { value_float: 0.5 },
      value_ints: { value_ints: [1, 2, 3, 4] },
      value_floats: { value_floats: [1.5, 2, 3, 4] },
      value_string: { value_string: 'a' },
    }).map(([name, attributes]) => [
      `Constant of ${name}`,
      behind([
        { op: 'Constant', inputs: [], outputs: ['c'], attributes },
        { op: 'Add', inputs: ['x', 'c'], outputs: ['y'] },
      ]),
    ]),
  ),
  'a product of two values': behind([{ op: 'MatMul', inputs: ['x', 'x'], outputs: ['y'] }]),
  'what follows a softmax': behind([
    { op: 'Softmax', inputs: ['x'], outputs: ['s'] },
    { op: 'Relu', inputs: ['s'], outputs: ['y'] },
  ]),
  'a constant where a value is due': behind([{ op: 'Div', inputs: ['w', 'x'], outputs: ['y'] }]),
  'weights that are computed': behind([{ op: 'Gemm', inputs: ['x', 'x'], outputs: ['y'] }]),
  'a matrix that is missing': behind([{ op: 'Gemm', inputs: ['x'], outputs: ['y'] }]),
  'inputs that are left out': behind([{ op: 'Gemm', inputs: ['x', 'w', ''], outputs: ['y'] }]),
  'a matrix for vectors of another length': behind([{ op: 'MatMul', inputs: ['x', 'v'], outputs: ['y'] }], {
    v: matrix(3, 3),
  }),
  'a bias of another length': behind([{ op: 'Gemm', inputs: ['x', 'w', 'v'], outputs: ['y'] }], {
    v: vector([1, 2], 1),
  }),
  'alpha of 0': behind([{ op: 'Gemm', inputs: ['x', 'w'], outputs: ['y'], attributes: { alpha: 0.0001 - 0.5 } }]),
  ...Object.fromEntries(
    [-257, -256, -129, -128, 127, 128, 254, 255].map((v) => [
      `integer weights with ${v}`,
      behind(
        [
          { op: 'DequantizeLinear', inputs: ['q', 's', 'z'], outputs: ['m'] },
          { op: 'MatMul', inputs: ['x', 'm'], outputs: ['y'] },
        ],
        { q: { dims: [4, 1], type: 6, values: [1, -2, 3, v] }, s: scalar(0.5), z: scalar(0, 6) },
      ),
    ]),
  ),
  ...Object.fromEntries(
    [
      [1, -1, 1, -1],
      [1, 0, 1, -1],
      [3, 0, 1, -4],
      [4, 0, 1, -4],
      [127, 0, 1, -128],
      [127.5, 0, 1, -128],
      [128, 0, 1, 1],
      [1, 0, 1, -129],
    ].map((values) => [
      `float weights ${values.join(', ')}`,
      behind([{ op: 'MatMul', inputs: ['x', 'm'], outputs: ['y'] }], { m: { dims: [4, 1], values } }),
    ]),
  ),
  'weights that are not finite': behind([{ op: 'MatMul', inputs: ['x', 'm'], outputs: ['y'] }], {
    m: { dims: [4, 1], values: [1, NaN, 1, 1] },
  }),
  'scales along the inputs': behind(
    [
      { op: 'DequantizeLinear', inputs: ['q', 's'], outputs: ['m'], attributes: { axis: { int: 0 } } },
      { op: 'MatMul', inputs: ['x', 'm'], outputs: ['y'] },
    ],
    { q: { dims: [4, 2], type: 3, values: [1, -2, 3, 4, 5, 6, 7, 8] }, s: vector([1, 2, 3, 4], 1) },
  ),
  ...Object.fromEntries(
    [3, 2, 1, 0.5, 0, -1].map((exponent) => [`the power ${exponent}`, { model: only('Pow', [scalar(exponent)]) }]),
  ),
  'constants above their limit': behind(
    [
      { op: 'ConstantOfShape', inputs: ['s'], outputs: ['c'] },
      { op: 'Add', inputs: ['x', 'c'], outputs: ['y'] },
    ],
    { s: vector([2 ** 25]) },
  ),
  'constants above the size of the file': behind(
    [
      { op: 'ConstantOfShape', inputs: ['s'], outputs: ['c'] },
      { op: 'Add', inputs: ['x', 'c'], outputs: ['y'] },
    ],
    { s: vector([2 ** 22 + 8192]) },
  ),
  'a value above the limit': behind([{ op: 'Expand', inputs: ['x', 's'], outputs: ['y'] }], {
    s: vector([2 ** 21, 4]),
  }),
  'a range above the limit': behind(
    [
      { op: 'Range', inputs: ['a', 'b', 'o'], outputs: ['c'] },
      { op: 'Gather', inputs: ['x', 'c'], outputs: ['y'], attributes: { axis: 1 } },
    ],
    { a: scalar(0, 7), b: scalar(65537, 7), o: scalar(1, 7) },
  ),
  'joined constants whose shapes do not fit': behind(
    [
      { op: 'Concat', inputs: ['w', 'v'], outputs: ['c'], attributes: { axis: { int: 0 } } },
      { op: 'MatMul', inputs: ['x', 'c'], outputs: ['y'] },
    ],
    { v: matrix(2, 2) },
  ),
  'joined constants of other ranks': behind(
    [
      { op: 'Concat', inputs: ['w', 'v'], outputs: ['c'], attributes: { axis: { int: 0 } } },
      { op: 'MatMul', inputs: ['x', 'c'], outputs: ['y'] },
    ],
    { v: vector([1, 2, 3], 1) },
  ),
  ...Object.fromEntries(
    [
      [0, 1],
      [0, 1, 2],
      [0, 0, 1, 2],
      [0, 1, 2, 4],
      [3, 2, 1, 0],
      [0, -1, 1, 2],
    ].map((perm) => [
      `the permutation [${perm.join()}] of an image`,
      {
        model: {
          ...image(1, 2, 3, 4),
          nodes: [{ op: 'Transpose', inputs: ['x'], outputs: ['y'], attributes: { perm } }],
        },
        options: { ...REAL, inputLayout: 'channels-first' },
      },
    ]),
  ),
  ...Object.fromEntries(
    [
      [2, 4],
      [2, -1],
      [4, 4],
      [1, 4],
      [-1, 4],
      [6, 2],
      [0, 4],
    ].map((shape) => [
      `a batch of 2 reshaped to [${shape.join()}]`,
      {
        model: {
          inputs: [{ name: 'x', dims: [2, 4] }],
          nodes: [{ op: 'Reshape', inputs: ['x', 's'], outputs: ['y'] }],
          initialisers: { s: vector(shape) },
        },
      },
    ]),
  ),
};

test('graphs become the networks and findings of their golden', async () => {
  const pages: string[] = [];
  for (const [name, made] of Object.entries(CASES)) pages.push(`${name}\n${await outcome(made)}`);
  await expect(pages.join('')).toMatchFileSnapshot('../../corpus/golden/onnx-graphs.txt');
});
