/**
 * Where a number comes from: `published` in print, `calibrated` (our formula, constants fitted to print),
 * `assumed` (a parameter nobody published), `measured` (counted by a run).
 */
export type QuantityStatus = 'published' | 'calibrated' | 'assumed' | 'measured';

/** A physical number that can be quoted: never a bare value. */
export interface Quantity {
  readonly value: number;
  readonly unit: string;
  readonly source: string;
  readonly status: QuantityStatus;
}

/** A number that is not known. Missing is not zero. */
export interface Unknown {
  readonly unknown: true;
  readonly reason: string;
}
