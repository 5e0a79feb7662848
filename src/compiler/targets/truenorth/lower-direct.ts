/**
 * Layers whose sums fit into one core and one tick: a memoryless neuron per output, inputs on axons.
 *
 * Two ways to give a neuron its weights: pairs (every input on a +1 and a -1 axon as needed; any ternary or small integer
 * weights), and single axons of as many types as the chip has, when the inputs can be sorted into types so that each neuron has one
 * weight per type. The second halves the axons and is what networks trained for the chip are made of.
 */
import { type ChipLayer, rowRange } from './chip-layers.js';
import {
  addAxon,
  addGates,
  type CoreDraft,
  type CoreSize,
  gateAxonCounts,
  gated,
  type GateAxons,
  gateTimes,
  type GateTimes,
  type GateDemand,
  GATED_TYPE,
  lazyNeurons,
  memoryless,
  type NeuronDraft,
} from './drafts.js';
import { biasAmounts, type BiasPlan, planBias } from './bias.js';
import type { Matrix } from './matrix.js';
import { sortIntoTypes, type Typing } from './axon-types.js';
import { pairItem, type RowGroup } from './groups.js';
import {
  type Arrival,
  emptySinks,
  gatedProblem,
  type LoweredLayer,
  type LoweringPlan,
  ONE_TICK,
  planOf,
} from './lowered.js';
import type { LoweringContext } from './lowering-context.js';
import { bestPacking, groupOrders, packItems, type PackedPiece, type Packing } from './packing.js';

/** Axon types of pairs: +1 and -1. */
const PAIR_TYPES = 2;

/** Lowers a threshold layer on binary one-tick inputs, or undefined when a group does not fit a core; the window does not matter. */
export function lowerDirect(layer: ChipLayer, context: LoweringContext): LoweringPlan | undefined {
  const { size, copies, streaming, memo } = context;
  const groups = memo.groups(layer, copies);
  if (isTooWide(groups, size)) return undefined;
  const amounts = biasAmounts(layer, copies);
  // In streaming the bias is the leak; else it comes as pulses on axons of its own.
  if (streaming && amounts.some((amount) => Math.abs(amount) > size.leakMax)) return undefined;
  const biasOf = (typesLeft: number): BiasPlan | undefined =>
    streaming ? NO_BIAS : planBias(amounts, size.weightMax, typesLeft);
  const pairBias = size.axonTypes < PAIR_TYPES ? undefined : biasOf(size.axonTypes - PAIR_TYPES);
  if (pairBias !== undefined) {
    const packing = packPairs(layer, groups, context, size.axons - pairBias.coarse - pairBias.fine);
    if (packing !== undefined)
      return planned(layer, groups, packing, context, { makeAxons: pairAxons, bias: pairBias });
  }
  if (layer.matrix.weight.some((weight) => Math.abs(weight) > size.weightMax)) return undefined;
  const wide = amounts.some((amount) => Math.abs(amount) > size.weightMax);
  const types = size.axonTypes - (streaming ? 0 : wide && size.axonTypes > 2 ? 2 : 1);
  const bias = biasOf(size.axonTypes - types);
  if (types < 1 || bias === undefined) return undefined;
  const axonBudget = size.axons - bias.coarse - bias.fine;
  const typings = groups.map((group) =>
    group.inputs.length > axonBudget ? undefined : sortIntoTypes(layer.matrix, group, types),
  );
  if (typings.some((typing) => typing === undefined)) return undefined;
  const alone = packEachAlone(groups, copies, size.neurons);
  const makeAxons: MakeAxons = (core, pieces) => {
    const piece = pieces[0]!;
    return typedAxons(core, groups[piece.item]!, typings[piece.item]!, layer.matrix);
  };
  return alone && planned(layer, groups, alone, context, { makeAxons, bias });
}

/** Whether some group reads more inputs than a core has axons: then it fits no core, however its weights are given to axons. */
const isTooWide = (groups: readonly RowGroup[], { axons }: CoreSize): boolean =>
  groups.some(({ inputs }) => inputs.length > axons);

/** Without axons: the leak has it all. */
const NO_BIAS: BiasPlan = { coarse: 0, fine: 0, split: () => ({ count: 0, weight: 0, fine: 0 }) };

