// Prints the table of docs/faults.md from the catalogue: npm run docs:faults (after npm run build).
import { readFileSync, writeFileSync } from 'node:fs';
import { withRegion } from '../dist/src/common/marked-region.js';
import { CHIPS } from '../dist/src/chips/installed.js';
import { faultTable } from '../dist/src/ir/faults/table.js';

const path = 'docs/faults.md';
const text = readFileSync(path, 'utf8');
writeFileSync(path, withRegion(text, path, 'table of faults', faultTable(CHIPS.map((chip) => chip.faults()))));
