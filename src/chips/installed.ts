/** The chips of the registry, loaded. */
import type { Chip } from './chip.js';
import { REGISTRY } from './registry.js';

/** All installed chips, in the order of the registry. */
export const CHIPS: readonly Chip[] = await Promise.all(REGISTRY.map(({ load }) => load()));
