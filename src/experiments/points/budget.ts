/** What a run of points may take. */

/** Limits of a run; what is absent has none. */
export interface BudgetLimits {
  /** Points that are measured in all, those of earlier runs included. */
  readonly points?: number | undefined;
  /** Wall clock of this run. */
  readonly minutes?: number | undefined;
  /** Energy that this run takes of the machine that simulates: processor seconds of the points times `wattsPerCore`. */
  readonly joules?: number | undefined;
  readonly wattsPerCore?: number | undefined;
}

/** A budget that is being spent. */
export interface Budget {
  /** A point was measured, and took so many processor seconds. */
  spend(cpuSeconds: number): void;
  /** Whether `measured` points and what was spent use it up, in words; undefined while they do not. */
  spent(measured: number): string | undefined;
}

/** Opens a budget; `now` is in milliseconds. */
export function openBudget(limits: BudgetLimits, now: () => number = () => performance.now()): Budget {
  const { points, minutes, joules, wattsPerCore = 0 } = limits;
  const start = now();
  let cpu = 0;
  return {
    spend: (cpuSeconds) => {
      cpu += cpuSeconds;
    },
    spent: (measured) => {
      if (points !== undefined && measured >= points) return `${points} points`;
      if (minutes !== undefined && now() - start >= minutes * 60_000) return `${minutes} minutes`;
      if (joules !== undefined && cpu * wattsPerCore >= joules) return `${joules} joules`;
      return undefined;
    },
  };
}
