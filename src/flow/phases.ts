/** Takes how many of the samples are done. */
export type OnProgress = (done: number, total: number) => void;

/**
 * One progress over phases of equal shares that follow each other, each over the same samples: `phase(i)` is what phase i, from 0
 * on, reports to. What is reported are samples, as if every one went through all phases at once. A phase may begin before the last
 * samples of the one before are done: what is reported never falls.
 */
export function progressInPhases(
  onProgress: OnProgress | undefined,
  nPhases: number,
): (phase: number) => OnProgress | undefined {
  let furthest = 0;
  return (phase) =>
    onProgress === undefined
      ? undefined
      : (done, total) => {
          const all = Math.floor((phase * total + done) / nPhases);
          if (all < furthest) return;
          furthest = all;
          onProgress(all, total);
        };
}