/** Lowers a threshold layer whose inputs arrive over several ticks: gated accumulators on pairs of axons; the window does not matter. */
export function lowerGated(layer: ChipLayer, context: LoweringContext): LoweringPlan | undefined {
  const { size, arrival, memo } = context;
  if (gatedProblem(size) !== undefined) return undefined;
  const groups = memo.groups(layer, context.copies);
  if (isTooWide(groups, size)) return undefined;
  const { span } = arrival;
  const times = gateTimes(0, span - 1, layer.stairs?.most);
  const demands = Array.from(layer.theta, (_, o) => demandOf(layer, o, span > 1));
  const gates = gateAxonCounts(demands, size.weightMax);
  const budget = size.axons - gates.gate - gates.clear;
  const packing = packPairs(layer, groups, context, budget);
  if (packing === undefined) return undefined;
  const plain = planned(layer, groups, packing, context, {
    makeAxons: pairAxons,
    makeNeuron: (row, axons) => ({ parameters: gated(demands[row]!, 1, -1, gates, size.rules), axons }),
    gates: { ...gates, times },
  });
  return planOf(plain.nCores, () => ({
    ...plain.build(),
    scheme: 'gated',
    window: span,
    latency: span - 1,
    departure: departureOf(layer),
    minPeriod: span + times.most,
  }));
}

/** How the outputs of a gated core leave. */
export const departureOf = ({ stairs }: ChipLayer): Arrival =>
  stairs === undefined ? ONE_TICK : { maxCount: stairs.most, span: stairs.most, aligned: true };

/** The stair of an output, held where inputs arrive over several ticks; none where no output of the layer has one. */
export function stairDemand({ stairs }: ChipLayer, output: number, isHeld: boolean): Pick<GateDemand, 'stair'> {
  if (stairs === undefined) return {};
  const { most, scale, rise, offset } = stairs;
  return { stair: { most, isHeld, scale: scale[output]!, rise: rise[output]!, offset: offset[output]! } };
}

/** Bounds of the sum of a row over inputs that arrive in any order. */
export function demandOf(layer: ChipLayer, row: number, isHeld: boolean): GateDemand {
  const [low, high] = rowRange(layer, row);
  return { low, high, theta: layer.theta[row]!, ...stairDemand(layer, row, isHeld) };
}

