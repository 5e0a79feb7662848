import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import ts from 'typescript';
import type { Mutation } from './mutations.js';

/** Folders of the root that no test needs, or that are linked instead of copied. */
const NOT_COPIED = new Set(['node_modules', '.git', 'out', 'coverage']);

/** A copy of the tree in a temporary folder, where changes are made; the tree itself is never touched. */
export interface WorkingCopy {
  readonly root: string;
  /** Writes a changed source file, and what is built of it for tests that start threads. */
  apply(file: string, mutation: Mutation): void;
  /** Puts the file back. */
  undo(file: string): void;
  /** Deletes the copy. */
  remove(): void;
}

/** Copies the tree of `root`, which has to be built. */
export function copyTree(root: string): WorkingCopy {
  const folder = mkdtempSync(join(tmpdir(), 'lodestone-mutants-'));
  const copy = join(folder, 'tree');
  cpSync(root, copy, {
    recursive: true,
    filter: (path) => !NOT_COPIED.has(path.slice(root.length + 1).split(sep)[0] ?? ''),
  });
  symlinkSync(realpathSync(join(root, 'node_modules')), join(copy, 'node_modules'));
  // Vectors beside the tree, where tests look for them.
  const shared = join(root, '..', 'shared');
  if (existsSync(shared)) symlinkSync(realpathSync(shared), join(folder, 'shared'));
  const write = (file: string, text: string): void => {
    writeFileSync(join(copy, file), text);
    writeFileSync(join(copy, 'dist', file.replace(/\.ts$/, '.js')), transpile(text));
  };
  return {
    root: copy,
    apply: (file, { start, end, replacement }) => {
      const text = readFileSync(join(root, file), 'utf8');
      write(file, text.slice(0, start) + replacement + text.slice(end));
    },
    undo: (file) => {
      write(file, readFileSync(join(root, file), 'utf8'));
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** JavaScript of a module as the build writes it. */
function transpile(text: string): string {
  return ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  }).outputText;
}
