import { Argument, type Command } from 'commander';
import { CHIPS } from '../../chips/installed.js';
import { DATASET_NAMES } from '../../data/index.js';
import type { CommandSetting } from '../command-entry.js';
import { grammarOf } from '../completion/grammar.js';
import { completionScript, SHELLS } from '../completion/scripts.js';
import { printJson } from '../json-envelope.js';

/** `lodestone completion SHELL`: what a shell sources to complete commands, options and their values. */
export function addCompletion(program: Command, { context, ...setting }: CommandSetting): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .description('print a script that completes commands, options and values in a shell')
    .action(async (asked: string, { json }: { readonly json: boolean }) => {
      const shell = SHELLS.find((name) => name === asked) ?? SHELLS[0];
      const { wholeProgram } = await import('../whole-program.js');
      const { chips = CHIPS } = context;
      const whole = await wholeProgram({ ...setting, context });
      const script = completionScript(shell, grammarOf(whole, { chips, datasets: DATASET_NAMES }));
      if (json) printJson(context, 'lodestone-completion', { shell, script });
      else context.out(script);
    });
}
