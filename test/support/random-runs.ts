/** What decides how many random cases tests try, and which: set by vitest.config.ts, `npm run fuzz` and people. */

/** Seed of a run of the tests: 0 in CI, fresh in `npm run fuzz`; LODESTONE_SEED sets it. */
export const RUN_SEED = Number(process.env['LODESTONE_SEED'] ?? 0);

/** Factor of the numbers of random cases; LODESTONE_FUZZ, 1 by default. */
export const FUZZ = Number(process.env['LODESTONE_FUZZ'] ?? 1);

/** Seeds of `n` random cases, times `FUZZ`: first, first + 1, ... in CI, others with another seed of the run. */
export const randomSeeds = (n: number, first = 0): readonly number[] =>
  Array.from({ length: n * FUZZ }, (_, i) => RUN_SEED + first + i);
