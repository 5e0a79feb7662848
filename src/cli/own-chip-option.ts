/** The options by which a command line names a chip of a user. */
import type { Command } from 'commander';
import { fail } from '../common/diagnostics.js';
import type { CliContext } from './context.js';
import { ALLOW_CODE, ALLOW_CODE_VARIABLE } from './own-chip-words.js';

/** How --chip is written, and what it means, wherever it is. */
export const CHIP_FLAG = '--chip <name>';
export const CHIP_TEXT = 'kind of chip that models are compiled for, or the folder of one of your own';

const ALLOW_HELP = `run the file of a chip named by its folder (${ALLOW_CODE_VARIABLE}=1 says the same)`;

/** Adds --allow-code to a command that has --chip. */
export const withAllowCode = (command: Command): Command => command.option(ALLOW_CODE, ALLOW_HELP, false);

/** Adds --chip, for a chip of a user alone, and --allow-code to a command that has no choice of chips itself. */
export function withOwnChip(command: Command, { ownChip }: Pick<CliContext, 'ownChip'>): Command {
  return withAllowCode(
    command.option(CHIP_FLAG, `${CHIP_TEXT} (here a folder: installed ones are known)`, (text: string) => {
      if (text === ownChip?.chip.name) return text;
      const remedy = 'name the folder, as in --chip ./my-chip; installed chips are known';
      return fail('no-folder', `--chip ${text}`, 'it is no folder of a chip', remedy);
    }),
  );
}
