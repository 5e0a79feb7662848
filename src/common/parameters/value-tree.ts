/** Walks a table of parameters and values of unknown shape side by side. */
import { type Diagnostic, errorAt } from '../diagnostics.js';
import { nearest } from '../nearest.js';
import { isParameter, type Parameter, type ParameterTable } from './parameter.js';

/** Values by key, of whatever shape. */
export type ValueTree = Readonly<Record<string, unknown>>;

/** One parameter with its path, as in `networks.model.wires`. */
export interface PlacedParameter {
  readonly path: string;
  readonly parameter: Parameter<unknown>;
}

/** The entries of an object, none for anything else. */
export function entriesOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}

/** All parameters of a table, in its order. */
export function parametersOf(table: ParameterTable, prefix = ''): readonly PlacedParameter[] {
  return Object.entries(table).flatMap(([key, entry]) =>
    isParameter(entry) ? [{ path: prefix + key, parameter: entry }] : parametersOf(entry, `${prefix}${key}.`),
  );
}

/** The value at a path, undefined where there is none. */
export function valueAt(values: unknown, path: string): unknown {
  return path.split('.').reduce((value: unknown, key) => entriesOf(value).get(key), values);
}

/** The standard value of every parameter. */
export function standardValues(table: ParameterTable): ValueTree {
  return Object.fromEntries(
    Object.entries(table).map(([key, entry]) => [key, isParameter(entry) ? entry.standard : standardValues(entry)]),
  );
}

/** `base` with what `change` sets; keys that the table does not have are left out. */
export function mergeValues(table: ParameterTable, base: unknown, change: unknown): ValueTree {
  const before = entriesOf(base);
  const after = entriesOf(change);
  return Object.fromEntries(
    Object.entries(table).map(([key, entry]) => [
      key,
      isParameter(entry) ? (after.get(key) ?? before.get(key)) : mergeValues(entry, before.get(key), after.get(key)),
    ]),
  );
}

/** The tree of values at these paths. */
export function treeOf(values: Iterable<readonly [path: string, value: unknown]>): ValueTree {
  const tree = new Map<string, unknown>();
  const inner = new Map<string, [path: string, value: unknown][]>();
  for (const [path, value] of values) {
    const dot = path.indexOf('.');
    if (dot < 0) tree.set(path, value);
    else inner.set(path.slice(0, dot), [...(inner.get(path.slice(0, dot)) ?? []), [path.slice(dot + 1), value]]);
  }
  for (const [key, entries] of inner) tree.set(key, treeOf(entries));
  return Object.fromEntries(tree);
}

/** What of `values` differs from `base`. */
export function changedValues(table: ParameterTable, values: unknown, base: unknown): ValueTree {
  const mine = entriesOf(values);
  const theirs = entriesOf(base);
  const changed: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(table)) {
    if (isParameter(entry)) {
      if (!sameValue(mine.get(key), theirs.get(key))) changed[key] = mine.get(key);
    } else {
      const inner = changedValues(entry, mine.get(key), theirs.get(key));
      if (Object.keys(inner).length > 0) changed[key] = inner;
    }
  }
  return changed;
}

/** Equal as data. */
export const sameValue = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** How {@link checkValues} reads. */
export interface ValueCheck {
  /** Every parameter has to be there. */
  readonly complete: boolean;
  readonly place: string;
  /** Keys beside the table's own, at its top. */
  readonly otherKeys?: readonly string[];
}

/** What {@link checkValues} found. */
export interface CheckedValues {
  readonly diagnostics: readonly Diagnostic[];
  /** The values that are right. */
  readonly values: ValueTree;
  /** Paths of those that are not. */
  readonly wrong: ReadonlySet<string>;
}

/** What an unknown key may have been meant to be. */
function hintOf(key: string, known: readonly string[]): string {
  if (known.includes(key)) return ' (it belongs to another part of the file)';
  const suggestion = nearest(key, known);
  return suggestion === undefined ? '' : ` (did you mean "${suggestion}"?)`;
}

/** Checks every value against its parameter: unknown keys with the nearest known one, groups that are none, values out of range. */
export function checkValues(table: ParameterTable, values: unknown, check: ValueCheck): CheckedValues {
  const diagnostics: Diagnostic[] = [];
  const wrong = new Set<string>();
  const known = [...parametersOf(table).flatMap(({ path }) => path.split('.')), ...(check.otherKeys ?? [])];
  const walk = (group: ParameterTable, given: unknown, prefix: string): ValueTree => {
    const right: Record<string, unknown> = {};
    const at = (path: string): string => (path === '' ? check.place : `${check.place}: ${path}`);
    const groupPath = prefix.slice(0, -1);
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      const keys = Object.keys(group);
      for (const { path } of parametersOf(group, prefix)) wrong.add(path);
      const message = `${JSON.stringify(given) ?? 'nothing'} where ${keys.length} parameters belong`;
      diagnostics.push(errorAt('bad-value', at(groupPath), message, `write it as ${keys[0] ?? ''}: value, ...`));
      return right;
    }
    const entries = entriesOf(given);
    for (const key of entries.keys()) {
      if (key in group || (prefix === '' && check.otherKeys?.includes(key) === true)) continue;
      const hint = hintOf(key, known);
      const remedy = 'remove the key or correct its name';
      diagnostics.push(errorAt('unknown-key', at(groupPath), `unknown key "${key}"${hint}`, remedy));
    }
    for (const [key, entry] of Object.entries(group)) {
      const path = prefix + key;
      const value = entries.get(key);
      if (value === undefined && !(check.complete || entries.has(key))) continue;
      if (!isParameter(entry)) {
        right[key] = walk(entry, value, `${path}.`);
        continue;
      }
      const result = entry.schema.safeParse(value);
      if (result.success) {
        right[key] = value;
        continue;
      }
      wrong.add(path);
      const what = `${entry.what}${entry.unit === '' ? '' : `, ${entry.unit}`}`;
      const problem = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
      const otherwise =
        entry.follows === true
          ? 'left out, it follows from the others'
          : `the standard value is ${JSON.stringify(entry.standard)}`;
      const remedy = `use ${entry.range}; ${otherwise}`;
      diagnostics.push(errorAt('bad-value', at(path), `${problem}; ${what}: ${entry.range}`, remedy));
    }
    return right;
  };
  return { values: walk(table, values, ''), diagnostics, wrong };
}
