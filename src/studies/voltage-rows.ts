import { dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { checkSchema } from '../common/check-schema.js';
import { parseYaml } from '../common/parse-yaml.js';
import type { ReadText } from './networks.js';
import type { VoltageRow } from './spec-schema.js';

const schema = z.strictObject({
  rows: z
    .array(
      z.strictObject({
        volts: z.number().positive().max(10),
        ber: z.number().min(0).max(1),
        energyScale: z.number().positive().max(1000),
      }),
    )
    .min(1),
});

/** The rows of a table in a file of its own, whose path is relative to the folder of the specification. @throws UserError */
export async function readVoltageTable(
  path: string,
  specPath: string,
  readText: ReadText,
): Promise<readonly VoltageRow[]> {
  const place = isAbsolute(path) ? path : join(dirname(specPath), path);
  const value = parseYaml(await readText(place), place);
  return checkSchema(schema, value, place, 'write rows with volts, ber and energyScale', [
    'rows',
    'volts',
    'ber',
    'energyScale',
  ]).rows;
}
