/** Where the numbers of one program come from. */
export interface ProgramOrigin {
  /** Network, kind of chip and name of its spec: those of the results and of the view. */
  readonly name: string;
  readonly target: string;
  readonly chip: string;
  /** Version of Lodestone that made them. */
  readonly lodestone: string;
  /** SHA-256 of the model file, in hexadecimal digits; absent where a program file was given. */
  readonly modelSha256?: string;
  /** SHA-256 of the program file: of the one that was given, or of the one that `lodestone compile` would write. */
  readonly programSha256: string;
}
