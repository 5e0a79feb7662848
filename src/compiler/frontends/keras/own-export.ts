/**
 * Models that our own export wrote (compiler/exporters/tfjs.ts): tfjs layers-models like any other, with more in their metadata. That is taken where
 * the model agrees with it, so that one that another tool changed is read as what it is now:
 *
 *   exact numbers    where their float32 roundings are the weights
 *   input code       where the model begins with its layers; they are taken out
 *   parts            two layers that stand for one of ours, which Keras has no layer for, become that one
 *   layers           where the imported network has as many, of these kinds in this order: they get their names back
 */
import type { NetworkGraph, NetworkNode, NodeId } from '../../../ir/network/types.js';
import {
  EXACT_KEY,
  type ExactNumbers,
  type ExportedNetwork,
  NETWORK_KEY,
  readExactNumbers,
  readNetworkMetadata,
  stated,
} from '../../exporters/own-metadata.js';
import { codeLayers } from '../../exporters/tfjs-input-code.js';
import type { ImportedNetwork } from '../frontend.js';
import type { Tensor } from './context.js';
import { fieldOf, textOf } from './fields.js';
import type { KerasGraph } from './graph.js';
import type { WeightSource } from './weights.js';

/** What the metadata of a model of ours say. */
export interface OwnModel {
  readonly about: ExportedNetwork;
  readonly exact: ExactNumbers;
}

/** The metadata of a model; undefined where it is none of ours. @throws UserError for metadata that no export writes */
export function ownModel(metadata: unknown, place: string): OwnModel | undefined {
  const text = textOf(metadata, NETWORK_KEY);
  if (text === undefined) return undefined;
  const numbers = textOf(metadata, EXACT_KEY);
  return {
    about: stated(readNetworkMetadata(text), NETWORK_KEY, place),
    exact: numbers === undefined ? new Map() : stated(readExactNumbers(numbers), EXACT_KEY, place),
  };
}

/** The model behind the layers of its input code; undefined where it does not begin with them. */
export function withoutCode(graph: KerasGraph, { input }: ExportedNetwork): KerasGraph | undefined {
  const { operations, outputs } = graph;
  const steps = codeLayers(input.code) ?? [];
  const start = operations.findIndex(({ className }) => className === 'InputLayer');
  let from = start;
  for (const { className, config } of steps) {
    const readers = operations.flatMap(({ inputs }, i) => (inputs.includes(from) ? [i] : []));
    const [reader = -1] = readers;
    const operation = operations[reader];
    if (operation === undefined || readers.length > 1 || outputs.includes(from)) return undefined;
    const isStep = Object.entries(config).every(
      ([key, value]) => JSON.stringify(fieldOf(operation.config, key)) === JSON.stringify(value),
    );
    if (operation.className !== className || !isStep) return undefined;
    from = reader;
  }
  if (steps.length === 0 || operations[from]?.name !== input.value) return undefined;
  const last = from;
  return {
    ...graph,
    operations: operations.map((operation) => ({
      ...operation,
      inputs: operation.inputs.map((i) => (i === last ? start : i)),
    })),
    outputs: outputs.map((i) => (i === last ? start : i)),
  };
}

/** Weights with the digits that float32 does not hold, where they still are those numbers. */
export function withExactWeights(source: WeightSource, exact: ExactNumbers): WeightSource {
  return (operation) => {
    const found = new Map<string, Tensor>();
    const layer = operation.path.join('/');
    for (const [role, tensor] of source(operation)) {
      const values = exact.get(`${layer}/${role}`);
      const isSame =
        values?.length === tensor.values.length && values.every((v, i) => Math.fround(v) === tensor.values[i]);
      found.set(role, values !== undefined && isSame ? { ...tensor, values } : tensor);
    }
    const [step] = exact.get(`${layer}/step`) ?? [];
    const limits = [...found].flatMap(([role, { values }]) => (/_(min|max)$/.test(role) ? [...values] : []));
    const isStep = step !== undefined && limits.every((limit) => near(limit, Math.round(limit / step) * step));
    if (isStep && limits.length > 0) found.set('step', { shape: [], values: Float64Array.of(step) });
    return found;
  };
}

const near = (a: number, b: number): boolean => Math.fround(a) === Math.fround(b);

/** The network with one layer where the export wrote two: `name:sums` and a norm, `name:clipped` and a quantiser. */
export function withoutParts(imported: ImportedNetwork): ImportedNetwork {
  const nodes = new Map<NodeId, NetworkNode>(imported.graph.nodes.map((node) => [node.id, node]));
  const only = new Map(
    imported.operators.map(({ name, layers }) => [name, layers.length === 1 ? layers[0] : undefined]),
  );
  const nodeOf = (name: string): NetworkNode | undefined => nodes.get(only.get(name) ?? '');
  for (const { name } of imported.operators) {
    const [, whole = '', part = ''] = /^(.*):(sums|clipped)$/.exec(name) ?? [];
    const first = nodeOf(name);
    const last = nodeOf(whole);
    const merged = first === undefined || last === undefined ? undefined : joined(part, first, last);
    if (merged === undefined || first === undefined) continue;
    nodes.delete(first.id);
    nodes.set(merged.id, merged);
  }
  const graph: NetworkGraph = { ...imported.graph, nodes: [...nodes.values()] };
  const operators = imported.operators.map((operator) => ({
    ...operator,
    layers: operator.layers.filter((id) => nodes.has(id)),
  }));
  return { ...imported, graph, operators };
}

/** The one layer that two stand for; undefined where they are something else by now. */
function joined(part: string, first: NetworkNode, last: NetworkNode): NetworkNode | undefined {
  if (part === 'clipped') {
    if (first.kind !== 'clip' || last.kind !== 'quantise' || last.input !== first.id) return undefined;
    const isTwo = first.min === 0 && first.max === last.step && last.levels?.join() === '-1,1';
    if (!isTwo) return undefined;
    const { id, step, rounding = 'halfUp' } = last;
    return { kind: 'quantise', id, input: first.input, step, bits: 1, signed: false, rounding };
  }
  if ((first.kind !== 'dense' && first.kind !== 'conv2d') || last.kind !== 'batchNorm' || last.input !== first.id)
    return undefined;
  const { gamma, beta, mean, variance, epsilon } = last;
  const isPlain = epsilon === 0 && mean.every((m) => m === 0) && variance.every((v) => v === 1);
  const isBare = first.bias === undefined && first.scale?.join() === '1' && gamma.every((g) => g > 0);
  if (!isPlain || !isBare) return undefined;
  const bias = beta.some((b) => b !== 0) ? { bias: beta } : {};
  return { ...first, id: last.id, scale: gamma, ...bias };
}
