/**
 * `npm run study:robustness`: runs the study of docs/studies/robustness.md (or goes on with it), then writes the figures and tables of that
 * page anew. What is between the markers `<!-- table NAME -->` and `<!-- end -->` comes from here, the words around them do not.
 */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readStudyResult } from '../src/studies/run-study.js';
import { studyTables } from './study-tables.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUTPUT = 'out/robustness';
const PAGE = join(ROOT, 'docs/studies/robustness.md');
const FIGURES = join(ROOT, 'docs/studies/robustness');

const start = performance.now();
const { status } = spawnSync(
  process.execPath,
  [join(ROOT, 'dist/src/cli/main.js'), 'study', 'robustness', 'examples/studies/robustness.yaml', '-o', OUTPUT],
  { cwd: ROOT, stdio: 'inherit' },
);
const INCOMPLETE = 3;
if (status !== 0 && status !== INCOMPLETE) process.exit(status ?? 1);

const result = await readStudyResult(join(ROOT, OUTPUT));
const tables = studyTables(result);
let page = await readFile(PAGE, 'utf8');
for (const [name, text] of tables) {
  const marked = new RegExp(`(<!-- table ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
  if (!marked.test(page)) throw new Error(`docs/studies/robustness.md has no place for the table "${name}"`);
  page = page.replace(marked, (_whole, open: string, end: string) => `${open}\n${text}\n${end}`);
}
await writeFile(PAGE, page);
await mkdir(FIGURES, { recursive: true });
const shown = [...page.matchAll(/\(robustness\/([\w.-]+\.svg)\)/g)].flatMap((match) => match[1] ?? []);
for (const name of new Set(shown)) await copyFile(join(ROOT, OUTPUT, 'figures', name), join(FIGURES, name));
const minutes = (performance.now() - start) / 60_000;
console.log(
  `docs/studies/robustness.md: ${tables.size} tables, ${new Set(shown).size} figures; ${minutes.toFixed(1)} min`,
);
process.exitCode = status;
