import { Command } from 'commander';
import { addChip } from './commands/chip.js';
import { addCompile } from './commands/compile.js';
import { addData } from './commands/data.js';
import { addInspect } from './commands/inspect.js';
import { addQuantize } from './commands/quantize.js';
import { addRanc } from './commands/ranc.js';
import { addReport } from './commands/report.js';
import { addRun } from './commands/run.js';
import { addStudy } from './commands/study.js';
import { addSums } from './commands/sums.js';
import { addSweep } from './commands/sweep.js';
import { addTimeline } from './commands/timeline.js';
import { addTiming } from './commands/timing.js';
import { addTrain } from './commands/train.js';
import { addTrueNorth } from './commands/truenorth.js';
import { addValidate } from './commands/validate.js';
import { type CliContext, EXIT, EXIT_HELP, type ExitCode } from './context.js';
import { reportError } from './errors.js';

/** The whole command line: `args` without the program's own name. Never throws; gives the exit code. */
export async function runCli(args: readonly string[], context: CliContext): Promise<ExitCode> {
  // Known before parsing: a usage error must be JSON too.
  const json = args.includes('--json');
  let exit: ExitCode = EXIT.ok;
  const program = new Command('lodestone')
    .description('Maps trained low-bit networks onto simulated neuromorphic chips and runs them, bit for bit.')
    .version(context.version)
    .exitOverride()
    .configureOutput({
      writeOut: context.out,
      writeErr: (text) => {
        if (!json) context.err(text);
      },
    })
    .addHelpText('after', EXIT_HELP);
  const commandLine = ['lodestone', ...args].map(shellWord).join(' ');
  addTrain(program, context);
  addQuantize(program, context);
  addInspect(program, context);
  addCompile(program, context);
  addRun(program, context, commandLine);
  addSweep(program, context, commandLine);
  addTiming(program, context);
  addTimeline(program, context);
  addChip(program, context);
  addSums(program, context);
  addReport(program, context);
  addData(program, context);
  addValidate(program, context, (code) => {
    exit = code;
  });
  addRanc(program, context, (code) => {
    exit = code;
  });
  addTrueNorth(program, context, (code) => {
    exit = code;
  });
  addStudy(program, context, (code) => {
    exit = code;
  });
  for (const command of program.commands) command.addHelpText('after', EXIT_HELP);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (error) {
    return reportError(error, context, json);
  }
}

/** A word as a POSIX shell reads it back. */
const shellWord = (word: string): string =>
  /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
