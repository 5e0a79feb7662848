/** The sums transformer on the NorthPole-style chip, next to its expected numbers; part of `npm run examples`. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { NORTHPOLE, runSums, type SumsResult } from '../src/models.js';
import { readNetwork } from '../src/index.js';
import { packageRoot } from './networks.js';

/** What the first sums of the test split have to give. */
export const EXPECTED_SUMS = { n: 200, exactAnswers: 1, mismatches: 0, cacheBytes: 4608 } as const;

/** Runs them; `differences` counts the numbers that are not the expected ones. */
export async function sumsExample(): Promise<{ readonly result: SumsResult; readonly differences: number }> {
  const path = join(packageRoot(), 'examples', 'models', 'sums-transformer.lsn');
  const network = readNetwork(new Uint8Array(await readFile(path)), path);
  const { n, exactAnswers, mismatches, cacheBytes } = EXPECTED_SUMS;
  const result = await runSums(network, { spec: NORTHPOLE, n, workers: Math.min(2, availableParallelism()) });
  const { float, integer, chip } = result.accuracy;
  const checks: readonly (readonly [string, number, number])[] = [
    ['mismatches', result.mismatches, mismatches],
    ['exact, float', float.exactAnswers, exactAnswers],
    ['exact, integer', integer.exactAnswers, exactAnswers],
    ['exact, chip', chip.exactAnswers, exactAnswers],
    ['cache bytes', result.cacheBytes.reduce((sum, { bytes }) => sum + bytes, 0), cacheBytes],
  ];
  let differences = 0;
  console.log(`sums-transformer: ${result.examples.join('  ')}`);
  for (const [what, found, want] of checks) {
    if (found !== want) differences++;
    console.log(
      `  ${what.padEnd(18)} ${String(found).padStart(6)}  expected ${want}${found === want ? '' : '  DIFFERENT'}`,
    );
  }
  console.log(
    `  ${result.cyclesPerToken} cycles, ${result.microsecondsPerToken.toFixed(2)} us per token, ${Math.round(result.tokensPerSecond)} tokens/s\n`,
  );
  return { result, differences };
}
