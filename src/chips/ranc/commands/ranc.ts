import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type Diagnostic, fail, warningAt } from '../../../common/diagnostics.js';
import { integer as formatted } from '../../../common/format.js';
import type { RancEvents } from '../../../hw-models/ranc/chip.js';
import { type RancRun, runRanc } from '../../../hw-models/ranc/run.js';
import { RTL_WIDTHS, SIMULATOR_WIDTHS } from '../../../hw-models/ranc/spec.js';
import { decide } from '../../../ir/network/readout.js';
import {
  decodeRancOutput,
  encodeRancOutput,
  firstDifference,
  type RancDifference,
} from '../../../ir/program/formats/ranc/output.js';
import { printRancConfig, printRancInput } from '../../../ir/program/formats/ranc/print.js';
import { readRancModel } from '../../../ir/program/formats/ranc/read.js';
import {
  decodeScores,
  rancDecoding,
  rancPackets,
  rancReadout,
  readRancDecoding,
} from '../../../ir/program/formats/ranc/samples.js';
import { rasterOf } from '../../../simulator/event-window.js';
import { evaluateNetwork } from '../../../evaluation/interpreter/evaluate.js';
import { type CliContext, EXIT, type ExitCode } from '../../../cli/context.js';
import { compileAsked, withChipOptions } from '../../../cli/chip-options.js';
import { printJson } from '../../../cli/json-envelope.js';
import { printWarnings } from '../../../cli/tell.js';
import { checkFolder, checkWritable, makeFolder, readBytes, readText, writeAtomic } from '../../../cli/io.js';
import { loadAskedSamples, type LoadOptions, loadRunnable } from '../../../cli/load.js';
import { trueNorth } from '../../truenorth/chip.js';
import { ranc } from '../chip.js';
import { rancOfSizes, rancProgramOf } from '../truenorth.js';
import { rancSpecOf } from '../program.js';
import { checkLimit, type DataOptions, type SeedOption, withData, withLimit, withSeed } from '../../../cli/options.js';

/** `lodestone ranc run|export|scores`: models of RANC's simulator, and networks for it. */
export function addRanc(program: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  const group = program.command('ranc').description("run RANC's models, export networks to RANC");
  addRancRun(group, context, setExit);
  addRancExport(group, context);
  addRancScores(group, context, setExit);
}

interface RunCommandOptions {
  readonly ticks?: number;
  readonly output?: string;
  readonly expect?: string;
  readonly rtl: boolean;
  readonly json: boolean;
}

function addRancRun(group: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  group
    .command('run')
    .argument('<input>', "RANC's input.json: packets, output bus, cores")
    .argument('<config>', "RANC's config.json: sizes and reset type")
    .description("run a model as RANC's simulator does; exit code 1 if the output differs from the expected one")
    .option('--ticks <n>', 'ticks to run (default: those of --expect)', parseTicks)
    .option('-o, --output <file>', "output file to write, byte for byte as RANC's simulator writes it")
    .option('--expect <file>', 'recorded output to compare with')
    .option('--rtl', "potentials of 9 bits that wrap, as in RANC's Verilog, instead of 32", false)
    .action(async (inputPath: string, configPath: string, options: RunCommandOptions) => {
      if (options.output !== undefined) await checkWritable(options.output);
      const { expect } = options;
      const expected = expect === undefined ? undefined : decodeRancOutput(await readBytes(expect, 'result'), expect);
      const ticks = options.ticks ?? expected?.nRows;
      if (ticks === undefined) {
        fail('ticks-missing', '--ticks', 'a run needs a number of ticks', 'pass --ticks N, or --expect FILE');
      }
      const { model, warnings } = readRancModel(
        { text: await readText(inputPath, 'model'), place: inputPath },
        { text: await readText(configPath, 'model'), place: configPath },
      );
      const widths = options.rtl ? RTL_WIDTHS : SIMULATOR_WIDTHS;
      const run = runRanc(model, { ticks, widths, signal: context.signal });
      if (options.output !== undefined) await writeAtomic(options.output, encodeRancOutput(run.output));
      const difference = expected === undefined ? undefined : firstDifference(run.output, expected);
      if (difference !== undefined) setExit(EXIT.userError);
      const allWarnings = [...warnings, ...eventWarnings(run.events, inputPath)];
      const compared = expected === undefined ? 0 : Math.min(ticks, expected.nRows);
      if (options.json) {
        const summary = {
          cores: model.cores.nCores,
          outputs: model.outputBus.nOutputs,
          ...run.events,
          synapticOperations: run.synapticOperations,
          compared,
          equal: expected === undefined ? null : difference === undefined,
          firstDifference: difference === undefined ? null : jsonOf(difference),
          output: options.output ?? null,
          warnings: allWarnings,
        };
        printJson(context, 'lodestone-ranc-run', summary);
        return;
      }
      printWarnings(allWarnings, context);
      context.out(runText(run, model.cores.nCores));
      if (expected !== undefined) context.out(`${comparison(difference, compared)}\n`);
      if (options.output !== undefined) context.err(`output written to ${options.output}\n`);
    });
}

