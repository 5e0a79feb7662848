/**
 * Parameters of a chip as data. A chip has one table of them, a tree of {@link Parameter}s in the shape of its spec; everything else about
 * the parameters is derived from it (`spec-definition.ts`): the type of the spec, the check of a whole or partial one, presets, the
 * YAML that is printed and read, and the tables of the docs.
 *
 * ```ts
 * const TABLE = {
 *   clockMhz: real([1, 10_000], 400, published('clock', 'MHz', 'Modha et al., Science 382:329 (2023)')),
 *   vmm: { outputs: whole([8, 256], 64, assumed('adder trees', 'outputs', 'nothing is published'), { multipleOf: 8 }) },
 * };
 * type Spec = SpecOf<typeof TABLE>; // { name: string, clockMhz: number, vmm: { outputs: number } }, all readonly
 * export const MY_CHIP = defineSpec({ chip: 'a chip', table: TABLE, presets: { mine: preset('the chip itself') }, rules: [] });
 * MY_CHIP.presets.mine; MY_CHIP.parse(text, place); MY_CHIP.print(spec); MY_CHIP.describe(spec); MY_CHIP.schema; MY_CHIP.check(spec, place);
 * ```
 */
import { z } from 'zod';

/** How sure a default is: in print, fitted to print, calculated from print, or chosen by us. */
export type ParameterStatus = 'published' | 'calibrated' | 'derived' | 'assumed';

/** What a parameter means, whatever its value. */
export interface ParameterMeaning {
  /** One line. */
  readonly what: string;
  /** Unit of the value, empty for names. */
  readonly unit: string;
  /** Of the standard value. */
  readonly status: ParameterStatus;
  readonly source: string;
}

/** One parameter: what it means, which values it may have and which one the standard chip has. */
export interface Parameter<V> extends ParameterMeaning {
  readonly kind: 'parameter';
  readonly schema: z.ZodType<V>;
  /** The values it may have, for people: `8..1024`, `clamp or wrap`. */
  readonly range: string;
  /** Value of the standard chip; of a parameter that follows from others 0, which nobody sees. */
  readonly standard: V;
  /** It follows from the other parameters of the chip unless somebody sets it: `follows` of the definition says how. */
  readonly follows?: true;
}

/** A tree of parameters in the shape of the spec. */
export interface ParameterTable {
  readonly [key: string]: Parameter<unknown> | ParameterTable;
}

/** The values of a table: the type of a spec without its name. */
export type ValuesOf<T> = { readonly [K in keyof T]: T[K] extends Parameter<infer V> ? V : ValuesOf<T[K]> };
/** Some of the values of a table. */
export type PartialValuesOf<T> = {
  readonly [K in keyof T]?: T[K] extends Parameter<infer V> ? V : PartialValuesOf<T[K]>;
};
/** A whole spec of a table. */
export type SpecOf<T> = ValuesOf<T> & { readonly name: string };

const meaning =
  (status: ParameterStatus) =>
  (what: string, unit: string, source: string): ParameterMeaning => ({ what, unit, status, source });

/** A value that stands in print. */
export const published = meaning('published');
/** A value fitted to figures in print. */
export const calibrated = meaning('calibrated');
/** A value calculated from what is in print. */
export const derived = meaning('derived');
/** A value nobody published. */
export const assumed = meaning('assumed');

/** The least and the largest value. */
export type Bounds = readonly [number, number];

/** A whole number. */
export function whole(
  [min, max]: Bounds,
  standard: number,
  what: ParameterMeaning,
  { multipleOf = 1 }: { readonly multipleOf?: number } = {},
): Parameter<number> {
  const steps = multipleOf === 1 ? '' : `, a multiple of ${multipleOf}`;
  const schema = z.int().min(min).max(max).multipleOf(multipleOf);
  return { kind: 'parameter', schema, range: `${min}..${max}${steps}`, standard, ...what };
}

/** A finite number. */
export function real([min, max]: Bounds, standard: number, what: ParameterMeaning): Parameter<number> {
  return { kind: 'parameter', schema: z.number().min(min).max(max), range: `${min}..${max}`, standard, ...what };
}

/** A number that follows from the other parameters unless somebody sets it. */
export function following([min, max]: Bounds, what: ParameterMeaning): Parameter<number> {
  const schema = z.number().min(min).max(max);
  return { kind: 'parameter', schema, range: `${min}..${max}`, standard: 0, follows: true, ...what };
}

/** One of some names. */
export function choice<const C extends string>(
  names: readonly [C, ...C[]],
  standard: NoInfer<C>,
  what: ParameterMeaning,
): Parameter<C> {
  return { kind: 'parameter', schema: z.enum(names), range: names.join(' or '), standard, ...what };
}

/** Some of some names or numbers, each at most once, at least `min` of them (1 by default). */
export function subset<const C extends string | number>(
  members: readonly [C, ...C[]],
  standard: readonly NoInfer<C>[],
  what: ParameterMeaning,
  { min = 1 }: { readonly min?: number } = {},
): Parameter<readonly C[]> {
  const schema = z
    .array(z.literal([...members]))
    .min(min)
    .refine((values) => new Set(values).size === values.length, 'names one of them twice');
  const atLeast = min === 0 ? 'any of' : `${min} or more of`;
  return { kind: 'parameter', schema, range: `${atLeast} ${members.join(', ')}`, standard, ...what };
}

/** true or false. */
export function flag(standard: boolean, what: ParameterMeaning): Parameter<boolean> {
  return { kind: 'parameter', schema: z.boolean(), range: 'true or false', standard, ...what };
}

/** Anything a schema can say. */
export function custom<V>(schema: z.ZodType<V>, range: string, standard: V, what: ParameterMeaning): Parameter<V> {
  return { kind: 'parameter', schema, range, standard, ...what };
}

/** Tells a parameter from a group of them. */
export function isParameter(entry: Parameter<unknown> | ParameterTable): entry is Parameter<unknown> {
  return entry.kind === 'parameter';
}
