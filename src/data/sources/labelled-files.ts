/** Files with a class each: a class per subfolder, or a labels.csv of `file,label` rows beside the files. */
import { join } from 'node:path';
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import { MAX_CLASSES } from '../dataset.js';
import { kindOf, listFolder, readBounded, textOf, throwProblems } from '../files/bounded.js';

/** One file and the name of its class. */
export interface LabelledFile {
  readonly path: string;
  readonly label: string;
  /** Where the label is from, for messages. */
  readonly place: string;
}

/** Which files count, and what one of them is called in messages. */
export interface FileKind {
  readonly noun: string;
  readonly isOne: (name: string) => boolean;
  /** A finding for a file that would be left out without a word. */
  readonly leftOut?: (name: string, path: string) => Diagnostic | undefined;
}

/** The file that holds the labels of the files beside it. */
export const LABELS_FILE = 'labels.csv';

/** Bytes of a list of labels: 2 million rows of 64 characters. */
const MAX_LIST_BYTES = 1 << 27;

/** Whether a folder holds a labels.csv or subfolders with files of a kind. */
export async function hasClasses(folder: string, { isOne }: FileKind): Promise<boolean> {
  if ((await kindOf(join(folder, LABELS_FILE))) === 'file') return true;
  for (const name of await classFolders(folder)) if ((await listFolder(join(folder, name))).some(isOne)) return true;
  return false;
}

async function classFolders(folder: string): Promise<readonly string[]> {
  const names = (await listFolder(folder)).filter((name) => !name.startsWith('.'));
  const kinds = await Promise.all(names.map((name) => kindOf(join(folder, name))));
  return names.filter((_, i) => kinds[i] === 'folder');
}

/** Every file of a kind with its class, in the order of their names. @throws UserError for files that would be left out, and with everything that is wrong with the labels */
export async function listLabelled(folder: string, kind: FileKind): Promise<readonly LabelledFile[]> {
  if ((await kindOf(join(folder, LABELS_FILE))) === 'file') return listOfFile(folder, kind);
  const files: LabelledFile[] = [];
  const problems: Diagnostic[] = [];
  for (const label of await classFolders(folder)) {
    for (const name of await listFolder(join(folder, label))) {
      const path = join(folder, label, name);
      const leftOut = kind.leftOut?.(name, path);
      if (kind.isOne(name)) files.push({ path, label, place: path });
      else if (leftOut !== undefined) problems.push(leftOut);
    }
  }
  throwProblems(problems, folder);
  return files;
}

async function listOfFile(folder: string, { noun, isOne }: FileKind): Promise<readonly LabelledFile[]> {
  const file = join(folder, LABELS_FILE);
  const rows = textOf(await readBounded(file, MAX_LIST_BYTES), file).split('\n');
  const names = new Set((await listFolder(folder)).filter(isOne));
  const files: LabelledFile[] = [];
  const problems: Diagnostic[] = [];
  const seen = new Set<string>();
  rows.forEach((text, index) => {
    const row = text.trim();
    const place = `${file} line ${index + 1}`;
    const report = (message: string, remedy: string): void => {
      problems.push(errorAt('bad-labels', place, message, remedy));
    };
    if (row === '' || (index === 0 && !isOne(row.split(',')[0]?.trim() ?? ''))) return;
    const [name = '', label = '', ...rest] = row.split(',').map((part) => part.trim());
    if (name === '' || label === '' || rest.length > 0)
      report('the row is not "file,label"', 'write one file and one label a row');
    else if (!names.has(name))
      report(`there is no ${noun} "${name}" in the folder`, `remove the row or add the ${noun}`);
    else if (seen.has(name)) report(`"${name}" has a label already`, 'keep one row for each picture');
    else files.push({ path: join(folder, name), label, place });
    seen.add(name);
  });
  for (const name of names) {
    if (!seen.has(name))
      problems.push(
        errorAt('bad-labels', join(folder, name), `the ${noun} has no label`, `add a row to ${LABELS_FILE}`),
      );
  }
  throwProblems(problems, file);
  return files;
}

/** Sorted names; if all of them are whole numbers below 256, the numbers 0..largest themselves. */
export function classNames(files: readonly LabelledFile[]): readonly string[] {
  const names = [...new Set(files.map(({ label }) => label))].sort();
  const isNumber = (name: string): boolean => /^(0|[1-9]\d{0,2})$/.test(name) && Number(name) < MAX_CLASSES;
  if (names.length === 0 || !names.every(isNumber)) return names;
  return Array.from({ length: Math.max(...names.map(Number)) + 1 }, (_, k) => String(k));
}
