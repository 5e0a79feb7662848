import type { z } from 'zod';
import { type Diagnostic, errorAt, UserError } from './diagnostics.js';
import { nearest } from './nearest.js';

/**
 * Checks an untrusted value; every issue becomes a diagnostic with its path. `knownKeys` are the names offered when an
 * unknown key looks like a typing mistake.
 */
export function checkSchema<T>(
  schema: z.ZodType<T>,
  value: unknown,
  place: string,
  remedy: string,
  knownKeys: readonly string[] = [],
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new UserError(result.error.issues.map((issue) => toDiagnostic(issue, value, place, remedy, knownKeys)));
}

/** What one issue of a schema means to the user. */
export function toDiagnostic(
  issue: z.core.$ZodIssue,
  value: unknown,
  place: string,
  remedy: string,
  knownKeys: readonly string[] = [],
): Diagnostic {
  const path = issue.path.map(String).join('.');
  const where = path === '' ? place : `${place}: ${path}`;
  if (issue.code === 'unrecognized_keys') {
    const given = keysOf(lookUp(value, issue.path));
    // A key that is there already is hardly what another one was meant to be.
    const missing = knownKeys.filter((key) => !given.includes(key));
    const hints = issue.keys.map((key) => {
      if (knownKeys.includes(key)) return `${shown(key)} (it belongs to another part of the file)`;
      const suggestion = nearest(key, missing) ?? nearest(key, knownKeys);
      return suggestion === undefined ? shown(key) : `${shown(key)} (did you mean "${suggestion}"?)`;
    });
    return errorAt('unknown-key', where, `unknown key ${hints.join(', ')}`, 'remove the key or correct its name');
  }
  // A discriminated union without a matching branch has no errors of branches.
  if (issue.code === 'invalid_union' && issue.errors.length === 0) {
    const found = lookUp(value, issue.path);
    return errorAt('unknown-kind', where, `unsupported kind ${JSON.stringify(found)}`, remedy);
  }
  return errorAt('bad-value', where, issue.message, remedy);
}

const keysOf = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null ? Object.keys(value) : [];

/** A key in quotes; what cannot be seen in it, or looks like another letter, as its code. */
const shown = (key: string): string =>
  JSON.stringify(key).replace(/[^\x20-\x7e]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);

/** The value at a path, undefined where there is none. */
export function lookUp(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    const found: unknown = Object.entries(current).find(([name]) => name === String(key))?.[1];
    current = found;
  }
  return current;
}
