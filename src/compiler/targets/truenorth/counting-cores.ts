/** Cores of counting neurons: lanes packed with their inputs. */
import type { ChipLayer } from './chip-layers.js';
import {
  addAxon,
  type CoreDraft,
  type CoreSize,
  counter,
  type Destination,
  lazyNeurons,
  type NeuronDraft,
} from './drafts.js';
import { emptySinks, type LoweredLayer, type LoweringProblem } from './lowered.js';
import type { LoweringContext } from './lowering-context.js';
import { bestPacking, groupOrders, type InputSet, type PackedPiece, type Packing, setPacker } from './packing.js';
import type { GroupPlan, Lane } from './counted-sets.js';

/** The lanes of a (plan, chunk), in order, with the places that their spikes go to. */
export interface RoutedLanes {
  readonly lanes: readonly Lane[];
  readonly destination: (lane: number) => Destination;
}

/** Lanes [from, to) of a (plan, chunk) that are in one core. */
export interface RoutedPiece extends RoutedLanes {
  /** Inputs of the plan's group, which lanes name by their places. */
  readonly inputs: Int32Array;
  readonly from: number;
  readonly to: number;
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
  const sets: InputSet[] = [];
  for (let chunk = 0; chunk < nChunks; chunk++) {
    for (const plan of plans) {
      const inputs = plan.chunks[chunk];
      sets.push(inputs === undefined ? NOTHING : { inputs, neurons: laneCount(plan, chunk) });
    }
  }
  const orders = context.memo.orders(layer, plans.length, () => groupOrders(layer.matrix, plans.length));
  const axonCost = context.fromHost ? 0 : 1 / context.size.neurons;
  let wasTooMany = false;
  const pack = setPacker(sets, layer.matrix.nIn, context.size);
  const packing = bestPacking(orders, axonCost, (order, isTooMuch) =>
    pack(repeated(order, nChunks), (cores, axons) => {
      if (cores <= most) return isTooMuch(cores, axons);
      wasTooMany = true;
      return true;
    }),
  );
  if (packing === undefined) return wasTooMany ? 'too-many' : undefined;
  return packing.cores.length > most ? 'too-many' : packing;
}

const NOTHING: InputSet = { inputs: new Int32Array(0), neurons: 0 };

/** An order of groups for every chunk, one chunk after the other. */
function repeated(order: readonly number[], nChunks: number): Int32Array {
  const items = new Int32Array(order.length * nChunks);
  for (let k = 0; k < items.length; k++) {
    const chunk = Math.floor(k / order.length);
    items[k] = chunk * order.length + order[k - chunk * order.length]!;
  }
  return items;
}

/** The lanes of pieces of a packing whose item is chunk * plans + plan; those of a (plan, chunk) are asked for once. */
export function lanesByPiece(
  plans: readonly GroupPlan[],
  lanesOf: (plan: GroupPlan, chunk: number) => RoutedLanes,
): (pieces: readonly PackedPiece[]) => readonly RoutedPiece[] {
  const known = new Map<number, RoutedLanes>();
  return (pieces) =>
    pieces.map(({ item, from, to }) => {
      const plan = plans[item % plans.length]!;
      const lanes = known.get(item) ?? lanesOf(plan, Math.floor(item / plans.length));
      known.set(item, lanes);
      return { ...lanes, inputs: plan.group.inputs, from, to };
    });
}

export function buildCounting(
  plans: readonly GroupPlan[],
  packing: Packing,
  layer: ChipLayer,
  context: LoweringContext,
  lanesOf: (plan: GroupPlan, chunk: number) => RoutedLanes,
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
    const found = lanesIn(pieces);
    /** Input of every axon, in order. */
    const inputOf: number[] = [];
    const length = found.reduce((n, { from, to }) => n + to - from, 0);
    const neurons = lazyNeurons(length, () => {
      inputOf.forEach((input, axon) => (axonOf[input] = axon));
      const made: NeuronDraft[] = [];
      for (const { inputs: all, lanes, destination, from, to } of found) {
        for (let k = from; k < to; k++) {
          const { inputs } = lanes[k]!;
          const axons = new Array<number>(inputs.length);
          for (let i = 0; i < axons.length; i++) axons[i] = axonOf[all[inputs[i]!]!]!;
          made.push({ parameters: counting, axons, destination: destination(k), rate: inputs.length / 4 });
        }
      }
      for (const input of inputOf) axonOf[input] = -1;
      return made;
    });
    const core = { layer: context.layer, role, axonType, neurons } as const;
    for (const { inputs: all, lanes, from, to } of found) {
      for (let k = from; k < to; k++) {
        for (const place of lanes[k]!.inputs) {
          const input = all[place]!;
          if (axonOf[input]! >= 0) continue;
          const axon = addAxon(core, 0);
          axonOf[input] = axon;
          inputOf.push(input);
          inputSinks[input]!.push({ core, axon });
        }
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
