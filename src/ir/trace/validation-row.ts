import type { Band } from '../../common/quantity.js';

/**
 * What a comparison with print means: `validated` (an independent number must agree within the tolerance), `fitted` (our
 * constants were fitted to it: agreement shows the quality of the fit), `predicted` (a model fitted elsewhere gives it: within the
 * tolerance or not, the verdict is shown, but only that is claimed), `reported` (shown side by side, no claim), `misses` (not met, for the
 * reason in the note).
 */
export type ValidationStatus = 'validated' | 'fitted' | 'predicted' | 'reported' | 'misses';

/** One published number next to ours. */
export interface ValidationRow {
  readonly id: string;
  readonly published: number;
  /** Our number, or null when it was not computed (no model at hand). */
  readonly ours: number | null;
  readonly unit: string;
  /** How the two may differ: |ours - published| <= absolute, |ours / published - 1| <= relative, ours >= published or ours <= published. */
  readonly tolerance:
    | { readonly kind: 'absolute'; readonly value: number }
    | { readonly kind: 'relative'; readonly value: number }
    | { readonly kind: 'atLeast' }
    | { readonly kind: 'atMost' }
    | { readonly kind: 'none' };
  /** Null when nothing is claimed or `ours` is missing. */
  readonly ok: boolean | null;
  readonly status: ValidationStatus;
  /** Constants of ours that were fitted on this number; rows of status `fitted` name at least one. */
  readonly fits?: readonly string[];
  /** How far off `ours` may be by its cost model, where that says so; in `unit`. */
  readonly band?: Band;
  readonly source: string;
  /** Why the numbers may differ, where there is a reason. */
  readonly note?: string;
}
