/** Violations summed up per rule and layer: a broken schedule breaks the same rule thousands of times. */
import { type Diagnostic, errorAt } from '../../../../common/diagnostics.js';

/** One violation. */
export interface Violation {
  readonly code: string;
  /** Layer or other place. */
  readonly place: string;
  /** What is wrong, with the amount. */
  readonly message: string;
}

/** Collects violations; the first of each rule and place is told in full, the others are counted. */
export class Findings {
  private readonly program: string;
  private readonly found = new Map<string, { readonly first: Violation; count: number }>();

  constructor(program: string) {
    this.program = program;
  }

  add(code: string, place: string, message: string): void {
    const key = `${code}/${place}`;
    const known = this.found.get(key);
    if (known === undefined) this.found.set(key, { first: { code, place, message }, count: 1 });
    else known.count++;
  }

  /** Adds a violation unless `ok`. */
  need(ok: boolean, code: string, place: string, message: () => string): void {
    if (!ok) this.add(code, place, message());
  }

  diagnostics(remedy: string): readonly Diagnostic[] {
    return [...this.found.values()].map(({ first: { code, place, message }, count }) =>
      errorAt(code, `${this.program}: ${place}`, count > 1 ? `${message} (and ${count - 1} more)` : message, remedy),
    );
  }
}
