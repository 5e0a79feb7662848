import type { Diagnostic } from '../../common/diagnostics.js';
import type { PassReport } from '../../compiler/passes/pass.js';

/** A model on a chip, as the command shows it. */
export interface Compiled {
  /** The program file. */
  readonly bytes: Uint8Array;
  readonly table: string;
  readonly warnings: readonly Diagnostic[];
  /** The passes that ran, with their statistics. */
  readonly passes: readonly PassReport[];
  /** Fields of the JSON output that depend on the kind of chip. */
  readonly summary: object;
}
