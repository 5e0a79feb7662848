/** What every export does: it takes networks of the float dialect layer by layer, refuses all at once what its format cannot say, and notes the rest. */
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { present } from '../../common/assert.js';
import { isSequenceModel } from '../../ir/network/sequences.js';
import { refuseSpiking } from '../../ir/network/spiking.js';
import { inferShapes } from '../../ir/network/shapes.js';
import {
  type EncodeNode,
  inputsOf,
  type NetworkGraph,
  type NetworkNode,
  type NodeId,
  type Shape,
} from '../../ir/network/types.js';
import type { ExportedLayer, ExportedNetwork } from './own-metadata.js';
import { refused, type Refused } from './refused.js';

/** A network whose layers were written. */
export interface WrittenNetwork {
  /** Its first layer, its coded input, its last layer. */
  readonly first: NetworkNode;
  readonly encode: EncodeNode;
  readonly last: NetworkNode;
  shapeOf(id: NodeId): Shape;
  /** What the format cannot say, for the metadata of the file. */
  readonly about: ExportedNetwork;
}

/** Writes every layer by `write`, which has the shapes it reads. @throws UserError with every layer that cannot be written */
export function writeLayers(
  network: NetworkGraph,
  { place, format }: { readonly place: string; readonly format: string },
  write: (node: NetworkNode, shapes: readonly Shape[]) => Refused | undefined,
): WrittenNetwork {
  const { nodes } = network;
  refuseSpiking(network, `an export as ${format}`);
  if (network.dialect === 'integer') {
    const remedy = 'export the network it was lowered from';
    throwIfErrors([errorAt('integer-network', place, 'a network of the integer dialect', remedy)]);
  }
  if (isSequenceModel(network)) {
    const remedy = 'keep it as .lsn: the cache of keys and values of earlier tokens has no operator';
    throwIfErrors([errorAt('sequence-model', place, 'a sequence model, which reads one token at a time', remedy)]);
  }
  const shapes = inferShapes(network);
  const shapeOf = (id: NodeId): Shape => present(shapes.get(id), 'shape');
  const findings: Diagnostic[] = [];
  for (const node of nodes) {
    const read = inputsOf(node).map(shapeOf);
    const reason = unusual(node, [...read, shapeOf(node.id)]) ?? scaled(node) ?? write(node, read);
    if (reason === undefined) continue;
    findings.push(
      errorAt('not-exportable', `${place}: layer "${node.id}" (${node.kind})`, reason.message, reason.remedy),
    );
  }
  throwIfErrors(findings);
  const [first, encode] = nodes;
  if (first === undefined || encode?.kind !== 'encode') {
    throw new Error('internal error: a network without an input code passed the verifier');
  }
  const { code } = encode;
  const stated = code.kind === 'thermometer' || code.kind === 'bernoulli' ? undefined : code;
  const about: ExportedNetwork = {
    version: 1,
    name: network.name,
    input: { value: encode.id, code: present(stated, 'code') },
    layers: nodes.map(formOf),
    preprocessing: network.preprocessing,
  };
  return { first, encode, last: present(nodes.at(-1), 'last layer'), shapeOf, about };
}

/** An input code that no format says. */
export const unsaidCode = ({ code }: EncodeNode): Refused =>
  refused(`the input code ${code.kind}`, 'use a threshold, rate or integer code');

/** Values that are no images and no vectors have no place for their channels there. */
function unusual(node: NetworkNode, shapes: readonly Shape[]): Refused | undefined {
  const odd = shapes.find(({ length }) => length !== 1 && length !== 3);
  if (odd === undefined) return undefined;
  return refused(
    `it ${node.kind === 'input' ? 'is' : 'reads or gives'} a value of the shape [${odd.join(', ')}]`,
    'only images [rows, columns, channels] and vectors are written',
  );
}

function scaled(node: NetworkNode): Refused | undefined {
  if (node.kind !== 'scores' || (node.scale === undefined && node.offset === undefined)) return undefined;
  return refused('scores with a scale or offset', 'put a batch norm before them instead');
}

/** Which of several equal forms a layer has. */
function formOf(node: NetworkNode): ExportedLayer {
  const { id, kind } = node;
  switch (node.kind) {
    case 'dense':
      return { id, kind, ...without(node) };
    case 'conv2d': {
      const isBare = node.padding.every((p) => p === 0) && node.padValue !== 0;
      return {
        ...{ id, kind, ...without(node) },
        ...(isBare ? { padValue: node.padValue } : {}),
      };
    }
    case 'quantise':
      return { id, kind, ...(node.rounding === undefined ? { without: ['rounding'] } : {}) };
    default:
      return { id, kind };
  }
}

/** Fields that integer weights leave out. */
function without({
  weights,
  weightBits,
  scale,
}: Extract<NetworkNode, { kind: 'dense' | 'conv2d' }>): Pick<ExportedLayer, 'without'> {
  if (!(weights instanceof Int8Array)) return {};
  const fields = [
    ...(weightBits === undefined ? (['weightBits'] as const) : []),
    ...(scale === undefined ? (['scale'] as const) : []),
  ];
  return fields.length === 0 ? {} : { without: fields };
}
