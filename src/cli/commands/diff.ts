import type { Command } from 'commander';
import { errorAt, fail, throwIfErrors } from '../../common/diagnostics.js';
import { type FileDiff, diffFiles, subjectsOf } from '../../report/diff/diff-files.js';
import { diffJson, type DiffReport, hasPassed } from '../../report/diff/diff-json.js';
import { diffText } from '../../report/diff/diff-text.js';
import { type Gate, gateProblems, holdGates, parseGates } from '../../report/diff/gate.js';
import { printJson } from '../json-envelope.js';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { WrongUsage } from '../errors.js';
import { checkWritable, writeAtomic } from '../io.js';
import { loadResults } from '../load-results.js';
import { OutputOption } from '../output-is-input.js';
import { textTable } from '../table.js';

interface DiffCommandOptions {
  readonly json: boolean;
  readonly failOn?: string;
  readonly junit?: string;
}

/** `lodestone diff A B --fail-on 'accuracy<-0.1pp,energy>5%'`: two results, B against A; the regression test of a mapping. */
export function addDiff(program: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  program
    .command('diff')
    .argument('<a>', 'result file of lodestone run or lodestone sweep: the reference')
    .argument('<b>', 'the result that is compared with it')
    .description('compare two results, B against A; exit code 1 if a gate fails')
    .option('--fail-on <gates>', GATES_TEXT)
    .addOption(new OutputOption('--junit <file>', 'JUnit XML to write: one test case per gate'))
    .action(async (a: string, b: string, options: DiffCommandOptions) => {
      const { failOn, junit, json } = options;
      const place = `--fail-on ${failOn ?? ''}`;
      if (junit !== undefined) {
        if (failOn === undefined) {
          fail(
            'junit-without-gates',
            `--junit ${junit}`,
            'its test cases are gates, and there are none',
            'add --fail-on',
          );
        }
        await checkWritable(junit);
      }
      const { gates, problems } = failOn === undefined ? { gates: [], problems: [] } : parseGates(failOn, place);
      if (problems.length > 0) throw new WrongUsage(problems);
      const diff = await readAndCompare(a, b);
      const strange = gateProblems(gates, subjectsOf(diff), place);
      if (strange.length > 0) throw new WrongUsage(strange);
      const report = reportOf({ a, b, diff }, gates);
      if (junit !== undefined) {
        // Loads the XML writer: only who wants XML pays for that.
        const { gatesAsJunit } = await import('../../report/diff/junit.js');
        await writeAtomic(junit, gatesAsJunit(report.verdicts));
      }
      if (json) printJson(context, 'lodestone-diff', diffJson(report));
      else context.out(diffText(report, textTable));
      if (!hasPassed(report.verdicts)) setExit(EXIT.userError);
    });
}

const GATES_TEXT =
  'changes that fail, for example accuracy<-0.1pp,energy>5%: METRIC OP NUMBER UNIT with OP one of < <= > >=, pp for percentage points of ' +
  'fractions, % of the value of A, or the unit of the metric; what is not known fails too';

const reportOf = (compared: Pick<DiffReport, 'a' | 'b' | 'diff'>, gates: readonly Gate[]): DiffReport => ({
  ...compared,
  verdicts: holdGates(gates, subjectsOf(compared.diff)),
});

/** @throws UserError for files that cannot be read, and for files that have nothing in common */
async function readAndCompare(a: string, b: string): Promise<FileDiff> {
  const first = await loadResults(a);
  const second = await loadResults(b);
  const diff = diffFiles(first, second);
  if (diff.pairs.length + diff.points.length === 0) {
    const [inA, inB] = [diff.onlyA, diff.onlyB].map((list) => list.map(({ title }) => title).join('; ') || 'nothing');
    const message = `nothing in it belongs to anything in ${a}: A has ${inA}, B has ${inB}`;
    const remedy = 'compare results of one network, kind of chip and noise, or files with one result each';
    throwIfErrors([errorAt('nothing-to-compare', b, message, remedy)]);
  }
  return diff;
}
