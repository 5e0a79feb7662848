/** The chip of a user that a command line names by its folder: found, made ready, and run only where that was asked for. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Chip } from '../chips/chip.js';
import { CHIPS } from '../chips/installed.js';
import { loadChipFile } from '../chips/own-chip.js';
import { errorAt, fail, UserError } from '../common/diagnostics.js';
import { optional } from '../common/optional-parts.js';
import { makeFolder, writeAtomic } from './io.js';
import { ALLOW_CODE, ALLOW_CODE_VARIABLE } from './own-chip-words.js';

/** What a folder's chip may be called, the first one that is there. */
const FILES = ['chip.js', 'chip.mjs', 'chip.ts'] as const;

/**
 * Runs the file of a chip. @throws UserError where nobody allowed it, for a folder without one, for a file that cannot be loaded, for a chip
 * that does not keep the contract, and for one with the name or a preset of an installed one
 */
export async function loadOwnChip(given: string, isAllowed: boolean): Promise<Chip> {
  const place = `--chip ${given}`;
  if (!isAllowed) {
    const message = 'a chip of your own is a program: it may do whatever you may do on this machine';
    const remedy = `read it, then add ${ALLOW_CODE} (or set ${ALLOW_CODE_VARIABLE}=1)`;
    fail('code-not-allowed', place, message, remedy);
  }
  const source = await chipFile(given, place);
  const chip = await loadChipFile(source.endsWith('.ts') ? await bundled(source) : source);
  const clash = CHIPS.find(({ name }) => name === chip.name);
  if (clash !== undefined) {
    fail('chip-exists', place, `there is a chip "${chip.name}" already`, 'give yours another name');
  }
  const taken = CHIPS.flatMap(({ specs }) => Object.keys(specs.presets));
  const doubled = Object.keys(chip.specs.presets).filter((name) => taken.includes(name));
  if (doubled.length > 0) {
    throw new UserError(
      doubled.map((name) =>
        errorAt('chip-exists', place, `there is a preset "${name}" already`, 'give it another name'),
      ),
    );
  }
  return chip;
}

/** The file of a folder, or the file itself. @throws UserError for a path that is neither */
async function chipFile(given: string, place: string): Promise<string> {
  const path = resolve(given);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) fail('file-missing', place, 'there is no such folder or file', 'check the path');
  if (found.isFile()) return path;
  for (const name of FILES) {
    const file = join(path, name);
    if ((await stat(file).catch(() => undefined))?.isFile() === true) return file;
  }
  return fail('no-chip', place, `it holds none of ${FILES.join(', ')}`, 'lodestone new chip writes one to start from');
}

/** A TypeScript file with what it imports as one JavaScript file, beside the packages of its folder; the same content is the same file. */
async function bundled(source: string): Promise<string> {
  const esbuild = await optional(() => import('esbuild'));
  const folder = dirname(source);
  const { outputFiles, errors } = await esbuild
    .build({
      ...{ entryPoints: [source], absWorkingDir: folder, bundle: true, packages: 'external', write: false },
      ...{ format: 'esm', platform: 'node', target: 'node20', logLevel: 'silent' },
    })
    .catch((error: unknown): never =>
      fail('chip-not-loaded', source, error instanceof Error ? error.message : String(error), 'mend the file'),
    );
  const text = outputFiles[0]?.text ?? fail('chip-not-loaded', source, `${errors.length} errors`, 'mend the file');
  const cache = join(folder, 'node_modules', '.cache', 'lodestone');
  await makeFolder(cache);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const file = join(cache, `${basename(source, '.ts')}-${digest}.mjs`);
  await writeAtomic(file, text);
  return file;
}
