import { errorAt, UserError } from '../common/diagnostics.js';
import type { CorePlace } from '../hw-models/truenorth/board-faults.js';

/** Reads cores on the grid, `3,4;10,2`: x,y separated by semicolons. `option` names them in messages. @throws UserError with every problem */
export function parsePlaces(text: string, option: string): readonly CorePlace[] {
  const problems = [];
  const places: CorePlace[] = [];
  for (const part of text.split(';').map((piece) => piece.trim())) {
    const [, x = '', y = ''] = /^(\d{1,4}),(\d{1,4})$/.exec(part) ?? [];
    if (x === '')
      problems.push(errorAt('bad-core', `${option} ${part}`, 'is not a core', 'write x,y;x,y, for example 3,4;10,2'));
    else places.push([Number(x), Number(y)]);
  }
  if (problems.length > 0) throw new UserError(problems);
  return places;
}
