/** Tables as text. */

/** A field of a table. */
export type Cell = string | number | boolean | undefined;

/** A line by RFC 4180: comma, CRLF, quotes where they are needed; a missing value is empty. */
export function csvLine(cells: readonly Cell[]): string {
  const cell = (value: Cell): string => {
    const text = value === undefined ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${cells.map(cell).join(',')}\r\n`;
}

/** A table, its header first. */
export const csv = (header: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [header, ...rows].map(csvLine).join('');
