import type { ObjectSchema } from '../cli/json/object-schema.js';
import type { CommandEntry } from '../cli/command-entry.js';
import type { Chip } from './chip.js';

/** What is known of a kind of chip before it is loaded: a list of names must not cost compilers and engines. */
export interface ChipEntry {
  /** As in `--chip`. */
  readonly name: string;
  readonly load: () => Promise<Chip>;
  /** Commands that only this kind of chip has. */
  readonly commands: readonly CommandEntry[];
  /** What `--json` of these prints. */
  readonly jsonSchemas?: () => Promise<readonly ObjectSchema[]>;
}
