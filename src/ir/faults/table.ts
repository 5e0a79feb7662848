/** The table of docs/faults.md. */
import { type Fault, FAULTS } from './catalogue.js';
import { MEMORIES, type MemoryRow } from './memories.js';
import type { FaultSupport } from './support.js';

/** Every fault with its range, how it is drawn, and what each chip has of it; Markdown. */
export function faultTable(chips: readonly FaultSupport[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const head = ['name', 'level', 'drawn', ...chips.map(({ chip }) => chip)];
  const rows = FAULTS.map((fault) => [
    `\`${fault.name}\``,
    `${fault.level}, 0..${fault.limit}`,
    drawnText(fault),
    ...chips.map((support) => supportText(fault, support)),
  ]);
  return [line(head), `|${'---|'.repeat(head.length)}\n`, ...rows.map(line)].join('');
}

const memoryRows = ({ memories }: Fault): readonly MemoryRow[] =>
  MEMORIES.filter(({ name }) => memories.includes(name));

function drawnText(fault: Fault): string {
  const rewritten = memoryRows(fault).filter((row) => row.rewritten !== undefined);
  const exception = rewritten.length === 0 ? '' : `; ${rewritten.map(({ of }) => of).join(', ')} per use`;
  return `per ${fault.per}${exception}`;
}

function supportText(fault: Fault, { faults, memories }: FaultSupport): string {
  const has = faults[fault.name];
  if (has !== true) return has === undefined ? 'no' : `no: ${has.reason}`;
  const own = memoryRows(fault).filter(({ name }) => memories.some(({ memory }) => memory === name));
  return own.length === 0 ? 'yes' : `bits of ${own.map(({ of }) => of).join(', ')}`;
}
