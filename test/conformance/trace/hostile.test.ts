/** Traces whose checksums are right and whose content is not: read or refused, nothing else. */
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { trueNorthKit } from '../../../src/chips/truenorth/kit/index.js';
import { crc32 } from '../../../src/common/archive/crc32.js';
import { UserError } from '../../../src/common/diagnostics.js';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { CHIPS } from '../../../src/chips/installed.js';
import { decodeGolden, encodeGolden } from '../../../src/conformance/trace/golden.js';
import { openTrace } from '../../../src/conformance/trace/read.js';
import { traceBytes, traceText } from '../../../src/conformance/trace/write.js';
import { FUZZ, RUN_SEED } from '../../support/random-runs.js';

const program = trueNorthKit.randomProgram(1, undefined, { size: 1 / 32 });
const stimulus = trueNorthKit.randomStimulus(program, 1, 12);
const model = () => trueNorthKit.open(program, stimulus, 'reference', { spikes: true });
const golden = encodeGolden({ chip: 'truenorth', model: 'reference', program, stimulus });

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return new Uint8Array(Buffer.concat(all));
}

/** The same with every checksum made right. */
function repaired(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  for (let at = 8; at + 9 <= bytes.length;) {
    const length = view.getUint32(at + 1, true);
    const payload = bytes.subarray(at + 9, at + 9 + length);
    view.setUint32(at + 5, crc32(new Uint8Array(Buffer.concat([bytes.subarray(at, at + 1), payload]))), true);
    at += 9 + length;
  }
  return bytes;
}

async function outcome(bytes: Uint8Array): Promise<'read' | 'refused'> {
  try {
    const opened = await openTrace(Readable.from([bytes]), 'trace');
    if (opened.golden !== undefined) await decodeGolden(opened.golden, 'trace', CHIPS);
    while (await opened.model.step());
    return 'read';
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return 'refused';
  }
}

it.each(['binary', 'text'] as const)('a changed %s trace is read or refused', async (form) => {
  const whole = await bytesOf(form === 'text' ? traceText({ model: model() }) : traceBytes({ model: model(), golden }));
  const random = sequence(RUN_SEED, PURPOSE.test, 77);
  const seen = { read: 0, refused: 0 };
  for (let n = 0; n < 1000 * FUZZ; n++) {
    const bytes = whole.slice();
    // Steps stand at the end, behind the program.
    const from = random.below(2) === 0 ? 0 : Math.floor(bytes.length * 0.8);
    for (let k = 0; k <= random.below(4); k++) bytes[from + random.below(bytes.length - from)] = random.below(256);
    seen[await outcome(form === 'text' ? bytes : repaired(bytes))]++;
  }
  expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(0);
});
