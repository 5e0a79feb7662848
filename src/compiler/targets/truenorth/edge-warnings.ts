import { type Diagnostic, warningAt } from '../../../common/diagnostics.js';
import { chipGrid, type CoreTraffic, EDGE_BUDGET, EdgeCounter } from '../../../hw-models/truenorth/board.js';
import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';

/**
 * A warning for every chip edge that is expected to carry more spikes per tick than its port passes. `traffic` is what the
 * cores are expected to send in a frame, spread evenly over the ticks of its period: an estimate; `lodestone timing` measures.
 */
export function edgeWarnings(program: TrueNorthProgram, traffic: readonly CoreTraffic[]): readonly Diagnostic[] {
  const { cores, spec, timing } = program;
  const counter = new EdgeCounter(chipGrid(spec));
  for (const link of traffic) counter.add(cores, link);
  const tickMs = 1000 / spec.tickHz;
  const budget = EDGE_BUDGET.value * tickMs;
  return counter.loads().flatMap(({ edge, spikes }) => {
    const perTick = spikes / timing.period;
    if (perTick <= budget) return [];
    return [
      warningAt(
        'edge-budget',
        `${program.name}: ${edge}`,
        `about ${perTick.toFixed(0)} spikes per tick, the shared port passes ${budget.toFixed(0)} (${EDGE_BUDGET.status})`,
        'give each sample more ticks (--window), use fewer chips, or a slower clock of the tick (tickHz)',
      ),
    ];
  });
}
