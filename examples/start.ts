/**
 * `npm start`: the whole idea on real data. Trained networks on a simulated TrueNorth and a simulated NorthPole chip over the MNIST
 * test set, two of them on both, a noise sweep over simulated chips, and a report. `-- --full` runs all images, `-- --json` prints one object.
 */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Compilation,
  compileNetwork,
  formatDiagnostics,
  loadDataset,
  NO_NOISE,
  originOf,
  type ProgramOrigin,
  renderReport,
  runCompiled,
  type RunResult,
  sweepNoise,
  type Runnable,
  secondsOf,
  UserError,
} from '../src/index.js';
import { packageVersion } from '../src/cli/package-root.js';
import { type ExampleName, loadExampleFile, PUBLISHED } from './networks.js';
import { writeAtomic } from '../src/data/files/write.js';

const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    output: { type: 'string', short: 'o', default: 'lodestone-report.html' },
  },
});
const WORKERS = Math.min(2, availableParallelism());
const SEED = 1;
/** Crossbar bit error rates of the sweep. */
const LEVELS = [0, 0.001, 0.01, 0.03, 0.1];
const CHIPS = 10;
const SWEEP_SAMPLES = 2000;

const say = (text: string): void => {
  if (!options.json) console.log(text);
};

try {
  await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(formatDiagnostics(error.diagnostics));
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const started = performance.now();
  const data = await loadDataset('mnist', 'test');
  const runs: { readonly runnable: Runnable; readonly result: RunResult; readonly origin: ProgramOrigin }[] = [];
  const some = options.full ? 10_000 : 1000;
  const jobs: readonly (readonly [ExampleName, string, number])[] = [
    ['mnist-5core', 'truenorth', 10_000],
    ['mnist-mlp', 'truenorth', some],
    ['mnist-mlp', 'northpole', some],
    // 4 bits, with branches: 1,908 cores for the one chip, of which some 30 images a second are simulated.
    ['mnist-resnet-small', 'truenorth', options.full ? 1000 : 50],
    ['mnist-resnet-small', 'northpole', some],
  ];
  for (const [name, chip, limit] of jobs) {
    const { network: float, file } = await loadExampleFile(name);
    const compilation: Compilation = compileNetwork(float, { chip });
    say(`${name} on ${chip}\n${compilation.table.trimEnd()}\n`);
    const runnable = { ...compilation, float };
    const result = await runCompiled(runnable, data, { limit, workers: WORKERS, seed: SEED, noise: NO_NOISE });
    runs.push({ runnable, result, origin: originOf(runnable, file, packageVersion()) });
  }
  const results = runs.map(({ result }) => result);
  say(resultTable(results));

  const [first] = runs;
  if (first === undefined) throw new Error('no example');
  const noise = await sweepNoise(first.runnable, data, {
    distortion: 'ber',
    levels: LEVELS,
    chips: CHIPS,
    limit: SWEEP_SAMPLES,
    workers: WORKERS,
    seed: SEED,
  });
  say(`\nBit errors in the crossbar of mnist-5core, ${CHIPS} chips per rate, ${SWEEP_SAMPLES} images each:`);
  say('  rate     mean accuracy   95 % interval of the mean   sd over chips');
  for (const point of noise) {
    const [low, high] = point.interval;
    say(
      `  ${String(point.level).padEnd(7)} ${percent(point.accuracyMean).padStart(9)}       ${percent(low)} - ${percent(high)}`.padEnd(
        58,
      ) + percent(point.accuracyStd),
    );
  }
  say('  chance: 10.00 %');

  const path = resolve(options.output);
  const report = await renderReport({
    title: 'Low-bit networks on simulated TrueNorth and NorthPole chips',
    results,
    programs: runs.map(({ runnable }) => runnable.chip.view(runnable.program)),
    noise,
    origins: runs.map(({ origin }) => origin),
    commands: [`npm start${options.full ? ' -- --full' : ''}`],
  });
  await writeAtomic(path, report);
  const seconds = (performance.now() - started) / 1000;
  say(`\nreport: ${path}\n${seconds.toFixed(1)} s in all, ${WORKERS} workers`);
  if (options.json) console.log(JSON.stringify(summary(results, noise, seconds, path), null, 2));
  if (results.some((result) => result.mismatches > 0)) process.exitCode = 1;
}

function energyText(energy: RunResult['energyUj']): string {
  if ('unknown' in energy) return 'unknown';
  const { value, low, high, status } = energy;
  const band = low === undefined || high === undefined ? '' : `${low.toPrecision(3)} - ${high.toPrecision(3)}, `;
  return `${value.toPrecision(3)} (${band}${status})`;
}

function resultTable(results: readonly RunResult[]): string {
  const rows = [
    ['network', 'chip', 'float', 'integer', 'on chip', 'images', 'mismatches', 'cores', 'time/image', 'uJ/image', ''],
    ...results.map((r) => {
      const published = Object.entries(PUBLISHED).find(([name]) => name === r.name)?.[1];
      return [
        r.name,
        r.chip,
        percent(r.accuracyFloat ?? NaN),
        percent(r.accuracyInteger),
        percent(r.accuracy),
        String(r.samples),
        String(r.mismatches),
        String(r.cores),
        timeText(r),
        energyText(r.energyUj),
        published === undefined
          ? ''
          : `published: ${percent(published.accuracy)}, ${published.energyUj} uJ, ${published.source}`,
      ];
    }),
  ];
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, c) => cell.padEnd(widths[c]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** From one image to the next. */
function timeText({ time }: RunResult): string {
  const seconds = secondsOf(time).perSample;
  return seconds >= 1e-3
    ? `${Number((1e3 * seconds).toPrecision(3))} ms`
    : `${Number((1e6 * seconds).toPrecision(3))} us`;
}

function summary(
  results: readonly RunResult[],
  noise: Awaited<ReturnType<typeof sweepNoise>>,
  seconds: number,
  report: string,
): unknown {
  return {
    seconds,
    networks: results.map((r) => ({
      name: r.name,
      accuracy: { float: r.accuracyFloat, integer: r.accuracyInteger, chip: r.accuracy },
      samples: r.samples,
      mismatches: r.mismatches,
      cores: r.cores,
      chip: r.chip,
      time: r.time,
      energyUj: r.energyUj,
    })),
    noise: noise.map(({ network, distortion, level, chips, accuracyMean, accuracyStd, interval }) => ({
      network,
      distortion,
      level,
      chips,
      accuracyMean,
      accuracyStd,
      interval,
    })),
    report,
    seed: SEED,
    workers: WORKERS,
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
