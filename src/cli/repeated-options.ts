import { type Command, Option } from 'commander';
import { errorAt, throwIfErrors } from '../common/diagnostics.js';

/** An option that may be given several times; its value is the list of its texts. */
export class RepeatableOption extends Option {
  constructor(flags: string, help: string) {
    super(flags, `${help}; repeatable`);
    this.argParser((text: string, before: unknown) => [...(Array.isArray(before) ? before : []), text]);
  }
}

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
      if (option instanceof RepeatableOption) continue;
      const flag = option.long ?? option.flags;
      command.on(`option:${option.name()}`, () => counts.set(flag, (counts.get(flag) ?? 0) + 1));
    }
    command.commands.forEach(watch);
  }
}
