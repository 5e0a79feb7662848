/** `npm run examples`: every example on all 10,000 test images, next to its expected numbers. Exit code 1 on a difference. */
import { availableParallelism } from 'node:os';
import { compileNetwork, loadDataset, NO_NOISE, runCompiled } from '../src/index.js';
import { EXAMPLES, loadExample, loadExpected } from './networks.js';
import { sumsExample } from './sums.js';

const data = await loadDataset('mnist', 'test');
const expected = await loadExpected();
let differences = 0;

for (const name of EXAMPLES) {
  const wanted = expected[name];
  const float = await loadExample(name);
  const compilation = compileNetwork(float, { chip: wanted.chip });
  const result = await runCompiled({ ...compilation, float }, data, {
    workers: Math.min(2, availableParallelism()),
    seed: 1,
    noise: NO_NOISE,
  });
  const { unit } = result.time;
  const checks: readonly (readonly [string, number, number | undefined])[] = [
    ['mismatches', result.mismatches, 0],
    ['correct', result.correct, wanted.correct],
    ['cores', result.cores, wanted.cores],
    [`${unit}s per sample`, result.time.perSample, wanted.perSample],
    [`latency in ${unit}s`, result.time.latency, wanted.latency],
  ];
  console.log(`${name}\n${compilation.table}`);
  for (const [what, found, want] of checks) {
    const same = found === want;
    if (!same) differences++;
    console.log(`  ${what.padEnd(18)} ${String(found).padStart(6)}  expected ${want}${same ? '' : '  DIFFERENT'}`);
  }
  const enough = result.correct >= wanted.atLeast;
  if (!enough) differences++;
  console.log(
    `  accuracy           ${(100 * result.accuracy).toFixed(2)} %  at least ${(wanted.atLeast / 100).toFixed(2)} %${enough ? '' : '  MISSED'}`,
  );
  console.log(
    `  ${result.samples} images in ${result.host.seconds.toFixed(1)} s (${result.host.samplesPerSecond.toFixed(0)} images/s, ${result.host.workers} workers)\n`,
  );
}
differences += (await sumsExample()).differences;
console.log(differences === 0 ? 'all examples give their expected numbers' : `${differences} differences`);
process.exitCode = differences === 0 ? 0 : 1;
