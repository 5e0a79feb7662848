import type { Chip } from '../chips/chip.js';
import { type Diagnostic, errorAt } from '../common/diagnostics.js';

/** What a command may touch of the outside world; the tests pass their own. */
export interface CliContext {
  /** Writes to standard output: results only. */
  readonly out: (text: string) => void;
  /** Writes to standard error: progress, notes, warnings; nothing with --quiet. Errors are thrown. */
  readonly err: (text: string) => void;
  /** Standard error is a terminal: progress bars are drawn. */
  readonly isTerminal: boolean;
  /** Which streams show colours: terminals, unless NO_COLOR is set or --no-color given. */
  readonly colours?: { readonly out: boolean; readonly err: boolean } | undefined;
  /** Width of the terminal in characters. */
  readonly columns?: number;
  /** Aborted by Ctrl-C and what else asks to stop, with an {@link Interruption}. */
  readonly signal: AbortSignal;
  /** Worker threads unless --workers says otherwise. */
  readonly defaultWorkers: number;
  readonly version: string;
  /** Kinds of chips that commands know, the installed ones without it. */
  readonly chips?: readonly Chip[];
  /** The environment says that files named on the command line may be run, as `--allow-code` does. */
  readonly allowsCode?: boolean;
  /** Password of the queue, as the environment has it; it is not shown. */
  readonly queuePassword?: string | undefined;
  /** The chip of a user that the command line names, and how it does. */
  readonly ownChip?: { readonly chip: Chip; readonly given: string } | undefined;
}

/** Exit codes of every command, as documented in --help. */
export const EXIT = {
  ok: 0,
  userError: 1,
  wrongUsage: 2,
  incomplete: 3,
  internalError: 70,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;
/** One of the values of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Signals that stop a command cleanly: the terminal is gone, Ctrl-C, the system or a scheduler ends it. */
export const STOP_SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
/** One of them. */
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** Exit codes of stopped commands: 128 and the number of the signal, as shells have it. */
export const STOP_EXIT = {
  SIGHUP: EXIT.hungUp,
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
} as const satisfies Readonly<Record<StopSignal, ExitCode>>;

/** Why a command is aborted. */
export class Interruption extends Error {
  readonly signal: StopSignal;

  constructor(signal: StopSignal) {
    super(`stopped by ${signal}`);
    this.name = 'Interruption';
    this.signal = signal;
  }
}

/** What a stopped command says. */
export const interruptedAt = (signal: StopSignal): Diagnostic =>
  errorAt('interrupted', signal === 'SIGINT' ? 'Ctrl-C' : signal, 'stopped before the end', 'run it again');

/** The paragraph of --help about exit codes. */
export const EXIT_HELP = `
Exit codes:
  0    success
  1    bad input (file, model, program, option value), a published number that is not met (validate), a gate that fails (diff),
       or a point that differs (reproduce)
  2    wrong usage: unknown command or option, missing argument
  3    a study or an exploration ended, but some of its points could not be measured (they are listed)
  70   internal error: please report it
  130  interrupted (Ctrl-C), 143 by SIGTERM, 129 by SIGHUP; outputs are complete or absent, never half-written`;
