/** Networks of spiking neurons: what they are, and the order in which their layers depend on each other. */
import { type Diagnostic, errorAt, throwIfErrors } from '../../common/diagnostics.js';
import { inputsOf, type NetworkGraph, type NetworkNode, type NodeId } from './types.js';

/** Whether a network takes a sample as a sequence of steps (see Time). */
export const isSpiking = (graph: Pick<NetworkGraph, 'time'>): boolean => graph.time !== undefined;

/** What keeps a spiking network out of what needs images: `what` names it. Nothing for networks without time. */
export function spikingProblems(graph: NetworkGraph, what: string): readonly Diagnostic[] {
  if (graph.time === undefined) return [];
  const message = `it spikes, in steps of ${graph.time.step} s; ${what} takes networks without time`;
  return [
    errorAt('spiking-network', graph.name, message, 'lodestone inspect shows it, lodestone import writes it as .lsn'),
  ];
}

/** @throws UserError for a spiking network */
export function refuseSpiking(graph: NetworkGraph, what: string): void {
  throwIfErrors(spikingProblems(graph, what));
}

/**
 * The layers so that each stands behind what it reads, where neurons count as reading nothing: behind neurons everything else is determined.
 * Without neurons and delays, the order that they have. Layers of loops without a neuron are left out.
 */
export function statesFirst(nodes: readonly NetworkNode[]): readonly NetworkNode[] {
  if (nodes.every(({ kind }) => kind !== 'delay')) return nodes;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const waitsFor = (node: NetworkNode): readonly NodeId[] => (isNeuron(node) ? [] : inputsOf(node));
  const readers = new Map<NodeId, NetworkNode[]>();
  const missing = new Map<NetworkNode, number>();
  for (const node of nodes) {
    const ids = waitsFor(node).filter((id) => byId.has(id));
    missing.set(node, ids.length);
    for (const id of ids) {
      const list = readers.get(id);
      if (list === undefined) readers.set(id, [node]);
      else list.push(node);
    }
  }
  const ordered = nodes.filter((node) => missing.get(node) === 0);
  for (const node of ordered) {
    for (const reader of readers.get(node.id) ?? []) {
      const left = (missing.get(reader) ?? 0) - 1;
      missing.set(reader, left);
      if (left === 0) ordered.push(reader);
    }
  }
  return ordered;
}

/** Whether a layer keeps a potential, or compares one with a threshold. */
export const isNeuron = ({ kind }: NetworkNode): boolean => kind === 'neuron' || kind === 'integerNeuron';
