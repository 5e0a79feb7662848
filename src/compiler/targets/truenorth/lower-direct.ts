/**
 * Layers whose sums fit into one core and one tick: a memoryless neuron per output, inputs on axons.
 *
 * Two ways to give a neuron its weights: pairs (every input on a +1 and a -1 axon as needed; any ternary or small integer
 * weights), and single axons of up to four types, when the inputs can be sorted into types so that each neuron has one
 * weight per type. The second halves the axons and is what networks trained for the chip are made of.
 */
import { type ChipLayer, rowRange } from './chip-layers.js';
import {
  addAxon,
  addGates,
  type CoreDraft,
  gateAxonCounts,
  gated,
  type GateDemand,
  GATED_TYPE,
  memoryless,
  type NeuronDraft,
} from './drafts.js';
import type { Matrix } from './matrix.js';
import { sortIntoTypes, type Typing } from './axon-types.js';
import { pairItem, type RowGroup, rowGroups } from './groups.js';
import { emptySinks, type LoweredLayer, type LoweringContext, ONE_TICK } from './lowered.js';
import { bestPacking, groupOrders, packItems, type PackedPiece, type Packing } from './packing.js';

/** Axon type of the bias pulse in pair mode. */
const BIAS_TYPE = 2;

/** Lowers a threshold layer on binary one-tick inputs, or undefined when a group does not fit a core. */
export function lowerDirect(layer: ChipLayer, context: LoweringContext): LoweredLayer | undefined {
  const { size, copies } = context;
  const groups = rowGroups(layer, copies);
  // Outside streaming the bias comes as a pulse on one axon of its own.
  const axonBudget = size.axons - (context.streaming ? 0 : 1);
  const packing = packPairs(layer, groups, context, axonBudget);
  if (packing !== undefined) return build(layer, groups, packing, context, pairAxons);
  const types = context.streaming ? 4 : 3;
  const typings = groups.map((group) =>
    group.inputs.length > axonBudget ? undefined : sortIntoTypes(layer.matrix, group, types),
  );
  if (typings.some((typing) => typing === undefined)) return undefined;
  const alone = packEachAlone(groups, copies, size.neurons);
  return (
    alone &&
    build(layer, groups, alone, context, (core, pieces) => {
      const piece = pieces[0]!;
      return typedAxons(core, groups[piece.item]!, typings[piece.item]!, layer.matrix);
    })
  );
}

/** Lowers a threshold layer whose inputs arrive over several ticks: gated accumulators on pairs of axons. */
export function lowerGated(layer: ChipLayer, context: LoweringContext): LoweredLayer | undefined {
  const { size, arrival } = context;
  const groups = rowGroups(layer, context.copies);
  const demands = Array.from(layer.theta, (_, o) => demandOf(layer, o, arrival.maxCount));
  const gates = gateAxonCounts(demands, size.weightMax);
  const budget = size.axons - gates.gate - gates.clear;
  const packing = packPairs(layer, groups, context, budget);
  if (packing === undefined) return undefined;
  const plain = build(
    layer,
    groups,
    packing,
    context,
    pairAxons,
    (row, axons) => ({ ...gated(demands[row]!, 1, -1, gates.gate, gates.clear), axons }),
    gates,
  );
  return { ...plain, scheme: 'gated', window: arrival.span, latency: arrival.span - 1, minPeriod: arrival.span + 1 };
}

/** Bounds of the sum of a row over inputs that arrive in any order. */
export function demandOf(layer: ChipLayer, row: number, maxCount: number): GateDemand {
  const [low, high] = rowRange(layer.matrix, row, maxCount);
  return { low, high, theta: layer.theta[row]! };
}

function packPairs(
  layer: ChipLayer,
  groups: readonly RowGroup[],
  context: LoweringContext,
  axonBudget: number,
): Packing | undefined {
  const items = groups.map((group) => pairItem(group, context.copies));
  const axonCost = context.fromHost ? 0 : 1 / context.size.neurons;
  return bestPacking(groupOrders(layer.matrix, groups.length), axonCost, (order) =>
    packItems(items, order, layer.matrix.nIn, axonBudget, context.size.neurons),
  );
}

/** One group per core, cut only where its neurons exceed the core. */
function packEachAlone(groups: readonly RowGroup[], copies: Int32Array, neurons: number): Packing | undefined {
  const cores: PackedPiece[][] = [];
  for (const [item, group] of groups.entries()) {
    let from = 0;
    while (from < group.rows.length) {
      let used = 0;
      let to = from;
      while (to < group.rows.length && used + copies[group.rows[to]!]! <= neurons) used += copies[group.rows[to++]!]!;
      if (to === from) return undefined;
      cores.push([{ item, from, to }]);
      from = to;
    }
  }
  return { cores, axons: 0, limitedBy: 'axons' };
}

/** Axons of a core for the rows it holds: finds, per row, the axons to connect and the weights per type. */
interface CoreAxons {
  /** Input element of every axon, in order. */
  readonly inputOf: readonly number[];
  connect(row: number): {
    readonly axons: readonly number[];
    readonly weights: readonly [number, number, number, number];
  };
}

type MakeAxons = (
  core: CoreDraft,
  pieces: readonly PackedPiece[],
  groups: readonly RowGroup[],
  layer: ChipLayer,
) => CoreAxons;

