import { z } from 'zod';
import { jsonSchemas } from './schemas.js';

/** Every object of `--json` as one JSON Schema (draft 2020-12): `$defs` by kind, and any of them. */
export async function wholeJsonSchema(): Promise<object> {
  const schemas = [...(await jsonSchemas())];
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'What lodestone COMMAND --json prints',
    anyOf: schemas.map(([kind]) => ({ $ref: `#/$defs/${kind}` })),
    $defs: Object.fromEntries(schemas.map(([kind, schema]) => [kind, withoutDialect(z.toJSONSchema(schema))])),
  };
}

/** The whole says it once. */
const withoutDialect = (schema: object): object =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema'));
