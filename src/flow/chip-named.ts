import type { Chip } from '../chips/chip.js';
import { CHIPS } from '../chips/installed.js';
import { type Diagnostic, errorAt, UserError } from '../common/diagnostics.js';
import { nearest } from '../common/nearest.js';

/** The chip of a name; `place` says where it was written. @throws UserError with the nearest known name */
export function chipNamed(name: string, chips: readonly Chip[] = CHIPS, place = `chip "${name}"`): Chip {
  const found = chips.find((chip) => chip.name === name);
  if (found !== undefined) return found;
  throw new UserError([unknownChip(name, place, chips)]);
}

/** What is said where there is no chip of a name; files name chips of one's own by their names, too. */
export function unknownChip(name: string, place: string, chips: readonly Chip[]): Diagnostic {
  const names = chips.map((chip) => chip.name);
  const suggestion = nearest(name, names);
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  const own = /[./\\]/.test(name) ? ', or the name of a chip of your own, whose folder --chip gives' : '';
  return errorAt('unknown-chip', place, `there is no chip "${name}"${hint}`, `use ${names.join(', ')}${own}`);
}
