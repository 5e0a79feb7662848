import { gunzipSync } from 'node:zlib';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Diagnostic, fail, throwIfErrors } from '../../common/diagnostics.js';
import { verifyProgram } from '../../compiler/targets/truenorth/verify.js';
import { TRUENORTH } from '../../hw-models/truenorth/spec.js';
import { exportCpe, exportPinMaps } from '../../ir/program/formats/nscs/cpe-export.js';
import { type CpeImport, importCpe } from '../../ir/program/formats/nscs/cpe-import.js';
import { CORE_SIZE, type CpeModel } from '../../ir/program/formats/nscs/cpe-model.js';
import { type Connector, readPinMap, writePinMap } from '../../ir/program/formats/nscs/pin-map.js';
import { inputSpikes, mappedNeurons, neuronSpikes, outputRecords } from '../../ir/program/formats/nscs/resolve.js';
import { readSpikes, writeSpikes } from '../../ir/program/formats/nscs/spike-file.js';
import type { TimedSpikes } from '../../ir/trace/timed-spikes.js';
import { integer } from '../../report/format.js';
import { replay, type ReplayOptions, type ReplayResult } from '../../simulator/replay.js';
import type { EngineName } from '../../simulator/engines/contract.js';
import { type CliContext, EXIT, EXIT_HELP, type ExitCode } from '../context.js';
import { printWarnings } from '../errors.js';
import { checkWritable, MAX_BYTES, readBytes, writeAtomic } from '../io.js';
import { loadRunnable } from '../load.js';
import { parseLimit } from '../options.js';
import { startProgress } from '../progress.js';

/** Ticks after the last input when neither --ticks nor --expect says how long to run: the longest delay, once more. */
const TAIL_TICKS = 16;
const MAX_TICKS = 2 ** 28;

interface RunOptions {
  readonly input?: string;
  readonly inMap?: string;
  readonly expect?: string;
  readonly outMap?: string;
  readonly ticks?: number;
  readonly forceSpikes?: string;
  readonly fromCores?: readonly (readonly [number, number])[];
  readonly recordCores?: readonly (readonly [number, number])[];
  readonly output?: string;
  readonly json: boolean;
  readonly engine: EngineName;
  readonly seed: number;
}

interface ExportOptions {
  readonly output: string;
  readonly inMap?: string;
  readonly outMap?: string;
  readonly json: boolean;
}

/** `lodestone truenorth`: models and spikes of the vendor's tools. `run` exits with 1 where spikes differ from a recording. */
export function addTrueNorth(program: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  const group = program.command('truenorth').description('models and spike files of the TrueNorth tools (CPE, NSCS)');
  group
    .command('run')
    .argument('<model>', 'CPE model (.json)')
    .description('run a model on recorded input spikes; with --expect, exit code 1 if an output spike differs')
    .option('--input <spikes>', 'spikes of the host (.sfti, .sfci, .sfcp, .sfri)')
    .option('--in-map <file>', 'pin map of --input, for connector pins')
    .option('--expect <spikes>', 'recorded output spikes to compare with (.sfcp, .sfro, .sfto, .csv)')
    .option('--out-map <file>', 'pin map of the outputs: for connector pins, and to say which neurons were recorded')
    .option('--ticks <n>', 'ticks to run (default: those of --expect)', parseTicks)
    .option('--force-spikes <spikes>', 'replace the output of --from-cores by these spikes')
    .option('--from-cores <a-b,...>', 'core ids whose output --force-spikes replaces', parseCores)
    .option('--record-cores <a-b,...>', 'record every neuron of these cores too, for --force-spikes', parseCores)
    .option('-o, --output <file>', 'write the output spikes: .sfto, .sfro, .csv, or .sfcp with --out-map')
    .option('--json', 'print one JSON object on standard output, errors too', false)
    .addOption(new Option('--engine <name>', 'simulator').choices(['fast', 'reference']).default('fast'))
    .option('--seed <n>', 'seed of stochastic neurons: the same seed gives the same bits', parseLimit, 1)
    .action(async (path: string, options: RunOptions) => run(path, options, context, setExit));
  group
    .command('export')
    .argument('<program>', 'program (.lsp), model (.lsn) or CPE model (.json)')
    .description('write a program as a CPE model, and its pin maps')
    .requiredOption('-o, --output <file>', 'CPE model to write (.json)')
    .option('--in-map <file>', 'pin map of the inputs to write: pin e is entry e of the input map')
    .option('--out-map <file>', 'pin map of the outputs to write')
    .option('--json', 'print one JSON object on standard output, errors too', false)
    .action(async (path: string, options: ExportOptions) => exportProgram(path, options, context));
  for (const command of group.commands) command.addHelpText('after', EXIT_HELP);
}

