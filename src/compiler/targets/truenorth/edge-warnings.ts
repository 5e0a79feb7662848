import { type Diagnostic, warningAt } from '../../../common/diagnostics.js';
import { chipGrid, type CoreTraffic, EDGE_BUDGET, EdgeCounter } from '../../../hw-models/truenorth/board.js';
import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';

/** What is expected to cross borders between chips, those between boards included. */
export interface EdgeUse {
  /** Edges that carry spikes, the busiest first, with their spikes per tick. */
  readonly edges: readonly { readonly edge: string; readonly perTick: number }[];
  /** Spikes per tick that the port of an edge passes. */
  readonly budget: number;
  /** Chips with cores of the program. */
  readonly chips: number;
}

/** `traffic` is what the cores are expected to send in a frame, spread evenly over the ticks of its period: an estimate; `lodestone timing` measures. */
export function edgeUse({ cores, spec, timing }: TrueNorthProgram, traffic: readonly CoreTraffic[]): EdgeUse {
  const counter = new EdgeCounter(chipGrid(spec));
  for (const link of traffic) counter.add(cores, link);
  const chipOf = (core: number): number =>
    Math.floor(cores.y[core]! / spec.chipHeight) * spec.gridWidth + Math.floor(cores.x[core]! / spec.chipWidth);
  return {
    edges: counter.loads().map(({ edge, spikes }) => ({ edge, perTick: spikes / timing.period })),
    budget: EDGE_BUDGET.value * (1000 / spec.tickHz),
    chips: new Set(Array.from(cores.x, (_, core) => chipOf(core))).size,
  };
}

/** A warning for every chip edge that is expected to carry more spikes per tick than its port passes. */
export function edgeWarnings({ name }: TrueNorthProgram, { edges, budget }: EdgeUse): readonly Diagnostic[] {
  return edges.flatMap(({ edge, perTick }) => {
    if (perTick <= budget) return [];
    return [
      warningAt(
        'edge-budget',
        `${name}: ${edge}`,
        `about ${perTick.toFixed(0)} spikes per tick, the shared port passes ${budget.toFixed(0)} (${EDGE_BUDGET.status})`,
        'give each sample more ticks (--window), use fewer chips, or a slower clock of the tick (tickHz)',
      ),
    ];
  });
}
