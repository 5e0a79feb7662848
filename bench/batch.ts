/**
 * Data sets on the batch engine and on the fast engine, on the example networks: seconds of one evaluation, alternating, and
 * their ratio.
 *
 * Run after `npm run build`: npm run bench -- batch [--samples 10000] [--workers 2] [--repeat 5] [--only mnist-mlp] [--json]
 */
import { parseArgs } from 'node:util';
import { EXAMPLES, loadExample } from '../examples/networks.js';
import { trueNorth } from '../src/chips/truenorth/chip.js';
import { compileNetwork, loadDataset } from '../src/index.js';
import { byDefault, COMMON_OPTIONS, finish, machineText, median, say } from './harness.js';
import { createRunner, type EvaluationOptions } from '../src/simulator/parallel/runner.js';

const { values: options } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    samples: { type: 'string', default: byDefault('10000', '300') },
    workers: { type: 'string', default: byDefault('2', '1') },
    repeat: { type: 'string', default: byDefault('5', '1') },
    ber: { type: 'string', default: '0' },
    only: { type: 'string', default: byDefault('', 'mnist-5core') },
  },
});
const limit = Number(options.samples);
const workers = Number(options.workers);
const data = await loadDataset('mnist', 'test');

say(machineText);
say(`${limit} samples, ${workers} workers: seconds of simulation, median (least) of ${options.repeat}`);
const rows: { readonly network: string; readonly fast: readonly number[]; readonly batch: readonly number[] }[] = [];
say('network            fast            batch           fast / batch');
for (const name of EXAMPLES.filter((example) => options.only === '' || example === options.only)) {
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
    const { fast, batch } = seconds;
    rows.push({ network: name, fast, batch });
    say(`${name.padEnd(16)}  ${cell(fast)}  ${cell(batch)}  ${(median(fast) / median(batch)).toFixed(2)}`);
  } finally {
    await runner.close();
  }
}

const ratios = rows.map(({ network, fast, batch }) => [`${network}: fast / batch`, median(fast) / median(batch)]);
finish({ bench: 'batch', rows, ratios: Object.fromEntries(ratios), notes: { unit: 's', samples: limit, workers } });

function cell(values: readonly number[]): string {
  return `${median(values).toFixed(3)} (${Math.min(...values).toFixed(3)})`.padEnd(14);
}
