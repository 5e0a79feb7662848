import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { isContainer } from '../../common/container.js';
import { errorAt, fail, throwIfErrors } from '../../common/diagnostics.js';
import { STANDARD_STREAM } from '../../common/standard-input.js';
import { type FileDiff, diffFiles, subjectsOf } from '../../report/diff/diff-files.js';
import { diffJson, type DiffReport, hasPassed } from '../../report/diff/diff-json.js';
import { diffText } from '../../report/diff/diff-text.js';
import { type Gate, gateProblems, holdGates, parseGates } from '../../report/diff/gate.js';
import { programDiffJson, programDiffText } from '../../report/diff/program-diff.js';
import { printJson } from '../json-envelope.js';
import { type CliContext, EXIT, type ExitCode } from '../context.js';
import { WrongUsage } from '../errors.js';
import { checkWritable, readBytes, writeAtomic } from '../io.js';
import { loadResults } from '../load-results.js';
import { withOwnChip } from '../own-chip-option.js';
import { OutputOption } from '../output-is-input.js';
import type { ReadFile } from '../program-diff.js';
import { textTable } from '../table.js';

interface DiffCommandOptions {
  readonly json: boolean;
  readonly failOn?: string;
  readonly junit?: string;
}

/** `lodestone diff A B --fail-on 'accuracy<-0.1pp,energy>5%'`: two results, B against A; the regression test of a mapping. */
export function addDiff(program: Command, context: CliContext, setExit: (code: ExitCode) => void): void {
  withOwnChip(program.command('diff'), context)
    .argument('<a>', 'result file of lodestone run or lodestone sweep, or a program (.lsp): the reference')
    .argument('<b>', 'the result, or the program, that is compared with it')
    .description(
      'compare two results, B against A, or the places of the cores of two programs; exit code 1 if a gate fails',
    )
    .option('--fail-on <gates>', GATES_TEXT)
    .addOption(new OutputOption('--junit <file>', 'JUnit XML to write (one test case per gate)'))
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
      const programs = await readPrograms(a, b);
      if (programs !== undefined) {
        if (failOn !== undefined)
          fail('gates-need-results', place, 'programs have no metrics', 'compare results of runs');
        const { compareProgramFiles } = await import('../program-diff.js');
        const diff = compareProgramFiles(...programs, context.chips);
        if (json) printJson(context, 'lodestone-diff', programDiffJson(diff));
        else context.out(programDiffText(diff, textTable));
        return;
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

/** Both files, where one of them is a program. @throws UserError where the other one is none */
async function readPrograms(a: string, b: string): Promise<readonly [ReadFile, ReadFile] | undefined> {
  const isProgram = await Promise.all([a, b].map(startsLikeProgram));
  if (!isProgram.includes(true)) return undefined;
  const [first, second] = [await readBytes(a, 'program'), await readBytes(b, 'program')];
  return [
    { bytes: first, place: a },
    { bytes: second, place: b },
  ];
}

/** Whether a file is a container of ours; what cannot be looked at is for the reader of results to refuse. */
async function startsLikeProgram(path: string): Promise<boolean> {
  if (path === STANDARD_STREAM) return false;
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return isContainer(buffer.subarray(0, bytesRead));
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

/** As many bytes of a file as it takes to tell. */
const HEAD_BYTES = 64;

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
