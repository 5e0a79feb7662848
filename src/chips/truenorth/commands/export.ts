import type { Command } from 'commander';
import { evaluateNetwork } from '../../../evaluation/interpreter/evaluate.js';
import { trueNorth } from '../chip.js';
import { CPE_FILES } from '../import.js';
import { printCpeDecoding } from '../decoding.js';
import { isContainer } from '../../../common/container.js';
import { type Diagnostic, fail, throwIfErrors } from '../../../common/diagnostics.js';
import type { ForeignFile } from '../../../compiler/frontends/frontend.js';
import { foreignFormat, unreadOptions } from '../../../compiler/frontends/open-network.js';
import { exportCpe, exportedDestinations, exportPinMaps } from '../../../ir/program/formats/nscs/cpe-export.js';
import type { CpeModel } from '../../../ir/program/formats/nscs/cpe-model.js';
import { type Connector, writePinMap } from '../../../ir/program/formats/nscs/pin-map.js';
import { inputRecords, outputRecords } from '../../../ir/program/formats/nscs/resolve.js';
import { writeSpikes } from '../../../ir/program/formats/nscs/spike-file.js';
import type { SpikeRecords } from '../../../ir/program/formats/nscs/spike-records.js';
import { isNetworkText } from '../../../ir/network/read-network.js';
import type { NetworkGraph } from '../../../ir/network/types.js';
import { OUTPUT_PIN_BASE, type TrueNorthProgram } from '../../../ir/program/truenorth.js';
import { integer } from '../../../common/format.js';
import { frameInputs } from '../../../simulator/frame-inputs.js';
import type { CliContext } from '../../../cli/context.js';
import { compileAsked } from '../../../cli/chip-options.js';
import { printJson } from '../../../cli/json-envelope.js';
import { printWarnings } from '../../../cli/tell.js';
import { foreignFile, importOptionsOf } from '../../../cli/import-options.js';
import { checkWritable, writeAtomic } from '../../../cli/io.js';
import { loadAskedSamples, loadFor } from '../../../cli/load.js';
import { checkLimit } from '../../../cli/options.js';
import { importModel, unpacked } from './read-files.js';
import { runReplay } from './replay.js';

/** Samples whose spikes are written without --limit. */
export const DEFAULT_SAMPLES = 10;

/** Options of `lodestone truenorth export`. */
export interface ExportOptions {
  readonly output: string;
  readonly inMap?: string;
  readonly outMap?: string;
  readonly inputSpikes?: string;
  readonly outputSpikes?: string;
  readonly decoding?: string;
  readonly data: string;
  readonly limit?: number;
  readonly seed: number;
  readonly json: boolean;
}

/** `lodestone truenorth export`. @throws UserError */
export async function exportProgram(
  path: string,
  options: ExportOptions,
  context: CliContext,
  called: Command,
): Promise<void> {
  const { output, inMap, outMap, inputSpikes, outputSpikes, decoding } = options;
  const files = [output, inMap, outMap, inputSpikes, outputSpikes, decoding].filter((file) => file !== undefined);
  checkLimit(options.limit);
  for (const file of files) await checkWritable(file);
  const loaded = await loadAny(path, called, options.seed);
  const { program, model, warnings } = loaded;
  const { inputs, outputs } = exportPinMaps(program);
  const idsOf = (map: Connector): Connector =>
    model === undefined ? map : { ...map, core: map.core.map((core) => model.coreIds[core]!) };
  const withSpikes = inputSpikes !== undefined || outputSpikes !== undefined;
  const spikes = withSpikes ? await sampleSpikes(loaded, options, context) : undefined;
  const decodingText = decoding === undefined ? undefined : await sampleDecoding(loaded, options, context);
  await writeAtomic(output, exportCpe(program, model));
  if (decoding !== undefined && decodingText !== undefined) await writeAtomic(decoding, decodingText);
  if (inMap !== undefined) await writeAtomic(inMap, writePinMap([idsOf(inputs)]));
  if (outMap !== undefined) await writeAtomic(outMap, writePinMap([idsOf(outputs)]));
  if (inputSpikes !== undefined && spikes !== undefined) {
    await writeAtomic(inputSpikes, writeSpikes(spikes.inputs, inputSpikes, [inputs]));
  }
  if (outputSpikes !== undefined && spikes !== undefined) {
    await writeAtomic(outputSpikes, writeSpikes(spikes.outputs, outputSpikes, [outputs]));
  }
  if (!options.json) printWarnings(warnings, context);
  const cores = program.cores.nCores;
  const result = { cores, inputPins: inputs.core.length, outputPins: outputs.core.length, files };
  const line = `${integer(cores)} cores, ${integer(result.inputPins)} input pins, ${integer(result.outputPins)} output pins`;
  if (options.json) printJson(context, 'lodestone-truenorth-export', { ...result, warnings });
  else context.out(`${line} -> ${files.join(', ')}\n`);
}

