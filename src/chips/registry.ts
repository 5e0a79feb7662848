/** The kinds of chips there are, one line each; the first one is taken where none is named. */
import type { ChipEntry } from './entry.js';
import { northPoleEntry } from './northpole/entry.js';
import { rancEntry } from './ranc/entry.js';
import { trueNorthEntry } from './truenorth/entry.js';

/** All kinds of chips. */
export const REGISTRY: readonly ChipEntry[] = [trueNorthEntry, northPoleEntry, rancEntry];
