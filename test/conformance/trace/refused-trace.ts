import { expect } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { openTrace } from '../../../src/conformance/trace/read.js';

/** Reads to the end; the trace has to be refused on the way, with a finding that says what is meant. */
export async function expectRefusal(chunks: AsyncIterable<Uint8Array>, message = /./): Promise<void> {
  try {
    const { model } = await openTrace(chunks, 'trace');
    while (await model.step());
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(message);
    return;
  }
  expect.fail('it is read');
}
