/**
 * Runs a spiking network of either dialect step by step, as its definition reads (NetworkGraph, Time): the oracle of chips that run such networks. Layers
 * without a state are those of the interpreter; sums are plain float64 sums in the order of their weights.
 */
import { assert, present } from '../../common/assert.js';
import { decide } from '../../ir/network/readout.js';
import { inferShapes, sizeOf } from '../../ir/network/shapes.js';
import { inputsOf, type NetworkGraph, type NetworkNode, type NodeId, type Time } from '../../ir/network/types.js';
import { makeLayer } from '../interpreter/layers.js';
import type { Layer } from '../interpreter/layer.js';
import { type DelayLine, delayLine } from './delays.js';
import { stepNeurons } from './float-neurons.js';
import { stepIntegerNeurons } from './integer-neurons.js';

/** A spiking network at work. */
export interface SpikingEvaluator {
  readonly nClasses: number;
  /** One step on a coded frame (see encodeCounts). */
  step(counts: ArrayLike<number>): void;
  /** The value of a layer in the last step; overwritten by the next. Undefined for the input, and before the first step. */
  value(id: NodeId): Float64Array | undefined;
  /** The sum over all steps since the last reset of what a layer gave: of spikes, their number. Undefined as `value` is. */
  total(id: NodeId): Float64Array | undefined;
  /** Class scores [nClasses] since the last reset: the totals of the last layer. */
  scores(): Float64Array;
  /** The class of the scores so far, ties to the lowest. */
  decide(): number;
  /** Forgets everything: the next step is the first of a sample. */
  reset(): void;
}

interface Running {
  readonly node: NetworkNode;
  readonly value: Float64Array;
  readonly total: Float64Array;
  run(): void;
  reset(): void;
}

/** Prepares a verified network with time. */
export function createSpikingEvaluator(graph: NetworkGraph): SpikingEvaluator {
  const time = present(graph.time, 'time of a spiking network');
  const shapes = inferShapes(graph);
  const sizeOfValue = (id: NodeId): number => sizeOf(present(shapes.get(id), 'shape'));
  const [, code, ...rest] = graph.nodes;
  assert(code?.kind === 'encode', 'an input code');
  const unit = graph.dialect === 'float' && code.code.kind === 'integer' ? code.code.step : 1;
  const values = new Map(graph.nodes.map(({ id }) => [id, new Float64Array(sizeOfValue(id))]));
  const valueOf = (id: NodeId): Float64Array => present(values.get(id), 'value');
  const lines = new Map<NodeId, DelayLine>();
  const layers = rest.map((node): Running => {
    const value = valueOf(node.id);
    const inputs = inputsOf(node).map(valueOf);
    const total = new Float64Array(value.length);
    const common = { node, value, total };
    if (node.kind === 'delay') {
      const line = delayLine(node, value.length);
      lines.set(node.id, line);
      return { ...common, run: () => line.read(value), reset: line.reset };
    }
    const neurons = neuronsOf(node, time, present(inputs[0], 'input'), value);
    if (neurons !== undefined) return { ...common, ...neurons };
    const layer = makeLayer(node, {
      ...{ dialect: graph.dialect, grid: undefined, sequence: { position: 0 } },
      inputs: inputsOf(node).map((id) => present(shapes.get(id), 'shape')),
      output: present(shapes.get(node.id), 'shape'),
    });
    return { ...common, run: copying(layer, inputs, value), reset: nothing };
  });
  const last = present(graph.nodes.at(-1), 'output layer');
  const lastTotal = present(layers.at(-1), 'output layer').total;
  const coded = valueOf(code.id);
  const codedTotal = new Float64Array(coded.length);
  const totals = new Map(layers.map(({ node, total }) => [node.id, total]));
  totals.set(code.id, codedTotal);
  return {
    nClasses: lastTotal.length,
    step: (counts) => {
      assert(counts.length === coded.length, `${counts.length} coded values for ${coded.length} elements`);
      for (let i = 0; i < coded.length; i++) coded[i] = counts[i]! * unit;
      addTo(codedTotal, coded);
      for (const layer of layers) {
        layer.run();
        addTo(layer.total, layer.value);
      }
      // Delays take what their inputs are now, wherever these stand.
      for (const { node } of layers) if (node.kind === 'delay') lines.get(node.id)?.write(valueOf(node.input));
    },
    value: (id) => (id === graph.nodes[0]?.id ? undefined : values.get(id)),
    total: (id) => totals.get(id),
    scores: () => lastTotal,
    decide: () => decide(lastTotal, last.kind === 'scores' ? last : {}),
    reset: () => {
      for (const value of values.values()) value.fill(0);
      codedTotal.fill(0);
      for (const layer of layers) {
        layer.total.fill(0);
        layer.reset();
      }
    },
  };
}

const nothing = (): void => undefined;

function addTo(total: Float64Array, value: Float64Array): void {
  for (let i = 0; i < total.length; i++) total[i]! += value[i]!;
}

/** Neurons of either dialect with their state; undefined for other layers. */
function neuronsOf(
  node: NetworkNode,
  { step }: Time,
  input: Float64Array,
  out: Float64Array,
): Pick<Running, 'run' | 'reset'> | undefined {
  const n = out.length;
  const forgetting = (state: { readonly current: Forgettable; readonly potential: Forgettable }) => () => {
    state.current.fill(0);
    state.potential.fill(0);
  };
  if (node.kind === 'neuron') {
    const state = { current: new Float64Array(n), potential: new Float64Array(n) };
    return { run: () => stepNeurons(node, step, state, input, out), reset: forgetting(state) };
  }
  if (node.kind === 'integerNeuron') {
    const state = { current: new Int32Array(n), potential: new Int32Array(n) };
    return { run: () => stepIntegerNeurons(node, state, input, out), reset: forgetting(state) };
  }
  return undefined;
}

interface Forgettable {
  fill(value: number): unknown;
}

/** Layers of the interpreter return a buffer of their own, or their input. */
function copying(layer: Layer, inputs: readonly Float64Array[], value: Float64Array): () => void {
  return () => {
    value.set(layer(inputs));
  };
}
