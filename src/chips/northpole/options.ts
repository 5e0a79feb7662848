/** How to compile for a NorthPole-style chip, beside its spec. */
import { z } from 'zod';
import type { ChipOption } from '../chip.js';
import { wholeOption } from '../options.js';

/** Compile options of NorthPole-style chips. */
export interface NorthPoleCompileOptions {
  /** Frames that go through each layer together, 1..4,096; 1 without it. */
  readonly batch: number;
}

const BATCH = [1, 4096] as const;

/** The options, as the command line shows them. */
export const NORTHPOLE_OPTIONS: readonly ChipOption[] = [
  wholeOption('batch', '<frames>', 'frames that go through each layer together', BATCH),
];

/** The options in files. */
export const northPoleOptionsSchema = z.strictObject({
  batch: z.int().min(BATCH[0]).max(BATCH[1]).exactOptional(),
});
