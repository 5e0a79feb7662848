import { parseDocument } from 'yaml';
import { errorAt, UserError } from './diagnostics.js';

/**
 * The value of a YAML text, untrusted: callers check it against a schema. Aliases cannot multiply (a "billion laughs" file): the
 * default limit of the parser holds.
 * @throws UserError with every syntax error and its line.
 */
export function parseYaml(text: string, place: string): unknown {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new UserError(
      document.errors.map((error) => {
        const line = error.linePos === undefined ? '' : ` line ${error.linePos[0].line}`;
        const message = error.message.split('\n')[0] ?? error.code;
        return errorAt('bad-yaml', `${place}${line}`, message, 'correct the YAML syntax');
      }),
    );
  }
  const value: unknown = document.toJS();
  return value;
}
