/** A setting of an experiment file: one value, several, any of a range, or what others give. */
import { type Diagnostic, errorAt } from '../../common/diagnostics.js';
import { isRange, type RangeText, type SettingText } from '../experiment-schema.js';
import { type Expression, parseExpression } from './expression.js';

/** What is plain data. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A setting with its values. */
export type Setting =
  /** One value does not vary. `isOrdered`: values that are near to each other in the list are alike. */
  | { readonly kind: 'values'; readonly values: readonly Json[]; readonly isOrdered: boolean }
  | {
      readonly kind: 'range';
      readonly from: number;
      readonly to: number;
      readonly isLog: boolean;
      readonly isWhole: boolean;
    }
  | { readonly kind: 'expression'; readonly expression: Expression; readonly text: string };

/** What is known of the values that a setting may have. */
export interface SettingContext {
  readonly place: string;
  /** Whole numbers are multiples of it; absent for others. */
  readonly multipleOf?: number | undefined;
}

const MOST_LEVELS = 1_000_000;

/** Reads a setting, or says what is wrong with it. */
export function readSetting(text: SettingText, { place, multipleOf }: SettingContext): Setting | Diagnostic {
  if (typeof text === 'string' && text.trimStart().startsWith('=')) {
    const written = text.trimStart().slice(1).trim();
    const expression = parseExpression(written, place);
    return 'code' in expression ? expression : { kind: 'expression', expression, text: written };
  }
  if (Array.isArray(text)) {
    const values = text.map(jsonOf);
    const keys = values.map((value) => JSON.stringify(value));
    const twice = keys.find((key, i) => keys.indexOf(key) !== i);
    if (twice !== undefined)
      return errorAt('value-twice', place, `${twice} is in the list twice`, 'remove one of them');
    return { kind: 'values', values, isOrdered: values.every((value) => typeof value === 'number') };
  }
  if (typeof text !== 'object') return { kind: 'values', values: [text], isOrdered: true };
  return isRange(text)
    ? readRange(text, { place, multipleOf })
    : { kind: 'values', values: [jsonOf(text.fixed)], isOrdered: true };
}

function readRange(
  { from, to, step, factor, levels, scale }: RangeText,
  { place, multipleOf }: SettingContext,
): Setting | Diagnostic {
  const given = [step, factor, levels].filter((value) => value !== undefined);
  const bad = (message: string, remedy: string): Diagnostic => errorAt('bad-range', place, message, remedy);
  if (given.length > 1) return bad('step, factor and levels exclude each other', 'give one of them');
  if (from > to) return bad(`it goes from ${from} to ${to}`, 'write the smaller number first');
  const isLog = scale === 'log' || factor !== undefined;
  if (isLog && from <= 0) return bad(`a logarithm of ${from} is not there`, 'begin above 0, or use scale: linear');
  if (scale !== undefined && (step !== undefined || factor !== undefined)) {
    return bad('a step and a factor have a scale of their own', 'leave out scale');
  }
  const isWhole = multipleOf !== undefined;
  const every = step ?? (isWhole && !isLog && levels === undefined ? multipleOf : undefined);
  if (every === undefined && factor === undefined && levels === undefined)
    return { kind: 'range', from, to, isLog, isWhole };
  const count =
    levels ??
    (every === undefined
      ? Math.floor(Math.log(to / from) / Math.log(factor ?? 2) + 1e-9)
      : Math.floor((to - from) / every + 1e-9)) + 1;
  if (count > MOST_LEVELS) return bad(`${count} values`, `at most ${MOST_LEVELS}: use a larger step`);
  const at = (i: number): number => {
    if (every !== undefined) return from + i * every;
    if (factor !== undefined) return from * factor ** i;
    const share = i / Math.max(1, count - 1);
    return isLog ? from * (to / from) ** share : from + (to - from) * share;
  };
  const values = Array.from({ length: count }, (_, i) => tidy(at(i), multipleOf));
  return { kind: 'values', values: [...new Set(values)], isOrdered: true };
}

/** Whole where it has to be, else without the last digits, which are those of the arithmetic. */
const tidy = (value: number, multipleOf: number | undefined): number =>
  multipleOf === undefined ? Number(value.toPrecision(12)) : multipleOf * Math.round(value / multipleOf);

/** The value of a setting at a coordinate; settings that others give have none. */
export function settingAt(setting: Exclude<Setting, { kind: 'expression' }>, u: number, multipleOf?: number): Json {
  if (setting.kind === 'values')
    return setting.values[Math.min(setting.values.length - 1, Math.floor(u * setting.values.length))]!;
  const { from, to, isLog } = setting;
  return tidy(isLog ? from * (to / from) ** u : from + (to - from) * u, multipleOf);
}

/** A value of a file as plain data; what is none becomes null, which no parameter takes. */
export function jsonOf(value: unknown): Json {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== 'object') return null;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, jsonOf(inner)]));
}
