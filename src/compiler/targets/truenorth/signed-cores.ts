/** Cores of counters that emit signed sums over chunks of inputs: their packing and their neurons. */
import { present } from '../../../common/assert.js';
import type { ChipLayer } from './chip-layers.js';
import { lanesByPiece, type RoutedLanes } from './counting-cores.js';
import { addAxon, type CoreDraft, counter, lazyNeurons, type NeuronDraft } from './drafts.js';
import { emptySinks, type LoweredLayer } from './lowered.js';
import type { LoweringContext } from './lowering-context.js';
import { bestPacking, groupOrders, type PackItem, packItems, type Packing } from './packing.js';
import type { GroupPlan, Lane } from './counted-sets.js';

/** Axon types of the pairs. */
const PAIR = { excite: 0, inhibit: 1 } as const;

/** Chunk by chunk like counting cores, on pairs of axons. Item = chunk * groups + group. */
export function packSigned(
  layer: ChipLayer,
  plans: readonly GroupPlan[],
  context: LoweringContext,
  laneCount: (plan: GroupPlan, chunk: number) => number,
): Packing | undefined {
  const nChunks = Math.max(1, ...plans.map((plan) => plan.chunks.length));
  const items: PackItem[] = [];
  const placeOf = plans.map(({ group }) => new Map(Array.from(group.inputs, (input, k) => [input, k])));
  for (let chunk = 0; chunk < nChunks; chunk++) {
    for (const [p, plan] of plans.entries()) {
      const { group } = plan;
      const at = placeOf[p]!;
      const inputs = plan.chunks[chunk] ?? new Int32Array(0);
      const lanes = plan.chunks[chunk] === undefined ? 0 : laneCount(plan, chunk);
      const excite = Uint16Array.from(inputs, (input) => group.excite[at.get(input)!]!);
      const inhibit = Uint16Array.from(inputs, (input) => group.inhibit[at.get(input)!]!);
      items.push({ inputs, excite, inhibit, neurons: new Array<number>(lanes).fill(1) });
    }
  }
  const orders = groupOrders(layer.matrix, plans.length).map((order) =>
    Array.from({ length: nChunks }, (_, chunk) => order.map((g) => chunk * plans.length + g)).flat(),
  );
  const axonCost = context.fromHost ? 0 : 1 / context.size.neurons;
  return bestPacking(orders, axonCost, (order, isTooMuch) =>
    packItems(items, order, layer.matrix.nIn, context.size.axons, context.size.neurons, isTooMuch),
  );
}

/** The cores of a packing; `lanesOf` gives the signed sums of (plan, chunk). */
export function buildSigned(
  plans: readonly GroupPlan[],
  packing: Packing,
  layer: ChipLayer,
  context: LoweringContext,
  lanesOf: (plan: GroupPlan, chunk: number) => RoutedLanes,
): Pick<LoweredLayer, 'cores' | 'inputSinks'> {
  const { matrix } = layer;
  const inputSinks = emptySinks(matrix.nIn);
  const lanesIn = lanesByPiece(plans, lanesOf);
  const role = layer.rule === 'threshold' ? 'partial' : 'layer';
  const counting = counter(context.size.rules);
  const isMember = new Uint8Array(matrix.nIn);
  const cores = packing.cores.map((pieces) => {
    const found = lanesIn(pieces);
    const axonType: number[] = [];
    const axonsOf = [new Map<number, number[]>(), new Map<number, number[]>()] as const;
    /** The axons of a lane: as many of each input as its weight says, those of the core first. */
    const connect = ({ row: known, inputs }: Lane, all: Int32Array): readonly number[] => {
      const row = present(known, 'row of a signed sum');
      for (const place of inputs) isMember[all[place]!] = 1;
      const connected: number[] = [];
      for (let k = matrix.rowStart[row]!; k < matrix.rowEnd[row]!; k++) {
        const input = matrix.column[k]!;
        if (isMember[input] === 0) continue;
        const w = matrix.weight[k]!;
        const type = w > 0 ? PAIR.excite : PAIR.inhibit;
        const there = axonsOf[type].get(input) ?? [];
        axonsOf[type].set(input, there);
        while (there.length < Math.abs(w)) {
          const axon = addAxon(core, type);
          there.push(axon);
          inputSinks[input]!.push({ core, axon });
        }
        for (let n = 0; n < Math.abs(w); n++) connected.push(there[n]!);
      }
      for (const place of inputs) isMember[all[place]!] = 0;
      return connected;
    };
    const length = found.reduce((n, { from, to }) => n + to - from, 0);
    const neurons = lazyNeurons(length, () =>
      found.flatMap(({ inputs, lanes, destination, from, to }) =>
        lanes.slice(from, to).map((lane, k): NeuronDraft => {
          const parameters = { ...counting, weights: [lane.sign, -lane.sign] };
          const rate = Math.sqrt(lane.inputs.length) / 4;
          return { parameters, axons: connect(lane, inputs), destination: destination(from + k), rate };
        }),
      ),
    );
    const core: CoreDraft = { layer: context.layer, role, axonType, neurons };
    for (const { inputs, lanes, from, to } of found) for (const lane of lanes.slice(from, to)) connect(lane, inputs);
    return core;
  });
  return { cores, inputSinks };
}
