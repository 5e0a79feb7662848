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
    const hints = issue.keys.map((key) => {
      const suggestion = nearest(key, knownKeys);
      return suggestion === undefined ? `"${key}"` : `"${key}" (did you mean "${suggestion}"?)`;
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
