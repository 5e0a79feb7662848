/** What the thread of the process and the thread of the command tell each other. */
import type { ExitCode, StopSignal } from './context.js';

/** What the command's thread starts with. */
export interface CommandStart {
  readonly args: readonly string[];
  /** Standard error is a terminal. */
  readonly isTerminal: boolean;
  /** Which streams show colours. */
  readonly colours: { readonly out: boolean; readonly err: boolean };
  /** Its width in characters. */
  readonly columns: number;
}

/** From the command. */
export type FromCommand =
  | { readonly kind: 'out'; readonly text: string }
  | { readonly kind: 'err'; readonly text: string }
  | { readonly kind: 'ended'; readonly code: ExitCode };

/** To the command: it has to stop. */
export interface ToCommand {
  readonly stop: StopSignal;
}
