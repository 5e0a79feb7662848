import { join } from 'node:path';
import type { Command } from 'commander';
import { fail } from '../../common/diagnostics.js';
import { significant } from '../../common/format.js';
import { withFolderLock } from '../../data/files/folder-lock.js';
import type { PointsProgress } from '../../experiments/points/pace.js';
import type { DryRun } from '../../explore/dry-run.js';
import type { Experiment } from '../../explore/experiment.js';
import type { Exploration, ExplorationOptions } from '../../explore/run-exploration.js';
import type { TableRow } from '../../explore/results/table.js';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { readText, writeAtomic } from '../io.js';
import { printJson } from '../json-envelope.js';
import { parsePoints, withModels, withOwnData, withWorkers } from '../options.js';
import { withOwnChip } from '../own-chip-option.js';
import { type QueueChoice, queueOf, withQueue } from '../queue-options.js';
import { type Progress, startProgress } from '../progress.js';
import { textTable } from '../table.js';

interface ExploreOptions extends QueueChoice {
  readonly inFlight: number;
  readonly output: string;
  readonly json: boolean;
  readonly workers: number;
  readonly resume: boolean;
  readonly dryRun: boolean;
  readonly models?: string;
  readonly data?: string;
}

/** `lodestone explore FILE -o DIR`. */
export function addExplore(program: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  const command = withOwnChip(program.command('explore'), context).argument(
    '<experiment>',
    'YAML file, see docs/exploration.md',
  );
  const placed = withOwnData(withModels(withWorkers(command, context), 'that of the experiment file'));
  withQueue(placed)
    .option('--in-flight <n>', 'with --queue: points on the queue at a time', parsePoints, 1024)
    .description(
      'measure many designs of chips for networks, and find the best ones; with --queue on the machines of lodestone worker',
    )
    .requiredOption('-o, --output <folder>', 'folder of the results')
    .option('--resume', 'go on from what is there already, if anything is', false)
    .option('--dry-run', 'print the points, what would be refused, and the time it would take', false)
    .action(async (path: string, options: ExploreOptions) => {
      const openPlace = await queuePlace(options);
      const { parseExperiment } = await import('../../explore/experiment.js');
      const { models, data } = options;
      const experiment = await parseExperiment(
        await readText(path, 'experiment'),
        path,
        { models, data },
        context.chips,
      );
      if (options.dryRun) return dry(experiment, options);
      await withFolderLock(options.output, () => explore(experiment, options, openPlace));
    });

  async function dry(experiment: Experiment, { workers, json }: ExploreOptions): Promise<void> {
    const { dryRun } = await import('../../explore/dry-run.js');
    const found = await dryRun(experiment, { workers, signal: context.signal });
    if (json) {
      const { seconds, samples, ...rest } = found;
      const designs = samples.map(({ design, outcome }) => ({ design, outcome }));
      const host = { workers, ...(seconds === undefined ? {} : { expectedSeconds: seconds }) };
      printJson(context, 'lodestone-explore', { name: experiment.name, ...rest, samples: designs }, host);
    }
    if (!json) context.out(dryText(found, workers));
  }

  /** How points go to the queue; undefined without one. */
  async function queuePlace(options: ExploreOptions): Promise<ExplorationOptions['openPlace']> {
    const address = await queueOf(options, context);
    const { inFlight } = options;
    if (address === undefined) return undefined;
    if (context.ownChip !== undefined) {
      const message = 'a chip of your own is code, and nothing that is run goes over a queue';
      fail('own-chip-on-queue', '--queue', message, 'explore it on this machine, without --queue');
    }
    const { openQueuePlace } = await import('../../explore/queue/coordinator.js');
    const { programIdentity } = await import('../../explore/queue/identity.js');
    const { checkQueue } = await import('../../explore/queue/connection.js');
    // Before anything is written.
    await checkQueue(address);
    const identity = await programIdentity(context.version);
    return (setup) => openQueuePlace({ address, identity, inFlight }, setup);
  }

  async function explore(
    experiment: Experiment,
    options: ExploreOptions,
    openPlace: ExplorationOptions['openPlace'],
  ): Promise<void> {
    const { runExploration } = await import('../../explore/run-exploration.js');
    const { writeResults, summaryOf } = await import('../../explore/results/write.js');
    const { rowsOf } = await import('../../explore/results/table.js');
    const { output, workers, json, resume } = options;
    const progress = startProgress('exploring', context, json);
    let exploration: Exploration;
    try {
      exploration = await runExploration(experiment, {
        ...{ output, workers, resume, version: context.version, signal: context.signal },
        onProgress: (one) => show(progress, one),
        openPlace,
      });
    } catch (error) {
      if (context.signal.aborted && !json) {
        context.err(`what is measured is kept in ${output}: the same command with --resume goes on from there\n`);
      }
      throw error;
    } finally {
      progress.stop();
    }
    const tables = await writeResults(exploration, experiment, output);
    const rows = rowsOf(exploration, experiment);
    const summary = summaryOf(rows, experiment, exploration.spent);
    const { pageOf, mappingsOf } = await import('../../explore/results/page.js');
    const { renderExploration } = await import('../../report/exploration/render-exploration.js');
    const page = { ...pageOf(rows, experiment, summary), mappings: await mappingsOf(rows, experiment, output) };
    await writeAtomic(join(output, 'report.html'), renderExploration(page));
    const files = [...tables, 'report.html'];
    if ((summary.counts['failed'] ?? 0) > 0) setExit(EXIT.incomplete);
    if (json) printJson(context, 'lodestone-explore', { ...summary, output, files }, { workers });
    else context.out(summaryText(rows, experiment, exploration.spent, output));
  }
}

