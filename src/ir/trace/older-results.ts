import type { z } from 'zod';
import type { ChipMeasures } from './measures.js';
import type { ProgramView } from './program-view.js';

/** How a chip's part of result files of version 3 reads today: there, every chip had fields of its own. */
export interface OlderResults {
  /** Kind of chip, as in `--chip`. */
  readonly target: string;
  /** Fields of a result. */
  readonly measures: z.ZodType<ChipMeasures>;
  /** A program. */
  readonly view: z.ZodType<ProgramView>;
}
