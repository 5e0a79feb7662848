import { CommanderError } from 'commander';
import { type Diagnostic, errorAt, formatDiagnostics, UserError } from '../common/diagnostics.js';
import { colouredFindings } from './colour.js';
import { type CliContext, EXIT, type ExitCode, Interruption, interruptedAt, STOP_EXIT } from './context.js';

/**
 * Tells the user what went wrong and gives the exit code. With `json` the findings go to standard output as
 * `{ "errors": [...] }`; otherwise to standard error as text. A stack trace is only printed for our own bugs.
 */
export function reportError(error: unknown, context: CliContext, json: boolean): ExitCode {
  if (context.signal.aborted) {
    const reason: unknown = context.signal.reason;
    const signal = reason instanceof Interruption ? reason.signal : 'SIGINT';
    return tell([interruptedAt(signal)], STOP_EXIT[signal]);
  }
  if (error instanceof CommanderError) {
    // Help and version are not errors; commander has printed its message already.
    if (error.exitCode === 0) return EXIT.ok;
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    if (json) tell([errorAt('wrong-usage', 'command line', message, 'see lodestone --help')], EXIT.wrongUsage);
    return EXIT.wrongUsage;
  }
  if (error instanceof WrongUsage) return tell(error.diagnostics, EXIT.wrongUsage);
  if (error instanceof UserError) return tell(error.diagnostics, EXIT.userError);
  const message = error instanceof Error ? error.message : String(error);
  if (!json && error instanceof Error && error.stack !== undefined) context.err(`${error.stack}\n`);
  return tell([errorAt('internal-error', 'lodestone', message, 'this is a bug: please report it')], EXIT.internalError);

  function tell(diagnostics: readonly Diagnostic[], code: ExitCode): ExitCode {
    tellDiagnostics(diagnostics, { ...context, json });
    return code;
  }
}

/** Values of options that no file could make right: exit code 2. */
export class WrongUsage extends UserError {}

/** Where findings go. */
export interface Told extends Pick<CliContext, 'out' | 'err' | 'colours'> {
  readonly json: boolean;
}

/** Prints findings: as one JSON object on standard output, else as text on standard error. The only printer of findings that end a command. */
export function tellDiagnostics(diagnostics: readonly Diagnostic[], { out, err, json, colours }: Told): void {
  if (json) out(`${JSON.stringify({ errors: diagnostics }, null, 2)}\n`);
  else err(`${colouredFindings(formatDiagnostics(diagnostics), { colours })}\n`);
}

/** Prints warnings to standard error. */
export function printWarnings(warnings: readonly Diagnostic[], context: CliContext): void {
  if (warnings.length > 0) context.err(`${colouredFindings(formatDiagnostics(warnings), context)}\n`);
}