async function run(
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
  const result = await runReplay(imported, prepared, context, options.json);
  if (options.output !== undefined) {
    const records = outputRecords(result.spikes, imported.model, imported.program.cores.delay, prepared.nTicks);
    await writeAtomic(options.output, writeSpikes(records, options.output, maps.out));
  }
  const summary = summarise(imported.model, prepared, result);
  const { engine, seed } = options;
  const cores = imported.model.coreIds.length;
  const json = { ...summary, cores, engine, seed, warnings: imported.warnings };
  context.out(options.json ? `${JSON.stringify(json, null, 2)}\n` : text(summary, result, prepared, cores));
  if (result.difference !== undefined) setExit(EXIT.userError);
}

async function loadModel(path: string): Promise<CpeImport> {
  const imported = importCpe(await readPacked(path), path, TRUENORTH);
  throwIfErrors(verifyProgram(imported.program));
  return imported;
}

/** A file, unpacked if it is a gzip file. */
async function readPacked(path: string): Promise<Uint8Array> {
  const bytes = await readBytes(path, 'program');
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES.program });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail('gzip', path, `the file cannot be unpacked (${reason})`, 'copy the file again, or unpack it');
  }
}

async function loadMap(path: string | undefined): Promise<readonly Connector[] | undefined> {
  return path === undefined ? undefined : readPinMap(await readPacked(path), path);
}

interface Maps {
  readonly in: readonly Connector[] | undefined;
  readonly out: readonly Connector[] | undefined;
}

/** Reads the spike files and decides what is watched and compared. */
async function prepare({ program, model }: CpeImport, options: RunOptions, maps: Maps): Promise<ReplayOptions> {
  const { engine, seed } = options;
  const none: TimedSpikes = { tick: new Int32Array(0), index: new Int32Array(0) };
  const outputs = maps.out === undefined ? model.pinNeuron : mappedNeurons(maps.out, model, options.outMap ?? '');
  const readNeurons = async (path: string): Promise<{ spikes: TimedSpikes; nTicks: number }> => {
    const records = readSpikes(await readPacked(path), path, { connectors: maps.out, mapOption: '--out-map' });
    return { spikes: neuronSpikes(records, model, path), nTicks: records.nTicks };
  };
  let inputs = none;
  if (options.input !== undefined) {
    const { input } = options;
    const records = readSpikes(await readPacked(input), input, { connectors: maps.in, mapOption: '--in-map' });
    inputs = inputSpikes(records, model, input);
  }
  const expected = options.expect === undefined ? undefined : await readNeurons(options.expect);
  const forced = options.forceSpikes === undefined ? undefined : (await readNeurons(options.forceSpikes)).spikes;
  const isForced = namedCores(model, options.fromCores ?? [], '--from-cores');
  const isRecorded = namedCores(model, options.recordCores ?? [], '--record-cores');
  const fromForced = (neuron: number): boolean => isForced[Math.floor(neuron / CORE_SIZE)] === 1;
  const isOutput = new Uint8Array(program.cores.target.length);
  for (const neuron of outputs) isOutput[neuron] = 1;
  // A neuron with one recorded spike was recorded.
  for (const neuron of expected?.spikes.index ?? []) isOutput[neuron] = 1;
  const isWatched = isOutput.map((output, i) => output | isRecorded[Math.floor(i / CORE_SIZE)]!);
  const watched = Int32Array.from(indicesOf(isWatched));
  const last = inputs.tick.at(-1);
  const nTicks = options.ticks ?? expected?.nTicks ?? (last === undefined ? undefined : last + TAIL_TICKS);
  if (nTicks === undefined) {
    return fail('ticks-missing', 'command line', 'nothing says how long to run', 'pass --ticks <n>');
  }
  return {
    ...{ engine, seed, nTicks, inputs, watched },
    ...(forced === undefined ? {} : { forced: { isForced, spikes: onlyOf(forced, fromForced) } }),
    ...(expected === undefined
      ? {}
      : {
          expected: {
            spikes: expected.spikes,
            isCompared: isOutput.map((output, i) => (fromForced(i) ? 0 : output)),
          },
        }),
  };
}