function parseTicks(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new InvalidArgumentError('It must be a whole number from 1 to 999,999,999.');
  return value;
}

const jsonOf = ({ row, column, expected, actual }: RancDifference) => ({
  row,
  column,
  expected: expected ?? null,
  actual: actual ?? null,
});

function comparison(difference: RancDifference | undefined, compared: number): string {
  if (difference === undefined) return `equal                ${compared} rows`;
  const { row, column, expected, actual } = difference;
  const say = (value: number | undefined): string => (value === undefined ? 'nothing' : String(value));
  return `different            first in row ${row}, column ${column}: expected ${say(expected)}, got ${say(actual)}`;
}

function runText({ events, output, synapticOperations }: RancRun, nCores: number): string {
  const rows: readonly (readonly [string, number])[] = [
    ['ticks', output.nRows],
    ['cores', nCores],
    ['outputs', output.nOutputs],
    ['input packets', events.packets],
    ['spikes', events.spikes],
    ['synaptic operations', synapticOperations],
  ];
  return rows.map(([name, value]) => `${name.padEnd(20)} ${formatted(value)}\n`).join('');
}

/** RANC prints a line for each of these; here they are counted. */
function eventWarnings(events: RancEvents, place: string): readonly Diagnostic[] {
  const warnings: Diagnostic[] = [];
  const { firstDropped: first } = events;
  if (first !== undefined) {
    const where = `tick ${first.tick}, core (${first.x}, ${first.y}), axon ${first.axon}`;
    const message = `${events.dropped} packets of the largest offset never arrived, the first: ${where}`;
    warnings.push(warningAt('packet-dropped', place, message, 'use offsets below max_tick_offset - 1'));
  }
  if (events.duplicates + events.busDuplicates > 0) {
    const message = `${events.duplicates} packets met another on their axon, ${events.busDuplicates} on their line of the bus`;
    warnings.push(warningAt('packet-duplicate', place, message, 'expect one event for each such pair'));
  }
  return warnings;
}

/**
 * A program for RANC with its network, from a model or a program file; a program for a TrueNorth-style chip is one for a RANC of its sizes, where RANC
 * has all that it uses. @throws UserError
 */
async function loadForRanc(path: string, how: LoadOptions) {
  // Programs of every chip are read, so that those which are no good here are refused by their kind.
  const { integer, program, chip, warnings } = await loadRunnable(path, { ...how, chips: undefined });
  if (integer === undefined) {
    fail('no-network', path, 'it is a program of RANC already', 'pass a model, or a program compiled here');
  }
  if (ranc.isProgram(program)) return { integer, program, warnings };
  if (!trueNorth.isProgram(program)) {
    const message = `the program is for ${chip.title}, this command knows ${ranc.title} and ${trueNorth.title} only`;
    return fail('wrong-chip', path, message, `compile the model with --chip ${ranc.name}`);
  }
  const converted = rancProgramOf(program, rancOfSizes(program.spec));
  return { integer, program: converted.program, warnings: [...warnings, ...converted.warnings] };
}

interface ExportCommandOptions extends DataOptions, SeedOption {
  readonly json: boolean;
  readonly output: string;
}

/** Samples that are exported without --limit. */
const DEFAULT_SAMPLES = 100;

