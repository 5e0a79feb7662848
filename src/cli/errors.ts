import { CommanderError } from 'commander';
import { type Diagnostic, errorAt, formatDiagnostics, UserError } from '../common/diagnostics.js';
import { type CliContext, EXIT, type ExitCode } from './context.js';

/**
 * Tells the user what went wrong and gives the exit code. With `json` the findings go to standard output as
 * `{ "errors": [...] }`; otherwise to standard error as text. A stack trace is only printed for our own bugs.
 */
export function reportError(error: unknown, context: CliContext, json: boolean): ExitCode {
  if (context.signal.aborted) {
    return tell([errorAt('interrupted', 'Ctrl-C', 'stopped before the end', 'run it again')], EXIT.interrupted);
  }
  if (error instanceof CommanderError) {
    // Help and version are not errors; commander has printed its message already.
    if (error.exitCode === 0) return EXIT.ok;
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    if (json) printJson([errorAt('wrong-usage', 'command line', message, 'see lodestone --help')]);
    return EXIT.wrongUsage;
  }
  if (error instanceof UserError) return tell(error.diagnostics, EXIT.userError);
  const message = error instanceof Error ? error.message : String(error);
  if (!json && error instanceof Error && error.stack !== undefined) context.err(`${error.stack}\n`);
  return tell([errorAt('internal-error', 'lodestone', message, 'this is a bug: please report it')], EXIT.internalError);

  function tell(diagnostics: readonly Diagnostic[], code: ExitCode): ExitCode {
    if (json) printJson(diagnostics);
    else context.err(`${formatDiagnostics(diagnostics)}\n`);
    return code;
  }

  function printJson(diagnostics: readonly Diagnostic[]): void {
    context.out(`${JSON.stringify({ errors: diagnostics }, null, 2)}\n`);
  }
}

/** Prints warnings to standard error. */
export function printWarnings(warnings: readonly Diagnostic[], context: CliContext): void {
  if (warnings.length > 0) context.err(`${formatDiagnostics(warnings)}\n`);
}
