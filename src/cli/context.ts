/** What a command may touch of the outside world; the tests pass their own. */
export interface CliContext {
  /** Writes to standard output: results only. */
  readonly out: (text: string) => void;
  /** Writes to standard error: progress, notes, errors. */
  readonly err: (text: string) => void;
  /** Standard error is a terminal: progress bars are drawn. */
  readonly isTerminal: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Worker threads unless --workers says otherwise. */
  readonly defaultWorkers: number;
  readonly version: string;
}

/** Exit codes of every command, as documented in --help. */
export const EXIT = { ok: 0, userError: 1, wrongUsage: 2, incomplete: 3, internalError: 70, interrupted: 130 } as const;
/** One of the values of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The paragraph of --help about exit codes. */
export const EXIT_HELP = `
Exit codes:
  0    success
  1    bad input (file, model, program, option value), or a published number that is not met (validate)
  2    wrong usage: unknown command or option, missing argument
  3    a study ended, but some of its points could not be measured (they are listed)
  70   internal error: please report it
  130  interrupted (Ctrl-C); outputs are complete or absent, never half-written`;
