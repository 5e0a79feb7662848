/**
 * Speed of the fast engine on random recurrent networks (bench/random-network.ts), next to native code on the same network.
 *
 *   npm run bench -- truenorth [--cores 1,64] [--activity 0.02] [--density 0.5] [--workers 1,2] [--parameters shared,own]
 *                              [--repetitions 5] [--no-native] [--json]
 *
 * Rates: core-ticks per second of CPU time with one worker (other programs matter less), median of the repetitions and best. With more
 * workers, of wall-clock time, in short slices; threads that wait for each other measure the machine's other work unless all of them
 * have a processor, so the median is over the slices in which they got at least 95 % of one (`undisturbed`), if there are three, and
 * over all slices otherwise. Every row of a network must end with the same potentials, bit for bit, or the benchmark fails.
 */
import { parseArgs } from 'node:util';
import { createThreadedChip } from '../src/simulator/parallel/chip-threads.js';
import { compileNative, hashPotentials, type NativeResult, type Repetitions } from './native-kernel.js';
import { byDefault, COMMON_OPTIONS, finish, machineText, median, QUICK, say } from './harness.js';
import { randomNetwork, type NetworkShape } from './random-network.js';

/** Length of a slice with several workers, about 5 ms. */
const SLICE_CORE_TICKS = 20_000;
/** Larger networks are not written to disk for the native kernel. */
const MAX_NATIVE_CORES = 16_384;

interface Row extends NetworkShape {
  readonly workers: number;
  /** Core-ticks per second, median and best. */
  readonly rate: number;
  readonly best: number;
  readonly clock: 'cpu' | 'wall';
  /** With several workers: slices in which all threads had a processor, and all slices. */
  readonly undisturbed: number;
  readonly slices: number;
  readonly synapticOperationsPerSecond: number;
  readonly synapticOperationsPerCoreTick: number;
  /** Network ticks per second; 1,000 is real time. */
  readonly ticksPerSecond: number;
  readonly measuredActivity: number;
  readonly bytesPerCore: number;
  /** One worker only: our median rate over that of native code, one thread each; null where native code did not run. */
  readonly ratioToNative: number | null;
  readonly nativeRate: number | null;
}

const { values } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    cores: { type: 'string', default: byDefault('1,64,256,4096,65536', '64') },
    activity: { type: 'string', default: byDefault('0.005,0.02,0.1', '0.02') },
    density: { type: 'string', default: '0.5' },
    workers: { type: 'string', default: byDefault('1,2', '1') },
    parameters: { type: 'string', default: byDefault('shared,own', 'shared') },
    repetitions: { type: 'string', default: byDefault('5', '1') },
    'no-native': { type: 'boolean', default: QUICK },
  },
});

const numbers = (text: string): number[] => text.split(',').map(Number);
const native = values['no-native'] ? { missing: 'not asked for' } : compileNative();
const compiler = 'compiler' in native ? native.compiler : `no native kernel: ${native.missing}`;
const rows: Row[] = [];

say(`${machineText}; ${compiler}`);
say('core-ticks/s of CPU time with one worker, of wall clock with more; median (best); quiet: undisturbed slices');
printCells([
  'cores',
  'density',
  'activity',
  'weights',
  'workers',
  'k core-ticks/s',
  '(best)',
  'Gsynops/s',
  'ticks/s',
  'KB/core',
  'of native',
  'quiet',
]);
for (const nCores of numbers(values.cores)) {
  for (const density of numbers(values.density)) {
    for (const activity of numbers(values.activity)) {
      for (const parameters of values.parameters.split(',')) {
        if (parameters !== 'shared' && parameters !== 'own')
          throw new Error(`--parameters ${parameters}: shared or own`);
        await measureNetwork({ nCores, density, activity, parameters });
      }
    }
  }
}
const ratios = rows.flatMap((row) => {
  const { nCores, activity, parameters, ratioToNative } = row;
  return ratioToNative === null
    ? []
    : [[`${nCores} cores, ${activity}, ${parameters}: engine / native`, ratioToNative]];
});
finish({ bench: 'truenorth', rows, ratios: Object.fromEntries(ratios), notes: { unit: 'core-ticks/s', compiler } });

