import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

/** Importers by file: which files import each file, types left out. Paths relative to the root. */
export type Importers = ReadonlyMap<string, readonly string[]>;

/** Reads the imports of these files; `root` holds them. Type imports are none: nothing of them runs. */
export function importersOf(root: string, files: readonly string[]): Importers {
  const importers = new Map<string, string[]>();
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8').replaceAll(/^(import|export) type [^;]*;/gm, '');
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      const target = resolve(root, file, fileName);
      if (target !== undefined) importers.set(target, [...(importers.get(target) ?? []), file]);
    }
  }
  return importers;
}

/** The source file that a relative import names, `.js` standing for `.ts`; undefined for packages and what is no source. */
function resolve(root: string, from: string, name: string): string | undefined {
  if (!name.startsWith('.')) return undefined;
  const target = normalize(join(dirname(from), name)).replace(/\.js$/, '.ts');
  return existsSync(join(root, target)) ? target : undefined;
}

/**
 * Test files that reach `file` by imports: those in folders of the same names first, then the nearest, those of one distance by path.
 */
export function testsThatReach(file: string, importers: Importers): string[] {
  const seen = new Set([file]);
  const tests: string[] = [];
  for (let ring = [file]; ring.length > 0;) {
    const next = [...new Set(ring.flatMap((each) => importers.get(each) ?? []))].filter((each) => !seen.has(each));
    for (const each of next) seen.add(each);
    tests.push(...next.filter((each) => each.endsWith('.test.ts')).sort());
    ring = next;
  }
  const folders = new Set(dirname(file).split('/').slice(1));
  const shared = (test: string): number =>
    dirname(test)
      .split('/')
      .filter((folder) => folders.has(folder)).length;
  return tests.sort((a, b) => shared(b) - shared(a));
}
