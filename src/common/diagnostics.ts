/** How bad a finding is: an `error` stops the flow, a `warning` is printed and the flow goes on. */
export type Severity = 'error' | 'warning';

/** One finding about a user's input. Findings are collected and reported all at once. */
export interface Diagnostic {
  /** Stable kebab-case name of the rule, e.g. `core-axons-exceeded`. */
  readonly code: string;
  readonly severity: Severity;
  /** Where: a file with byte or line, a layer, a core, an option. */
  readonly place: string;
  /** What is wrong, with the amount: one sentence. */
  readonly message: string;
  /** What the user can do about it: one sentence. */
  readonly remedy: string;
}

/** Builds an error finding. */
export const errorAt = (code: string, place: string, message: string, remedy: string): Diagnostic => ({
  code,
  severity: 'error',
  place,
  message,
  remedy,
});

/** Builds a warning finding. */
export const warningAt = (code: string, place: string, message: string, remedy: string): Diagnostic => ({
  code,
  severity: 'warning',
  place,
  message,
  remedy,
});

const BRAND = Symbol.for('lodestone.UserError');

/** A user's mistake: carries every finding. The command line prints them without a stack trace and exits with 1. */
export class UserError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  /** The mark of the class in every copy of this module: the bundled program and a chip of a user may have one each. */
  readonly [BRAND] = true;

  /** By the mark: see above. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // Classes that extend this one are told apart as usual.
    if (this !== UserError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return value instanceof Error && BRAND in value;
  }

  constructor(diagnostics: readonly Diagnostic[]) {
    super(formatDiagnostics(diagnostics));
    this.name = 'UserError';
    this.diagnostics = diagnostics;
  }
}

/** Throws a {@link UserError} with one finding. */
export function fail(code: string, place: string, message: string, remedy: string): never {
  throw new UserError([errorAt(code, place, message, remedy)]);
}

/** Throws a {@link UserError} with all findings if at least one is an error; returns the warnings otherwise. */
export function throwIfErrors(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.some((d) => d.severity === 'error')) throw new UserError(diagnostics);
  return diagnostics;
}

/** Findings that are printed; whoever has more of them starts with these. */
const MAX_PRINTED = 20;

/** One finding per paragraph, as a person reads it: the first {@link MAX_PRINTED}, errors before warnings, and how many more there are. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const more = diagnostics.length - MAX_PRINTED;
  const errorsFirst = ['error', 'warning'].flatMap((severity) => diagnostics.filter((d) => d.severity === severity));
  const shown = more > 0 ? errorsFirst.slice(0, MAX_PRINTED) : diagnostics;
  const lines = shown.map((d) => `${d.severity}[${d.code}] ${d.place}: ${d.message}\n  remedy: ${d.remedy}`);
  return [...lines, ...(more > 0 ? [`... and ${more} more of such findings`] : [])].join('\n');
}
