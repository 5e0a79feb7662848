/** The entries of the package: every exported name has a comment, and the tools that look at entries look at all of them. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const json = (name: string): unknown => JSON.parse(readFileSync(join(ROOT, name), 'utf8'));
const target = z.object({ types: z.string(), default: z.string() });
const { exports } = z
  .object({ exports: z.record(z.string(), z.union([target, z.string()])) })
  .parse(json('package.json'));
/** `dist/src/chips.js` -> `src/chips.ts`. */
const entries = Object.values(exports).flatMap((to) =>
  typeof to === 'string' ? [] : [to.default.replace('./dist/', '').replace(/\.js$/, '.ts')],
);

const parsed = new Map<string, ts.SourceFile>();
function sourceOf(path: string): ts.SourceFile {
  const known = parsed.get(path) ?? ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
  parsed.set(path, known);
  return known;
}

const isExported = (node: ts.Statement): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

/** Names that a statement declares. */
function declared(node: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.map(({ name }) => name.getText());
  const named =
    ts.isFunctionDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isClassDeclaration(node);
  return named && node.name !== undefined ? [node.name.text] : [];
}

/** Names that a file exports, each with the statements that declare it; those of packages are theirs to document. */
function exportsOf(path: string): ReadonlyMap<string, readonly ts.Statement[]> {
  const found = new Map<string, readonly ts.Statement[]>();
  for (const node of sourceOf(path).statements) {
    if (isExported(node)) for (const name of declared(node)) found.set(name, [...(found.get(name) ?? []), node]);
    if (!ts.isExportDeclaration(node) || node.moduleSpecifier === undefined) continue;
    const from = node.moduleSpecifier.getText().slice(1, -1);
    if (!from.startsWith('.')) continue;
    const inner = exportsOf(join(dirname(path), from.replace(/\.js$/, '.ts')));
    const clause = node.exportClause;
    if (clause === undefined) for (const [name, nodes] of inner) found.set(name, nodes);
    else if (ts.isNamedExports(clause)) {
      for (const { name, propertyName } of clause.elements) {
        found.set(name.text, inner.get((propertyName ?? name).getText()) ?? []);
      }
    }
  }
  return found;
}

describe('the entries of the package', () => {
  it('are sources that typedoc and the tests know', () => {
    expect(entries.length).toBeGreaterThan(3);
    for (const entry of entries) expect(existsSync(join(ROOT, entry)), entry).toBe(true);
    expect(z.object({ entryPoints: z.array(z.string()) }).parse(json('typedoc.json')).entryPoints).toEqual(entries);
    const page = readFileSync(join(ROOT, 'docs/api.md'), 'utf8');
    for (const name of Object.keys(exports).filter((one) => typeof exports[one] !== 'string')) {
      expect(page).toContain(`| \`lodestone${name.slice(1)}\` |`);
    }
  });

  it.each(entries)('%s: every name has a comment', (entry) => {
    const names = exportsOf(join(ROOT, entry));
    expect(names.size).toBeGreaterThan(5);
    const bare = [...names].filter(([, nodes]) => !nodes.some((node) => ts.getJSDocCommentsAndTags(node).length > 0));
    expect(bare.map(([name]) => name)).toEqual([]);
  });
});
