/** Why an operator cannot be taken, and what would help: caught per operator, so that all of them are told at once. */
export class Refusal extends Error {
  readonly remedy: string;
  readonly code: string;

  constructor(reason: string, remedy: string, code = 'unsupported-operator') {
    super(reason);
    this.remedy = remedy;
    this.code = code;
  }
}