async function measureNetwork(shape: NetworkShape): Promise<void> {
  const program = randomNetwork(shape);
  const plan: Repetitions = {
    warmUp: 20,
    repetitions: Number(values.repetitions),
    nTicks: Math.max(20, Math.min(200_000, Math.round(400_000 / shape.nCores))),
  };
  let expected: NativeResult | undefined;
  if ('run' in native && shape.nCores <= MAX_NATIVE_CORES) expected = native.run(program, plan);
  let hash = expected?.hash;
  for (const workers of numbers(values.workers)) {
    if (workers > shape.nCores) continue;
    const { row, potentials } = await measure(program, shape, workers, plan, expected);
    const own = hashPotentials(potentials);
    hash ??= own;
    if (own !== hash) throw new Error(`potentials differ: ${own} with ${workers} workers instead of ${hash}`);
    rows.push(row);
    print(row);
  }
}

async function measure(
  program: ReturnType<typeof randomNetwork>,
  shape: NetworkShape,
  workers: number,
  { warmUp, repetitions, nTicks }: Repetitions,
  expected: NativeResult | undefined,
): Promise<{ row: Row; potentials: Int32Array }> {
  const chip = await createThreadedChip(program, workers);
  await chip.run(warmUp);
  chip.takeCounters();
  const all: number[] = [];
  const undisturbed: number[] = [];
  const coreTicks = nTicks * shape.nCores;
  const clock = workers === 1 ? 'cpu' : 'wall';
  const slice = workers === 1 ? nTicks : Math.max(2, Math.round(SLICE_CORE_TICKS / shape.nCores));
  for (let left = nTicks * repetitions; left > 0;) {
    const count = Math.min(slice, left);
    left -= count;
    const start = performance.now();
    const cpu = process.cpuUsage();
    await chip.run(count);
    const { user, system } = process.cpuUsage(cpu);
    const wall = (performance.now() - start) / 1e3;
    const used = (user + system) / 1e6;
    const rate = (count * shape.nCores) / (clock === 'cpu' ? used : wall);
    all.push(rate);
    if (used >= 0.95 * workers * wall) undisturbed.push(rate);
  }
  const rates = clock === 'wall' && undisturbed.length >= 3 ? undisturbed : all;
  const { coreSpikes, coreSynapticOperations } = chip.takeCounters();
  const perCoreTick = (counts: Float64Array): number => counts.reduce((a, b) => a + b, 0) / (coreTicks * repetitions);
  const rate = median(rates);
  const nativeRate = expected === undefined ? null : coreTicks / median(expected.seconds);
  const row: Row = {
    ...shape,
    ...{ workers, rate, best: Math.max(...rates), clock, undisturbed: undisturbed.length, slices: all.length },
    synapticOperationsPerSecond: rate * perCoreTick(coreSynapticOperations),
    synapticOperationsPerCoreTick: perCoreTick(coreSynapticOperations),
    ticksPerSecond: rate / shape.nCores,
    measuredActivity: perCoreTick(coreSpikes) / 256,
    bytesPerCore: chip.memoryBytes / shape.nCores,
    ratioToNative: nativeRate === null || workers > 1 ? null : rate / nativeRate,
    nativeRate,
  };
  const potentials = chip.potentials();
  await chip.close();
  return { row, potentials };
}

function print(row: Row): void {
  printCells([
    ...[row.nCores, row.density, row.measuredActivity.toFixed(4), row.parameters, row.workers],
    ...[(row.rate / 1e3).toFixed(0), `(${(row.best / 1e3).toFixed(0)})`],
    (row.synapticOperationsPerSecond / 1e9).toFixed(2),
    row.ticksPerSecond.toFixed(row.ticksPerSecond < 100 ? 1 : 0),
    (row.bytesPerCore / 1e3).toFixed(1),
    row.ratioToNative?.toFixed(2) ?? '',
    row.clock === 'cpu' ? '' : `${row.undisturbed}/${row.slices}`,
  ]);
}

function printCells(cells: readonly (string | number)[]): void {
  say(cells.map((cell, i) => String(cell).padStart(i === 5 ? 15 : 10)).join(''));
}
