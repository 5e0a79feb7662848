import type { Quantity } from '../common/quantity.js';
import type { ValidationRow } from '../ir/trace/validation-row.js';

/** A constant that print does not give, and the rows it was fitted on. */
export interface FreeConstant extends Quantity {
  readonly id: string;
  /** Ids of rows of `lodestone validate`. */
  readonly fittedOn: readonly string[];
}

/** Rows that say which of `constants` were fitted on them. */
export function withFits(rows: readonly ValidationRow[], constants: readonly FreeConstant[]): readonly ValidationRow[] {
  return rows.map((row) => {
    const fits = constants.filter(({ fittedOn }) => fittedOn.includes(row.id)).map(({ id }) => id);
    return fits.length === 0 ? row : { ...row, fits };
  });
}
