import { type Command, InvalidArgumentError } from 'commander';
import { CHIPS } from '../../chips/installed.js';
import { type Diagnostic, fail } from '../../common/diagnostics.js';
import { integer } from '../../common/format.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../flow/checkpoint.js';
import { originOf } from '../../flow/origin.js';
import { openSimulation, type Simulation } from '../../flow/simulation.js';
import { stepsOf, type Waveform } from '../../ir/trace/waveform.js';
import { encodeResultFile } from '../../report/result-file.js';
import { vcdOf } from '../../report/waveform/vcd.js';
import { chipOf, type ChipChoice, compileAsked, withChipOptions } from '../chip-options.js';
import type { CliContext } from '../context.js';
import { withEventOptions } from '../event-options.js';
import { checkWritable, readBytes, writeAtomic } from '../io.js';
import { printJson } from '../json-envelope.js';
import { loadRunnable, samplesFor } from '../load.js';
import { type DataOptions, type SeedOption, withData, withSeed } from '../options.js';
import { OutputOption } from '../output-is-input.js';
import { textTable } from '../table.js';
import { printWarnings } from '../tell.js';

interface ProbeCommandOptions extends DataOptions, SeedOption, ChipChoice {
  readonly json: boolean;
  readonly core: readonly [number, number];
  readonly neurons?: readonly [number, number];
  readonly ticks?: readonly [number, number];
  readonly signals?: readonly string[];
  readonly sample: number;
  readonly engine?: string;
  readonly vcd?: string;
  readonly save?: string;
  readonly from?: string;
  readonly output?: string;
}

/** Rows of the table on the terminal. */
const MOST_ROWS = 24;

/** `lodestone probe FILE --core X,Y`: what one core does with one sample, step by step. */
export function addProbe(program: Command, context: CliContext, commandLine: string): void {
  const chips = context.chips ?? CHIPS;
  const command = withSeed(
    program
      .command('probe')
      .argument('<file>', `program file, or model file, ours or another tool's (compiled on the way)`)
      .description('spikes, potentials and units of one core, step by step, for waveform viewers and the report'),
  );
  withEventOptions(withData(withChipOptions(command, { chips })))
    .requiredOption('--core <x,y>', 'place of the core', parsePlace)
    .option('--neurons <a-b>', 'neurons, from 0 (default: all of the core)', parseRange)
    .option(
      '--ticks <n>',
      'ticks to run (those that are recorded: one, or a range like 0-31; cycles where there are no ticks; default: all)',
      parseRange,
    )
    .option('--signals <name,...>', 'groups of signals, as the chip has them', (text: string) => text.split(','))
    .option('--sample <n>', 'sample of the test split, from 0', parseWhole, 0)
    .option('--engine <name>', 'simulator: all of them give the same bits (models that go step by step)')
    .addOption(new OutputOption('--vcd <file>', 'waveforms to write, for GTKWave or Surfer'))
    .addOption(new OutputOption('--save <file>', 'checkpoint to write after the last recorded step'))
    .option('--from <file>', 'checkpoint to go on from: its sample, and no step before it')
    .option('-o, --output <file>', 'result file to write, for lodestone report')
    .action(async (path: string, options: ProbeCommandOptions, called: Command) => {
      const { core, neurons, ticks, signals, sample, engine, vcd, save, output, seed, json } = options;
      for (const place of [vcd, save, output]) if (place !== undefined) await checkWritable(place);
      const { chip, named } = await chipOf(called, options, chips);
      const { warnings, file, ...runnable } = await loadRunnable(
        path,
        compileAsked({ command: called, path, chip, named, chips, seed }),
      );
      if (!json) printWarnings(warnings, context);
      const from = await checkpointOf(options, called);
      const entering = from === undefined ? await sampleOf() : { from };
      const simulation = await openSimulation(runnable, { ...entering, model: engine, spikes: true });
      try {
        const [first, last] = ticks ?? [simulation.now, simulation.steps - 1];
        const wave = await simulation.probe({ core, neurons, signals, from: first, to: last + 1 });
        await write(wave, simulation);
        if (json) printJson(context, 'lodestone-probe', jsonOf(wave, options, warnings));
        else context.out(text(wave));
      } finally {
        await simulation.close();
      }

      async function sampleOf() {
        const data = await samplesFor(runnable, { ...options, limit: sample + 1 }, called);
        if (sample >= data.labels.length) {
          const message = `data set "${data.name}" has ${integer(data.labels.length)} samples`;
          fail('no-such-sample', `--sample ${sample}`, message, `use 0 to ${data.labels.length - 1}`);
        }
        return { sample: { data, index: sample, seed } };
      }

      async function write(wave: Waveform, { snapshot }: Simulation): Promise<void> {
        if (vcd !== undefined) await writeAtomic(vcd, vcdOf(wave));
        if (save !== undefined) await writeAtomic(save, encodeCheckpoint(snapshot()));
        if (output === undefined) return;
        const origins = [originOf(runnable, file, context.version)];
        const content = { results: [], programs: [], noise: [], probes: [wave], origins, commands: [commandLine] };
        await writeAtomic(output, encodeResultFile(content));
      }
    });
}

