/**
 * Data sets on the batch engine and on the fast engine, on the example networks: seconds of one evaluation, alternating, and
 * their ratio.
 *
 * Run after `npm run build`: node dist/bench/batch.js [--samples 10000] [--workers 2] [--repeat 5] [--only mnist-mlp]
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { EXAMPLES, loadExample } from '../examples/networks.js';
import { trueNorth } from '../src/chips/truenorth/chip.js';
import { compileNetwork, loadDataset } from '../src/index.js';
import { createRunner, type EvaluationOptions } from '../src/simulator/parallel/runner.js';

const { values: options } = parseArgs({
  options: {
    samples: { type: 'string', default: '10000' },
    workers: { type: 'string', default: '2' },
    repeat: { type: 'string', default: '5' },
    ber: { type: 'string', default: '0' },
    only: { type: 'string' },
  },
});
const limit = Number(options.samples);
const workers = Number(options.workers);
const data = await loadDataset('mnist', 'test');

console.log(`machine: ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
console.log(`${limit} samples, ${workers} workers: seconds of simulation, median (least) of ${options.repeat}`);
console.log('network            fast            batch           fast / batch');
for (const name of EXAMPLES.filter((example) => options.only === undefined || example === options.only)) {
  const { program } = compileNetwork(await loadExample(name), { chip: trueNorth });
  const runner = createRunner(program, workers);
  const common = { limit, seed: 1, chipSeed: 1, noise: { ber: Number(options.ber), drop: 0 } };
  const once = async (engine: EvaluationOptions['engine']): Promise<number> => {
    const output = await runner.run(data, { ...common, engine });
    if (output.engine !== engine) throw new Error(`${name} ran on the ${output.engine} engine`);
    return output.seconds;
  };
  try {
    // The first evaluation starts the threads.
    await once('fast');
    await once('batch');
    const seconds = { fast: [0].slice(1), batch: [0].slice(1) };
    for (let i = 0; i < Number(options.repeat); i++) {
      seconds.fast.push(await once('fast'));
      seconds.batch.push(await once('batch'));
    }
    const [fast, batch] = [sorted(seconds.fast), sorted(seconds.batch)];
    const ratio = median(fast) / median(batch);
    console.log(`${name.padEnd(16)}  ${cell(fast)}  ${cell(batch)}  ${ratio.toFixed(2)}`);
  } finally {
    await runner.close();
  }
}

function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

function median(values: readonly number[]): number {
  return values[values.length >> 1] ?? NaN;
}

function cell(values: readonly number[]): string {
  return `${median(values).toFixed(3)} (${(values[0] ?? NaN).toFixed(3)})`.padEnd(14);
}
