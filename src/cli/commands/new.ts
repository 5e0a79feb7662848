import { readdir, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { CHIPS } from '../../chips/installed.js';
import { fail } from '../../common/diagnostics.js';
import { chipNamed } from '../../flow/chip-named.js';
import type { CliContext } from '../context.js';
import { makeFolder, writeTogether } from '../io.js';
import { printJson } from '../json-envelope.js';
import { chipFiles } from '../new-chip.js';
import { packageRoot } from '../package-root.js';

interface NewChipOptions {
  readonly json: boolean;
  readonly like: string;
}

/** As {@link chipProblems} has it. */
const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** `lodestone new chip FOLDER --like NAME`: a chip that works, with its tests. */
export function addNew(program: Command, context: CliContext): void {
  const chips = context.chips ?? CHIPS;
  // Whatever chip can have others like it is a template.
  const templates = chips.filter(({ specs }) => specs.others !== undefined).map(({ name }) => name);
  const group = program.command('new').description('write what something of your own starts from');
  group
    .command('chip')
    .argument('<folder>', 'folder to make; the chip is called as its last part')
    .description('write a chip of your own: a copy of an installed one that works, with tests')
    .addOption(new Option('--like <chip>', 'the installed chip to start from').choices(templates).default(templates[0]))
    .action(async (path: string, { json, like }: NewChipOptions) => {
      const folder = resolve(path);
      const name = basename(folder);
      if (!NAME.test(name)) {
        fail('bad-name', path, 'a chip is called in lower case, without spaces', 'name the folder like my-chip');
      }
      if (chips.some((chip) => chip.name === name)) {
        fail('chip-exists', path, `there is a chip "${name}" already`, 'give yours another name');
      }
      const there = await readdir(folder).catch(() => []);
      if (there.length > 0) fail('not-empty', path, `it holds ${there.length} files`, 'name a new folder');
      const files = chipFiles(name, chipNamed(like, chips), context.version);
      await makeFolder(join(folder, 'node_modules'));
      await writeTogether(files.map(({ file, text }) => ({ path: join(folder, file), data: text })));
      // What `npm link lodestone` does: the chip finds the package that wrote it.
      await symlink(packageRoot(), join(folder, 'node_modules', 'lodestone'), 'junction');
      const names = files.map(({ file }) => file);
      if (json) printJson(context, 'lodestone-new-chip', { name, like, output: path, files: names });
      else context.out(`${names.map((file) => `${path}/${file}\n`).join('')}\n${nextSteps(path)}`);
    });
}

const nextSteps = (path: string): string => {
  const given = /^[./]/.test(path) ? path : `./${path}`;
  return `Its tests: node --test ${path}\nIt runs:   lodestone run MODEL --chip ${given} --allow-code\n`;
};
