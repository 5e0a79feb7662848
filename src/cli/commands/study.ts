import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { StudyResult } from '../../ir/trace/study.js';
import { requireParts } from '../../common/platform/require-parts.js';
import { percent } from '../../common/format.js';
import type { StudyProgress } from '../../studies/run-study.js';
import type { StudySpec } from '../../studies/spec.js';
import { withFolderLock } from '../../data/files/folder-lock.js';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { makeFolder, writeAtomic } from '../io.js';
import { withOwnChip } from '../own-chip-option.js';
import { withModels, withOwnData, withWorkers } from '../options.js';
import { type JsonContent, printJson } from '../json-envelope.js';
import { type Progress, startProgress } from '../progress.js';
import { textTable } from '../table.js';

interface StudyCommandOptions {
  readonly output: string;
  readonly json: boolean;
  readonly workers: number;
  readonly plan: boolean;
  readonly models?: string;
  readonly data?: string;
}

/** `lodestone study robustness SPEC -o DIR` and `lodestone study report DIR`. */
export function addStudy(program: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  const study = program.command('study').description('measure many networks under many faults, from a specification');
  const robustness = withModels(withWorkers(study.command('robustness'), context), 'that of the specification');
  withOwnChip(withOwnData(robustness), context)
    .argument('<specification>', 'YAML file, see docs/studies/README.md')
    .description('train networks, distort and fault them, and write rows, tables, figures and a report')
    .requiredOption('-o, --output <folder>', 'folder of the results; what lies there already is not measured again')
    .option('--plan', 'print the points and stop', false)
    .action(async (path: string, options: StudyCommandOptions) => {
      // Loads the tensor library: only the command that needs it pays for that.
      if (!options.plan) requireParts(['training', 'plots', 'studies']);
      const { planOnly, readStudySpec } = await import('../../studies/run-study.js');
      const { models, data } = options;
      const spec = await readStudySpec(path, context.chips, { models, data });
      if (options.plan) {
        const points = await planOnly(spec);
        if (options.json) printJson(context, 'lodestone-study-robustness', { name: spec.name, points });
        else context.out(`${points.map((point) => `${point}\n`).join('')}${points.length} points\n`);
        return;
      }
      await withFolderLock(options.output, () => measure(spec, path, options));
    });
  withOwnChip(study.command('report'), context)
    .argument('<folder>', 'folder of a study')
    .description('write tables, figures and the report of a study again, from its study.json')
    .action(async (folder: string, { json }: { readonly json: boolean }) => {
      const { readStudyResult } = await import('../../studies/run-study.js');
      const result = await readStudyResult(folder);
      const files = await withFolderLock(folder, () => writeAll(result, folder, context));
      if (json) printJson(context, 'lodestone-study-report', { name: result.name, output: folder, files });
      else context.err(`${files.length} files written to ${folder}\n`);
    });

  /** Runs a study, writes its files and says what it found. */
  async function measure(spec: StudySpec, path: string, options: StudyCommandOptions): Promise<void> {
    const { runStudy } = await import('../../studies/run-study.js');
    const progress = studyProgress(context, options.json);
    let result: StudyResult;
    try {
      result = await runStudy(spec, {
        output: options.output,
        workers: options.workers,
        // What results depend on, and nothing else: the same study is the same file.
        command: [
          `lodestone study robustness ${path}`,
          ...foldersOf(options),
          ...ownChipOf(context),
          `-o ${options.output}`,
        ].join(' '),
        signal: context.signal,
        onProgress: progress.update,
      });
    } catch (error) {
      if (context.signal.aborted && !options.json) {
        context.err(`what is measured is kept in ${options.output}: the same command goes on from there\n`);
      }
      throw error;
    } finally {
      progress.stop();
    }
    const files = await writeAll(result, options.output, context);
    if (result.failures.length > 0) setExit(EXIT.incomplete);
    if (options.json) {
      const { workers } = options;
      printJson(context, 'lodestone-study-robustness', summaryJson(result, options.output, files), { workers });
    } else context.out(summaryText(result, options.output));
  }
}

const foldersOf = ({ models, data }: StudyCommandOptions): readonly string[] => [
  ...(models === undefined ? [] : [`--models ${models}`]),
  ...(data === undefined ? [] : [`--data ${data}`]),
];

