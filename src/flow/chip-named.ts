import type { Chip } from '../chips/chip.js';
import { CHIPS } from '../chips/installed.js';
import { fail } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';

/** The chip of a name; `place` says where it was written. @throws UserError with the nearest known name */
export function chipNamed(name: string, chips: readonly Chip[] = CHIPS, place = `chip "${name}"`): Chip {
  const found = chips.find((chip) => chip.name === name);
  if (found !== undefined) return found;
  const names = chips.map((chip) => chip.name);
  const suggestion = nearest(name, names);
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  return fail('unknown-chip', place, `there is no chip "${name}"${hint}`, `use ${names.join(', ')}`);
}
