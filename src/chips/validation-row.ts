import type { ValidationRow } from '../ir/trace/validation-row.js';

/** A row before its verdict; `ours: undefined` where nothing was computed. */
export type DraftRow = Omit<ValidationRow, 'ok' | 'ours'> & { readonly ours: number | undefined };

/** The row with its verdict. */
export const row = ({ ours, ...rest }: DraftRow): ValidationRow => ({
  ...rest,
  ours: ours ?? null,
  ok: ours === undefined ? null : isMet(rest.published, ours, rest.tolerance),
});

function isMet(published: number, ours: number, tolerance: ValidationRow['tolerance']): boolean | null {
  switch (tolerance.kind) {
    case 'absolute':
      return Math.abs(ours - published) <= tolerance.value;
    case 'relative':
      return Math.abs(ours / published - 1) <= tolerance.value;
    case 'atLeast':
      return ours >= published;
    case 'atMost':
      return ours <= published;
    case 'none':
      return null;
  }
}

/** True unless a claim is not met. Rows that are not computed, predict, claim nothing or miss for a known reason do not fail. */
export const allMet = (rows: readonly ValidationRow[]): boolean =>
  rows.every(({ ok, status }) => ok !== false || status === 'predicted' || status === 'misses');
