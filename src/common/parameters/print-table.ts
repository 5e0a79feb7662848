import type { SpecLine } from './spec-definition.js';

/** The parameters of a chip as a Markdown table. */
export function parameterTable(lines: readonly SpecLine[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const head = ['parameter', 'value', 'range', 'meaning', 'status', 'source'];
  const rows = lines.map(({ path, value, unit, range, what, status, source }) => [
    `\`${path}\``,
    unit === '' ? value : `${value} ${unit}`,
    range,
    what,
    status,
    source,
  ]);
  return [row(head), `|${'---|'.repeat(head.length)}\n`, ...rows.map(row)].join('');
}
