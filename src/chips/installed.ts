/**
 * The chips of the registry, loaded. Beside it, since the registry also names commands of the command line, which pages do without; a test
 * holds that both list the same.
 */
import type { Chip } from './chip.js';

/** All installed chips, in the order of the registry. */
export const CHIPS: readonly Chip[] = await Promise.all([
  import('./truenorth/chip.js').then(({ trueNorth }) => trueNorth),
  import('./northpole/chip.js').then(({ northPole }) => northPole),
  import('./ranc/chip.js').then(({ ranc }) => ranc),
]);
