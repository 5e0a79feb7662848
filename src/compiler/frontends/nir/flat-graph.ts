/** A NIR graph without nested graphs, inputs and outputs chosen, loops broken by delays: what is lowered layer by layer. */
import { type Diagnostic, errorAt } from '../../../common/diagnostics.js';
import { nearest } from '../../../common/nearest.js';
import type { ImportOptions } from '../frontend.js';
import type { NirField, NirGraph } from './read-graph.js';

/** A node with what it reads; `StepDelay` stands for a recurrent edge. */
export interface FlatNode {
  readonly name: string;
  readonly type: string;
  readonly fields: ReadonlyMap<string, NirField>;
  readonly inputs: FlatNode[];
}

/** Nodes in an order in which each stands behind what it reads, but for what delays read. */
export interface FlatGraph {
  readonly nodes: readonly FlatNode[];
  readonly input: FlatNode;
  readonly output: FlatNode;
  /** Nodes that have no way to the output. */
  readonly unread: readonly FlatNode[];
}

const NEURONS: ReadonlySet<string> = new Set(['I', 'IF', 'LI', 'LIF', 'CubaLI', 'CubaLIF', 'Threshold']);

/** Whether a node of the file holds its input for at least a step. */
export type HoldsAStep = (node: FlatNode) => boolean;

/** Flattens a graph. What is wrong goes to `findings`; undefined where nothing can be lowered. */
export function flattenGraph(
  graph: NirGraph,
  options: Pick<ImportOptions, 'inputName' | 'outputName'>,
  { place, findings, holds }: { readonly place: string; readonly findings: Diagnostic[]; readonly holds: HoldsAStep },
): FlatGraph | undefined {
  const { nodes: all, inputs, outputs } = expand(graph, place, findings);
  const nodes = all.filter(({ type }) => type !== NESTED_END);
  const walks = { left: MAX_WALKS };
  for (const node of nodes) {
    node.inputs.splice(0, Infinity, ...node.inputs.flatMap((source) => throughEnds(source, walks)));
  }
  if (walks.left < 0) {
    findings.push(errorAt('nested-graph', place, 'edges through nested graphs meet too often', 'export it flattened'));
    return undefined;
  }
  const input = chosen(inputs, options.inputName, { what: 'Input', option: '--input-name', place }, findings);
  const output = chosen(outputs, options.outputName, { what: 'Output', option: '--output-name', place }, findings);
  if (input === undefined || output === undefined) return undefined;
  const read = behind(output);
  for (const node of nodes) {
    if (!read.has(node) || node.inputs.length > 0 || node === input) continue;
    const isInput = inputs.includes(node);
    const message = isInput ? 'a second input of the network' : 'no edge leads to it';
    const remedy = isInput ? 'export a network with one input' : 'connect it, or remove it';
    findings.push(errorAt('unconnected-node', nodePlace(place, node), message, remedy));
  }
  if (!read.has(input)) {
    findings.push(
      errorAt('unconnected-node', place, `no edges lead from "${input.name}" to "${output.name}"`, 'connect them'),
    );
  }
  const kept = nodes.filter((node) => read.has(node));
  const ordered = breakLoops(kept, input, { place, findings, holds });
  return ordered === undefined
    ? undefined
    : { nodes: ordered, input, output, unread: nodes.filter((n) => !read.has(n)) };
}

/** Type of the inputs and outputs of nested graphs while edges are followed through them. */
const NESTED_END = 'an end of a nested graph';

/** Ends that edges are followed through, all together: graphs within graphs may join more edges than a file has. */
const MAX_WALKS = 1 << 16;

/** What a node reads at the other side of ends of nested graphs. */
function throughEnds(
  source: FlatNode,
  walks: { left: number },
  seen: ReadonlySet<FlatNode> = new Set(),
): readonly FlatNode[] {
  if (source.type !== NESTED_END) return [source];
  if (seen.has(source) || walks.left-- <= 0) return [];
  const passed = new Set(seen).add(source);
  return source.inputs.flatMap((next) => throughEnds(next, walks, passed));
}

/** Where a finding about a node stands. */
export const nodePlace = (place: string, { name, type }: Pick<FlatNode, 'name' | 'type'>): string =>
  `${place}: node "${name}" (${type})`;