const ownChipOf = ({ ownChip }: CliContext): readonly string[] =>
  ownChip === undefined ? [] : [`--chip ${ownChip.given}`];

/** The tables of a study, its figures and its report; the names of the files. */
async function writeAll(result: StudyResult, folder: string, context: CliContext): Promise<readonly string[]> {
  const { writeStudyFiles } = await import('../../studies/run-study.js');
  const { renderStudy } = await import('../../report/study/render-study.js');
  const { missingFontWarning, toPng } = await import('../png.js');
  const tables = await writeStudyFiles(result, folder);
  const { html, figures } = await renderStudy(result);
  await makeFolder(join(folder, 'figures'));
  // Figures of what the specification no longer has would pass for its own.
  const stale = (await readdir(join(folder, 'figures'))).filter((file) => /\.(svg|png)$/.test(file));
  for (const file of stale) await rm(join(folder, 'figures', file));
  const drawn: string[] = [];
  for (const { name, svg } of figures) {
    await writeAtomic(join(folder, 'figures', `${name}.svg`), svg);
    await writeAtomic(join(folder, 'figures', `${name}.png`), toPng(svg));
    drawn.push(`figures/${name}.svg`, `figures/${name}.png`);
  }
  await writeAtomic(join(folder, 'report.html'), html);
  const warning = figures.length === 0 ? undefined : missingFontWarning();
  if (warning !== undefined) context.err(`warning: ${warning}\n`);
  return [...tables, ...drawn, 'report.html'];
}

function summaryJson(result: StudyResult, output: string, files: readonly string[]): JsonContent {
  const { name, seed, chips, images, networks, rows, failures } = result;
  const golden = rows.filter(({ part }) => part === 'golden');
  return {
    ...{ name, seed, chips, images, networks: networks.length, rows: rows.length },
    golden: golden.map(({ network, target, correct, samples }) => ({ network, target, accuracy: correct / samples })),
    ...{ failures, output, files },
  };
}

/** Golden accuracies, failures, and where the files are. */
function summaryText({ networks, rows, failures, chips }: StudyResult, output: string): string {
  const golden = rows.filter(({ part }) => part === 'golden');
  const at = (network: string, target: string): string => {
    const row = golden.find((one) => one.network === network && one.target === target);
    return row === undefined ? '-' : percent(row.correct / row.samples);
  };
  const targets = [...new Set(golden.map(({ target }) => target))].filter((target) => target !== 'network');
  const table = textTable(
    ['network', 'validation', 'network itself', ...targets],
    networks.map(({ name, validationAccuracy }) => [
      name,
      validationAccuracy === undefined ? '-' : percent(validationAccuracy),
      at(name, 'network'),
      ...targets.map((target) => at(name, target)),
    ]),
  );
  const failed = failures.map(
    ({ point, message }) => `could not be measured: ${point}\n  ${message.replaceAll('\n', '\n  ')}\n`,
  );
  return `${table}${failed.join('')}${rows.length} rows (up to ${chips} chips per point), ${failures.length} failures, written to ${output}\n`;
}

/** One line: what runs, how much is done and how fast, how long the rest takes. */
function studyProgress(context: CliContext, quiet: boolean) {
  let bar: Progress | undefined;
  let stage = '';
  const barOf = (name: string): Progress => {
    if (stage !== name || bar === undefined) {
      bar?.stop();
      bar = startProgress(name, context, quiet);
      stage = name;
    }
    return bar;
  };
  return {
    update: (progress: StudyProgress): void => {
      switch (progress.stage) {
        case 'training': {
          const { share, trained, networks, running } = progress;
          barOf('training').update(
            Math.round(share * 1000),
            1000,
            `${trained} of ${networks} done, ${running.join(' + ')}`,
          );
          return;
        }
        case 'compiling':
          barOf('compiling').update(0, 1, `${progress.network} on ${progress.chip}`);
          return;
        case 'measuring': {
          // Points of earlier runs took no time of this one.
          const done = progress.done - progress.before;
          const { perMinute } = progress;
          const rate = perMinute === undefined ? '' : ` (${perMinute.toPrecision(2)} points/min)`;
          barOf('measuring').update(done, progress.total - progress.before, `${progress.point}${rate}`);
        }
      }
    },
    stop: (): void => bar?.stop(),
  };
}
