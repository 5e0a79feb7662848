/** Scales of study figures: levels with a zero on a logarithmic axis, shares that show what differs. */

/** Where a level stands on the axis. */
export interface LevelAxis {
  /** Position of a level, in units of the axis. */
  readonly position: (level: number) => number;
  /** First and last position with room at both ends. */
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  /** Vega expression that labels `datum.value`. */
  readonly labelExpr: string;
  /** Position of the broken axis between zero and the smallest level; absent without one. */
  readonly breakAt?: number;
}

/** Linear, with a tick at each level as far as they have room. */
export function linearAxis(levels: readonly number[]): LevelAxis {
  const sorted = [...new Set(levels)].sort((a, b) => a - b);
  const low = sorted[0] ?? 0;
  const high = sorted[sorted.length - 1] ?? 1;
  const room = high > low ? (high - low) * 0.03 : Math.max(0.5, Math.abs(low) * 0.1);
  return {
    position: (level) => level,
    domain: [low - room, high + room],
    ticks: thin(sorted, (level) => (level - low) / (high - low || 1)),
    labelExpr: "format(datum.value, '~g')",
  };
}

/**
 * Logarithmic to the base of 10. Zero, which has no logarithm, stands left of the smallest level behind a break of the axis. Levels
 * below zero do not occur.
 */
export function logAxis(levels: readonly number[]): LevelAxis {
  const positive = [...new Set(levels.filter((level) => level > 0))].sort((a, b) => a - b);
  const low = positive[0];
  const high = positive[positive.length - 1];
  if (low === undefined || high === undefined) return linearAxis(levels);
  const span = Math.log10(high) - Math.log10(low);
  const gap = Math.max(0.12, span * 0.13);
  const hasZero = levels.includes(0);
  const zero = Math.log10(low) - gap;
  const position = (level: number): number => (level > 0 ? Math.log10(level) : zero);
  const room = Math.max(0.05, span * 0.03);
  const start = hasZero ? zero : Math.log10(low);
  const end = Math.log10(high);
  const shown = hasZero ? [0, ...positive] : positive;
  const ticks = thin(shown, (level) => (position(level) - start) / (end - start || 1));
  return {
    position,
    domain: [start - room, end + room],
    ticks: ticks.map(position),
    labelExpr: `${hasZero ? `datum.value < ${Math.log10(low) - gap / 2} ? '0' : ` : ''}format(pow(10, datum.value), '~r')`,
    ...(hasZero ? { breakAt: Math.log10(low) - gap / 2 } : {}),
  };
}

/** Whether positive levels span so much that a linear axis would crowd them. */
export function spansDecades(levels: readonly number[], ratio: number): boolean {
  const positive = levels.filter((level) => level > 0);
  return positive.length > 1 && Math.max(...positive) / Math.min(...positive) >= ratio;
}

/** Leaves out labels that would meet their left neighbour; the last one stays. */
function thin(levels: readonly number[], share: (level: number) => number): readonly number[] {
  const least = 0.065;
  const kept: number[] = [];
  for (const level of levels) {
    const before = kept[kept.length - 1];
    if (before === undefined || share(level) - share(before) >= least) kept.push(level);
  }
  const last = levels[levels.length - 1];
  if (last !== undefined && kept[kept.length - 1] !== last) kept.splice(kept.length > 1 ? -1 : 1, 1, last);
  return kept;
}

/** Range of the vertical axis in per cent, and the chance levels that it does not reach. */
export interface ShareAxis {
  readonly domain: readonly [number, number];
  readonly offScale: readonly number[];
}

/**
 * Range of a share axis. `values` are all that is drawn and `chance` the levels of guessing, in per cent. Chance is on the axis unless what
 * is drawn would fill less than a third of it: then it is named beside the axis. Errors start at 0.
 */
export function shareAxis(
  values: readonly number[],
  chance: readonly number[],
  measure: 'error' | 'accuracy',
): ShareAxis {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (measure === 'error') {
    const top = Math.max(high, 0.5, ...chance);
    if (high >= top / 3) return { domain: [0, Math.min(100, top * 1.06)], offScale: [] };
    return {
      domain: [0, Math.min(100, Math.max(high * 1.12, 0.5))],
      offScale: chance.filter((share) => share > high * 1.12),
    };
  }
  const bottom = Math.min(low, ...chance);
  if (high > low && high - low >= (high - bottom) / 3)
    return { domain: [0, Math.min(100, high + (high - bottom) * 0.06)], offScale: [] };
  const room = Math.max(0.5, (high - low) * 0.15);
  const domain = [Math.max(0, low - room), Math.min(100, high + room)] as const;
  return { domain, offScale: chance.filter((share) => share < domain[0]) };
}
