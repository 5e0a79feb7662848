/**
 * Export: networks of the float dialect as QONNX, ONNX with the quantisers of Brevitas, QKeras and FINN (fastmachinelearning/qonnx,
 * docs/qonnx-custom-ops). The file computes the class scores of the network, from the bytes of an image as float32 numbers; what ONNX
 * cannot say goes into its metadata, with which the importer gives the same network back.
 */
import type { EncodeNode, NetworkGraph, NetworkNode, Shape } from '../../ir/network/types.js';
import { unsaidCode, writeLayers } from './exportable.js';
import { GraphWriter, QONNX_DOMAIN } from './graph-writer.js';
import { encodeOnnx } from './onnx-file.js';
import { codeSteps } from './onnx-input-code.js';
import { fileDims, writeFlat, writeLayer, writeThreshold } from './onnx-layers.js';
import { writeMetadata } from './own-metadata.js';
import type { Refused } from './refused.js';

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
  const graph = new GraphWriter();
  const { first, last, shapeOf, about } = writeLayers(network, { place, format: 'QONNX' }, (node, shapes) =>
    written(graph, node, shapes),
  );
  const bytes = encodeOnnx({
    ...{ name: network.name, producerVersion: version, operators: graph.operators, tensors: graph.tensors },
    input: { name: first.id, dims: fileDims(shapeOf(first.id)) },
    output: { name: last.id, dims: fileDims(shapeOf(last.id)) },
    opsets: [
      ['', OPSET],
      [QONNX_DOMAIN, 1],
    ],
    metadata: writeMetadata(about, graph.exact),
  });
  return { bytes, operators: graph.operators.length, tensors: graph.tensors.length };
}

function written(graph: GraphWriter, node: NetworkNode, shapes: readonly Shape[]): Refused | undefined {
  switch (node.kind) {
    case 'input':
      return undefined;
    case 'encode':
      return writeCode(graph, node);
    case 'scores':
      writeFlat(graph, node.id, node.input, shapes[0] ?? []);
      return undefined;
    default:
      return writeLayer(graph, node, shapes);
  }
}

function writeCode(graph: GraphWriter, node: EncodeNode): Refused | undefined {
  const { id, input, code } = node;
  const steps = codeSteps(code);
  if (steps === undefined) return unsaidCode(node);
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
