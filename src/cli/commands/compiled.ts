import type { Diagnostic } from '../../common/diagnostics.js';

/** A model on a chip, as the command shows it. */
export interface Compiled {
  /** The program file. */
  readonly bytes: Uint8Array;
  readonly table: string;
  readonly warnings: readonly Diagnostic[];
  /** Fields of the JSON output that depend on the kind of chip. */
  readonly summary: object;
}