/** The first samples of a data set, for a network of ours. @throws UserError for a CPE model */
async function firstSamples({ program, network }: AnyProgram, { data, limit }: ExportOptions) {
  if (network === undefined) {
    const remedy = 'export a program or a model of ours, or leave --input-spikes, --output-spikes and --decoding out';
    return fail('no-input-code', program.name, 'a CPE model does not say how samples become spikes', remedy);
  }
  const dataset = await loadAskedSamples(limit === undefined ? { data } : { data, limit }, network);
  return { network, dataset, nSamples: limit ?? Math.min(DEFAULT_SAMPLES, dataset.labels.length) };
}

/** The first samples with the class scores of the integer network. */
async function sampleDecoding(loaded: AnyProgram, options: ExportOptions, { signal }: CliContext): Promise<string> {
  const { network, dataset, nSamples } = await firstSamples(loaded, options);
  const { scores } = await evaluateNetwork(network, dataset, { seed: options.seed, limit: nSamples, signal });
  return printCpeDecoding(loaded.program, dataset, { scores, nSamples });
}

/** Spikes of the host for the first samples of a data set, and of the program's output neurons. */
async function sampleSpikes(
  loaded: AnyProgram,
  options: ExportOptions,
  context: CliContext,
): Promise<Record<'inputs' | 'outputs', SpikeRecords>> {
  const { program } = loaded;
  const { seed, json } = options;
  const { dataset, nSamples } = await firstSamples(loaded, options);
  const { spikes: inputs, nTicks } = frameInputs(program, { images: dataset.images, nSamples, seed });
  const destinations = exportedDestinations(program);
  const watched = Int32Array.from(program.cores.target.keys()).filter(
    (i) => program.cores.target[i]! <= OUTPUT_PIN_BASE,
  );
  const run = await runReplay(program, { engine: 'fast', seed, nTicks, inputs, watched }, context, json);
  return {
    inputs: inputRecords(inputs, destinations.coreIds),
    outputs: outputRecords(run.spikes, destinations, program.cores.delay, nTicks),
  };
}

interface AnyProgram {
  readonly program: TrueNorthProgram;
  readonly model: CpeModel | undefined;
  /** The integer network of a program of ours. */
  readonly network?: NetworkGraph | undefined;
  readonly warnings: readonly Diagnostic[];
}

async function loadAny(path: string, command: Command, seed: number): Promise<AnyProgram> {
  const file = await foreignFile(path);
  const asked = compileAsked({ command, path, chip: trueNorth, chips: [trueNorth], seed });
  if (!isOursOrForeign(file)) {
    throwIfErrors(unreadOptions(undefined, file, await importOptionsOf(command)));
    return importModel(unpacked(file.bytes, path), path);
  }
  const { program, integer: network, warnings } = await loadFor(file, trueNorth, asked);
  return { program, model: undefined, network, warnings };
}

/** Whether a file is a program or network of ours, or a network of another tool: everything else is read as a CPE model, packed or not. */
function isOursOrForeign(file: ForeignFile): boolean {
  const { bytes, names } = file;
  if (names !== undefined || isContainer(bytes) || isNetworkText(bytes)) return true;
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (isPacked && CPE_FILES.recognises(unpacked(bytes, file.place))) return false;
  return !CPE_FILES.recognises(bytes) && foreignFormat(file) !== undefined;
}
