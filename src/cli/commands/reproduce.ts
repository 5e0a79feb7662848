import type { Command } from 'commander';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { withOwnChip } from '../own-chip-option.js';
import { printJson } from '../json-envelope.js';

/** `lodestone reproduce DIR POINT`. */
export function addReproduce(program: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  withOwnChip(program.command('reproduce'), context)
    .argument('<folder>', 'folder of an exploration')
    .argument('<point>', 'number of a point in its results, or the beginning of its key')
    .description('run a point of an exploration again, and compare it bit for bit; exit code 1 if it differs')
    .action(async (folder: string, point: string, { json }: { readonly json: boolean }) => {
      const { reproducePoint } = await import('../../explore/reproduce.js');
      const { key, record, again, differences } = await reproducePoint(folder, point, context.version, context.chips);
      if (differences.length > 0) setExit(EXIT.userError);
      if (json) {
        const { network, target } = record;
        printJson(context, 'lodestone-reproduce', {
          key,
          network,
          target,
          status: again.status,
          metrics: again.metrics,
          differences,
        });
        return;
      }
      const lines = differences.map(({ field, before, after }) => `${field} was ${before} and is ${after}\n`);
      const what = `${record.network} on ${record.target} (${key}), ${again.status}`;
      const scores = again.scores === undefined ? '' : `, ${again.samples} samples on ${again.scores.length} chips`;
      context.out(
        differences.length === 0
          ? `${what}${scores}: the same bits\n`
          : `${what}: ${differences.length} fields differ\n${lines.join('')}`,
      );
    });
}
