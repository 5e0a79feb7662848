/**
 * Runs a study of examples/studies (or goes on with it), then writes the figures and tables of its page in docs/studies anew. What is between the
 * markers `<!-- table NAME -->` and `<!-- end -->` comes from here, the words around them do not.
 */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StudyResult } from '../src/studies.js';
import { readStudyResult } from '../src/studies/run-study.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The exit code of a study that ended with failures. */
const INCOMPLETE = 3;

/** A study and its page. */
export interface StudyPage {
  /** examples/studies/NAME.yaml, docs/studies/NAME.md, docs/studies/NAME/*.svg, out/NAME. */
  readonly name: string;
  /** Options of the command beside the folder of results. */
  readonly options: readonly string[];
  /** The tables by the names of their markers. */
  readonly tables: (result: StudyResult) => ReadonlyMap<string, string>;
}

/** The exit code of the study. */
export async function writeStudyPage({ name, options, tables: tablesOf }: StudyPage): Promise<number> {
  const start = performance.now();
  const output = join('out', name);
  const { status } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'dist/src/cli/main.js'),
      ...['study', 'robustness', `examples/studies/${name}.yaml`, '-o', output, ...options],
    ],
    { cwd: ROOT, stdio: 'inherit' },
  );
  if (status !== 0 && status !== INCOMPLETE) return status ?? 1;
  const path = join(ROOT, 'docs/studies', `${name}.md`);
  const tables = tablesOf(await readStudyResult(join(ROOT, output)));
  let page = await readFile(path, 'utf8');
  for (const [table, text] of tables) {
    const marked = new RegExp(`(<!-- table ${table} -->\n)[\\s\\S]*?(<!-- end -->)`);
    if (!marked.test(page)) throw new Error(`docs/studies/${name}.md has no place for the table "${table}"`);
    page = page.replace(marked, (_whole, open: string, end: string) => `${open}\n${text}\n${end}`);
  }
  await writeFile(path, page);
  const figures = join(ROOT, 'docs/studies', name);
  await mkdir(figures, { recursive: true });
  const shown = new Set(
    [...page.matchAll(/\(([\w-]+)\/([\w.-]+\.svg)\)/g)].flatMap(([, folder, file]) =>
      folder === name && file !== undefined ? [file] : [],
    ),
  );
  for (const file of shown) await copyFile(join(ROOT, output, 'figures', file), join(figures, file));
  const minutes = (performance.now() - start) / 60_000;
  console.log(`docs/studies/${name}.md: ${tables.size} tables, ${shown.size} figures; ${minutes.toFixed(1)} min`);
  return status;
}