/** @throws UserError for a sample beside a checkpoint, which has its own */
async function checkpointOf({ from }: ProbeCommandOptions, called: Command) {
  if (from === undefined) return undefined;
  const given = ['sample', 'data'].find((name) => called.getOptionValueSource(name) === 'cli');
  if (given !== undefined) {
    fail(
      'sample-of-the-checkpoint',
      `--${given}`,
      'the checkpoint goes on with its own sample',
      'leave the option out',
    );
  }
  return decodeCheckpoint(await readBytes(from, 'program'), from);
}

function jsonOf(wave: Waveform, { vcd, save, output }: ProbeCommandOptions, warnings: readonly Diagnostic[]) {
  const { name, target, chip, input, core, time, model, signals } = wave;
  return {
    ...{ name, target, chip, input, core, unit: time.unit, from: time.from, to: time.to, model },
    signals: signals.map((signal) => ({
      ...{ group: signal.group, name: signal.name, kind: signal.kind },
      ...{ changes: signal.times.length - 1, steps: signal.kind === 'value' ? null : stepsOf(signal, time.to).length },
      ...{ low: Math.min(...signal.values), high: Math.max(...signal.values) },
    })),
    ...{ vcd: vcd ?? null, save: save ?? null, output: output ?? null, warnings },
  };
}

function text(wave: Waveform): string {
  const { name, chip, target, core, input, time, model, signals } = wave;
  const head =
    `${name} on ${target} (${chip}), core ${core.join(',')}: ${input}, ` +
    `${time.unit}s ${time.from} to ${time.to - 1}, model ${model}\n\n`;
  const moving = signals.filter(({ times, values }) => times.length > 1 || (values[0] ?? 0) !== 0);
  const rows = moving
    .slice(0, MOST_ROWS)
    .map((signal) => [
      signal.group,
      signal.name,
      signal.kind === 'value'
        ? `${Math.min(...signal.values)} to ${Math.max(...signal.values)}`
        : shortList(stepsOf(signal, time.to)),
    ]);
  const more = moving.length > MOST_ROWS ? `... and ${integer(moving.length - MOST_ROWS)} more\n` : '';
  const still = `${integer(signals.length - moving.length)} of ${integer(signals.length)} signals are 0 all the time\n`;
  return `${head}${textTable(['signals', 'of', `${time.unit}s, or range`], rows, [0, 1, 2])}${more}${still}`;
}

/** Steps, the first few. */
function shortList(steps: readonly number[]): string {
  const shown = steps.slice(0, 12).join(' ');
  return steps.length > 12 ? `${shown} ... (${integer(steps.length)})` : shown;
}

function parsePlace(given: string): readonly [number, number] {
  const [, x, y] = /^(\d{1,5}),(\d{1,5})$/.exec(given) ?? [];
  if (x === undefined || y === undefined) throw new InvalidArgumentError('It must be two numbers, like 3,0.');
  return [Number(x), Number(y)];
}

function parseRange(given: string): readonly [number, number] {
  const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(given) ?? [];
  const range = [Number(first), Number(last)] as const;
  if (first === undefined || range[0] > range[1]) throw new InvalidArgumentError('It must be a range, like 0-31.');
  return range;
}

function parseWhole(given: string): number {
  if (!/^\d{1,9}$/.test(given)) throw new InvalidArgumentError('It must be a whole number from 0.');
  return Number(given);
}
