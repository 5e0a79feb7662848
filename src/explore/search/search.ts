/** The contract of searches: which points of a space are measured, in batches, each knowing what became of those before it. */

/** One axis of a space; a point has a coordinate of 0 <= u < 1 on each. */
export type Axis =
  | { readonly kind: 'real' }
  /** So many values in an order: value i is where floor(u levels) = i. */
  | { readonly kind: 'ordered'; readonly levels: number }
  /** Likewise without an order: no value is nearer to one than to another. */
  | { readonly kind: 'unordered'; readonly levels: number };

/** A point of a space: its coordinates. */
export type Unit = readonly number[];

/** What became of a point. All objectives are to be small. */
export interface Evaluated {
  readonly unit: Unit;
  /** Absent where the point could not be measured, or was not worth it. */
  readonly objectives?: readonly number[] | undefined;
  /** A constraint each: what it is exceeded by, 0 or less where it holds, relative to its bound. Absent: all of them may fail. */
  readonly excess?: readonly number[] | undefined;
}

/** What a search is told. */
export interface SearchRequest {
  readonly axes: readonly Axis[];
  readonly nObjectives: number;
  readonly nConstraints: number;
  /** Points that will be measured at most. */
  readonly points: number;
  readonly seed: number;
  /** Tells several searches of one exploration apart. */
  readonly stream?: number | undefined;
}

/** A search: a function of its request and what it was told. */
export interface Search {
  /** The next points; none when it has come to its end. The size of a batch does not depend on who measures it. */
  ask(): readonly Unit[];
  /** What became of the points of the last batch, in their order. */
  tell(evaluated: readonly Evaluated[]): void;
}

/** The coordinate as its axis has it: that of the middle of a level, below 1. */
export function snapped(u: number, axis: Axis): number {
  const inside = Math.min(Math.max(u, 0), 1 - 2 ** -53);
  return axis.kind === 'real' ? inside : (Math.floor(inside * axis.levels) + 0.5) / axis.levels;
}

/** Different points that a space of such axes has; infinite with a real one. */
export const countPoints = (axes: readonly Axis[]): number =>
  axes.reduce((product, axis) => product * (axis.kind === 'real' ? Infinity : axis.levels), 1);

/** Sum of what constraints are exceeded by; infinite for a point that could not be measured. */
export function violationOf({ objectives, excess }: Evaluated): number {
  if (excess === undefined) return objectives === undefined ? Infinity : 0;
  const sum = excess.reduce((total, one) => total + Math.max(0, one), 0);
  return objectives === undefined && sum === 0 ? Infinity : sum;
}

/** A name of a point, equal for equal points. */
export const unitKey = (unit: Unit): string => unit.join(' ');
