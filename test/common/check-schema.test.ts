import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkSchema } from '../../src/common/check-schema.js';

const schema = z.strictObject({
  destination_core: z.int().exactOptional(),
  inner: z.strictObject({ axon: z.int().exactOptional() }).exactOptional(),
});
const known = ['destination_core', 'inner', 'axon'];
const check = (value: unknown): (() => unknown) => {
  return () => checkSchema(schema, value, 'file', 'see the docs', known);
};

describe('an unknown key', () => {
  it('is answered with the nearest key that is not there yet', () => {
    expect(check({ destination_cora: 1 })).toThrow('unknown key "destination_cora" (did you mean "destination_core"?)');
    expect(check({ inner: { axom: 1 } })).toThrow('file: inner: unknown key "axom" (did you mean "axon"?)');
  });

  it('is never answered with itself', () => {
    expect(check({ inner: { destination_core: 1 } })).toThrow(
      'unknown key "destination_core" (it belongs to another part of the file)',
    );
  });

  it('shows what cannot be seen in it', () => {
    expect(check({ 'destination_core\u200b': 1, ахon: 2 })).toThrow(
      'unknown key "destination_core\\u{200b}" (did you mean "destination_core"?), "\\u{430}\\u{445}on"',
    );
  });
});
