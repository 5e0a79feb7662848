/**
 * Class scores of whole batches with the bits of the interpreter: float64, every sum in its order, but several outputs at a time
 * (WebAssembly SIMD) and a tile of samples layer by layer, so that weights are read from the cache. Inputs of 0 cost nothing.
 * Sums that are exact in any order take the fastest one (plan-exact.ts). Both dialects; what has no kernel runs in the interpreter's
 * own layers, sample by sample.
 *
 * It is the oracle of runs in the place of the interpreter, to which tests lock it (test/differential/float-engine, test/evaluation): it shares
 * no code with the engines of chips.
 */
import { assert, present } from '../../common/assert.js';
import { inferShapes, sizeOf } from '../../ir/network/shapes.js';
import { inputsOf, type NetworkGraph, type NetworkNode, type NodeId } from '../../ir/network/types.js';
import type { CodedSamples } from '../coded-samples.js';
import { commonGrid, type Grid, gridAfter } from '../interpreter/grid.js';
import { inferLevels } from './levels.js';
import { type FloatMachine, machineOf, MAX_MACHINE_BYTES } from './machine.js';
import { allFinite } from './panels.js';
import { createLayout, type LayerPlace, type Operation, type PlannedValue, planValue } from './plan.js';
import { planLayer } from './plan-layers.js';

/** A network that is ready for batches; used by one thread. */
export interface FloatEngine {
  readonly nClasses: number;
  /** Most samples of a call of `run`. */
  readonly tile: number;
  /** Scores of the samples first..first + n - 1 into `scores` ([n, nClasses]); n <= tile. */
  run(batch: Batch, scores: Float64Array): void;
  /** Value of an observed layer in the last call of `run` for its sample `s`, 0-based; overwritten by the next call. */
  observed(id: NodeId, s: number): Float64Array;
  /** The machine, which the next network may use: this engine must not run any more then. */
  readonly machine: FloatMachine;
}

/** Consecutive samples of a data set, coded as the network says. */
export interface Batch {
  readonly coded: CodedSamples;
  readonly first: number;
  readonly n: number;
}

/** What an engine is made for. */
export interface FloatEngineOptions {
  /** A machine to use if it is large enough. */
  readonly atHand?: FloatMachine | undefined;
  /** Layers whose values stay where {@link FloatEngine.observed} finds them. */
  readonly observed?: ReadonlySet<NodeId>;
}

/** Values of a tile that are kept in the cache, and the bounds of its size. */
const TILE_BYTES = 1 << 21;
const MAX_TILE = 32;

/**
 * An engine for a verified network; undefined for networks only the interpreter runs: with state, with weights that are not finite
 * or with more values and weights than a memory holds.
 */
export function createFloatEngine(
  graph: NetworkGraph,
  { atHand, observed = new Set() }: FloatEngineOptions = {},
): FloatEngine | undefined {
  if (!graph.nodes.every(isSupported)) return undefined;
  const input = present(graph.nodes[0], 'input');
  const code = present(graph.nodes[1], 'input code');
  if (input.kind !== 'input' || code.kind !== 'encode')
    throw new Error('internal error: a network starts with its input');
  const shapes = inferShapes(graph);
  const shapeOf = (id: NodeId): readonly number[] => present(shapes.get(id), 'shape');
  const perSample = graph.nodes.reduce((sum, { id }) => sum + 8 * sizeOf(shapeOf(id)), 0);
  const tile = Math.max(1, Math.min(MAX_TILE, Math.floor(TILE_BYTES / perSample)));
  const layout = createLayout(tile);
  const readers = countReaders(graph.nodes);
  const values = new Map<NodeId, PlannedValue>();
  const grids = new Map<NodeId, Grid | undefined>();
  const operations: Operation[] = [];
  const gridOf = (node: NetworkNode): Grid | undefined => commonGrid(inputsOf(node).map((id) => grids.get(id)));
  for (const node of graph.nodes) {
    const [first] = inputsOf(node);
    grids.set(node.id, gridAfter(node, gridOf(node), first === undefined ? [] : shapeOf(first)));
  }
  const levels = inferLevels(graph, grids);
  for (const node of graph.nodes) {
    const ids = inputsOf(node);
    const exclusive = readers.get(node.id) === 1 && !observed.has(node.id);
    if (node.kind === 'input') continue;
    if (node.kind === 'encode') {
      values.set(node.id, planValue(layout, shapeOf(node.id), exclusive));
      continue;
    }
    const inputs = ids.map((id) => present(values.get(id), 'value'));
    const context: LayerPlace = {
      ...{ dialect: graph.dialect, inputs, shape: shapeOf(node.id), grid: gridOf(node), exclusive },
      levels: ids[0] === undefined ? undefined : levels.get(ids[0]),
    };
    const { value, operation } = planLayer(node, context, layout);
    values.set(node.id, value);
    if (operation !== undefined) operations.push(operation);
  }
  const codedBytes = layout.reserve(2 * sizeOf(shapeOf(code.id)));
  const bytes = layout.end() + layout.scratchBytes();
  if (bytes > MAX_MACHINE_BYTES) return undefined;
  const machine = machineOf(bytes, atHand);
  layout.fill(machine);
  const steps = operations.map((operation) => operation(machine, layout.end()));
  const coded = present(values.get(code.id), 'coded input');
  const output = present(values.get(present(graph.nodes.at(-1), 'output layer').id), 'scores');
  const nCoded = sizeOf(coded.shape);
  const nClasses = sizeOf(output.shape);
  const wide = code.code.kind === 'integer';
  const unit = graph.dialect === 'float' && code.code.kind === 'integer' ? code.code.step : 1;
  const arrived = (wide ? machine.int16 : machine.uint8)(codedBytes, nCoded);
  const scoreRows = Array.from({ length: tile }, (_, s) =>
    machine.float64(output.address + s * output.stride, nClasses),
  );
  return {
    nClasses,
    tile,
    machine,
    observed: (id, s) => {
      assert(observed.has(id), `layer ${id} is not observed`);
      const { address, stride, shape } = present(values.get(id), 'value');
      return machine.float64(address + s * stride, sizeOf(shape));
    },
    run: ({ coded: counts, first, n }, scores) => {
      for (let s = 0; s < n; s++) {
        arrived.set(counts(first + s));
        machine.kernel.loadCoded(codedBytes, nCoded, wide ? 1 : 0, unit, coded.address + s * coded.stride);
      }
      for (const step of steps) step(n);
      for (let s = 0; s < n; s++) scores.set(scoreRows[s]!, s * nClasses);
    },
  };
}

function isSupported(node: NetworkNode): boolean {
  switch (node.kind) {
    case 'attention':
    case 'neuron':
    case 'integerNeuron':
    case 'delay':
      return false;
    case 'embedding':
      return node.by === 'value';
    case 'dense':
    case 'conv2d':
      return allFinite(node.weights);
    default:
      return true;
  }
}

function countReaders(nodes: readonly NetworkNode[]): ReadonlyMap<NodeId, number> {
  const readers = new Map<NodeId, number>();
  for (const node of nodes) for (const id of inputsOf(node)) readers.set(id, (readers.get(id) ?? 0) + 1);
  return readers;
}
