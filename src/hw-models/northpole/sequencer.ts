/**
 * Program counters of the units of a core: which slot, line, position or step of a layer a cycle belongs to. The inverse of the formulas of
 * timing.ts. Nothing depends on data, as on the chip: no data-dependent branches (Modha et al. 2023, P).
 */
import type { NorthPoleSpec } from '../../ir/program/northpole.js';
import type { LayerPlan, SharePlan } from './layer-plan.js';

/** A position of a slot of a pass. */
export interface VmmStep {
  readonly pass: number;
  /** Block of the pass. */
  readonly k: number;
  readonly position: number;
}

/** Step of the VMM in a cycle, if any. */
export function vmmStep({ layer, pass: shape }: LayerPlan, cycle: number): VmmStep | undefined {
  const at = cycle - layer.timing.start;
  const pass = Math.floor(at / layer.timing.passPeriod);
  const inPass = at - pass * layer.timing.passPeriod;
  const k = Math.floor(inPass / shape.slot);
  const position = inPass - k * shape.slot;
  const busy = at >= 0 && pass < shape.nPasses && k < shape.nK && position < layer.mapping.positions;
  return busy ? { pass, k, position } : undefined;
}

/** Lines of a block that leave the memories of an in-group's tiles in a cycle. */
export interface LineStep {
  readonly pass: number;
  readonly k: number;
  readonly firstLine: number;
  readonly endLine: number;
}

/** Lines in a cycle, if any. */
export function lineStep(plan: LayerPlan, inGroup: number, cycle: number): LineStep | undefined {
  const { layer, pass: shape, weights } = plan;
  if (weights === undefined) return undefined;
  const { lines, linesPerCycle, cyclesPerLine, period } = weights.stream;
  const at = cycle - plan.from;
  const pass = Math.floor(at / layer.timing.passPeriod);
  const inPass = at - pass * layer.timing.passPeriod;
  const k = Math.floor(inPass / shape.slot);
  const offset = inPass - k * shape.slot;
  if (at < 0 || pass >= shape.nPasses || k >= shape.nK || offset >= period) return undefined;
  if (cyclesPerLine === 1) {
    const firstLine = offset * linesPerCycle;
    return firstLine < lines ? { pass, k, firstLine, endLine: Math.min(lines, firstLine + linesPerCycle) } : undefined;
  }
  const firstLine = (offset - (inGroup % cyclesPerLine)) / cyclesPerLine;
  const whole = Number.isInteger(firstLine) && firstLine >= 0 && firstLine < lines;
  return whole ? { pass, k, firstLine, endLine: firstLine + 1 } : undefined;
}

/** A cycle of the interval of a position. */
export interface SumStep {
  readonly pass: number;
  readonly position: number;
  /** 0..interval - 1 */
  readonly step: number;
}

/**
 * The position whose finished sums leave the partial-sum buffer of a share (step 0), and what the vector unit of the chain's last share
 * does with them; for vector layers the position the vector unit works on.
 */
export function sumStep(
  spec: NorthPoleSpec,
  { layer, pass: shape }: LayerPlan,
  { inGroup }: Pick<SharePlan, 'inGroup'>,
  cycle: number,
): SumStep | undefined {
  // A sum spends hopCycles on the link and a cycle in the adder between one core of the chain and the next.
  const behind = (layer.mapping.inGroups - 1 - inGroup) * (spec.networks.partialSum.hopCycles + 1);
  const at = cycle - layer.timing.start - shape.lead + behind;
  const pass = Math.floor(at / layer.timing.passPeriod);
  const inPass = at - pass * layer.timing.passPeriod;
  const position = Math.floor(inPass / shape.interval);
  const step = inPass - position * shape.interval;
  return at >= 0 && pass < shape.nPasses && position < layer.mapping.positions ? { pass, position, step } : undefined;
}
