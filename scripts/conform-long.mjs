// A thousand times the fuzzing of the tests: node scripts/conform-long.mjs [SHARE] (after npm run build). SHARE 1 takes hours; 0.01 a few minutes.
import { CHIPS } from '../dist/src/chips/installed.js';
import { fuzz } from '../dist/src/conformance/fuzz.js';
import { modelNames, modelOfKit } from '../dist/src/conformance/model.js';

const share = Number(process.argv[2] ?? 1);
const seed = Date.now() % 1_000_000;
console.log(`seed ${seed}`);
let failed = 0;

async function run(kit, expected, actual, coreSteps, how = {}) {
  const result = await fuzz({
    ...{ kit, seed, expected: modelOfKit(kit, expected), actual: modelOfKit(kit, actual) },
    ...how,
    isEnough: (done) => done.coreSteps >= coreSteps * share,
  });
  const outcome = result.failure === undefined ? 'no difference' : JSON.stringify(result.failure.finding.first);
  if (result.failure !== undefined) failed++;
  console.log(`${actual} against ${expected}: ${outcome} in ${result.cases} programs, ${result.coreSteps} core steps`);
}

for (const chip of CHIPS) {
  const kit = await chip.kit();
  const [specification, ...others] = modelNames(kit);
  for (const name of others) await run(kit, specification, name, 10_000_000);
  if (!others.includes('split')) continue;
  const fast = { sizes: [1 / 32, 1 / 8, 1], steps: 10_000, coverage: false };
  await run(kit, others[0], 'split', 1_000_000_000, fast);
}
process.exitCode = failed > 0 ? 1 : 0;