function packPairs(
  layer: ChipLayer,
  groups: readonly RowGroup[],
  context: LoweringContext,
  axonBudget: number,
): Packing | undefined {
  const items = groups.map((group) => pairItem(group, context.copies));
  const axonCost = context.fromHost ? 0 : 1 / context.size.neurons;
  return bestPacking(groupOrders(layer.matrix, groups.length), axonCost, (order, isTooMuch) =>
    packItems(items, order, layer.matrix.nIn, axonBudget, context.size.neurons, isTooMuch),
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
    readonly weights: readonly number[];
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

/** How cores are filled: with neurons of their own kind and gates, or with memoryless ones and their bias. */
interface CoreRecipe {
  readonly makeAxons: MakeAxons;
  readonly makeNeuron?: MakeNeuron;
  readonly gates?: GateAxons & { readonly times: GateTimes };
  readonly bias?: BiasPlan;
}

const planned = (
  layer: ChipLayer,
  groups: readonly RowGroup[],
  packing: Packing,
  context: LoweringContext,
  recipe: CoreRecipe,
): LoweringPlan => planOf(packing.cores.length, () => build(layer, groups, packing, context, recipe));

function build(
  layer: ChipLayer,
  groups: readonly RowGroup[],
  packing: Packing,
  context: LoweringContext,
  { makeAxons, makeNeuron, gates, bias = NO_BIAS }: CoreRecipe,
): LoweredLayer {
  const inputSinks = emptySinks(layer.matrix.nIn);
  const timers: { sink: { core: CoreDraft; axon: number }; offset: number }[] = [];
  const cores = packing.cores.map((pieces) => {
    const rows = pieces.flatMap(({ item, from, to }) => groups[item]!.rows.slice(from, to));
    const length = rows.reduce((n, row) => n + context.copies[row]!, 0);
    const neurons = lazyNeurons(length, () => rows.flatMap(neuronsOf));
    const core: CoreDraft = { layer: context.layer, role: 'layer', axonType: [], neurons };
    const axons = makeAxons(core, pieces, groups, layer);
    axons.inputOf.forEach((input, axon) => inputSinks[input]!.push({ core, axon }));
    let gateAxons: readonly number[] = [];
    const biasAxons = { coarse: new Array<number>(), fine: new Array<number>(), types: spareTypes(core, context.size) };
    if (gates !== undefined) {
      const added = addGates(core, gates, gates.times);
      timers.push(...added.timers);
      gateAxons = added.axons;
    } else {
      for (let n = 0; n < bias.coarse; n++) biasAxons.coarse.push(addAxon(core, biasAxons.types[0]));
      for (let n = 0; n < bias.fine; n++) biasAxons.fine.push(addAxon(core, biasAxons.types[1]));
      for (const axon of [...biasAxons.coarse, ...biasAxons.fine]) timers.push({ sink: { core, axon }, offset: 0 });
    }
    const withGates = new Map<readonly number[], readonly number[]>();
    const gatedAxons = (connected: readonly number[]): readonly number[] => {
      const all = withGates.get(connected) ?? [...connected, ...gateAxons];
      withGates.set(connected, all);
      return all;
    };
    return core;

    /** A neuron for every copy of a row. */
    function neuronsOf(row: number): readonly NeuronDraft[] {
      const { axons: connected, weights } = axons.connect(row);
      const neuron =
        makeNeuron?.(row, gatedAxons(connected)) ??
        directNeuron(layer, row, { axons: connected, weights }, { ...biasAxons, plan: bias }, context);
      return Array.from({ length: context.copies[row]! }, (_, copy): NeuronDraft => {
        return {
          ...neuron,
          destination: { kind: 'copy', output: row, copy },
          rate: (layer.stairs?.steps[row] ?? 1) / 2,
        };
      });
    }
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

/** The two axon types of bias pulses: the first that the inputs of the core leave, from the third on; the lower ones where there are no others. */
function spareTypes(core: CoreDraft, { axonTypes }: CoreSize): readonly [number, number] {
  const used = new Set(core.axonType);
  const unused = Array.from({ length: axonTypes }, (_, type) => type).filter((type) => !used.has(type));
  const spare = [...unused.filter((type) => type >= PAIR_TYPES), ...unused.filter((type) => type < PAIR_TYPES)];
  return [spare[0] ?? 0, spare[1] ?? 0];
}

/** Axons of the bias in a core. */
interface BiasAxons {
  readonly plan: BiasPlan;
  readonly coarse: readonly number[];
  readonly fine: readonly number[];
  readonly types: readonly [number, number];
}

function directNeuron(
  layer: ChipLayer,
  row: number,
  { axons, weights }: { readonly axons: readonly number[]; readonly weights: readonly number[] },
  bias: BiasAxons,
  { streaming, size: { rules } }: LoweringContext,
): Omit<NeuronDraft, 'destination' | 'rate'> {
  const [, high] = rowRange(layer, row);
  const theta = layer.theta[row]!;
  // A neuron that can never fire needs no synapses; its threshold may lie outside the range of the leak.
  if (theta > high) return { parameters: memoryless([], 0, rules), axons: [] };
  if (streaming) return { parameters: memoryless(weights, 1 - theta, rules), axons };
  const { count, weight, fine } = bias.plan.split(1 - theta);
  const [coarseType, fineType] = bias.types;
  const withBias = [...weights];
  const set = (type: number, value: number): void => {
    while (withBias.length <= type) withBias.push(0);
    withBias[type] = value;
  };
  if (count > 0) set(coarseType, weight);
  if (fine !== 0) set(fineType, fine);
  const connected = [...axons, ...bias.coarse.slice(0, count), ...(fine === 0 ? [] : bias.fine)];
  return { parameters: memoryless(withBias, 0, rules), axons: connected };
}

/** Pairs: as many +1 and -1 axons per input as the rows of this core need. */
const pairAxons: MakeAxons = (core, pieces, groups, layer) => {
  const { matrix } = layer;
  const excite = new Map<number, number[]>();
  const inhibit = new Map<number, number[]>();
  const inputOf: number[] = [];
  const connected = new Map<number, readonly number[]>();
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
      for (let k = matrix.rowStart[row]!; k < matrix.rowEnd[row]!; k++) {
        const w = matrix.weight[k]!;
        if (w > 0) grow(excite, matrix.column[k]!, w, GATED_TYPE.excite);
        else grow(inhibit, matrix.column[k]!, -w, GATED_TYPE.inhibit);
      }
    }
  }
  return {
    inputOf,
    connect: (row) => {
      // Equal rows are one; those without weights begin where the next one does.
      if (matrix.rowStart[row] === matrix.rowEnd[row]) return { axons: [], weights: [1, -1] };
      const known = connected.get(matrix.rowStart[row]!);
      if (known !== undefined) return { axons: known, weights: [1, -1] };
      const axons: number[] = [];
      for (let k = matrix.rowStart[row]!; k < matrix.rowEnd[row]!; k++) {
        const w = matrix.weight[k]!;
        const found = (w > 0 ? excite : inhibit).get(matrix.column[k]!)!;
        for (let n = 0; n < Math.abs(w); n++) axons.push(found[n]!);
      }
      connected.set(matrix.rowStart[row]!, axons);
      return { axons, weights: [1, -1] };
    },
  };
};

function typedAxons(core: CoreDraft, group: RowGroup, typing: Typing, matrix: Matrix): CoreAxons {
  const axonOf = new Map<number, number>();
  for (const input of group.inputs) axonOf.set(input, addAxon(core, typing.typeOf.get(input) ?? 0));
  return {
    inputOf: Array.from(group.inputs),
    connect: (row) => ({
      axons: Array.from(matrix.column.subarray(matrix.rowStart[row]!, matrix.rowEnd[row]!), (i) => axonOf.get(i)!),
      weights: typing.weights.get(row)!,
    }),
  };
}