function show(progress: Progress, { done, total, before, failed, running, perMinute }: PointsProgress): void {
  const rate = perMinute === undefined ? '' : ` (${perMinute.toPrecision(3)} points/min)`;
  const bad = failed === 0 ? '' : `, ${failed} failed`;
  progress.update(done - before, total - before, `${running[0] ?? ''}${rate}${bad}`);
}

function dryText({ points, designs, looked, refused, samples, seconds }: DryRun, workers: number): string {
  const lines = [
    `${points} points`,
    ...designs.map((design) => `  ${design}`),
    ...(points > designs.length ? [`  ... and ${points - designs.length} more`] : []),
    ...samples.map(
      ({ design, outcome, seconds: own }) => `sample: ${design}: ${significant(own)} s, ${outcome.split('\n')[0]}`,
    ),
    seconds === undefined
      ? 'no design that a spec allows was found: the time is not known'
      : `about ${significant(seconds / 60)} minutes with ${workers} workers, by these samples`,
    ...refused.map(
      ({ reason, designs, example }) => `refused: ${designs} of ${looked} designs, ${reason}\n  for example ${example}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** Rows of a front that are printed. */
const PRINTED = 20;

function summaryText(
  rows: readonly TableRow[],
  experiment: Experiment,
  spent: string | undefined,
  output: string,
): string {
  const groups = [...new Set(rows.map(({ point }) => point.group))];
  const counts = [...new Set(rows.map(({ status }) => status))].map(
    (status) => `${rows.filter((row) => row.status === status).length} ${status}`,
  );
  const ended = spent === undefined ? '' : `, ended by its budget of ${spent}`;
  return [
    ...groups.map((group) => frontText(group, rows, experiment)),
    ...failuresOf(rows),
    `${rows.length} points: ${counts.join(', ')}${ended}; written to ${output}\n`,
  ].join('');
}

/** Failures that are printed; all of them are in the results. */
const PRINTED_FAILURES = 10;

function failuresOf(rows: readonly TableRow[]): readonly string[] {
  const failed = rows.filter(({ status }) => status === 'failed');
  const shown = failed.slice(0, PRINTED_FAILURES).map((row) => `failed: ${designText(row)}\n  ${row.reason ?? ''}\n`);
  const more = failed.length - shown.length;
  return more > 0 ? [...shown, `... and ${more} more failures\n`] : shown;
}

function frontText(group: string, rows: readonly TableRow[], experiment: Experiment): string {
  const front = rows.flatMap((row, i) => (row.isOnFront && row.point.group === group ? [{ ...row, i }] : []));
  if (front.length === 0) return `no point fits ${group}${nearlyText(group, rows)}\n`;
  const { objectives } = experiment;
  const metricOf = ({ point: { outcome } }: TableRow, name: string): string => {
    const value = 'measured' in outcome ? outcome.measured.metrics[name] : undefined;
    return value === undefined ? '-' : significant(value);
  };
  const [first] = objectives;
  const value = (row: TableRow): number => Number(first === undefined ? 0 : metricOf(row, first.metric));
  const ordered = [...front].sort((a, b) => value(a) - value(b));
  const table = textTable(
    ['point', ...objectives.map(({ metric }) => metric), 'design'],
    ordered
      .slice(0, PRINTED)
      .map((row) => [`${row.i}`, ...objectives.map(({ metric }) => metricOf(row, metric)), designText(row)]),
    [objectives.length + 1],
  );
  const more = front.length > PRINTED ? `... and ${front.length - PRINTED} more\n` : '';
  return `front of ${group}: ${front.length} points\n${table}${more}`;
}

function designText({ point: { candidate } }: TableRow): string {
  const { network, target, values } = candidate;
  const varying = target.settings.filter(({ setting }) => setting.kind !== 'values' || setting.values.length > 1);
  const said = varying.map(({ name }) => `${name} ${JSON.stringify(values.get(name) ?? null)}`);
  return [`${network.name} on ${target.name}`, ...said].join(', ');
}

/** What came nearest: dropped by a constraint after it was compiled, before what did not fit the chip. */
function nearlyText(group: string, rows: readonly TableRow[]): string {
  const own = rows.filter(({ point }) => point.group === group);
  const order = ['measured', 'dropped', 'refused', 'failed'];
  const [nearest] = [...own].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  if (nearest === undefined) return '';
  const why =
    nearest.status === 'measured'
      ? 'was measured, and a constraint does not hold'
      : `was ${nearest.status}: ${nearest.reason ?? ''}`;
  return `; what came nearest, ${designText(nearest)}, ${why}`;
}
