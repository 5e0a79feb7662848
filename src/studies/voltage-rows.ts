import { dirname, isAbsolute, join } from 'node:path';
import { parseVoltageTable } from '../hw-models/faults/voltage-table.js';
import type { ReadText } from './networks.js';
import type { VoltageRow } from './spec-schema.js';

/** The rows of a table in a file of its own, whose path is relative to the folder of the specification. @throws UserError */
export async function readVoltageTable(
  path: string,
  specPath: string,
  readText: ReadText,
): Promise<readonly VoltageRow[]> {
  const place = isAbsolute(path) ? path : join(dirname(specPath), path);
  return parseVoltageTable(await readText(place), place).rows;
}
