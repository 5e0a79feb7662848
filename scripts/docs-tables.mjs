// Prints the tables of the docs that are derived from code: npm run docs:tables (after npm run build).
import { readFileSync, writeFileSync } from 'node:fs';
import { withRegion } from '../dist/src/common/marked-region.js';
import { parameterTable } from '../dist/src/common/parameters/print-table.js';
import { CHIPS } from '../dist/src/chips/installed.js';
import { NORTHPOLE, NORTHPOLE_SPECS } from '../dist/src/hw-models/northpole/spec.js';
import { RANC_CHIP, RANC_SPECS } from '../dist/src/hw-models/ranc/chip-spec.js';
import { wholeJsonSchema } from '../dist/src/cli/json/json-schema.js';
import { optionTable } from '../dist/src/cli/option-table.js';
import { wholeProgram } from '../dist/src/cli/whole-program.js';
import { experimentJsonSchema } from '../dist/src/explore/published-schema.js';
import { faultTable } from '../dist/src/ir/faults/table.js';

const setting = {
  context: {
    out() {},
    err() {},
    isTerminal: false,
    version: '',
    signal: new AbortController().signal,
    defaultWorkers: 1,
  },
  commandLine: '',
  setExit() {},
};

/** The lines in which programs of a chip are said to models in other processes. */
const foreignLines = async (chip) => ['```', (await chip.kit()).foreign.page, '```'].join('\n');
const [trueNorth, , ranc] = CHIPS;

const TABLES = [
  ['docs/conformance.md', 'lines of truenorth', await foreignLines(trueNorth)],
  ['docs/conformance.md', 'lines of ranc', await foreignLines(ranc)],
  ['docs/command-line.md', 'table of options', optionTable(await wholeProgram(setting))],
  ['docs/faults.md', 'table of faults', faultTable(CHIPS.map((chip) => chip.faults()))],
  ['docs/northpole.md', 'table of parameters', parameterTable(NORTHPOLE_SPECS.describe(NORTHPOLE))],
  ['docs/formats-ranc.md', 'table of parameters', parameterTable(RANC_SPECS.describe(RANC_CHIP))],
];

for (const [path, name, table] of TABLES) {
  writeFileSync(path, withRegion(readFileSync(path, 'utf8'), path, name, table));
}

writeFileSync('docs/exploration.schema.json', `${JSON.stringify(experimentJsonSchema(CHIPS), null, 2)}\n`);
writeFileSync('docs/command-line.schema.json', `${JSON.stringify(await wholeJsonSchema(), null, 2)}\n`);
