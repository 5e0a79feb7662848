import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type Diagnostic, errorAt, throwIfErrors } from '../common/diagnostics.js';
import { STANDARD_STREAM } from '../common/standard-input.js';

/** An option that names a file to write, other than -o. */
export class OutputOption extends Option {}

/** Options that name files to write. */
const isOutput = (option: Option): boolean => option instanceof OutputOption || option.attributeName() === 'output';

interface Named {
  /** As the user wrote it. */
  readonly place: string;
  readonly path: string;
}

/**
 * Refuses to write over what is read, and to write two things to one file: before a command starts, for every argument and option that
 * names a file. Files are the same by device and number, whatever links lead to them. Says whether something is written to standard output.
 */
export function refuseOutputOverInput(program: Command, onStandardOutput: () => void): void {
  program.hook('preAction', async (_, command) => {
    const outputs: Named[] = [];
    const inputs: Named[] = command.args.map((path) => ({ place: path, path }));
    for (const option of command.options) {
      const value: unknown = command.getOptionValue(option.attributeName());
      if (typeof value !== 'string') continue;
      const flag = option.long ?? option.flags;
      (isOutput(option) ? outputs : inputs).push({ place: `${flag} ${value}`, path: value });
    }
    throwIfErrors([...(await clashes(outputs, inputs)), ...readTwice(inputs), ...noStreams(command)]);
    if (outputs.some(({ path }) => path === STANDARD_STREAM)) onStandardOutput();
  });
}

/** Everything that is asked of a standard stream and is no single file: folders, and data sets, which have several. */
function noStreams(command: Command): readonly Diagnostic[] {
  const refused = (place: string, isWritten: boolean): Diagnostic => {
    const message = isWritten
      ? 'a folder is written, and standard output is none'
      : 'a folder or several files are read, and standard input is none of them';
    return errorAt('no-stream', place, message, 'pass a path, or a name where there are some');
  };
  const parameters = command.registeredArguments.flatMap((argument, i) =>
    argument.name() === 'folder' && command.args[i] === STANDARD_STREAM ? [refused(STANDARD_STREAM, false)] : [],
  );
  const options = command.options.flatMap((option) =>
    (/<folder>/.test(option.flags) || option.long === '--data') &&
    command.getOptionValue(option.attributeName()) === STANDARD_STREAM
      ? [refused(`${option.long ?? option.flags} ${STANDARD_STREAM}`, isOutput(option))]
      : [],
  );
  return [...parameters, ...options];
}

/** Standard input is there once. */
function readTwice(inputs: readonly Named[]): readonly Diagnostic[] {
  const [, ...more] = inputs.filter(({ path }) => path === STANDARD_STREAM);
  return more.map(({ place }) =>
    errorAt('input-twice', place, 'standard input is read already', 'pass a file instead of one of them'),
  );
}

/** Every output that is an input, and every output that is another one. */
export async function clashes(outputs: readonly Named[], inputs: readonly Named[]): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  const read = new Map<string, string>();
  for (const { place, path } of inputs) {
    const file = await fileAt(path);
    if (file !== undefined) read.set(file, place);
  }
  const written = new Map<string, string>();
  for (const { place, path } of outputs) {
    const file = path === STANDARD_STREAM ? path : ((await fileAt(path)) ?? resolve(path));
    const input = read.get(file);
    if (input !== undefined) {
      const message = `it is the same file as the input ${input}, which would be lost`;
      found.push(errorAt('output-is-input', place, message, 'choose another path to write to'));
    }
    const other = written.get(file);
    if (other !== undefined) {
      const message = `it is the same file as ${other}, and only one of them would be left`;
      found.push(errorAt('output-twice', place, message, 'choose a path of its own for each output'));
    }
    written.set(file, place);
  }
  return found;
}

/** What makes a regular file the same as another; undefined where there is none. */
async function fileAt(path: string): Promise<string | undefined> {
  if (path === STANDARD_STREAM) return undefined;
  const info = await stat(path, { bigint: true }).catch(() => undefined);
  return info?.isFile() === true ? `${info.dev}:${info.ino}` : undefined;
}
