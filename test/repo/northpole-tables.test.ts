import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { northPoleRows } from '../../src/chips/northpole/validation/rows.js';

const page = readFileSync(new URL('../../docs/northpole.md', import.meta.url), 'utf8');

/** The rows of the table under a heading, as cells. */
function tableUnder(heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) => line.slice(2, -2).split(' | '));
}

describe('docs/northpole.md', () => {
  it('shows every row of validate in table 2, with the numbers that need no compiled network', () => {
    const rows = northPoleRows(undefined);
    const table = tableUnder('Table 2');
    expect(table.map(([id]) => id)).toEqual(rows.map(({ id }) => `\`${id.replace('northpole/', '')}\``));
    rows.forEach(({ ours, status, ok }, i) => {
      const [, , shown = '', claim = '', met = ''] = table[i]!;
      expect(claim.startsWith(status), table[i]!.join(' | ')).toBe(true);
      if (ours === null) return;
      const number = Number(shown.replaceAll(',', '').split(' ')[0]);
      expect(Math.abs(number - ours), table[i]!.join(' | ')).toBeLessThanOrEqual(0.001 * ours);
      expect(met, table[i]!.join(' | ')).toBe(ok === null ? '-' : ok ? 'yes' : 'no');
    });
  });
});