interface Expanded {
  readonly nodes: FlatNode[];
  /** Of this graph, not of nested ones. */
  readonly inputs: readonly FlatNode[];
  readonly outputs: readonly FlatNode[];
}

function expand(graph: NirGraph, place: string, findings: Diagnostic[], isNested = false): Expanded {
  const nodes: FlatNode[] = [];
  const inputs: FlatNode[] = [];
  const outputs: FlatNode[] = [];
  /** By name: where edges enter, and where they leave. */
  const ends = new Map<string, { readonly in: readonly FlatNode[]; readonly out: readonly FlatNode[] }>();
  for (const [key, node] of graph.nodes) {
    if (node.graph !== undefined) {
      const inner = expand(node.graph, place, findings, true);
      nodes.push(...inner.nodes);
      ends.set(key, { in: inner.inputs, out: inner.outputs });
      continue;
    }
    const isEnd = node.type === 'Input' || node.type === 'Output';
    const flat: FlatNode = {
      name: node.name,
      type: isEnd && isNested ? NESTED_END : node.type,
      fields: node.fields,
      inputs: [],
    };
    nodes.push(flat);
    if (node.type === 'Input') inputs.push(flat);
    if (node.type === 'Output') outputs.push(flat);
    ends.set(key, { in: [flat], out: [flat] });
  }
  const seen = new Set<string>();
  const report = (code: string, message: string, remedy: string): void => {
    findings.push(errorAt(code, place, message, remedy));
  };
  for (const [from, to] of graph.edges) {
    const edge = `edge "${from}" -> "${to}"`;
    const missing = [from, to].find((name) => !ends.has(name));
    if (missing !== undefined) {
      const suggestion = nearest(missing, [...ends.keys()]);
      const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
      report('unknown-node', `${edge}: there is no node "${missing}"${hint}`, 'name nodes of the graph');
      continue;
    }
    const key = JSON.stringify([from, to]);
    if (seen.has(key)) report('repeated-edge', `${edge} is there twice`, 'remove one of them, or double the weights');
    seen.add(key);
    const sources = ends.get(from)?.out ?? [];
    const targets = ends.get(to)?.in ?? [];
    const [source] = sources;
    const [target] = targets;
    if (source === undefined || target === undefined || sources.length > 1 || targets.length > 1) {
      const which =
        source === undefined || sources.length > 1 ? [from, sources.length, 'outputs'] : [to, targets.length, 'inputs'];
      report(
        'nested-graph',
        `${edge}: graph "${which[0]}" has ${which[1]} ${which[2]}, not one`,
        'export it flattened',
      );
      continue;
    }
    target.inputs.push(source);
  }
  return { nodes, inputs, outputs };
}

function chosen(
  candidates: readonly FlatNode[],
  name: string | undefined,
  { what, option, place }: { readonly what: string; readonly option: string; readonly place: string },
  findings: Diagnostic[],
): FlatNode | undefined {
  const found = name === undefined ? candidates : candidates.filter((node) => node.name === name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const names = candidates.map((node) => `"${node.name}"`).join(', ');
  const message =
    candidates.length === 0
      ? `it has no ${what} node`
      : name === undefined
        ? `it has ${candidates.length} ${what} nodes: ${names}`
        : `it has no ${what} node "${name}", but ${names}`;
  const remedy = candidates.length === 0 ? `export it with an ${what} node` : `name one of them with ${option}`;
  findings.push(errorAt(candidates.length === 0 ? 'bad-nir' : 'which-end', place, message, remedy));
  return undefined;
}

/** Everything that a node depends on, itself included. */
function behind(output: FlatNode): ReadonlySet<FlatNode> {
  const read = new Set([output]);
  for (const node of read) for (const input of node.inputs) read.add(input);
  return read;
}

/** Rounds of breaking loops, and loops that one breaks: those that a depth-first walk closes first. */
const MAX_ROUNDS = 64;
const MAX_LOOPS = 256;

/**
 * The nodes in order, with a delay of one step in every loop that has none: on the edge that leaves its last neuron, seen from the input. A loop
 * without a neuron has no state that would make it one in time: it is refused.
 */
function breakLoops(
  kept: readonly FlatNode[],
  input: FlatNode,
  { place, findings, holds }: { readonly place: string; readonly findings: Diagnostic[]; readonly holds: HoldsAStep },
): readonly FlatNode[] | undefined {
  const isDelay: HoldsAStep = (node) => node.type === 'StepDelay' || holds(node);
  const nodes = [...kept];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const loops = loopsOf(nodes, input, isDelay);
    if (loops.length === 0) return inOrder(nodes, input, isDelay);
    const before = findings.length;
    for (const loop of loops) {
      const at = loop.findLastIndex(({ type }) => NEURONS.has(type));
      const from = loop[at];
      if (from === undefined) {
        const names = loop.map(({ name }) => `"${name}"`).join(', ');
        findings.push(
          errorAt('loop-without-neuron', place, `a loop without a neuron: ${names}`, 'put a neuron or a Delay into it'),
        );
        continue;
      }
      const to = loop[(at + 1) % loop.length]!;
      const k = to.inputs.indexOf(from);
      // Two loops may share the edge.
      if (k < 0) continue;
      const known = nodes.find((node) => node.type === 'StepDelay' && node.inputs[0] === from);
      const delay: FlatNode = known ?? {
        name: `${from.name}.delay`,
        type: 'StepDelay',
        fields: new Map(),
        inputs: [from],
      };
      if (known === undefined) nodes.push(delay);
      to.inputs[k] = delay;
    }
    if (findings.length > before) return undefined;
  }
  findings.push(
    errorAt('loop-without-neuron', place, `too many loops, or loops within loops`, 'put Delay nodes into them'),
  );
  return undefined;
}

