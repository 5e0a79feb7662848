import type { Command } from 'commander';
import type { ResultFile } from '../../report/result-file.js';
import { printJson } from '../json-envelope.js';
import type { CliContext } from '../context.js';
import { checkWritable, writeAtomic } from '../io.js';
import { loadResults } from '../load-results.js';
import { withOwnChip } from '../own-chip-option.js';

interface ReportCommandOptions {
  readonly json: boolean;
  readonly output: string;
  readonly title?: string;
}

/** `lodestone report RESULT... -o report.html`: one page from the files of run and sweep. */
export function addReport(program: Command, context: CliContext): void {
  withOwnChip(program.command('report'), context)
    .argument('<result...>', 'result files of lodestone run, sweep and probe')
    .description('one self-contained HTML page from result files')
    .requiredOption('-o, --output <file>', 'HTML file to write')
    .option('--title <text>', 'title of the page')
    .action(async (paths: readonly string[], options: ReportCommandOptions) => {
      await checkWritable(options.output);
      const files: ResultFile[] = [];
      for (const path of paths) files.push(await loadResults(path));
      const results = files.flatMap((file) => file.results);
      const programs = distinct(files.flatMap((file) => file.programs));
      const noise = files.flatMap((file) => file.noise);
      const probed = files.flatMap((file) => file.probes ?? []);
      const names = [
        ...new Set([...results, ...probed].map(({ name }) => name).concat(noise.map((point) => point.network))),
      ];
      // Loads the plot library: only the command that needs it pays for that.
      const { renderReport } = await import('../../report/render-report.js');
      const page = await renderReport({
        title: options.title ?? names.join(', '),
        results,
        programs,
        noise,
        probes: distinct(probed),
        origins: distinct(files.flatMap((file) => file.origins ?? [])),
        commands: files.flatMap((file) => file.commands),
      });
      await writeAtomic(options.output, page);
      if (options.json) {
        const summary = {
          output: options.output,
          bytes: new TextEncoder().encode(page).length,
          results: results.length,
          noisePoints: noise.length,
        };
        printJson(context, 'lodestone-report', summary);
      } else context.err(`report written to ${options.output}\n`);
    });
}

/** A run and a sweep bring the same program: it is shown once. Two mappings of one network, by chip or by options, are two. */
function distinct<T>(items: readonly T[]): readonly T[] {
  const texts = items.map((item) => JSON.stringify(item));
  return items.filter((_, i) => texts.indexOf(texts[i] ?? '') === i);
}
