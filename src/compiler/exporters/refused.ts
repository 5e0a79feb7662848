/** Why a layer is not written, and what to do about it. */
export interface Refused {
  readonly message: string;
  readonly remedy: string;
}

/** A refusal. */
export const refused = (message: string, remedy: string): Refused => ({ message, remedy });
