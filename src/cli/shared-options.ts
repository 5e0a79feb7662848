/** What every command has, whoever contributes it: options, and the paragraph of its help about exit codes. */
import type { Command } from 'commander';
import { EXIT_HELP } from './context.js';

/** Commands that do something: groups of others are left out. */
export const leavesOf = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);

/** Adds what every command has, once all commands are there. */
export function addSharedOptions(program: Command): void {
  explainExitCodes(program);
  for (const command of leavesOf(program)) {
    command
      .option('--json', 'print one JSON object on standard output, errors too', false)
      .option('--quiet', 'no progress, notes and warnings on standard error: only results and errors', false)
      .option('--no-color', 'no colours on terminals (NO_COLOR in the environment says the same)');
  }
}

/** One place for all helps: those of the program, of groups and of commands in groups. */
function explainExitCodes(command: Command): void {
  command.addHelpText('after', EXIT_HELP);
  command.commands.forEach(explainExitCodes);
}