function* indicesOf(flags: Uint8Array): Generator<number> {
  for (let i = 0; i < flags.length; i++) if (flags[i] === 1) yield i;
}

function onlyOf({ tick, index }: TimedSpikes, accepts: (index: number) => boolean): TimedSpikes {
  const kept = index.map((value) => (accepts(value) ? 1 : 0));
  return { tick: tick.filter((_, i) => kept[i] === 1), index: index.filter((_, i) => kept[i] === 1) };
}

/** [nCores] 1 = in one of the ranges of core ids. */
function namedCores({ coreIds }: CpeModel, ranges: readonly (readonly [number, number])[], option: string): Uint8Array {
  for (const [low, high] of ranges) {
    if (coreIds.some((id) => id >= low && id <= high)) continue;
    fail('unknown-cores', `${option} ${low}-${high}`, 'the model has no such core', 'name cores of the model');
  }
  return Uint8Array.from(coreIds, (id) => (ranges.some(([low, high]) => id >= low && id <= high) ? 1 : 0));
}

async function runReplay(
  { program }: CpeImport,
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

async function exportProgram(path: string, options: ExportOptions, context: CliContext): Promise<void> {
  const files = [options.output, options.inMap, options.outMap].flatMap((file) => (file === undefined ? [] : [file]));
  for (const file of files) await checkWritable(file);
  const { program, model, warnings } = await loadAny(path);
  const { inputs, outputs } = exportPinMaps(program);
  const idsOf = (map: Connector): Connector =>
    model === undefined ? map : { ...map, core: map.core.map((core) => model.coreIds[core]!) };
  await writeAtomic(options.output, exportCpe(program, model));
  if (options.inMap !== undefined) await writeAtomic(options.inMap, writePinMap([idsOf(inputs)]));
  if (options.outMap !== undefined) await writeAtomic(options.outMap, writePinMap([idsOf(outputs)]));
  if (!options.json) printWarnings(warnings, context);
  const cores = program.cores.nCores;
  const result = { cores, inputPins: inputs.core.length, outputPins: outputs.core.length, files };
  const line = `${integer(cores)} cores, ${integer(result.inputPins)} input pins, ${integer(result.outputPins)} output pins`;
  context.out(
    options.json ? `${JSON.stringify({ ...result, warnings }, null, 2)}\n` : `${line} -> ${files.join(', ')}\n`,
  );
}

interface AnyProgram {
  readonly program: CpeImport['program'];
  readonly model: CpeModel | undefined;
  readonly warnings: readonly Diagnostic[];
}

async function loadAny(path: string): Promise<AnyProgram> {
  const bytes = await readPacked(path);
  const isContainer = new TextDecoder().decode(bytes.subarray(0, 8)) === 'LODESTON';
  if (!isContainer) return loadModel(path);
  const { program, warnings } = await loadRunnable(path, 1);
  return { program, model: undefined, warnings };
}

function parseTicks(value: string): number {
  const ticks = parseLimit(value);
  if (ticks < 1 || ticks > MAX_TICKS)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_TICKS}.`);
  return ticks;
}

/** "0-5,8" -> [[0, 5], [8, 8]] */
function parseCores(value: string): readonly (readonly [number, number])[] {
  return value.split(',').map((part) => {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    const low = Number(match?.[1] ?? Number.NaN);
    const high = Number(match?.[2] ?? low);
    if (Number.isNaN(low) || high < low) throw new InvalidArgumentError('It must be core ids such as 0-5 or 0-5,8.');
    return [low, high] as const;
  });
}
