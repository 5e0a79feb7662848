import { NotEvaluated } from './arrays.js';

/** A kind of error. */
type ErrorKind = abstract new (...values: never[]) => Error;

/** The result, or nothing where something is not evaluated; `refusals` are the errors by which the reader of a format says so. */
export function attempt<T>(step: () => T, ...refusals: readonly ErrorKind[]): T | undefined {
  try {
    return step();
  } catch (error) {
    if (error instanceof NotEvaluated || refusals.some((kind) => error instanceof kind)) return undefined;
    throw error;
  }
}
