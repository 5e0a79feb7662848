import { Command, Help } from 'commander';
import { addSharedOptions } from './shared-options.js';
import { CATALOGUE } from './catalogue.js';
import { type CliContext, EXIT, type ExitCode } from './context.js';
import { reportError } from './errors.js';
import { refuseOutputOverInput } from './output-is-input.js';
import { namedOwnChip } from './own-chip-words.js';
import { refuseRepeatedOptions } from './repeated-options.js';

/** The whole command line: `args` without the program's own name. Never throws; gives the exit code. */
export async function runCli(args: readonly string[], context: CliContext): Promise<ExitCode> {
  // Known before parsing: a usage error must be JSON too.
  const json = args.includes('--json');
  const told = args.includes('--no-color') ? { ...context, colours: { out: false, err: false } } : context;
  // What a command writes to -o - has standard output for itself.
  let outIsTaken = false;
  const out = (text: string): void => (outIsTaken ? told.err : told.out)(text);
  const quiet = args.includes('--quiet') ? { err: () => undefined, isTerminal: false } : {};
  let exit: ExitCode = EXIT.ok;
  const program = new Command('lodestone')
    .description('Maps trained low-bit networks onto simulated neuromorphic chips and runs them, bit for bit.')
    .version(context.version)
    .exitOverride()
    .configureHelp({ subcommandTerm })
    .configureOutput({
      writeOut: told.out,
      writeErr: (text) => {
        if (!json) context.err(text);
      },
    });
  const commandLine = ['lodestone', ...args].map(shellWord).join(' ');
  let words = args;
  let own: Pick<CliContext, 'chips' | 'ownChip'> = {};
  try {
    const named = namedOwnChip(args);
    if (named !== undefined) {
      // Loads every chip, and code of the user: only a command line that names such a chip pays for that.
      const { withOwnChip } = await import('./own-chip-context.js');
      own = await withOwnChip(named.given, args, told);
      words = named.withChip(own.ownChip?.chip.name ?? named.given);
    }
  } catch (error) {
    return reportError(error, { ...told, out }, json);
  }
  const setting = {
    context: { ...told, ...own, out, ...quiet },
    commandLine,
    setExit: (code: ExitCode) => {
      exit = code;
    },
  };
  const called = calledCommand(args);
  for (const entry of CATALOGUE) {
    if (entry.name === called) await entry.add(program, setting);
    else program.command(entry.name).description(entry.description);
  }
  addSharedOptions(program);
  refuseRepeatedOptions(program);
  refuseOutputOverInput(program, () => {
    outIsTaken = true;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return exit;
  } catch (error) {
    return reportError(error, { ...told, out }, json);
  }
}

/** The first word that is no option; what stands behind `help` is called for its help. */
function calledCommand(args: readonly string[]): string | undefined {
  const words = args.filter((word) => !word.startsWith('-'));
  return words[0] === 'help' ? words[1] : words[0];
}

/** A command in the list of its parent: those of the program are listed without being loaded. */
function subcommandTerm(command: Command): string {
  const entry = command.parent?.parent === null ? CATALOGUE.find(({ name }) => name === command.name()) : undefined;
  return entry === undefined ? new Help().subcommandTerm(command) : `${entry.name} ${entry.synopsis}`.trim();
}

/** A word as a POSIX shell reads it back. */
const shellWord = (word: string): string =>
  /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
