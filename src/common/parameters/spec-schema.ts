/** Specs of untrusted origin against their table. */
import { z } from 'zod';
import { isParameter, type ParameterTable, type SpecOf } from './parameter.js';
import { checkValues, entriesOf } from './value-tree.js';

const NAME = z.string().min(1).max(400);
const WHOLE = { complete: true, place: '', otherKeys: ['name'] } as const;

/** True for a value with a name and every parameter of the table in its range, and nothing else. */
export function isSpecOf<T extends ParameterTable>(table: T, value: unknown): value is SpecOf<T> {
  return checkValues(table, value, WHOLE).diagnostics.length === 0 && isName(value);
}

const isName = (value: unknown): boolean => NAME.safeParse(entriesOf(value).get('name')).success;

/** The same as a schema, for files that hold a spec among other things. */
export function specSchema<T extends ParameterTable>(table: T): z.ZodType<SpecOf<T>> {
  return z
    .custom<SpecOf<T>>(() => true)
    .superRefine((value, context) => {
      for (const { place, message } of checkValues(table, value, WHOLE).diagnostics) {
        const path = place.replace(/^: /, '').split('.');
        context.addIssue({ code: 'custom', path: path.filter((key) => key !== ''), message });
      }
      if (isName(value)) return;
      context.addIssue({ code: 'custom', path: ['name'], message: 'is no text of 1..400 characters' });
    });
}

/** `values` with the standard value of every parameter they lack; unknown keys stay, so that they are reported. */
export function withStandardValues(table: ParameterTable, values: unknown): Readonly<Record<string, unknown>> {
  const given = entriesOf(values);
  const known = Object.entries(table).map(([key, entry]): [string, unknown] => {
    const value = given.get(key);
    return [key, isParameter(entry) ? (value ?? entry.standard) : withStandardValues(entry, value)];
  });
  return { ...Object.fromEntries(given), ...Object.fromEntries(known) };
}
