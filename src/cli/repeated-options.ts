import type { Command } from 'commander';
import { errorAt, throwIfErrors } from '../common/diagnostics.js';

/** Refuses options that are given twice, of which the last one would win in silence: before the command starts, all of them at once. */
export function refuseRepeatedOptions(program: Command): void {
  const counts = new Map<string, number>();
  watch(program);
  program.hook('preAction', () => {
    throwIfErrors(
      [...counts]
        .filter(([, count]) => count > 1)
        .map(([flag, count]) => {
          const message = `the option is given ${count} times`;
          return errorAt('repeated-option', flag, message, 'give it once');
        }),
    );
  });

  function watch(command: Command): void {
    for (const option of command.options) {
      const flag = option.long ?? option.flags;
      command.on(`option:${option.name()}`, () => counts.set(flag, (counts.get(flag) ?? 0) + 1));
    }
    command.commands.forEach(watch);
  }
}
