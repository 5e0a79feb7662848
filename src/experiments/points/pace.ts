/** Where a run of points stands, and how fast it goes. */

/** Numbers of points. */
export interface PointsProgress {
  /** Points with a result or a failure, those of earlier runs included. */
  readonly done: number;
  readonly total: number;
  /** Those that were there when this run began. */
  readonly before: number;
  readonly failed: number;
  /** What is being measured, in the order of its beginning. */
  readonly running: readonly string[];
  /** Share of those that is done, summed over them: 0..running. */
  readonly share: number;
  /** Points of this run per minute, and seconds that are left at that rate; unknown before the first one. */
  readonly perMinute?: number | undefined;
  readonly secondsLeft?: number | undefined;
}

/** Rate and time left of points `done` of `total` after some seconds; nothing is known before anything is done. */
export function paceOf(
  { done, total }: { readonly done: number; readonly total: number },
  seconds: number,
): Pick<PointsProgress, 'perMinute' | 'secondsLeft'> {
  if (done <= 0 || seconds <= 0) return {};
  return { perMinute: (done / seconds) * 60, secondsLeft: ((total - done) * seconds) / done };
}
