/** What searches reach on functions with known fronts, beside points without a rule: mean hypervolume over seeds. `--quick`: one seed. */
import { SEARCH_NAMES } from '../src/explore/search/methods.js';
import { PROBLEMS, reached } from './search-problems.js';

const seeds = process.argv.includes('--quick') ? [1] : [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const POINTS = 100;
const names = SEARCH_NAMES.filter((name) => name !== 'grid');

const row = (cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`);
row(['hypervolume', ...names]);
row(names.map(() => '---').concat('---'));
for (const problem of PROBLEMS) {
  const means = names.map((name) => {
    const volumes = seeds.map((seed) => reached(problem, name, POINTS, seed));
    return volumes.reduce((sum, volume) => sum + volume, 0) / seeds.length;
  });
  row([problem.name, ...means.map((mean) => mean.toFixed(2))]);
}
console.log(`\n${POINTS} points, mean of ${seeds.length} seeds`);
