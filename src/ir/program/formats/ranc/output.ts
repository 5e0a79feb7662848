/** RANC's output file: a UTF-8 byte order mark, then one row per tick of the bus's lines, each "0 " or "1 ", and a line feed. */
import { errorAt, UserError, type Diagnostic } from '../../../../common/diagnostics.js';

/** Lines of the output bus tick by tick. Row r shows the spikes fired in tick r (the first tick is 1), packets to the bus too. */
export interface RancOutput {
  readonly nRows: number;
  readonly nOutputs: number;
  /** [nRows, nOutputs] 0 or 1. */
  readonly values: Uint8Array;
}

const MARK = [0xef, 0xbb, 0xbf] as const;
const ZERO = 0x30;
const ONE = 0x31;
const SPACE = 0x20;
const FEED = 0x0a;
const RETURN = 0x0d;
const MAX_LISTED = 20;

/** The bytes of the file, as RANC writes it. */
export function encodeRancOutput({ nRows, nOutputs, values }: RancOutput): Uint8Array {
  const bytes = new Uint8Array(MARK.length + nRows * (2 * nOutputs + 1));
  bytes.set(MARK);
  let at = MARK.length;
  for (let row = 0; row < nRows; row++) {
    for (let k = row * nOutputs; k < (row + 1) * nOutputs; k++) {
      bytes[at++] = ZERO + values[k]!;
      bytes[at++] = SPACE;
    }
    bytes[at++] = FEED;
  }
  return bytes;
}

/**
 * Reads an output file back; the mark, carriage returns and the last line feed may be missing, empty lines at the end are dropped.
 * @throws UserError with every line that is not a row of 0 and 1 as long as the first
 */
export function decodeRancOutput(bytes: Uint8Array, place: string): RancOutput {
  const rows = readRows(bytes);
  const nOutputs = rows[0]?.length ?? 0;
  const findings: Diagnostic[] = [];
  rows.forEach((row, r) => {
    if (row.wrong === undefined && row.length === nOutputs) return;
    const message = row.wrong === undefined ? `${row.length} outputs, the first row has ${nOutputs}` : row.wrong;
    if (findings.length < MAX_LISTED) {
      findings.push(errorAt('bad-output-row', `${place} line ${r + 1}`, message, "pass a file of RANC's outputs"));
    }
  });
  if (rows.length === 0) {
    findings.push(errorAt('no-output-rows', place, 'the file holds no row', "pass a file of RANC's outputs"));
  }
  if (findings.length > 0) throw new UserError(findings);
  const values = new Uint8Array(rows.length * nOutputs);
  rows.forEach((row, r) => values.set(row.values, r * nOutputs));
  return { nRows: rows.length, nOutputs, values };
}

interface Row {
  readonly values: readonly number[];
  readonly length: number;
  readonly wrong: string | undefined;
}

function readRows(bytes: Uint8Array): readonly Row[] {
  const rows: Row[] = [];
  let values: number[] = [];
  let wrong: string | undefined;
  const end = (): void => {
    rows.push({ values, length: values.length, wrong });
    values = [];
    wrong = undefined;
  };
  const start = MARK.every((byte, i) => bytes[i] === byte) ? MARK.length : 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === FEED) end();
    else if (byte === ZERO || byte === ONE) values.push(byte - ZERO);
    else if (byte !== SPACE && byte !== RETURN) wrong ??= `byte ${byte} is neither 0, 1 nor a space`;
  }
  if (values.length > 0 || wrong !== undefined) end();
  while (rows.at(-1)?.length === 0 && rows.at(-1)?.wrong === undefined) rows.pop();
  return rows;
}

/** Where two outputs differ first; `undefined` stands for a row or column that one of them does not have. */
export interface RancDifference {
  /** Row of the file, 0-based: spikes fired in the tick of this number. */
  readonly row: number;
  /** Line of the bus, 0-based. */
  readonly column: number;
  readonly expected: number | undefined;
  readonly actual: number | undefined;
}

/** The first difference, row by row, or undefined when the outputs are equal. */
export function firstDifference(actual: RancOutput, expected: RancOutput): RancDifference | undefined {
  const at = (output: RancOutput, row: number, column: number): number | undefined =>
    row < output.nRows && column < output.nOutputs ? output.values[row * output.nOutputs + column] : undefined;
  const nColumns = Math.max(actual.nOutputs, expected.nOutputs);
  for (let row = 0; row < Math.max(actual.nRows, expected.nRows); row++) {
    for (let column = 0; column < nColumns; column++) {
      const pair = { expected: at(expected, row, column), actual: at(actual, row, column) };
      if (pair.expected !== pair.actual) return { row, column, ...pair };
    }
  }
  return undefined;
}
