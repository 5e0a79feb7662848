/** How a command is known before it is loaded, whoever contributes it: the command line itself or a chip. */
import type { Command } from 'commander';
import type { CliContext, ExitCode } from './context.js';

/** What a command gets besides the program it is added to. */
export interface CommandSetting {
  readonly context: CliContext;
  /** The whole command line as a shell reads it back. */
  readonly commandLine: string;
  /** Ends the program with another code than 0. */
  readonly setExit: (code: ExitCode) => void;
}

/** One command. Loading it costs what it imports, so only the command that is called is loaded. */
export interface CommandEntry {
  readonly name: string;
  /** Name, whether there are options, and arguments, as its own usage shows them. */
  readonly synopsis: string;
  /** The command's own description; a test holds both together. */
  readonly description: string;
  /** Loads the command and adds it to the program. */
  readonly add: (program: Command, setting: CommandSetting) => Promise<void>;
}
