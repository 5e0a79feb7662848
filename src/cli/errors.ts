import { CommanderError } from 'commander';
import { type Diagnostic, errorAt, UserError } from '../common/diagnostics.js';
import { missingPart } from '../common/optional-parts.js';
import { type CliContext, EXIT, type ExitCode, Interruption, interruptedAt, STOP_EXIT } from './context.js';
import { tellDiagnostics } from './tell.js';

/**
 * Tells the user what went wrong and gives the exit code. With `json` the findings go to standard output as
 * `{ "kind": "lodestone-error", "errors": [...] }`; otherwise to standard error as text. A stack trace is only printed for our own bugs.
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
  const missing = missingPart(error);
  if (missing !== undefined) return tell([missing], EXIT.userError);
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
