// A thousand times the fuzzing of the tests, after npm run build:
//
//   node scripts/conform-long.mjs [--share 1] [--workers 2] [--state FILE] [--seed N]
//
// 10 million core steps of every chip on its specification, shared by the models that are held to it, and a billion of TrueNorth-style cores on the fast
// engine, whose programs are split over two of it. Every part goes in chunks with seeds of their own; FILE keeps what is done, so that the same
// command goes on where it was stopped. Exit code 1 where models differ.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { CHIPS } from '../dist/src/chips/installed.js';
import { fuzz } from '../dist/src/conformance/fuzz.js';
import { modelNames, modelOfKit } from '../dist/src/conformance/model.js';

const CHUNKS = 100;
const REFERENCE = 10_000_000;
const FAST = 1_000_000_000;
/** Small cores mostly, and many of them: a step costs least so. */
const [SMALL, MIDDLE] = [1 / 32, 1 / 8];
const FAST_CASES = {
  sizes: [SMALL, MIDDLE, SMALL, MIDDLE, SMALL, MIDDLE, SMALL, MIDDLE, SMALL, MIDDLE, SMALL, 1],
  steps: 2000,
  cores: 64,
  coverage: false,
};

/** All parts: two models of a chip, and how many core steps they have to agree in. */
async function partsOf() {
  const parts = [];
  for (const chip of CHIPS) {
    const [specification, ...others] = modelNames(await chip.kit());
    for (const actual of others) {
      parts.push({ chip: chip.name, expected: specification, actual, coreSteps: REFERENCE / others.length, how: {} });
    }
    if (!others.includes('split')) continue;
    parts.push({ chip: chip.name, expected: others[0], actual: 'split', coreSteps: FAST, how: FAST_CASES });
  }
  return parts;
}

async function runChunk({ part: { chip, expected, actual, how }, seed, coreSteps }) {
  const kit = await CHIPS.find(({ name }) => name === chip).kit();
  const models = { expected: modelOfKit(kit, expected), actual: modelOfKit(kit, actual) };
  const result = await fuzz({ kit, seed, ...models, ...how, isEnough: (done) => done.coreSteps >= coreSteps });
  const { cases, coreSteps: done, failure } = result;
  return { cases, coreSteps: done, ...(failure && { failure: failure.finding.first, seed: failure.seed }) };
}

async function main() {
  const { values } = parseArgs({
    options: {
      share: { type: 'string', default: '1' },
      workers: { type: 'string', default: '2' },
      state: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const isThere = values.state !== undefined && existsSync(values.state);
  const state = isThere
    ? JSON.parse(readFileSync(values.state, 'utf8'))
    : { seed: Number(values.seed), share: Number(values.share), seconds: 0, chunks: {} };
  const keep = () => {
    if (values.state === undefined) return;
    writeFileSync(`${values.state}.part`, JSON.stringify(state));
    renameSync(`${values.state}.part`, values.state);
  };
  console.log(`seed ${state.seed}, share ${state.share}${isThere ? `, going on after ${values.state}` : ''}`);
  const parts = await partsOf();
  const keyOf = (p, chunk) => `${p}/${chunk}`;
  const open = parts.flatMap((part, p) =>
    Array.from({ length: CHUNKS }, (_, chunk) => ({
      key: keyOf(p, chunk),
      part,
      seed: state.seed + p * CHUNKS + chunk,
      coreSteps: (part.coreSteps * state.share) / CHUNKS,
    })).filter(({ key }) => state.chunks[key] === undefined),
  );
  // Long ones first, so that all workers end together.
  open.sort((a, b) => b.coreSteps - a.coreSteps);
  const total = open.length;
  let ended = 0;
  let before = process.cpuUsage();
  const lane = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: 'chunks' });
      const next = () => {
        const job = open.shift();
        if (job === undefined) return void worker.terminate().then(resolve);
        worker.once('message', (result) => {
          state.chunks[job.key] = result;
          const used = process.cpuUsage(before);
          before = process.cpuUsage();
          state.seconds += (used.user + used.system) / 1e6;
          keep();
          ended++;
          if (ended % 20 === 0 || result.failure) {
            console.log(
              `${ended} of ${total} chunks, ${(state.seconds / 60).toFixed(1)} CPU minutes${result.failure ? ': A DIFFERENCE' : ''}`,
            );
          }
          next();
        });
        worker.postMessage(job);
      };
      worker.once('error', reject);
      next();
    });
  await Promise.all(Array.from({ length: Number(values.workers) }, lane));
  let failed = 0;
  parts.forEach(({ chip, expected, actual }, p) => {
    const results = Array.from({ length: CHUNKS }, (_, chunk) => state.chunks[keyOf(p, chunk)]);
    const sum = (of) => results.reduce((n, result) => n + of(result), 0).toLocaleString('en');
    const failures = results.filter(({ failure }) => failure !== undefined);
    failed += failures.length;
    const outcome = failures.length === 0 ? 'no difference' : failures.map((one) => JSON.stringify(one)).join('\n  ');
    console.log(
      `${chip}: ${actual} against ${expected}: ${outcome} in ${sum(({ cases }) => cases)} programs, ${sum(({ coreSteps }) => coreSteps)} core steps`,
    );
  });
  console.log(`${(state.seconds / 60).toFixed(1)} CPU minutes in all`);
  process.exitCode = failed > 0 ? 1 : 0;
}

if (isMainThread) await main();
else if (workerData === 'chunks') parentPort.on('message', async (job) => parentPort.postMessage(await runChunk(job)));
