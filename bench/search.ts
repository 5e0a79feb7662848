/**
 * What searches reach on functions with known fronts, beside points without a rule: mean hypervolume over seeds.
 *
 * Run after `npm run build`: npm run bench -- search [--json]
 */
import { parseArgs } from 'node:util';
import { SEARCH_NAMES } from '../src/explore/search/methods.js';
import { byDefault, COMMON_OPTIONS, finish, machineText, say } from './harness.js';
import { PROBLEMS, reached } from './search-problems.js';

parseArgs({ options: COMMON_OPTIONS });

const seeds = byDefault([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1]);
const POINTS = byDefault(100, 30);
const names = SEARCH_NAMES.filter((name) => name !== 'grid');

say(machineText);
const row = (cells: readonly string[]): void => say(`| ${cells.join(' | ')} |`);
row(['hypervolume', ...names]);
row(names.map(() => '---').concat('---'));
const rows: Readonly<Record<string, string | number>>[] = [];
const ratios: Record<string, number> = {};
for (const problem of PROBLEMS) {
  const means = names.map((name) => {
    const volumes = seeds.map((seed) => reached(problem, name, POINTS, seed));
    return volumes.reduce((sum, volume) => sum + volume, 0) / seeds.length;
  });
  row([problem.name, ...means.map((mean) => mean.toFixed(2))]);
  rows.push({ problem: problem.name, ...Object.fromEntries(names.map((name, n) => [name, means[n]!])) });
  const random = means[names.indexOf('random')]!;
  names.forEach((name, n) => {
    if (name !== 'random') ratios[`${problem.name}: ${name} over random`] = means[n]! / random;
  });
}
say(`\n${POINTS} points, mean of ${seeds.length} seeds`);
finish({ bench: 'search', rows, ratios, notes: { points: POINTS, seeds: seeds.length } });
