/** Cores of counting neurons: lanes packed with their inputs. */
import type { ChipLayer } from './chip-layers.js';
import { addAxon, type CoreDraft, type CoreSize, counter, type Destination, lazyNeurons } from './drafts.js';
import { emptySinks, type LoweredLayer, type LoweringProblem } from './lowered.js';
import type { LoweringContext } from './lowering-context.js';
import { bestPacking, groupOrders, type PackedPiece, type PackItem, packItems, type Packing } from './packing.js';
import type { GroupPlan, Lane } from './counted-sets.js';

/** A lane with the place its spikes go to. */
export interface RoutedLane {
  readonly lane: Lane;
  readonly destination: Destination;
}

/**
 * Counting cores: chunk by chunk, places of an image in the tile order that needs the fewest cores. Item = chunk * groups + group. `too-many` where no
 * order takes `most` cores or fewer.
 */
export function packCounting(
  layer: ChipLayer,
  plans: readonly GroupPlan[],
  context: LoweringContext,
  laneCount: (plan: GroupPlan, chunk: number) => number,
  most = Infinity,
): Packing | 'too-many' | undefined {
  const nChunks = plans.reduce((n, { chunks }) => Math.max(n, chunks.length), 1);
  const items: PackItem[] = [];
  for (let chunk = 0; chunk < nChunks; chunk++) {
    for (const plan of plans) {
      const inputs = Int32Array.from(plan.chunks[chunk] ?? []);
      const lanes = plan.chunks[chunk] === undefined ? 0 : laneCount(plan, chunk);
      items.push({
        inputs,
        excite: new Uint16Array(inputs.length).fill(1),
        inhibit: new Uint16Array(inputs.length),
        neurons: new Array<number>(lanes).fill(1),
      });
    }
  }
  const orders = context.memo
    .orders(layer, plans.length, () => groupOrders(layer.matrix, plans.length))
    .map((order) => Array.from({ length: nChunks }, (_, chunk) => order.map((g) => chunk * plans.length + g)).flat());
  const axonCost = context.fromHost ? 0 : 1 / context.size.neurons;
  let wasTooMany = false;
  const packing = bestPacking(orders, axonCost, (order, isTooMuch) =>
    packItems(items, order, layer.matrix.nIn, context.size.axons, context.size.neurons, (cores, axons) => {
      if (cores <= most) return isTooMuch(cores, axons);
      wasTooMany = true;
      return true;
    }),
  );
  if (packing === undefined) return wasTooMany ? 'too-many' : undefined;
  return packing.cores.length > most ? 'too-many' : packing;
}

/** The lanes of pieces of a packing whose item is chunk * plans + plan; those of a (plan, chunk) are asked for once. */
export function lanesByPiece(
  plans: readonly GroupPlan[],
  lanesOf: (plan: GroupPlan, chunk: number) => readonly RoutedLane[],
): (pieces: readonly PackedPiece[]) => readonly RoutedLane[] {
  const known = new Map<number, readonly RoutedLane[]>();
  return (pieces) =>
    pieces.flatMap(({ item, from, to }) => {
      const lanes = known.get(item) ?? lanesOf(plans[item % plans.length]!, Math.floor(item / plans.length));
      known.set(item, lanes);
      return lanes.slice(from, to);
    });
}

export function buildCounting(
  plans: readonly GroupPlan[],
  packing: Packing,
  layer: ChipLayer,
  context: LoweringContext,
  lanesOf: (plan: GroupPlan, chunk: number) => readonly RoutedLane[],
): Pick<LoweredLayer, 'cores' | 'inputSinks'> {
  const inputSinks = emptySinks(layer.matrix.nIn);
  const lanesIn = lanesByPiece(plans, lanesOf);
  const role = layer.rule === 'threshold' ? 'partial' : 'layer';
  // Axon of every input in the core that is being filled, -1 without one: a list for all inputs is far faster than a map, and each of many lanes asks
  // for all of its own.
  const axonOf = new Int32Array(layer.matrix.nIn).fill(-1);
  const counting = counter(context.size.rules);
  const cores = packing.cores.map((pieces): CoreDraft => {
    const axonType: number[] = [];
    const lanes = lanesIn(pieces);
    /** Input of every axon, in order. */
    const inputOf: number[] = [];
    const neurons = lazyNeurons(lanes.length, () => {
      inputOf.forEach((input, axon) => (axonOf[input] = axon));
      const made = lanes.map(({ lane: { inputs }, destination }) => {
        return { ...counting, axons: inputs.map((input) => axonOf[input]!), destination, rate: inputs.length / 4 };
      });
      for (const input of inputOf) axonOf[input] = -1;
      return made;
    });
    const core = { layer: context.layer, role, axonType, neurons } as const;
    for (const { lane } of lanes) {
      for (const input of lane.inputs) {
        if (axonOf[input]! >= 0) continue;
        const axon = addAxon(core, 0);
        axonOf[input] = axon;
        inputOf.push(input);
        inputSinks[input]!.push({ core, axon });
      }
    }
    for (const input of inputOf) axonOf[input] = -1;
    return core;
  });
  return { cores, inputSinks };
}

/** What counting neurons need of a chip, or undefined if it is there. */
export function countingProblem({ rules }: CoreSize): LoweringProblem | undefined {
  if (rules.linearReset) return undefined;
  return {
    code: 'no-linear-reset',
    message: 'sums that leave as spike counts need neurons that subtract their threshold, which the chip does not have',
    remedy:
      'use a chip whose resetModes have linear; a network that ends in votes needs none if every fan-in fits a core',
  };
}

/** The finding when one set of inputs does not fit a core. */
export function tooWide(layer: ChipLayer, context: LoweringContext): LoweringProblem {
  return {
    code: 'counting-core-too-small',
    message: `a set of inputs of layer "${layer.name}" does not fit the ${context.size.axons} axons of a core`,
    remedy: 'use a chip with larger cores or a smaller fan-in',
  };
}