/** Loops without a delay that a depth-first walk from the input closes, each in the order of its edges. */
function loopsOf(nodes: readonly FlatNode[], input: FlatNode, isDelay: HoldsAStep): readonly FlatNode[][] {
  const readers = readersOf(nodes, isDelay);
  const state = new Map<FlatNode, 'open' | 'done'>();
  const loops: FlatNode[][] = [];
  for (const start of [input, ...nodes]) {
    if (state.has(start)) continue;
    state.set(start, 'open');
    const path = [{ node: start, next: 0 }];
    while (path.length > 0) {
      const top = path[path.length - 1]!;
      const reader = readers.get(top.node)?.[top.next++];
      if (reader === undefined) {
        state.set(top.node, 'done');
        path.pop();
      } else if (state.get(reader) === 'open') {
        if (loops.length < MAX_LOOPS)
          loops.push(path.slice(path.findIndex(({ node }) => node === reader)).map(({ node }) => node));
      } else if (!state.has(reader)) {
        state.set(reader, 'open');
        path.push({ node: reader, next: 0 });
      }
    }
  }
  return loops;
}

/** What reads each node, by name; `without` leaves out the edges into some. */
function readersOf(nodes: readonly FlatNode[], without: HoldsAStep): ReadonlyMap<FlatNode, readonly FlatNode[]> {
  const readers = new Map<FlatNode, FlatNode[]>(nodes.map((node) => [node, []]));
  for (const node of nodes) if (!without(node)) for (const source of node.inputs) readers.get(source)?.push(node);
  for (const list of readers.values()) list.sort(byName);
  return readers;
}

const byName = (a: FlatNode, b: FlatNode): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/**
 * Each node behind what it reads; where only loops are left, a delay before it: the first by name. The order depends on names and edges alone, not on how
 * a file lists them.
 */
function inOrder(nodes: readonly FlatNode[], input: FlatNode, isDelay: HoldsAStep): readonly FlatNode[] {
  const readers = readersOf(nodes, () => false);
  const missing = new Map(nodes.map((node) => [node, node === input ? 0 : node.inputs.length]));
  const order: FlatNode[] = [];
  const placed = new Set<FlatNode>();
  const place = (node: FlatNode): void => {
    if (placed.has(node)) return;
    placed.add(node);
    order.push(node);
  };
  const waiting = nodes.filter(isDelay).sort(byName);
  place(input);
  let done = 0;
  for (;;) {
    for (; done < order.length; done++) {
      for (const reader of readers.get(order[done]!) ?? []) {
        const left = (missing.get(reader) ?? 0) - 1;
        missing.set(reader, left);
        if (left === 0) place(reader);
      }
    }
    const next = waiting.find((node) => !placed.has(node));
    if (next === undefined) return order;
    place(next);
  }
}
