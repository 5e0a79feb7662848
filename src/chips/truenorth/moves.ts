/** Two programs of a chip, core by core. */
import { matchCores, placementOf } from '../../compiler/targets/truenorth/kept-placement.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';
import type { CoreMove } from '../../ir/trace/core-moves.js';

/** Every core of `after` with the one of `before` that it corresponds to, as `--keep-placement` finds it; then those of `before` that are left. */
export function trueNorthMoves(before: TrueNorthProgram, after: TrueNorthProgram): readonly CoreMove[] {
  const old = placementOf(before);
  const now = placementOf(after);
  const matched = matchCores(after, old);
  const left = new Set(old.layer.keys());
  const moves = Array.from(matched, (their, core): CoreMove => {
    left.delete(their);
    const place = { after: [now.x[core]!, now.y[core]!] as const };
    const whose = { layer: now.layers[now.layer[core]!]!, role: now.role[core]! };
    return their < 0 ? { ...whose, ...place } : { ...whose, before: [old.x[their]!, old.y[their]!], ...place };
  });
  const gone = Array.from(left, (their): CoreMove => ({
    layer: old.layers[old.layer[their]!]!,
    role: old.role[their]!,
    before: [old.x[their]!, old.y[their]!],
  }));
  return [...moves, ...gone];
}
