import { fail } from '../../../common/diagnostics.js';
import { CORE_SIZE, type CpeModel } from '../../../ir/program/formats/nscs/cpe-model.js';
import { outputRecords } from '../../../ir/program/formats/nscs/resolve.js';
import { writeSpikes } from '../../../ir/program/formats/nscs/spike-file.js';
import type { TrueNorthProgram } from '../../../ir/program/truenorth.js';
import { integer } from '../../../common/format.js';
import { replay, type ReplayOptions, type ReplayResult } from '../../../simulator/replay.js';
import { type CliContext, EXIT, type ExitCode } from '../../../cli/context.js';
import { printJson } from '../../../cli/json-envelope.js';
import { printWarnings } from '../../../cli/tell.js';
import { checkWritable, writeAtomic } from '../../../cli/io.js';
import { startProgress } from '../../../cli/progress.js';
import { loadMap, loadModel } from './read-files.js';
import { prepare, type RunOptions } from './recording.js';

/** `lodestone truenorth run`: exit code 1 at a difference. @throws UserError */
export async function run(
  path: string,
  options: RunOptions,
  context: CliContext,
  setExit: (code: ExitCode) => void,
): Promise<void> {
  if ((options.forceSpikes === undefined) !== (options.fromCores === undefined)) {
    const message = 'one of --force-spikes and --from-cores is missing';
    fail('forced-cores', 'command line', message, 'give both: the spikes, and the cores they replace');
  }
  if (options.output !== undefined) await checkWritable(options.output);
  const imported = await loadModel(path);
  if (!options.json) printWarnings(imported.warnings, context);
  const maps = { in: await loadMap(options.inMap), out: await loadMap(options.outMap) };
  const prepared = await prepare(imported, options, maps);
  const result = await runReplay(imported.program, prepared, context, options.json);
  if (options.output !== undefined) {
    const records = outputRecords(result.spikes, imported.model, imported.program.cores.delay, prepared.nTicks);
    await writeAtomic(options.output, writeSpikes(records, options.output, maps.out));
  }
  const summary = summarise(imported.model, prepared, result);
  const { engine, seed } = options;
  const cores = imported.model.coreIds.length;
  const json = { ...summary, cores, engine, seed, warnings: imported.warnings };
  if (options.json) printJson(context, 'lodestone-truenorth-run', json);
  else context.out(text(summary, result, prepared, cores));
  if (result.difference !== undefined) setExit(EXIT.userError);
}

/** Runs a replay with a progress bar; stops at Ctrl-C. */
export async function runReplay(
  program: TrueNorthProgram,
  options: ReplayOptions,
  context: CliContext,
  json: boolean,
): Promise<ReplayResult> {
  const progress = startProgress('simulating', context, json);
  try {
    const steps = replay(program, options);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      progress.update(step.value, options.nTicks);
      // Lets Ctrl-C through.
      await new Promise((resolve) => setImmediate(resolve));
      context.signal.throwIfAborted();
    }
  } finally {
    progress.stop();
  }
}

/** What `--json` prints first. */
interface Summary {
  readonly ticks: number;
  readonly spikes: number;
  readonly compared: number;
  /** null without --expect. */
  readonly equal: boolean | null;
  readonly firstDifference: {
    readonly tick: number;
    readonly core: number;
    readonly neuron: number;
    readonly potential: number;
  } | null;
}

function summarise(model: CpeModel, prepared: ReplayOptions, { spikes, nCompared, difference }: ReplayResult): Summary {
  return {
    ticks: prepared.nTicks,
    spikes: spikes.tick.length,
    compared: nCompared,
    equal: prepared.expected === undefined ? null : difference === undefined,
    firstDifference:
      difference === undefined
        ? null
        : {
            tick: difference.tick,
            core: model.coreIds[Math.floor(difference.neuron / CORE_SIZE)]!,
            neuron: difference.neuron % CORE_SIZE,
            potential: difference.potential,
          },
  };
}

function text(summary: Summary, { difference }: ReplayResult, { watched }: ReplayOptions, cores: number): string {
  const { firstDifference: first, equal } = summary;
  const verdict =
    first === null
      ? 'all equal'
      : `first in tick ${first.tick}: core ${first.core} neuron ${first.neuron} ` +
        `${difference?.fired === true ? 'fired' : 'did not fire'}, the recording says otherwise; potential ${first.potential}`;
  const lines: readonly (readonly [string, string])[] = [
    ['cores', integer(cores)],
    ['ticks', integer(summary.ticks)],
    ['spikes', `${integer(summary.spikes)} of ${integer(watched.length)} recorded neurons`],
    ...(equal === null ? [] : [['compared', `${integer(summary.compared)} recorded spikes`] as const]),
    ...(equal === null ? [] : [[equal ? 'result' : 'difference', verdict] as const]),
  ];
  return `${lines.map(([name, value]) => `${name.padEnd(12)} ${value}`).join('\n')}\n`;
}
