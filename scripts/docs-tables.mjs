// Prints the tables of the docs that are derived from code: npm run docs:tables (after npm run build).
import { readFileSync, writeFileSync } from 'node:fs';
import { withRegion } from '../dist/src/common/marked-region.js';
import { parameterTable } from '../dist/src/common/parameters/print-table.js';
import { CHIPS } from '../dist/src/chips/installed.js';
import { NORTHPOLE, NORTHPOLE_SPECS } from '../dist/src/hw-models/northpole/spec.js';
import { faultTable } from '../dist/src/ir/faults/table.js';

const TABLES = [
  ['docs/faults.md', 'table of faults', faultTable(CHIPS.map((chip) => chip.faults()))],
  ['docs/northpole.md', 'table of parameters', parameterTable(NORTHPOLE_SPECS.describe(NORTHPOLE))],
];

for (const [path, name, table] of TABLES) {
  writeFileSync(path, withRegion(readFileSync(path, 'utf8'), path, name, table));
}
