/** The kinds of chips there are: one line each. Loading a chip loads its compiler and engines, so a list of names costs nothing. */
import type { Chip } from './chip.js';

/** What is known of a chip before it is loaded. */
export interface ChipEntry {
  /** As in `--chip`. */
  readonly name: string;
  readonly load: () => Promise<Chip>;
}

/** All kinds of chips; the first one is taken where none is named. */
export const REGISTRY: readonly ChipEntry[] = [
  { name: 'truenorth', load: async () => (await import('./truenorth/chip.js')).trueNorth },
  { name: 'northpole', load: async () => (await import('./northpole/chip.js')).northPole },
];
