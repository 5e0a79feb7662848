/** TypeScript snippets of documentation, with the package as those who install it see it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2023.d.ts'],
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
};

/** Type errors of a snippet in the current folder, where `lodestone` becomes the package in `root`. */
export function snippetErrors(text: string, root: string): readonly string[] {
  install(root);
  writeFileSync('snippet.mts', text);
  const options = { ...OPTIONS, typeRoots: [resolve(root, 'node_modules/@types')] };
  const program = ts.createProgram([resolve('snippet.mts')], options, hostWithMemory(options));
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** Files of the package and of the language, parsed once for all snippets; what lies in the current folder changes from page to page. */
const parsed = new Map<string, ts.SourceFile | undefined>();

function hostWithMemory(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const here = resolve('.');
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version, ...rest) => {
    if (resolve(name).startsWith(here)) return read(name, version, ...rest);
    if (!parsed.has(name)) parsed.set(name, read(name, version, ...rest));
    return parsed.get(name);
  };
  return host;
}

/** Runs a snippet in the current folder. */
export function runSnippet(
  text: string,
  root: string,
): { readonly code: number | null; readonly out: string; readonly err: string } {
  install(root);
  const { outputText } = ts.transpileModule(text, { compilerOptions: OPTIONS, fileName: 'snippet.mts' });
  writeFileSync('snippet.mjs', outputText);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['snippet.mjs'], { encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

function install(root: string): void {
  mkdirSync('node_modules', { recursive: true });
  try {
    symlinkSync(root, 'node_modules/lodestone');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
