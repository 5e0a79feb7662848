/**
 * The compiler of TrueNorth-style chips on a convolutional network that grows with its image: seconds of every stage up to the program file and
 * back, seconds per thousand cores, and the memory that the process took. A compiler of linear time keeps the seconds per thousand cores.
 *
 * Run after `npm run build`: npm run bench -- compile [--sides 16,32,64] [--channels 32] [--convolutions 4] [--samples 0] [--workers 2] [--json]
 */
import { parseArgs } from 'node:util';
import { trueNorth } from '../src/chips/truenorth/chip.js';
import { PURPOSE, sequence } from '../src/common/rng.js';
import { TRUENORTH_PRESETS } from '../src/hw-models/truenorth/spec.js';
import { compileNetwork, readProgram, toInteger, writeProgram } from '../src/flow.js';
import { createRunner } from '../src/simulator/parallel/runner.js';
import { byDefault, COMMON_OPTIONS, cpuSeconds, finish, machineText, say } from './harness.js';
import { wideNetwork } from './wide-network.js';

const { values: options } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    sides: { type: 'string', default: byDefault('16,32,64,128', '8,16') },
    channels: { type: 'string', default: byDefault('32', '4') },
    convolutions: { type: 'string', default: byDefault('4', '2') },
    samples: { type: 'string', default: '0' },
    workers: { type: 'string', default: byDefault('2', '1') },
  },
});

interface Row {
  readonly network: string;
  readonly cores: number;
  readonly integers: number;
  readonly compile: number;
  readonly write: number;
  readonly read: number;
  readonly bytes: number;
  /** Seconds of a run by engine, where one was asked for. */
  readonly fast?: number;
  readonly batch?: number;
  /** Largest resident memory of the process so far, in GB. */
  readonly peakGb: number;
}

/** The result and the CPU seconds that it took. */
function timed<T>(work: () => T): readonly [T, number] {
  const start = cpuSeconds();
  const result = work();
  return [result, cpuSeconds() - start];
}

/** Seconds of a run over random images. */
async function runSeconds(program: Parameters<typeof createRunner>[0], engine: 'fast' | 'batch'): Promise<number> {
  const nSamples = Number(options.samples);
  const random = sequence(2, PURPOSE.test);
  const size = program.inputShape.reduce((n, d) => n * d, 1);
  const images = Uint8Array.from({ length: nSamples * size }, () => random.below(256));
  const runner = createRunner(program, Number(options.workers));
  try {
    const data = { name: 'random', images, labels: new Uint8Array(nSamples), shape: program.inputShape, nClasses: 10 };
    const output = await runner.run(data, {
      limit: nSamples,
      seed: 1,
      chipSeed: 1,
      noise: { ber: 0, drop: 0 },
      engine,
    });
    return output.seconds;
  } finally {
    await runner.close();
  }
}

const rows: Row[] = [];
say(machineText);
say('network           cores  integers  compile  per 1,000 cores  write  read     MB  fast  batch  peak GB');
for (const side of options.sides.split(',').map(Number)) {
  const network = wideNetwork({ side, channels: Number(options.channels), convolutions: Number(options.convolutions) });
  const [integer, integers] = timed(() => toInteger(network));
  const [compiled, compile] = timed(() => compileNetwork(integer, { chip: trueNorth, spec: TRUENORTH_PRESETS.ns16e }));
  const [bytes, write] = timed(() => writeProgram(compiled));
  const [{ program }, read] = timed(() => readProgram(bytes, network.name));
  if (!trueNorth.isProgram(program)) throw new Error('the file holds another chip');
  const runs =
    Number(options.samples) === 0
      ? {}
      : { fast: await runSeconds(program, 'fast'), batch: await runSeconds(program, 'batch') };
  const row: Row = {
    ...{
      network: network.name,
      cores: program.cores.nCores,
      integers,
      compile,
      write,
      read,
      bytes: bytes.length,
      ...runs,
    },
    peakGb: process.resourceUsage().maxRSS / 2 ** 20,
  };
  rows.push(row);
  const second = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(1));
  say(
    `${row.network.padEnd(16)} ${String(row.cores).padStart(6)} ${second(integers).padStart(9)} ${second(compile).padStart(8)} ` +
      `${((1000 * compile) / row.cores).toFixed(2).padStart(16)} ${second(write).padStart(6)} ${second(read).padStart(5)} ` +
      `${(row.bytes / 1e6).toFixed(0).padStart(6)} ${second(row.fast).padStart(5)} ${second(row.batch).padStart(6)} ${row.peakGb.toFixed(2).padStart(8)}`,
  );
}

const perCore = rows.map(({ compile, cores }) => compile / cores);
const ratios = rows
  .slice(1)
  .map(({ network }, i) => [`${network}: seconds per core of the smallest / its own`, perCore[0]! / perCore[i + 1]!]);
finish({ bench: 'compile', rows, ratios: Object.fromEntries(ratios), notes: { unit: 'CPU s' } });
