/**
 * Seed of everything random in a run of the tests: 0 unless LODESTONE_SEED names one, so that the same code gets the same verdict;
 * a fresh one under LODESTONE_FUZZ, which multiplies the number of cases. Called once per run, by vitest.config.ts.
 */
export function runSeed(): string {
  const { LODESTONE_SEED, LODESTONE_FUZZ } = process.env;
  return LODESTONE_SEED ?? (LODESTONE_FUZZ === undefined ? '0' : String(Date.now() % 2 ** 31));
}
