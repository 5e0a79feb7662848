import { type Diagnostic, errorAt, fail } from '../../common/diagnostics.js';
import { holdsRecords, npyNumbers, parseNpy, parseNpyRecords } from '../files/npy.js';
import { throwProblems } from '../files/bounded.js';
import { emptyEvents, EVENT_FIELDS, type EventField, type EventList, NEEDED_FIELDS } from './event-list.js';

/** How the columns of a plain array are called, from left to right. */
export interface NpyEventsOptions {
  readonly unitSeconds: number;
  readonly columns: readonly EventField[];
}

/**
 * Reads events of a .npy file: a structured array [n] with fields t, x, y, p (y and p may be left out), or a plain array
 * [n, columns.length] of integers or floats. @throws UserError with everything that is wrong
 */
export function parseNpyEvents(bytes: Uint8Array, place: string, options: NpyEventsOptions): EventList {
  const { n, column } = holdsRecords(bytes, place) ? recordColumns(bytes, place) : plainColumns(bytes, place, options);
  const events = emptyEvents(n, options.unitSeconds);
  const problems: Diagnostic[] = [];
  for (const field of EVENT_FIELDS) {
    // One column at a time: the file may be large.
    const values = column(field);
    if (values === undefined) continue;
    let bad = 0;
    let first = -1;
    for (let i = 0; i < n; i++) {
      const value = values[i]!;
      const fits = field === 't' ? Number.isFinite(value) : Number.isInteger(value) && Math.abs(value) <= 0x7fffffff;
      if (fits) events[field][i] = value;
      else if (bad++ === 0) first = i;
    }
    if (bad > 0) {
      const message = `${field} of event ${first} is ${values[first] ?? 0}, as that of ${bad} events in all is no ${field === 't' ? 'time' : 'pixel'}`;
      problems.push(errorAt('bad-event-file', place, message, 'save times as numbers and coordinates as integers'));
    }
  }
  throwProblems(problems, place);
  return events;
}

/** The columns of `n` events; one that the file does not have is undefined. */
interface Columns {
  readonly n: number;
  readonly column: (field: EventField) => Float64Array | undefined;
}

function recordColumns(bytes: Uint8Array, place: string): Columns {
  const records = parseNpyRecords(bytes, place);
  const missing = NEEDED_FIELDS.filter((field) => !records.fields.includes(field));
  if (missing.length > 0) {
    const message = `it has the fields ${records.fields.join(', ')}, and not ${missing.join(', ')}`;
    fail('bad-event-file', place, message, 'call the fields t, x, y, p');
  }
  const column = (field: EventField) => (records.fields.includes(field) ? records.column(field) : undefined);
  return { n: records.n, column };
}

function plainColumns(bytes: Uint8Array, place: string, { columns }: NpyEventsOptions): Columns {
  const array = parseNpy(bytes, place, 'numbers');
  const [n = 0, width = 0] = array.shape;
  if (array.shape.length !== 2 || width !== columns.length) {
    const message = `an array of shape [${array.shape.join(', ')}] has no columns ${columns.join(', ')}`;
    const remedy = `save [events, ${columns.length}], a structured array with fields t, x, y, p, or say the order with --event-columns`;
    fail('bad-event-file', place, message, remedy);
  }
  const column = (field: EventField) => {
    const c = columns.indexOf(field);
    return c < 0 ? undefined : npyNumbers(array, { first: c, every: width });
  };
  return { n, column };
}
