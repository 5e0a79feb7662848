import { type Diagnostic, errorAt, fail } from '../../common/diagnostics.js';
import type { RawDataset } from '../dataset.js';
import { readBounded, throwProblems } from '../files/bounded.js';
import type { Source } from './source.js';

/** Where the label stands in a row. */
export type LabelColumn = 'first' | 'last';

const LABEL_NAMES = ['label', 'class', 'target', 'y'];
const [NEWLINE, RETURN, COMMA, ZERO, NINE] = [10, 13, 44, 48, 57];
/** Problems kept; the reader goes on counting lines but not listing. */
const MAX_KEPT = 1000;

/** What is known of a CSV file before it is read. */
export interface CsvForm {
  /** Needed only where a file has no header. */
  readonly column?: LabelColumn | undefined;
  /** Its features are real numbers, whose range is stated; else pixels 0..255. */
  readonly isReal?: boolean;
}

/** One row per image: pixels 0..255 (or real numbers) and a label, separated by commas. */
export function csvSource(path: string, { column, isReal = false }: CsvForm = {}): Source {
  const read = async (): Promise<RawDataset> => parseCsv(await readBounded(path), path, { column, isReal });
  return { read, labels: async () => (await read()).labels };
}

/**
 * Reads rows of whole numbers. The first row is a header if it names its first or last column label, class, target or y (then
 * the label is there), or if no field of it starts like a number. Otherwise `column`, and without it the first (as MNIST is passed on in CSV).
 * Memory is at most that of the file. @throws UserError with every bad field and every row of another length, by line.
 */
export function parseCsv(bytes: Uint8Array, place: string, { column, isReal = false }: CsvForm = {}): RawDataset {
  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const firstEnd = endOfLine(bytes, start);
  const { nColumns, first, last, startsNoNumber } = firstLine(bytes, start, firstEnd);
  let labelAt = column === 'last' ? nColumns - 1 : 0;
  let line = 1;
  const namesFirst = LABEL_NAMES.includes(first);
  const namesLast = LABEL_NAMES.includes(last);
  if (namesFirst || namesLast || startsNoNumber) {
    if (namesFirst) labelAt = 0;
    else if (namesLast) labelAt = nColumns - 1;
    start = firstEnd + 1;
    line = 2;
  }
  if (nColumns < 2)
    fail('bad-csv', `${place} line 1`, 'a row needs a label and at least one pixel', 'separate them by commas');

  let nRows = 0;
  for (let at = start; at < bytes.length; at = endOfLine(bytes, at) + 1) if (!isBlank(bytes, at)) nRows++;
  // Every field takes a byte at least: ragged rows cannot ask for more memory than the file has.
  const size = Math.min(nRows * (nColumns - 1), bytes.length);
  const images = isReal ? new Float64Array(size) : new Uint8Array(size);
  const labels = new Int32Array(nRows);
  const lines = new Int32Array(nRows);
  const problems: Diagnostic[] = [];
  const report = (message: string, remedy: string): void => {
    if (problems.length < MAX_KEPT) problems.push(errorAt('bad-csv', `${place} line ${line}`, message, remedy));
  };
  let row = 0;
  let pixel = 0;
  for (let at = start; at < bytes.length; line++) {
    const end = endOfLine(bytes, at);
    if (!isBlank(bytes, at)) {
      let field = 0;
      lines[row] = line;
      for (let from = at; from <= end; field++) {
        const to = endOfField(bytes, from, end);
        const isLabel = field === labelAt;
        const value = isReal && !isLabel ? realNumber(bytes, from, to) : wholeNumber(bytes, from, to);
        if (field < nColumns) {
          const limit = isLabel ? 0x7fffffff : 255;
          if (isReal && !isLabel ? Number.isNaN(value) : value < 0 || value > limit) {
            const text = JSON.stringify(new TextDecoder().decode(bytes.subarray(from, Math.min(to, from + 20))).trim());
            const what = isLabel ? 'a label 0, 1, ...' : isReal ? 'a number' : 'a pixel 0..255';
            const hint = isReal || isLabel ? '' : ', or say what other numbers mean with --data-range LOW,HIGH';
            report(`column ${field + 1} is ${text}, not ${what}`, `write whole numbers without quotes${hint}`);
          } else if (isLabel) labels[row] = value;
          else if (pixel < images.length) images[pixel++] = value;
        }
        from = to + 1;
      }
      if (field !== nColumns)
        report(`${field} columns, the first row has ${nColumns}`, 'give every row the same columns');
      row++;
    }
    at = end + 1;
  }
  throwProblems(problems, place);
  const read =
    images instanceof Uint8Array
      ? { images }
      : { images: new Uint8Array(0), values: { type: 'text', isBytes: false, read: () => images } };
  return {
    imageShape: [nRows, nColumns - 1],
    ...read,
    labelShape: [nRows],
    labels,
    labelPlace: (i) => `${place} line ${lines[i] ?? 0}`,
  };
}

/** Of a name in a header, what is looked at, bytes. */
const LOOKED_AT = 64;

/** The first line: its columns, the names of the first and last one, and whether no field starts like a number. No text is made of all of it. */
function firstLine(bytes: Uint8Array, start: number, end: number) {
  const decoder = new TextDecoder();
  const found = { nColumns: 0, first: '', last: '', startsNoNumber: true };
  for (let from = start; from <= end; found.nColumns++) {
    const to = endOfField(bytes, from, end);
    // Of more than the first and last one only the beginnings count, until one is a number.
    if (found.nColumns === 0 || to === end || found.startsNoNumber) {
      const text = decoder.decode(bytes.subarray(from, Math.min(to, from + LOOKED_AT))).trim();
      const name = text.replace(/^"(.*)"$/, '$1').toLowerCase();
      if (found.nColumns === 0) found.first = name;
      found.last = name;
      if (/^[-+.\d]/.test(name)) found.startsNoNumber = false;
    }
    from = to + 1;
  }
  return found;
}

function endOfLine(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(NEWLINE, from);
  return end < 0 ? bytes.length : end;
}

function endOfField(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) if (bytes[at] === COMMA) return at;
  return end;
}

const isBlank = (bytes: Uint8Array, at: number): boolean =>
  at >= bytes.length || bytes[at] === NEWLINE || (bytes[at] === RETURN && (bytes[at + 1] ?? NEWLINE) === NEWLINE);

const isSpace = (byte: number | undefined): boolean => byte === 32 || byte === 9 || byte === RETURN;

/** The decimal number of a field, blanks around it; NaN for anything else. */
function realNumber(bytes: Uint8Array, first: number, end: number): number {
  // No number of a data file has more digits.
  if (end - first > 64) return Number.NaN;
  const text = new TextDecoder().decode(bytes.subarray(first, end)).trim();
  return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
}

/** The number of a field, blanks around it; -1 for anything else and for more than nine digits. */
function wholeNumber(bytes: Uint8Array, first: number, end: number): number {
  let from = first;
  let to = end;
  while (from < to && isSpace(bytes[from])) from++;
  while (to > from && isSpace(bytes[to - 1])) to--;
  if (to === from || to - from > 9) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte < ZERO || byte > NINE) return -1;
    value = value * 10 + byte - ZERO;
  }
  return value;
}
