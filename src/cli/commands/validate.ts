import { join } from 'node:path';
import type { Command } from 'commander';
import { CHIPS } from '../../chips/installed.js';
import type { FreeConstant } from '../../chips/free-constant.js';
import type { ValidationHost } from '../../chips/chip.js';
import { allMet } from '../../chips/validation-row.js';
import { bandText, significant } from '../../common/format.js';
import { kindOf } from '../../data/files/bounded.js';
import { loadDataset } from '../../data/index.js';
import { compileNetwork, readNetwork, runCompiled } from '../../flow.js';
import { NO_NOISE } from '../../ir/faults/levels.js';
import type { ValidationRow } from '../../ir/trace/validation-row.js';
import { oursText, statusText, toleranceText, verdictText } from '../../report/validation-section.js';
import { alarming } from '../colour.js';
import { printJson } from '../json-envelope.js';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { readBytes } from '../io.js';
import { withModels, withOwnData, withWorkers, type WorkersOption } from '../options.js';
import { packageRoot } from '../package-root.js';
import { startProgress } from '../progress.js';
import { textTable } from '../table.js';

interface ValidateCommandOptions extends WorkersOption {
  readonly json: boolean;
  readonly models?: string;
  readonly data?: string;
}

/** `lodestone validate`: every published number next to ours; exit code 1 when one is not met. */
export function addValidate(program: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  withOwnData(
    withModels(
      withWorkers(
        program
          .command('validate')
          .description('compare with every published number; exit code 1 if a claim is not met'),
        context,
      ),
      'those of the examples, and ../shared/models',
    ),
  ).action(async (options: ValidateCommandOptions) => {
    const dataset = await loadDataset('mnist', 'test');
    const { json, workers } = options;
    const files = filesOf(options);
    const measured: { readonly network: string; readonly mismatches: number }[] = [];
    const host: ValidationHost = {
      runExample: async (name, chip) => {
        const path = await exampleAt(name, options.models);
        const float = readNetwork(await readBytes(path, 'model'), path);
        const compilation = compileNetwork(float, { chip });
        const progress = startProgress(name, context, json);
        try {
          const result = await runCompiled({ ...compilation, float }, dataset, {
            ...{ workers, seed: 1, noise: NO_NOISE, signal: context.signal },
            onProgress: (done: number, total: number) => progress.update(done, total),
          });
          measured.push({ network: result.name, mismatches: result.mismatches });
          return { program: compilation.program, result };
        } finally {
          progress.stop();
        }
      },
      say: (line) => {
        if (context.isTerminal && !json) context.err(`${line}\n`);
      },
    };
    const rows: ValidationRow[] = [];
    const constants: FreeConstant[] = [];
    for (const { validation } of context.chips ?? CHIPS) {
      if (validation === undefined) continue;
      const own = await validation();
      constants.push(...own.constants);
      rows.push(...(await own.rows(host)));
    }
    const { fileChecks, rowOf } = await import('../../validation/index.js');
    const checking = { ...files, chips: context.chips ?? CHIPS, workers, signal: context.signal, say: host.say };
    for (const check of fileChecks(checking)) rows.push(await rowOf(check, checking));
    // A published number that is met by a chip which differs from its network says nothing.
    const differing = measured.filter(({ mismatches }) => mismatches > 0);
    const ok = allMet(rows) && differing.length === 0;
    if (json) {
      const content = { ok, rows, mismatches: measured, freeConstants: constants };
      printJson(context, 'lodestone-validate', content, { workers });
    } else {
      const notes = differing.map((one) =>
        alarming(`${one.network}: ${one.mismatches} samples differ from the integer network\n`, true, context),
      );
      context.out(`${text(rows)}\n${constantsText(constants)}${notes.join('')}`);
    }
    setExit(ok ? EXIT.ok : EXIT.userError);
  });
}

/** An example network: in the folder of models, if it is there, else as it comes with the package. */
async function exampleAt(name: string, models: string | undefined): Promise<string> {
  const own = join(models ?? '', `${name}.lsn`);
  if (models !== undefined && (await kindOf(own)) !== undefined) return own;
  return join(packageRoot(), 'examples', 'models', `${name}.lsn`);
}

/** Where files of other projects are, and the images for them: those given, else beside the folder of models, else fetched ones. */
function filesOf({ models = join(packageRoot(), '..', 'shared', 'models'), data }: ValidateCommandOptions) {
  const beside = (name: string): string => join(models, '..', 'data', name);
  return {
    models,
    data: async (name: string): Promise<string> => {
      if (name !== 'cifar10') return name;
      if (data !== undefined) return data;
      return (await kindOf(beside(name))) === 'folder' ? beside(name) : name;
    },
  };
}

/** The constants that print does not give, each with the row it was fitted on. */
function constantsText(constants: readonly FreeConstant[]): string {
  const cells = constants.map((constant) => {
    const { id, value, unit, fittedOn, source } = constant;
    const [first = '', ...others] = fittedOn;
    const rows = others.length === 0 ? first : `${first} and ${others.length} more`;
    return [id, significant(value, 4), bandText(constant), unit, rows, source];
  });
  const header = ['constant', 'value', 'band', 'unit', 'fitted on', 'what it is'];
  return `Fitted constants:\n${textTable(header, cells, [0, 3, 4, 5])}`;
}

/** The table, with sources and notes as numbered lines below it: they are too long for a terminal's line. */
function text(rows: readonly ValidationRow[]): string {
  const notes = [...new Set(rows.flatMap((row) => [row.source, ...(row.note === undefined ? [] : [row.note])]))];
  const marks = (row: ValidationRow): string =>
    [row.source, row.note].flatMap((note) => (note === undefined ? [] : [`[${notes.indexOf(note) + 1}]`])).join(' ');
  const cells = rows.map((row) => [
    row.id,
    significant(row.published, 4),
    oursText(row),
    row.unit,
    toleranceText(row),
    verdictText(row),
    statusText(row),
    marks(row),
  ]);
  const header = ['number', 'published', 'ours', 'unit', 'tolerance', 'met', 'status', 'notes'];
  const legend = notes.map((note, i) => `[${i + 1}] ${note}`).join('\n');
  return `${textTable(header, cells, [0, 3, 4, 5, 6, 7])}\n${legend}\n`;
}
