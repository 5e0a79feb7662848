/** How to compile for RANC, beside its spec: what the same compiler takes for TrueNorth-style chips, but for what is known of their boards. */
import { TRUENORTH_OPTIONS, type TrueNorthCompileOptions, trueNorthOptionsSchema } from '../truenorth/options.js';
import type { ChipOption } from '../chip.js';

const KEYS = ['window', 'objective', 'seed', 'maxCount'] as const;

/** Compile options of RANC-style chips. */
export type RancCompileOptions = Pick<TrueNorthCompileOptions, (typeof KEYS)[number]>;

/** The options, as the command line shows them. */
export const RANC_OPTIONS: readonly ChipOption[] = TRUENORTH_OPTIONS.filter(({ key }) =>
  KEYS.some((own) => own === key),
);

/** The options in files. */
export const rancOptionsSchema = trueNorthOptionsSchema.pick({
  window: true,
  objective: true,
  seed: true,
  maxCount: true,
});
