import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UNKNOWN_SECONDS } from './tester.js';

const resultsSchema = z.object({ results: z.array(z.tuple([z.string(), z.object({ duration: z.number() })])) });

/** Seconds of each test file of `root` in its last run, from what the test runner left; empty before the first run. */
export function testTimes(root: string): Map<string, number> {
  const times = new Map<string, number>();
  const folder = join(root, 'node_modules', '.vite', 'vitest');
  let runs: string[];
  try {
    runs = readdirSync(folder);
  } catch {
    return times;
  }
  for (const run of runs) {
    const { results } = resultsSchema.parse(JSON.parse(readFileSync(join(folder, run, 'results.json'), 'utf8')));
    for (const [file, { duration }] of results) times.set(file.replace(/^:/, ''), duration / 1000);
  }
  return times;
}

/** The first tests that take about `seconds` together; one that takes longer than half of that is left out. */
export function withinBudget(tests: readonly string[], times: ReadonlyMap<string, number>, seconds: number): string[] {
  let sum = 0;
  return tests.filter((test) => {
    const cost = times.get(test) ?? UNKNOWN_SECONDS;
    if (cost > seconds / 2 || sum >= seconds) return false;
    sum += cost;
    return true;
  });
}
