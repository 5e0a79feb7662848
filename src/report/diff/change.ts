/** How one number of B differs from that of A. */
import type { Unknown } from '../../common/quantity.js';
import { minus, over, type Ratio, ratio } from './ratio.js';
import type { Reading } from './reading.js';

/** One row of a comparison. */
export interface Change {
  readonly key: string;
  readonly label: string;
  readonly unit: string;
  /** What A and B say; undefined where one has no such number. */
  readonly a: Reading | undefined;
  readonly b: Reading | undefined;
  /** B minus A, in the unit. */
  readonly difference: Ratio | Unknown;
  /** (B - A) / A; 0 where both are 0, unknown where only A is. */
  readonly relative: Ratio | Unknown;
}

/**
 * The rows of A, then those that only B has. `otherSamples` says why numbers that hang on the samples one by one cannot be compared, where they
 * cannot.
 */
export function changesOf(
  a: readonly Reading[],
  b: readonly Reading[],
  otherSamples: string | undefined,
): readonly Change[] {
  const ofB = new Map(b.map((reading) => [reading.key, reading]));
  const ofA = new Set(a.map(({ key }) => key));
  return [
    ...a.map((reading) => changeOf(reading, ofB.get(reading.key), otherSamples)),
    ...b.filter(({ key }) => !ofA.has(key)).map((reading) => changeOf(undefined, reading, otherSamples)),
  ];
}

function changeOf(a: Reading | undefined, b: Reading | undefined, otherSamples: string | undefined): Change {
  const { key, label, unit } = (a ?? b)!;
  const values = bothValues(a, b, otherSamples);
  const head = { key, label, unit, a, b };
  if ('unknown' in values) return { ...head, difference: values, relative: values };
  const difference = minus(values.b, values.a);
  const relative = difference.n === 0n ? ratio(0) : (over(difference, values.a) ?? unknown('A is 0'));
  return { ...head, difference, relative };
}

function bothValues(
  a: Reading | undefined,
  b: Reading | undefined,
  otherSamples: string | undefined,
): { readonly a: Ratio; readonly b: Ratio } | Unknown {
  if (a === undefined) return unknown('A has no such number');
  if (b === undefined) return unknown('B has no such number');
  if (a.unit !== b.unit) return unknown(`A counts in ${a.unit || 'numbers'}, B in ${b.unit || 'numbers'}`);
  if (otherSamples !== undefined && a.perRun) return unknown(otherSamples);
  if ('unknown' in a.value) return unknown(`not known of A: ${a.value.reason}`);
  if ('unknown' in b.value) return unknown(`not known of B: ${b.value.reason}`);
  return { a: a.value, b: b.value };
}

const unknown = (reason: string): Unknown => ({ unknown: true, reason });
