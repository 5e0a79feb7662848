import { type Diagnostic, errorAt, UserError, warningAt } from '../../../../common/diagnostics.js';

/** Findings listed one by one; the rest is counted. */
const MAX_LISTED = 50;
const NEWLINE = 10;

/**
 * Collects what is wrong with a file, with line numbers. A position is a byte offset; it becomes a line when the finding is
 * told, so that a file without findings costs nothing.
 */
export class Findings {
  readonly #bytes: Uint8Array;
  readonly #place: string;
  readonly #errors: Diagnostic[] = [];
  readonly #warnings: Diagnostic[] = [];
  #nErrors = 0;
  /** Last position and its line: positions mostly ascend. */
  #known = { position: 0, line: 1 };

  constructor(bytes: Uint8Array, place: string) {
    this.#bytes = bytes;
    this.#place = place;
  }

  /** Adds an error at a byte offset. */
  error(code: string, position: number, message: string, remedy: string): void {
    this.#nErrors++;
    if (this.#nErrors <= MAX_LISTED) this.#errors.push(errorAt(code, this.#at(position), message, remedy));
  }

  /** Adds a warning at a byte offset. */
  warning(code: string, position: number, message: string, remedy: string): void {
    if (this.#warnings.length < MAX_LISTED) this.#warnings.push(warningAt(code, this.#at(position), message, remedy));
  }

  /** Adds an error and throws everything found so far: what follows cannot be read. */
  fatal(code: string, position: number, message: string, remedy: string): never {
    // The reason to stop is told even when the list is full.
    this.#nErrors++;
    this.#errors.push(errorAt(code, this.#at(position), message, remedy));
    throw this.#toError();
  }

  /** Throws if there is an error; returns the warnings otherwise. */
  finish(): readonly Diagnostic[] {
    if (this.#nErrors > 0) throw this.#toError();
    return this.#warnings;
  }

  #toError(): UserError {
    const hidden = this.#nErrors - this.#errors.length;
    const rest = errorAt('more-findings', this.#place, `${hidden} more errors`, 'correct the errors above first');
    return new UserError([...this.#errors, ...(hidden > 0 ? [rest] : []), ...this.#warnings]);
  }

  #at(position: number): string {
    if (position < this.#known.position) this.#known = { position: 0, line: 1 };
    let { line } = this.#known;
    const end = Math.min(position, this.#bytes.length);
    for (let i = this.#known.position; i < end; i++) if (this.#bytes[i] === NEWLINE) line++;
    this.#known = { position: end, line };
    return `${this.#place}:${line}`;
  }
}
