import { type Diagnostic, errorAt, fail } from '../../common/diagnostics.js';
import { nearest } from '../../common/nearest.js';
import { throwProblems } from '../files/bounded.js';
import {
  emptyEvents,
  EVENT_FIELDS,
  type EventField,
  type EventList,
  firstEvents,
  NEEDED_FIELDS,
} from './event-list.js';

const NEWLINE = 10;
/** Problems kept; the reader goes on counting lines but not listing. */
const MAX_KEPT = 1000;
const MAX_LINE = 4096;
/** Coordinates beyond this are no pixels. */
const MAX_COORDINATE = 0x7fffffff;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const WHOLE = /^[+-]?\d{1,10}$/;

/**
 * Reads events as text: a header that names the columns t, x, y, p in any order, then an event a line, in any order. Columns y and p may
 * be left out. Memory is in proportion to the file. @throws UserError with every bad line
 */
export function parseCsvEvents(bytes: Uint8Array, place: string, unitSeconds: number): EventList {
  const decoder = new TextDecoder();
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const headerEnd = endOfLine(bytes, start);
  if (headerEnd - start > MAX_LINE) fail('bad-event-file', `${place} line 1`, 'the line is no header', HEADER_REMEDY);
  const columns = columnsOf(decoder.decode(bytes.subarray(start, headerEnd)), place);

  let nLines = 0;
  for (let at = headerEnd + 1; at < bytes.length; at = endOfLine(bytes, at) + 1) nLines++;
  // A field takes two bytes, with the comma or the end of its line: lines without events take no memory.
  const room = Math.ceil((bytes.length - headerEnd) / (2 * columns.length));
  const events = emptyEvents(Math.min(nLines, room), unitSeconds);
  const problems: Diagnostic[] = [];
  let line = 1;
  let n = 0;
  const report = (message: string, remedy: string): void => {
    if (problems.length < MAX_KEPT) problems.push(errorAt('bad-event-file', `${place} line ${line}`, message, remedy));
  };
  for (let at = headerEnd + 1; at < bytes.length;) {
    line++;
    const end = endOfLine(bytes, at);
    if (end - at > MAX_LINE) report(`${end - at} characters, at most ${MAX_LINE} are read`, 'write one event a line');
    else {
      const text = decoder.decode(bytes.subarray(at, end)).trim();
      if (text !== '') readLine(text, n++);
    }
    at = end + 1;
  }
  throwProblems(problems, place);
  return firstEvents(events, n);

  function readLine(text: string, i: number): void {
    const parts = text.split(',');
    if (parts.length !== columns.length) {
      report(`${parts.length} columns, the header has ${columns.length}`, 'give every line the columns of the header');
      return;
    }
    for (const [c, field] of columns.entries()) {
      const part = (parts[c] ?? '').trim();
      const value = (field === 't' ? NUMBER : WHOLE).test(part) ? Number(part) : Number.NaN;
      if (!Number.isFinite(value) || (field !== 't' && Math.abs(value) > MAX_COORDINATE)) {
        const what = field === 't' ? 'a number' : 'a whole number';
        report(`${field} is ${JSON.stringify(part.slice(0, 20))}, not ${what}`, 'write plain numbers without quotes');
      } else events[field][i] = value;
    }
  }
}

const HEADER_REMEDY = 'begin the file with a line that names its columns: t,x,y,p in any order';

/** The field of every column. @throws UserError with everything that is wrong with the header */
function columnsOf(header: string, place: string): readonly EventField[] {
  const names = header
    .trim()
    .split(',')
    .map((name) =>
      name
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .toLowerCase(),
    );
  const problems: Diagnostic[] = [];
  const columns: EventField[] = [];
  const report = (message: string): void => {
    problems.push(errorAt('bad-event-file', `${place} line 1`, message, HEADER_REMEDY));
  };
  for (const name of names) {
    const field = EVENT_FIELDS.find((known) => known === name);
    if (field === undefined) {
      const suggestion = nearest(name, EVENT_FIELDS);
      report(
        `there is no column "${name.slice(0, 40)}"${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`,
      );
    } else if (columns.includes(field)) report(`the column "${field}" stands there twice`);
    else columns.push(field);
  }
  for (const field of NEEDED_FIELDS) if (!columns.includes(field)) report(`the column "${field}" is missing`);
  throwProblems(problems, place);
  return columns;
}

function endOfLine(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(NEWLINE, from);
  return end < 0 ? bytes.length : end;
}
