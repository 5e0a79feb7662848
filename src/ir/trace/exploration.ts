/** What the page of an exploration shows: plain data. */
import type { ProgramView } from './program-view.js';

/** A number of a point that is drawn. */
export interface ExplorationMeasure {
  readonly name: string;
  readonly unit: string;
  /** An objective, and in which direction it is better; absent for other measures. */
  readonly better?: 'min' | 'max';
}

/** A point. */
export interface ExplorationRow {
  /** Its number in the results. */
  readonly point: number;
  readonly group: string;
  readonly network: string;
  readonly chip: string;
  readonly isFeasible: boolean;
  readonly isOnFront: boolean;
  /** By setting; absent where its chip has no such one. */
  readonly values: readonly (string | number | boolean | null)[];
  /** By measure; null where it is not known. */
  readonly measures: readonly (number | null)[];
}

/** Designs that were refused, dropped or lost for one reason. */
export interface ExplorationReason {
  readonly status: string;
  readonly reason: string;
  readonly points: number;
  /** One of them in words. */
  readonly example: string;
}

/** An exploration as its page shows it. */
export interface ExplorationPage {
  readonly name: string;
  /** Points in all, and by status. */
  readonly points: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly feasible: number;
  /** The budget that ended it, if one did. */
  readonly spent?: string;
  readonly constraints: readonly string[];
  readonly settings: readonly string[];
  readonly measures: readonly ExplorationMeasure[];
  /** Measured points: all, or a sample of so many with every point of a front. */
  readonly rows: readonly ExplorationRow[];
  readonly sampled?: number;
  readonly reasons: readonly ExplorationReason[];
  /** Share of the variance of each objective that a setting alone explains, by setting and objective; null where it cannot be told. */
  readonly importance: readonly (readonly (number | null)[])[];
  /** By group: hypervolume of the front after so many points, as a share of that of the last one. */
  readonly progress: readonly {
    readonly group: string;
    readonly at: readonly (readonly [points: number, share: number])[];
  }[];
  /** Mappings of points by their numbers. */
  readonly mappings: readonly { readonly point: number; readonly view: ProgramView }[];
}
