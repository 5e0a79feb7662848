/**
 * Export: networks of the float dialect as QONNX, ONNX with the quantisers of Brevitas, QKeras and FINN (fastmachinelearning/qonnx,
 * docs/qonnx-custom-ops). The file computes the class scores of the network, from the bytes of an image as float32 numbers; what ONNX
 * cannot say goes into its metadata, with which the importer gives the same network back.
 */
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { present } from '../../common/assert.js';
import { isSequenceModel } from '../../ir/network/sequences.js';
import { refuseSpiking } from '../../ir/network/spiking.js';
import { inferShapes } from '../../ir/network/shapes.js';
import { type EncodeNode, inputsOf, type NetworkGraph, type NetworkNode, type Shape } from '../../ir/network/types.js';
import { GraphWriter, QONNX_DOMAIN } from './graph-writer.js';
import { encodeOnnx } from './onnx-file.js';
import { codeSteps } from './onnx-input-code.js';
import { fileDims, type Refused, writeFlat, writeLayer, writeThreshold } from './onnx-layers.js';
import { type ExportedLayer, writeMetadata } from './onnx-metadata.js';

/** The operator set: the first with all of ours, which every tool of today reads. */
const OPSET = 17;

/** An exported network. */
export interface ExportedFile {
  readonly bytes: Uint8Array;
  /** Operators and constants in it. */
  readonly operators: number;
  readonly tensors: number;
}

/** The bytes of a network as QONNX; `version` is that of this program. @throws UserError with every layer that cannot be written */
export function exportOnnx(network: NetworkGraph, version: string, place: string): ExportedFile {
  const { nodes } = network;
  refuseSpiking(network, 'an export as QONNX');
  if (network.dialect === 'integer') {
    const remedy = 'export the network it was lowered from';
    throwIfErrors([errorAt('integer-network', place, 'a network of the integer dialect', remedy)]);
  }
  if (isSequenceModel(network)) {
    const remedy = 'keep it as .lsn: the cache of keys and values of earlier tokens has no operator';
    throwIfErrors([errorAt('sequence-model', place, 'a sequence model, which reads one token at a time', remedy)]);
  }
  const shapes = inferShapes(network);
  const shapeOf = (id: string): Shape => present(shapes.get(id), 'shape');
  const graph = new GraphWriter();
  const findings: Diagnostic[] = [];
  let code: EncodeNode['code'] | undefined;
  for (const node of nodes) {
    const read = inputsOf(node).map(shapeOf);
    if (node.kind === 'encode') code = node.code;
    const reason = unusual(node, [...read, shapeOf(node.id)]) ?? written(graph, node, read);
    if (reason === undefined) continue;
    findings.push(
      errorAt('not-exportable', `${place}: layer "${node.id}" (${node.kind})`, reason.message, reason.remedy),
    );
  }
  throwIfErrors(findings);
  const [first, second] = nodes;
  const last = present(nodes.at(-1), 'last layer');
  if (first === undefined || second?.kind !== 'encode' || code === undefined) {
    throw new Error('internal error: a network without an input code passed the verifier');
  }
  const stated = code.kind === 'thermometer' || code.kind === 'bernoulli' ? undefined : code;
  const metadata = writeMetadata(
    {
      version: 1,
      name: network.name,
      input: { value: second.id, code: present(stated, 'code') },
      layers: nodes.map(formOf),
      preprocessing: network.preprocessing,
    },
    graph.exact,
  );
  const bytes = encodeOnnx({
    ...{ name: network.name, producerVersion: version, operators: graph.operators, tensors: graph.tensors },
    input: { name: first.id, dims: fileDims(shapeOf(first.id)) },
    output: { name: last.id, dims: fileDims(shapeOf(last.id)) },
    opsets: [
      ['', OPSET],
      [QONNX_DOMAIN, 1],
    ],
    metadata,
  });
  return { bytes, operators: graph.operators.length, tensors: graph.tensors.length };
}

/** Values that are no images and no vectors have no place for their channels there. */
function unusual(node: NetworkNode, shapes: readonly Shape[]): Refused | undefined {
  const odd = shapes.find(({ length }) => length !== 1 && length !== 3);
  if (odd === undefined) return undefined;
  return {
    message: `it ${node.kind === 'input' ? 'is' : 'reads or gives'} a value of the shape [${odd.join(', ')}]`,
    remedy: 'only images [rows, columns, channels] and vectors are written',
  };
}

function written(graph: GraphWriter, node: NetworkNode, shapes: readonly Shape[]): Refused | undefined {
  switch (node.kind) {
    case 'input':
      return undefined;
    case 'encode':
      return writeCode(graph, node);
    case 'scores':
      if (node.scale !== undefined || node.offset !== undefined) {
        return { message: 'scores with a scale or offset', remedy: 'put a batch norm before them instead' };
      }
      writeFlat(graph, node.id, node.input, shapes[0] ?? []);
      return undefined;
    default:
      return writeLayer(graph, node, shapes);
  }
}

function writeCode(graph: GraphWriter, { id, input, code }: EncodeNode): Refused | undefined {
  const steps = codeSteps(code);
  if (steps === undefined) {
    return { message: `the input code ${code.kind}`, remedy: 'use a threshold, rate or integer code' };
  }
  let from = input;
  steps.forEach(({ operator, constant }, i) => {
    const name = i === steps.length - 1 ? id : `${id}:${i}`;
    if (operator === 'MultiThreshold') writeThreshold(graph, name, from, constant ?? 0);
    else {
      const by = constant === undefined ? [] : [graph.number(`${name}:by`, constant)];
      graph.operator({ name, operator, inputs: [from, ...by] });
    }
    from = name;
  });
  return undefined;
}

/** Which of several equal forms a layer has. */
function formOf(node: NetworkNode): ExportedLayer {
  const { id, kind } = node;
  switch (node.kind) {
    case 'dense':
      return { id, kind, ...(hasWidth(node) ? {} : { without: ['weightBits'] }) };
    case 'conv2d': {
      const isBare = node.padding.every((p) => p === 0) && node.padValue !== 0;
      return {
        ...{ id, kind, ...(hasWidth(node) ? {} : { without: ['weightBits'] as const }) },
        ...(isBare ? { padValue: node.padValue } : {}),
      };
    }
    case 'quantise':
      return { id, kind, ...(node.rounding === undefined ? { without: ['rounding'] } : {}) };
    default:
      return { id, kind };
  }
}

const hasWidth = ({ weights, weightBits }: Extract<NetworkNode, { kind: 'dense' | 'conv2d' }>): boolean =>
  !(weights instanceof Int8Array) || weightBits !== undefined;
