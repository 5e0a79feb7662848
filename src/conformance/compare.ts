/** Two models side by side, step by step, until they differ. */
import type { FieldPlace, StepperField } from '../chips/kit.js';
import type { FIELD_LEVELS } from '../chips/kit.js';
import { UserError } from '../common/diagnostics.js';
import type { RunningModel } from './model.js';

/** A value that is not the expected one. */
export interface Difference extends FieldPlace {
  readonly expected: number;
  readonly actual: number;
}

/** What a comparison found. */
export interface Comparison {
  /** Steps that were computed and compared, the one with the difference included. */
  readonly steps: number;
  /** Names of the fields that both have. */
  readonly fields: readonly string[];
  /** The values of the first step that has any, at most {@link MOST_DIFFERENCES}; state before outputs. */
  readonly differences: readonly Difference[];
  /** How many there are in that step. */
  readonly nDifferences: number;
  /** Why the comparison ended early where no value says so. */
  readonly stopped?: string | undefined;
}

/** Differences that are kept. */
export const MOST_DIFFERENCES = 4096;

/** Fields of which the first difference is told: what is inside first, since what leaves follows from it. */
const ORDER = { state: 0, outputs: 1, counters: 2 } as const satisfies Record<(typeof FIELD_LEVELS)[number], number>;
const rank = ({ level = 'state' }: StepperField): number => ORDER[level];

/** What to compare; everything that both have without it. */
export interface CompareOptions {
  readonly fields?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Runs both to their end, or to the first step with a difference. What a model throws ends the comparison too, but for findings of users. */
export async function compareModels(
  expected: RunningModel,
  actual: RunningModel,
  { fields: wanted, signal }: CompareOptions = {},
): Promise<Comparison> {
  const pairs = expected.fields
    .filter(({ name }) => wanted?.includes(name) !== false)
    .flatMap((field) => {
      const other = actual.fields.find(({ name }) => name === field.name);
      return other === undefined ? [] : [{ name: field.name, field, other }];
    })
    .sort((a, b) => rank(a.field) - rank(b.field));
  const fields = pairs.map(({ name }) => name);
  const nothing = { steps: 0, fields, differences: [], nDifferences: 0 };
  const unequal = pairs.find(({ field, other }) => field.length !== other.length);
  if (unequal !== undefined) {
    const { name, field, other } = unequal;
    return { ...nothing, stopped: `${name} has ${other.length} values, not ${field.length}` };
  }
  if (pairs.length === 0) return { ...nothing, stopped: 'no field is in both' };
  for (let step = 0; ; step++) {
    if ((step & 63) === 0) signal?.throwIfAborted();
    let more: boolean;
    try {
      const one = expected.step();
      more = typeof one === 'boolean' ? one : await one;
      const two = actual.step();
      const goesOn = typeof two === 'boolean' ? two : await two;
      if (goesOn !== more) {
        const stopped = goesOn ? `it goes on after ${step} steps` : `it ends after ${step} steps`;
        return { ...nothing, steps: step, stopped };
      }
    } catch (error) {
      if (error instanceof UserError || !(error instanceof Error)) throw error;
      return { ...nothing, steps: step + 1, stopped: error.message };
    }
    if (!more) return { ...nothing, steps: step };
    const found: Difference[] = [];
    let count = 0;
    for (const { name, field, other } of pairs) {
      const [a, b] = [expected.peek(name), actual.peek(name)];
      for (let index = 0; index < a.length; index++) {
        if (a[index] === b[index] || field.known?.[index] === 0 || other.known?.[index] === 0) continue;
        count++;
        if (found.length < MOST_DIFFERENCES) {
          found.push({ step, field: name, index, expected: a[index]!, actual: b[index]! });
        }
      }
    }
    if (count > 0) return { ...nothing, steps: step + 1, differences: found, nDifferences: count };
  }
}

/** Whether nothing differs. */
export const agrees = ({ nDifferences, stopped }: Comparison): boolean => nDifferences === 0 && stopped === undefined;