function addRancExport(group: Command, context: CliContext): void {
  const command = withSeed(
    group
      .command('export')
      .argument('<file>', 'program file, or model file (compiled on the way)')
      .description(
        "write a compiled network and samples as RANC's input.json and config.json, and what decodes the output",
      )
      .requiredOption('-o, --output <folder>', 'folder to write input.json, config.json and decoding.json to'),
  );
  withLimit(
    withData(withChipOptions(command, { chips: [ranc] })),
    `${DEFAULT_SAMPLES}, or all where there are fewer`,
  ).action(async (path: string, options: ExportCommandOptions, called: Command) => {
    checkLimit(options.limit);
    await checkFolder(options.output);
    const { integer, program, warnings } = await loadForRanc(
      path,
      compileAsked({ command: called, path, chip: ranc, chips: [ranc], seed: options.seed }),
    );
    const dataset = await loadAskedSamples(options, integer);
    const spec = rancSpecOf(program);
    const nSamples = options.limit ?? Math.min(DEFAULT_SAMPLES, dataset.labels.length);
    const { seed } = options;
    const nPixels = program.inputShape.reduce((product, size) => product * size, 1);
    const packets = rancPackets(program, program, nSamples, (sample) =>
      rasterOf(program, dataset.images.subarray(sample * nPixels, (sample + 1) * nPixels), {
        sample,
        seed,
      }),
    );
    const oracle = await evaluateNetwork(integer, dataset, { seed, limit: nSamples, signal: context.signal });
    const decoding = rancDecoding(program, dataset, oracle.scores);
    const files = {
      'input.json': printRancInput({ spec, cores: program.cores, outputBus: program.outputBus, packets }),
      'config.json': printRancConfig(spec),
      'decoding.json': `${JSON.stringify(decoding)}\n`,
    };
    await makeFolder(options.output);
    for (const [name, text] of Object.entries(files)) await writeAtomic(join(options.output, name), text);
    const summary = {
      name: program.name,
      cores: program.cores.nCores,
      grid: [spec.gridWidth, spec.gridHeight],
      outputs: program.outputBus.nOutputs,
      samples: nSamples,
      packets: packets.axon.length,
      ticks: decoding.ticks,
      output: options.output,
      warnings,
    };
    if (options.json) {
      printJson(context, 'lodestone-ranc-export', summary);
      return;
    }
    printWarnings(summary.warnings, context);
    context.out(`${program.name}: ${summary.cores} cores on ${summary.grid.join(' x ')}, ${summary.outputs} outputs, `);
    context.out(`${nSamples} samples, ${summary.packets} packets, ${decoding.ticks} ticks\n`);
    context.err(`input.json, config.json and decoding.json written to ${options.output}\n`);
  });
}

function addRancScores(group: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  group
    .command('scores')
    .argument('<decoding>', 'decoding.json of an exported network')
    .argument('<output>', "output file of RANC's simulator, or of lodestone ranc run")
    .description('decode an output; exit code 1 if a class score differs from that of the integer network')
    .action(async (decodingPath: string, outputPath: string, options: { readonly json: boolean }) => {
      const decoding = readRancDecoding(await readText(decodingPath, 'model'), decodingPath);
      const output = decodeRancOutput(await readBytes(outputPath, 'result'), outputPath);
      const scores = decodeScores(decoding, output, outputPath);
      const { nSamples, nClasses } = decoding;
      const readout = rancReadout(decoding);
      const samples = Array.from({ length: nSamples }, (_, s) => {
        const row = scores.subarray(s * nClasses, (s + 1) * nClasses);
        const equal = row.every((score, c) => score === decoding.expectedScores[s]?.[c]);
        return { prediction: decide(row, readout), label: decoding.labels[s], equal };
      });
      const correct = samples.filter(({ prediction, label }) => prediction === label).length;
      const mismatches = samples.filter(({ equal }) => !equal).length;
      if (mismatches > 0) setExit(EXIT.userError);
      if (options.json) {
        const predictions = samples.map(({ prediction }) => prediction);
        const summary = { network: decoding.network, data: decoding.data, samples: nSamples, correct, mismatches };
        printJson(context, 'lodestone-ranc-scores', { ...summary, predictions });
        return;
      }
      context.out(`${decoding.network} on ${decoding.data}: ${correct} of ${nSamples} samples right, `);
      context.out(`${mismatches} differ from the integer network\n`);
    });
}
