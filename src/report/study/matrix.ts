/** Heat maps with their numbers in the cells. */
import type { TopLevelSpec } from 'vega-lite';
import { rampColour } from '../palette.js';

/** A cell of a matrix. */
export interface MatrixCell {
  readonly row: string;
  readonly column: string;
  /** What stands in the cell. */
  readonly text: string;
  /** Place on the ramp, 0..1: 0 is good (light), 1 is bad (dark). Outside it is cut. */
  readonly badness: number;
  readonly tip: string;
}

/** A matrix. Cells that are not there were not measured and stay empty. */
export interface Matrix {
  /** From top to bottom, and from left to right. */
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly cells: readonly MatrixCell[];
}

/** Pixels of a cell: wide enough for the longest word over it. */
const LEAST_WIDTH = 56;
const CELL_HEIGHT = 20;
const CHARACTER = 6.6;
/** Pixels from line to line of a heading. */
const LINE = 13;

/** Colour of a cell: light where the network holds, dark where it fails. */
export const cellColour = (badness: number): string => rampColour(1 - badness);

/** Black or white, whichever has more contrast on the colour (WCAG 2 relative luminance). */
export function textOn(colour: string): '#000000' | '#ffffff' {
  const [r, g, b] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) ? '#000000' : '#ffffff';
}

const blank = (count: number): readonly string[] => Array.from({ length: count }, () => '');

/** Words of a heading in lines as wide as a cell. */
function joinWords(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines[lines.length - 1];
    const joined = last === undefined ? word : last.endsWith('-') ? `${last}${word}` : `${last} ${word}`;
    if (last !== undefined && joined.length * CHARACTER <= width) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines;
}

/** The vega-lite specification of a matrix. */
export function matrixSpec(matrix: Matrix): TopLevelSpec {
  const { rows, columns } = matrix;
  const lines = columns.map((column) => column.split(/(?<=[-:,\s])/).map((word) => word.trim()));
  const width = Math.max(LEAST_WIDTH, ...lines.flat().map((word) => word.length * CHARACTER + 6));
  const joined = lines.map((words) => joinWords(words, width));
  const nLines = Math.max(...joined.map((words) => words.length));
  // The library draws lines downwards from where a single one would stand: all headings get the same number of lines and room for them.
  const headings = new Map(
    columns.map((column, i) => [column, [...blank(nLines - joined[i]!.length), ...joined[i]!].join('\n')]),
  );
  const values = matrix.cells.map((cell) => {
    const fill = cellColour(cell.badness);
    return {
      row: cell.row,
      column: headings.get(cell.column) ?? cell.column,
      text: cell.text,
      tip: cell.tip,
      fill,
      ink: textOn(fill),
    };
  });
  // The library takes only lists that it may change.
  const columnOrder: string[] = [...headings.values()];
  const rowOrder: string[] = [...rows];
  const x = {
    field: 'column',
    type: 'nominal',
    sort: null,
    scale: { domain: columnOrder, paddingInner: 0.03, paddingOuter: 0 },
    axis: {
      title: null,
      orient: 'top',
      labelAngle: 0,
      labelExpr: "split(datum.label, '\\n')",
      labelLineHeight: LINE,
      labelLimit: 260,
      labelColor: 'var(--ink)',
      labelOverlap: false,
      domain: false,
      ticks: false,
      labelPadding: 5 + (nLines - 1) * LINE,
    },
  } as const;
  const y = {
    field: 'row',
    type: 'nominal',
    sort: null,
    scale: { domain: rowOrder, paddingInner: 0.06, paddingOuter: 0 },
    axis: {
      title: null,
      labelLimit: 260,
      labelColor: 'var(--ink)',
      labelOverlap: false,
      domain: false,
      ticks: false,
      labelPadding: 6,
    },
  } as const;
  return {
    width: columns.length * width,
    height: rows.length * CELL_HEIGHT,
    data: { values },
    layer: [
      {
        mark: { type: 'rect', cornerRadius: 2 },
        encoding: {
          x,
          y,
          color: { field: 'fill', type: 'nominal', scale: null, legend: null },
          description: { field: 'tip' },
        },
      },
      {
        mark: { type: 'text', fontSize: 11, aria: false },
        encoding: {
          x,
          y,
          text: { field: 'text' },
          color: { field: 'ink', type: 'nominal', scale: null, legend: null },
        },
      },
    ],
  };
}
