/**
 * Runs a network of either dialect layer by layer, as its definition reads: the oracle of every chip result.
 *
 * Values are Float64Array in both dialects. In the integer dialect every value is an integer below 2^53, for which float64
 * arithmetic is exact; in the float dialect float64 in this order of operations is the definition of the network.
 */
import { assert, present } from '../../common/assert.js';
import { fail } from '../../common/diagnostics.js';
import { decide } from '../../ir/network/readout.js';
import { inferShapes, sizeOf } from '../../ir/network/shapes.js';
import { refuseSpiking } from '../../ir/network/spiking.js';
import { inputsOf, type NetworkGraph, type NetworkNode, type NodeId } from '../../ir/network/types.js';
import { commonGrid, type Grid, gridAfter } from './grid.js';
import type { Layer, Sequence } from './layer.js';
import { makeLayer } from './layers.js';

/** A network ready to run on coded samples (see encodeCounts); returns the class scores. */
export interface Interpreter {
  readonly nClasses: number;
  /**
   * Class scores [nClasses] of one coded sample; the buffer is reused by the next call. A network with state (attention,
   * positions) takes one token per call and remembers the tokens since the last reset; any other forgets everything.
   * @throws UserError when a token lies beyond the context or the table of an embedding.
   */
  run(counts: ArrayLike<number>): Float64Array;
  /** Forgets all tokens: the next call is position 0. A new interpreter stands there too. */
  reset(): void;
  /** The class of these scores (see Readout), ties to the lowest class. */
  decide(scores: ArrayLike<number>): number;
  /** Like run, but returns a copy of every value by layer id, from the input code on. */
  trace(counts: ArrayLike<number>): Map<string, Float64Array>;
}

interface Step {
  readonly id: NodeId;
  readonly layer: Layer;
  readonly inputs: readonly NodeId[];
}

/** Sees a value of layer `id` when it is computed, from the input code on, and may change it in place: what is changed is what other layers read. */
export type OnValue = (id: NodeId, value: Float64Array) => void;

/** Prepares a verified network. */
export function createInterpreter(graph: NetworkGraph, onValue?: OnValue): Interpreter {
  refuseSpiking(graph, 'an evaluation on images');
  const shapes = inferShapes(graph);
  const sizeOfValue = (id: NodeId): number => sizeOf(present(shapes.get(id), 'shape'));
  const sequence: Sequence = { position: 0 };
  const steps: Step[] = [];
  const grids = new Map<NodeId, Grid | undefined>();
  for (const node of graph.nodes) {
    const ids = inputsOf(node);
    const grid = commonGrid(ids.map((id) => grids.get(id)));
    grids.set(node.id, gridAfter(node, grid, shapes.get(ids[0] ?? '') ?? []));
    if (node.kind === 'input' || node.kind === 'encode') continue;
    const layer = makeLayer(node, {
      dialect: graph.dialect,
      inputs: ids.map((id) => present(shapes.get(id), 'shape')),
      output: present(shapes.get(node.id), 'shape'),
      grid,
      sequence,
    });
    steps.push({ id: node.id, layer, inputs: ids });
  }
  const code = present(graph.nodes[1], 'code');
  const last = present(graph.nodes.at(-1), 'output layer');
  // In the float dialect coded integers stand for multiples of the step.
  const step = graph.dialect === 'float' && code.kind === 'encode' && code.code.kind === 'integer' ? code.code.step : 1;
  const coded: Float64Array = new Float64Array(sizeOfValue(code.id));
  const values = new Map<NodeId, Float64Array>([[code.id, coded]]);
  const operands = steps.map(({ inputs }) => inputs.map((): Float64Array => coded));
  const context = contextOf(graph.nodes);
  const pass = (counts: ArrayLike<number>): Float64Array => {
    if (sequence.position >= context) {
      fail(
        'context-exceeded',
        graph.name,
        `token ${sequence.position + 1} of a sequence, the network has a context of ${context}`,
        'use shorter sequences, or a model with a longer context',
      );
    }
    assert(counts.length === coded.length, `${counts.length} coded values for ${coded.length} elements`);
    for (let i = 0; i < coded.length; i++) coded[i] = counts[i]! * step;
    onValue?.(code.id, coded);
    let value: Float64Array = coded;
    steps.forEach(({ id, layer, inputs }, s) => {
      const read = operands[s]!;
      for (let k = 0; k < inputs.length; k++) read[k] = values.get(inputs[k]!)!;
      value = layer(read);
      onValue?.(id, value);
      values.set(id, value);
    });
    sequence.position++;
    return value;
  };
  return {
    nClasses: sizeOfValue(last.id),
    run: pass,
    reset: () => {
      sequence.position = 0;
    },
    decide: (scores) => decide(scores, last.kind === 'scores' ? last : {}),
    trace: (counts) => {
      pass(counts);
      return new Map([code.id, ...steps.map(({ id }) => id)].map((id) => [id, values.get(id)!.slice()]));
    },
  };
}

/** Positions a network can tell apart: the shortest cache or table of positions; unlimited without state. */
function contextOf(nodes: readonly NetworkNode[]): number {
  return nodes.reduce((context, node) => {
    if (node.kind === 'attention') return Math.min(context, node.context);
    if (node.kind === 'embedding' && node.by === 'position') return Math.min(context, node.table.length / node.nOut);
    return context;
  }, Infinity);
}
