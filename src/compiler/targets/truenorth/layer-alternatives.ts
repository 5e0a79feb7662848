/** What every layer of a mapping would take with another scheme, or with another split of its fan-out between copies and splitters. */
import type { TrueNorthSpec } from '../../../ir/program/truenorth.js';
import type { ChipNetwork } from './chip-layers.js';
import { coreSizeOf } from './drafts.js';
import { schedule } from './emit.js';
import { isProblem } from './lowered.js';
import type { LoweringMemo } from './lowering-memo.js';
import { contextOf, type FanOutChoice, type MappedNetwork, type MapOptions } from './map-network.js';
import { codeOf, coreCount, type FrameCost, frameCosts, loweredEvents } from './mapping-cost.js';
import { preferred, type Scheme, schemesOf } from './plan-lowering.js';

/** A scheme that fits. */
export interface SchemeCost extends FrameCost {
  readonly scheme: Scheme['name'];
  /** Code of the outputs, in words. */
  readonly code: string;
  readonly window: number;
  /** Ticks from the first input to the first output. */
  readonly ticks: number;
  readonly isChosen: boolean;
}

/** A scheme that does not. */
export interface SchemeRefusal {
  readonly scheme: Scheme['name'];
  readonly refused: string;
}

/** The alternatives of a layer. Cores are those with splitters; in each the other layers stay as they are. */
export interface LayerAlternatives {
  readonly layer: string;
  /** For the copies of the chosen fan-out. */
  readonly schemes: readonly (SchemeCost | SchemeRefusal)[];
  /** For the chosen scheme. */
  readonly fanOuts: readonly FanOutChoice[];
}

/** A mapping and how it was made. */
export interface AlternativesRequest {
  readonly network: ChipNetwork;
  readonly mapped: MappedNetwork;
  readonly how: MapOptions;
  readonly memo: LoweringMemo;
  readonly spec: TrueNorthSpec;
  /** Whether energies of the chip are known. */
  readonly priced: boolean;
}

/** The alternatives of every layer of a mapping. */
export function layerAlternatives(request: AlternativesRequest): readonly LayerAlternatives[] {
  const { network, mapped, how, memo, spec, priced } = request;
  const size = coreSizeOf(spec);
  const { period } = schedule(network, mapped).timing;
  const costOf = frameCosts(spec, { period, cores: coreCount(mapped, spec), priced });
  return mapped.layers.map(({ layer, lowered, copies, nCores, splits, splitterSpikes }, l) => {
    const context = { ...contextOf(network, l, { size, memo, ...how }), copies };
    const all = schemesOf(layer, context);
    const splitters = nCores - lowered.cores.length;
    const costs = new Map<Scheme, SchemeCost | SchemeRefusal>(
      all.map((scheme) => {
        const plan = scheme.lower();
        if (isProblem(plan)) return [scheme, { scheme: scheme.name, refused: plan.message }];
        const built = plan.build();
        const own = loweredEvents(built, layer.max);
        const frame = costOf({
          cores: own.cores + splitters,
          spikes: own.spikes + splitterSpikes,
          synapticOperations: own.synapticOperations + splitterSpikes,
        });
        const { window, latency: ticks } = built;
        const code = codeOf(built, layer.rule === 'score');
        return [scheme, { scheme: scheme.name, code, window, ticks, ...frame, isChosen: false }];
      }),
    );
    const chosen = preferred(all, how.robust === true).find((scheme) => !('refused' in costs.get(scheme)!));
    const schemes = all.map((scheme) => {
      const cost = costs.get(scheme)!;
      return 'refused' in cost ? cost : { ...cost, isChosen: scheme === chosen };
    });
    return { layer: layer.name, schemes, fanOuts: splits };
  });
}
