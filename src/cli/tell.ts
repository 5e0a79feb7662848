/** How findings are told: without the library of the command line, since the thread of the process tells some too. */
import { type Diagnostic, formatDiagnostics } from '../common/diagnostics.js';
import { colouredFindings } from './colour.js';
import type { CliContext } from './context.js';
import { errorJson } from './json-envelope.js';

/** Where findings go. */
export interface Told extends Pick<CliContext, 'out' | 'err' | 'colours'> {
  readonly json: boolean;
}

/** Prints findings: as one JSON object on standard output, else as text on standard error. The only printer of findings that end a command. */
export function tellDiagnostics(diagnostics: readonly Diagnostic[], { out, err, json, colours }: Told): void {
  if (json) out(errorJson(diagnostics));
  else err(`${colouredFindings(formatDiagnostics(diagnostics), { colours })}\n`);
}

/** Prints warnings to standard error. */
export function printWarnings(warnings: readonly Diagnostic[], context: CliContext): void {
  if (warnings.length > 0) context.err(`${colouredFindings(formatDiagnostics(warnings), context)}\n`);
}