/** The neuron of a row: parameters and crossbar column. */
type MakeNeuron = (row: number, axons: readonly number[]) => Omit<NeuronDraft, 'destination' | 'rate'>;

function build(
  layer: ChipLayer,
  groups: readonly RowGroup[],
  packing: Packing,
  context: LoweringContext,
  makeAxons: MakeAxons,
  makeNeuron?: MakeNeuron,
  gates?: { gate: number; clear: number },
): LoweredLayer {
  const inputSinks = emptySinks(layer.matrix.nIn);
  const timers: { sink: { core: CoreDraft; axon: number }; offset: number }[] = [];
  const cores = packing.cores.map((pieces) => {
    const core: CoreDraft = { layer: context.layer, role: 'layer', axonType: [], neurons: [] };
    const axons = makeAxons(core, pieces, groups, layer);
    axons.inputOf.forEach((input, axon) => inputSinks[input]!.push({ core, axon }));
    let bias: number | undefined;
    let gateAxons: readonly number[] = [];
    const usedTypes = new Set(core.axonType);
    const biasType = usedTypes.has(BIAS_TYPE) ? 3 : BIAS_TYPE;
    if (gates !== undefined) {
      const added = addGates(core, gates, context.arrival.span - 1);
      timers.push(...added.timers);
      gateAxons = added.axons;
    } else if (!context.streaming) {
      bias = addAxon(core, biasType);
      timers.push({ sink: { core, axon: bias }, offset: 0 });
    }
    for (const piece of pieces) {
      for (const row of groups[piece.item]!.rows.slice(piece.from, piece.to)) {
        const { axons: connected, weights } = axons.connect(row);
        const neuron =
          makeNeuron?.(row, [...connected, ...gateAxons]) ??
          directNeuron(layer, row, connected, weights, bias, biasType);
        for (let copy = 0; copy < context.copies[row]!; copy++) {
          core.neurons.push({ ...neuron, destination: { kind: 'copy', output: row, copy }, rate: 0.5 });
        }
      }
    }
    return core;
  });
  return {
    scheme: 'direct',
    cores,
    inputSinks,
    timers,
    window: 1,
    latency: 0,
    departure: ONE_TICK,
    minPeriod: 1,
    limitedBy: packing.limitedBy,
    pins: [],
  };
}

function directNeuron(
  layer: ChipLayer,
  row: number,
  axons: readonly number[],
  weights: readonly [number, number, number, number],
  bias: number | undefined,
  biasType: number,
): Omit<NeuronDraft, 'destination' | 'rate'> {
  const [, high] = rowRange(layer.matrix, row, 1);
  const theta = layer.theta[row]!;
  // A neuron that can never fire needs no synapses; its threshold may lie outside the range of the leak.
  if (theta > high) return { ...memoryless([0, 0, 0, 0], 0), axons: [] };
  if (bias === undefined) return { ...memoryless(weights, 1 - theta), axons };
  const withBias: [number, number, number, number] = [...weights];
  withBias[biasType] = 1 - theta;
  return { ...memoryless(withBias, 0), axons: [...axons, bias] };
}

/** Pairs: as many +1 and -1 axons per input as the rows of this core need. */
const pairAxons: MakeAxons = (core, pieces, groups, layer) => {
  const { matrix } = layer;
  const excite = new Map<number, number[]>();
  const inhibit = new Map<number, number[]>();
  const inputOf: number[] = [];
  const grow = (map: Map<number, number[]>, input: number, n: number, type: number): void => {
    const axons = map.get(input) ?? [];
    map.set(input, axons);
    while (axons.length < n) {
      axons.push(addAxon(core, type));
      inputOf.push(input);
    }
  };
  for (const piece of pieces) {
    for (const row of groups[piece.item]!.rows.slice(piece.from, piece.to)) {
      for (let k = matrix.rowStart[row]!; k < matrix.rowStart[row + 1]!; k++) {
        const w = matrix.weight[k]!;
        if (w > 0) grow(excite, matrix.column[k]!, w, GATED_TYPE.excite);
        else grow(inhibit, matrix.column[k]!, -w, GATED_TYPE.inhibit);
      }
    }
  }
  return {
    inputOf,
    connect: (row) => {
      const axons: number[] = [];
      for (let k = matrix.rowStart[row]!; k < matrix.rowStart[row + 1]!; k++) {
        const w = matrix.weight[k]!;
        const found = (w > 0 ? excite : inhibit).get(matrix.column[k]!)!;
        for (let n = 0; n < Math.abs(w); n++) axons.push(found[n]!);
      }
      return { axons, weights: [1, -1, 0, 0] };
    },
  };
};

function typedAxons(core: CoreDraft, group: RowGroup, typing: Typing, matrix: Matrix): CoreAxons {
  const axonOf = new Map<number, number>();
  for (const input of group.inputs) axonOf.set(input, addAxon(core, typing.typeOf.get(input) ?? 0));
  return {
    inputOf: Array.from(group.inputs),
    connect: (row) => ({
      axons: Array.from(matrix.column.subarray(matrix.rowStart[row]!, matrix.rowStart[row + 1]!), (i) =>
        axonOf.get(i)!,
      ),
      weights: typing.weights.get(row)!,
    }),
  };
}
