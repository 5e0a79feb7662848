/** How the command line names a chip of a user; read at every start. */

/** Says that a file may be run, for one command. */
export const ALLOW_CODE = '--allow-code';
/** Says the same for all commands of a shell: 1. */
export const ALLOW_CODE_VARIABLE = 'LODESTONE_ALLOW_CODE';

/** Where a chip of a user is named among the words of a command line. */
export interface NamedOwnChip {
  /** The folder or file as it was given. */
  readonly given: string;
  /** The words with a chip in its place. */
  readonly withChip: (name: string) => readonly string[];
}

/** The value of the first `--chip` that is a path: it starts with a dot, or has a separator. */
export function namedOwnChip(args: readonly string[]): NamedOwnChip | undefined {
  const isPath = (text: string | undefined): text is string => text !== undefined && /^\.|[\\/]/.test(text);
  for (const [at, word] of args.entries()) {
    if (word === '--') return undefined;
    const given = word === '--chip' ? args[at + 1] : /^--chip=(.*)$/s.exec(word)?.[1];
    if (!isPath(given)) continue;
    const length = word === '--chip' ? 2 : 1;
    return { given, withChip: (name) => [...args.slice(0, at), '--chip', name, ...args.slice(at + length)] };
  }
  return undefined;
}
