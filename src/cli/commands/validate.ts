import { trueNorth } from '../../chips/truenorth/chip.js';
import { join } from 'node:path';
import type { Command } from 'commander';
import { present } from '../../common/assert.js';
import { loadDataset } from '../../data/index.js';
import { allMet } from '../../experiments/draft-row.js';
import { nocRows } from '../../experiments/noc-validation.js';
import { type CompiledResnet50, FREE_CONSTANTS, northPoleRows } from '../../experiments/northpole-validation.js';
import { type MeasuredResnet50, measureResnet50 } from '../../experiments/resnet50-measure.js';
import { RESNET50_PRECISIONS, type Resnet50Precision } from '../../experiments/resnet50-precision.js';
import {
  type MeasuredNetwork,
  TRUENORTH_FREE_CONSTANTS,
  VALIDATED_NETWORKS,
  validationRows,
} from '../../experiments/validation.js';
import { runCompiled } from '../../flow.js';
import { NORTHPOLE, NORTHPOLE_32X256 } from '../../hw-models/northpole/spec.js';
import type { NorthPoleSpec } from '../../ir/program/northpole.js';
import { NO_NOISE } from '../../ir/faults/levels.js';
import type { ValidationRow } from '../../ir/trace/validation-row.js';
import { bandText, significant } from '../../common/format.js';
import { oursText, statusText, toleranceText, verdictText } from '../../report/validation-section.js';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { loadFor } from '../load.js';
import { type CommonOptions, withCommonOptions } from '../options.js';
import { packageRoot } from '../package-root.js';
import { startProgress } from '../progress.js';
import { textTable } from '../table.js';

interface ValidateCommandOptions extends CommonOptions {
  readonly models: string;
}

const FITTED_CONSTANTS = [...TRUENORTH_FREE_CONSTANTS, ...FREE_CONSTANTS];

/** `lodestone validate`: every published number next to ours; exit code 1 when one is not met. */
export function addValidate(program: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  withCommonOptions(
    program
      .command('validate')
      .description('compare with every published number; exit code 1 if a claim is not met')
      .option('--models <folder>', 'folder of the example models', join(packageRoot(), 'examples', 'models')),
    context,
  ).action(async (options: ValidateCommandOptions) => {
    const dataset = await loadDataset('mnist', 'test');
    const measured: MeasuredNetwork[] = [];
    for (const name of VALIDATED_NETWORKS) {
      const runnable = await loadFor(join(options.models, `${name}.lsn`), trueNorth, () => ({ seed: options.seed }));
      const progress = startProgress(name, context, options.json);
      try {
        const result = await runCompiled(runnable, dataset, {
          workers: options.workers,
          seed: options.seed,
          noise: NO_NOISE,
          engine: 'auto',
          signal: context.signal,
          onProgress: (done: number, total: number) => progress.update(done, total),
        });
        measured.push({ result, layers: runnable.program.layers });
      } finally {
        progress.stop();
      }
    }
    const rows = [...validationRows(measured), ...nocRows(), ...northPoleRows(compileResnet50(context, options.json))];
    // A published number that is met by a chip which differs from its network says nothing.
    const mismatches = measured.map(({ result }) => ({ network: result.name, mismatches: result.mismatches }));
    const differing = mismatches.filter((one) => one.mismatches > 0);
    const ok = allMet(rows) && differing.length === 0;
    if (options.json) {
      context.out(`${JSON.stringify({ ok, rows, mismatches, freeConstants: FITTED_CONSTANTS }, null, 2)}\n`);
    } else {
      const notes = differing.map(
        (one) => `${one.network}: ${one.mismatches} samples differ from the integer network\n`,
      );
      context.out(`${text(rows)}\n${constantsText()}${notes.join('')}`);
    }
    setExit(ok ? EXIT.ok : EXIT.userError);
  });
}

/** Compiles ResNet-50 three times, on a terminal with a line of progress each. */
function compileResnet50(context: CliContext, quiet: boolean): CompiledResnet50 {
  const { mixed, int4 } = RESNET50_PRECISIONS;
  const measure = (spec: NorthPoleSpec, precision: Resnet50Precision, count = false): MeasuredResnet50 => {
    if (context.isTerminal && !quiet) context.err(`compiling ResNet-50 (${precision.name}) for ${spec.name}\n`);
    return measureResnet50(spec, precision, { count });
  };
  const counted = measure(NORTHPOLE, mixed, true);
  return {
    mixed: { ...counted, counters: present(counted.counters, 'counters') },
    int4: measure(NORTHPOLE, int4),
    otherShape: measure(NORTHPOLE_32X256, mixed),
  };
}

/** The constants that print does not give, each with the row it was fitted on. */
function constantsText(): string {
  const cells = FITTED_CONSTANTS.map((constant) => {
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
