import type { Diagnostic } from '../../common/diagnostics.js';
import { exportCpe, exportPinMaps } from '../../ir/program/formats/nscs/cpe-export.js';
import type { CpeModel } from '../../ir/program/formats/nscs/cpe-model.js';
import { type Connector, writePinMap } from '../../ir/program/formats/nscs/pin-map.js';
import type { TrueNorthProgram } from '../../ir/program/truenorth.js';
import { integer } from '../../report/format.js';
import type { CliContext } from '../context.js';
import { printWarnings } from '../errors.js';
import { checkWritable, writeAtomic } from '../io.js';
import { loadRunnable } from '../load.js';
import { loadModel, readPacked } from './truenorth-files.js';

/** Options of `lodestone truenorth export`. */
export interface ExportOptions {
  readonly output: string;
  readonly inMap?: string;
  readonly outMap?: string;
  readonly json: boolean;
}

/** `lodestone truenorth export`. @throws UserError */
export async function exportProgram(path: string, options: ExportOptions, context: CliContext): Promise<void> {
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
  readonly program: TrueNorthProgram;
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
