/**
 * What faults cost: CPU time of a run over images with each kind of fault against the run without, alternating, in one process with one worker.
 *
 *   npm run bench -- truenorth-faults [--only mnist-30core,mnist-mlp] [--samples 1000] [--repeat 5] [--json]
 *
 *   inject   making the faulty chip from the program, CPU ms, median
 *   ratio    (inject + run) / run without faults, on the engine that the faulty run uses
 *
 * A fault that changes what a chip does (more spikes, neurons that differ) also changes what there is to simulate; the spikes of a sample say by how
 * much.
 */
import { parseArgs } from 'node:util';
import { EXAMPLES, loadExample } from '../examples/networks.js';
import { trueNorth } from '../src/chips/truenorth/chip.js';
import { compileNetwork, loadDataset, NO_NOISE } from '../src/index.js';
import type { NoiseSpec } from '../src/ir/faults/levels.js';
import type { FaultScope } from '../src/ir/faults/scope.js';
import { faultyTrueNorth, runnerFaults } from '../src/chips/truenorth/faults.js';
import { byDefault, COMMON_OPTIONS, cpuSeconds, finish, machineText, median, QUICK, say } from './harness.js';
import { createRunner, type Runner } from '../src/simulator/parallel/runner.js';

/** One kind of fault. */
interface FaultRow {
  readonly name: string;
  readonly noise: Partial<NoiseSpec>;
  readonly scope?: FaultScope;
}

const TRUENORTH_ROWS: readonly FaultRow[] = [
  { name: 'ber 0.01', noise: { ber: 0.01 } },
  { name: 'ber_1to0 0.01', noise: { ber_1to0: 0.01 } },
  { name: 'stuck_at_1 0.01', noise: { stuck_at_1: 0.01 } },
  { name: 'ber 0.001 thresholds', noise: { ber: 0.001 }, scope: { memories: ['thresholds'] } },
  { name: 'ber 0.001 destinations', noise: { ber: 0.001 }, scope: { memories: ['destinations'] } },
  { name: 'ber 1e-6 potentials', noise: { ber: 1e-6 }, scope: { memories: ['potentials'] } },
  { name: 'ber 1e-4 potentials', noise: { ber: 1e-4 }, scope: { memories: ['potentials'] } },
  { name: 'dead_neuron 0.01', noise: { dead_neuron: 0.01 } },
  { name: 'saturated_neuron 0.01', noise: { saturated_neuron: 0.01 } },
  { name: 'threshold_mismatch 0.1', noise: { threshold_mismatch: 0.1 } },
  { name: 'leak_mismatch 0.1', noise: { leak_mismatch: 0.1 } },
  { name: 'programming_error 0.05', noise: { programming_error: 0.05 } },
  { name: 'down_cores 0.02', noise: { down_cores: 0.02 } },
  { name: 'down_links 0.02', noise: { down_links: 0.02 } },
  { name: 'drop 0.01', noise: { drop: 0.01 } },
  { name: 'spike_delay 0.01', noise: { spike_delay: 0.01 } },
];

const { values } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    only: { type: 'string', default: byDefault('mnist-30core', 'mnist-5core') },
    samples: { type: 'string', default: byDefault('1000', '50') },
    repeat: { type: 'string', default: byDefault('5', '1') },
  },
});
const limit = Number(values.samples);
const repeat = Number(values.repeat);
const data = await loadDataset('mnist', 'test');

/** CPU time of this process in ms. */
const cpuMs = (): number => cpuSeconds() * 1e3;

const rows: object[] = [];
const ratios: Record<string, number> = {};
say(machineText);
say(`${limit} samples, 1 worker, CPU time, medians of ${repeat}`);
const asked = values.only.split(',');
for (const name of EXAMPLES.filter((example) => asked.includes(example))) {
  const { program } = compileNetwork(await loadExample(name), { chip: trueNorth });
  const kept = createRunner(program, 1);
  const timed = async (runner: Runner, options: Partial<Parameters<Runner['run']>[1]>) => {
    const started = cpuMs();
    const common = { limit, seed: 1, chipSeed: 1, noise: { ber: 0, drop: 0 }, engine: 'auto' } as const;
    const output = await runner.run(data, { ...common, ...options });
    return { ms: cpuMs() - started, engine: output.engine, spikes: output.counters.spikes / limit };
  };
  for (const engine of ['fast', 'batch'] as const) await timed(kept, { engine });
  say(`\n${name.padEnd(24)} engine  without ms  inject ms  with ms  ratio  spikes per sample`);
  for (const row of QUICK ? TRUENORTH_ROWS.slice(0, 2) : TRUENORTH_ROWS) {
    const request = { noise: { ...NO_NOISE, ...row.noise }, ...(row.scope === undefined ? {} : { scope: row.scope }) };
    const times = { without: [0].slice(1), inject: [0].slice(1), run: [0].slice(1) };
    let last = await timed(kept, {});
    for (let i = 0; i < repeat; i++) {
      const started = cpuMs();
      const faulty = faultyTrueNorth(program, request, i);
      const faults = runnerFaults(program, request);
      times.inject.push(cpuMs() - started);
      const runner = faulty === program ? kept : createRunner(faulty, 1);
      // Images of programs and kernels are made by the first run; both sides are measured without.
      if (runner !== kept) await timed(runner, { ...faults, chipSeed: i });
      last = await timed(runner, { ...faults, chipSeed: i });
      times.run.push(last.ms);
      times.without.push((await timed(kept, { engine: last.engine })).ms);
      if (runner !== kept) await runner.close();
    }
    const [without, inject, run] = [median(times.without), median(times.inject), median(times.run)];
    const cells = [without.toFixed(0).padStart(10), inject.toFixed(1).padStart(10), run.toFixed(0).padStart(8)];
    const ratio = ((inject + run) / without).toFixed(2).padStart(6);
    const { engine, spikes } = last;
    rows.push({ network: name, fault: row.name, engine, without, inject, run, spikes });
    ratios[`${name}, ${row.name}: without / with`] = without / (inject + run);
    say(
      `${row.name.padEnd(24)} ${last.engine.padEnd(6)} ${cells.join(' ')} ${ratio}  ${last.spikes.toFixed(0).padStart(8)}`,
    );
  }
  await kept.close();
}
finish({ bench: 'truenorth-faults', rows, ratios, notes: { unit: 'ms of CPU time', samples: limit, repeat } });
