import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CHIPS } from '../../src/chips/installed.js';
import { experimentJsonSchema } from '../../src/explore/published-schema.js';

test('docs/exploration.schema.json is the schema of experiment files, with the parameters of every chip', () => {
  const schema = experimentJsonSchema(CHIPS);
  expect(JSON.parse(readFileSync('docs/exploration.schema.json', 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
  const text = JSON.stringify(schema);
  for (const { specs, options } of CHIPS) {
    for (const { path } of specs.parameters) expect(text).toContain(`"${path}":{"description"`);
    for (const { key } of options) expect(text).toContain(`"${key}":{"description"`);
  }
});
