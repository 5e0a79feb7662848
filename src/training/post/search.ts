import { present } from '../../common/assert.js';
import { networkMacs } from '../../ir/network/macs.js';
import type { BitWidth, NetworkGraph, NodeId } from '../../ir/network/types.js';
import { isLinear } from './points.js';
import type { LayerBits } from './quantise-network.js';

/** How good a network is on some images. */
export interface Quality {
  /** 0..1. */
  readonly accuracy: number;
  /** Mean cross entropy, nats: tells networks apart that get the same images right. */
  readonly loss: number;
}

/** Measures a network whose layers have the given bits. */
export type Measure = (bits: ReadonlyMap<NodeId, LayerBits>) => Promise<Quality>;

/** One layer at a width, all others at the highest. */
export interface Sensitivity {
  readonly layer: NodeId;
  readonly bits: BitWidth;
  readonly quality: Quality;
}

/** One attempt to lower a layer from the assignment so far. */
export interface SearchStep {
  readonly layer: NodeId;
  readonly from: BitWidth;
  readonly to: BitWidth;
  readonly quality: Quality;
  /** Whether the accuracy stayed within the budget. */
  readonly kept: boolean;
}

/** What a search found. */
export interface SearchResult {
  /** Accuracy that was asked for, 0..1. */
  readonly floor: number;
  readonly table: readonly Sensitivity[];
  readonly steps: readonly SearchStep[];
  readonly bits: ReadonlyMap<NodeId, LayerBits>;
  /** Of the result. */
  readonly quality: Quality;
  /** Cycles of a chip whose speed is inverse to the bits, relative to all layers at the first of the widths. */
  readonly relativeCycles: number;
}

/** What {@link searchBits} may spend. */
export interface SearchOptions {
  /** Accuracy the result must have at least, 0..1. */
  readonly floor: number;
  /** Widths to try, falling; weights and inputs of a layer have the same. */
  readonly widths: readonly BitWidth[];
}

/** Multiply-accumulates of each dense and convolution layer for one sample. */
export function macsByLayer(graph: NetworkGraph): ReadonlyMap<NodeId, number> {
  const macs = networkMacs(graph);
  return new Map(graph.nodes.filter(isLinear).map(({ id }) => [id, macs.get(id) ?? 0]));
}

/**
 * Looks for few bits per layer: measures each layer alone at every width, then lowers, one width at a time, the layer that adds
 * the least loss per saved cycle (estimated by its own loss alone), as long as the measured accuracy stays at the floor. A
 * lowering that does not is undone, and its layer stays. Deterministic; ties go to the earlier layer.
 */
export async function searchBits(
  macs: ReadonlyMap<NodeId, number>,
  measure: Measure,
  { floor, widths }: SearchOptions,
): Promise<SearchResult> {
  const layers = [...macs.keys()];
  const highest = present(widths[0], 'width');
  const current = new Map<NodeId, number>(layers.map((layer) => [layer, 0]));
  const assignment = (changed?: NodeId, index = 0): ReadonlyMap<NodeId, LayerBits> =>
    new Map(
      layers.map((layer) => {
        const width = present(widths[layer === changed ? index : current.get(layer)!], 'width');
        return [layer, { weights: width, inputs: width }];
      }),
    );

  let quality = await measure(assignment());
  const start = quality;
  const table: Sensitivity[] = [];
  for (const layer of layers) {
    table.push({ layer, bits: highest, quality: start });
    for (let index = 1; index < widths.length; index++) {
      table.push({ layer, bits: widths[index]!, quality: await measure(assignment(layer, index)) });
    }
  }
  const aloneAt = (layer: NodeId, index: number): number =>
    present(
      table.find((row) => row.layer === layer && row.bits === widths[index]),
      'sensitivity',
    ).quality.loss;

  const steps: SearchStep[] = [];
  const frozen = new Set<NodeId>();
  for (;;) {
    const candidates = layers.flatMap((layer) => {
      const index = current.get(layer)!;
      if (frozen.has(layer) || index + 1 >= widths.length) return [];
      const saved = macs.get(layer)! * (widths[index]! - widths[index + 1]!);
      return [{ layer, index, cost: (aloneAt(layer, index + 1) - aloneAt(layer, index)) / saved }];
    });
    if (candidates.length === 0) break;
    const next = candidates.reduce((best, candidate) => (candidate.cost < best.cost ? candidate : best));
    const found = await measure(assignment(next.layer, next.index + 1));
    const kept = found.accuracy >= floor;
    steps.push({
      layer: next.layer,
      from: widths[next.index]!,
      to: widths[next.index + 1]!,
      quality: found,
      kept,
    });
    if (kept) {
      current.set(next.layer, next.index + 1);
      quality = found;
    } else {
      frozen.add(next.layer);
    }
  }
  const cycles = layers.reduce((sum, layer) => sum + macs.get(layer)! * widths[current.get(layer)!]!, 0);
  const total = layers.reduce((sum, layer) => sum + macs.get(layer)! * highest, 0);
  return { floor, table, steps, bits: assignment(), quality, relativeCycles: cycles / total };
}
