/** Mutated files: a UserError or a network, in bounded time, never another exception. `npm run fuzz:import` tries 50 times as many. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/common/diagnostics.js';
import { PURPOSE, type Sequence, sequence } from '../../../../src/common/rng.js';
import { tflite } from '../../../../src/compiler/frontends/tflite/index.js';
import { readFlexMap } from '../../../../src/compiler/frontends/tflite/flexbuffer.js';
import { Refusal } from '../../../../src/compiler/frontends/tflite/refusal.js';
import { FUZZ, RUN_SEED } from '../../../support/random-runs.js';
import { floatNetwork, larqNetwork, manyOperators, smallNetwork } from '../../../support/tflite-models.js';
import { writeTflite } from '../../../support/write-tflite.js';

const WORDS = [
  0, 1, 2, 3, 4, 7, 127, 128, 255, 256, 32767, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x40000000,
];
const shared = fileURLToPath(new URL('../../../../../shared/models/', import.meta.url));
const REAL = ['tflite-micro/hello_world_int8.tflite'];

/** A copy with some of its bytes or words changed, moved, cut off or repeated. */
function mutant(bytes: Uint8Array, r: Sequence): Uint8Array {
  let copy = bytes.slice();
  const n = 1 + r.below(4);
  for (let i = 0; i < n; i++) {
    const at = r.below(Math.max(1, copy.length - 8));
    const view = new DataView(copy.buffer);
    switch (r.below(7)) {
      case 0:
        copy[at] = r.below(256);
        break;
      case 1:
        copy[at]! ^= 1 << r.below(8);
        break;
      case 2:
        view.setUint32(at - (at % 4), WORDS[r.below(WORDS.length)]!, true);
        break;
      case 3:
        view.setInt32(at - (at % 4), view.getInt32(at - (at % 4), true) + r.below(65) - 32, true);
        break;
      case 4:
        copy.copyWithin(at, r.below(copy.length), r.below(copy.length));
        break;
      case 5:
        view.setUint16(at - (at % 2), WORDS[r.below(WORDS.length)]! & 65535, true);
        break;
      default:
        if (r.below(8) === 0 && copy.length > 64) copy = copy.slice(0, 16 + r.below(copy.length - 16));
    }
  }
  return copy;
}

/** What becomes of a file: the message of anything but a network or a UserError. */
async function fate(bytes: Uint8Array): Promise<string> {
  try {
    await tflite.read({ bytes, place: 'mutant', beside: () => Promise.resolve(undefined) }, { inputRange: [0, 1] });
    return 'network';
  } catch (error) {
    return error instanceof UserError ? 'refused' : `${error instanceof Error ? error.stack : String(error)}`;
  }
}

describe(`mutated TensorFlow Lite files (seed ${RUN_SEED})`, () => {
  const files = [smallNetwork(), floatNetwork(), larqNetwork(), manyOperators()].map(writeTflite);
  const real = REAL.filter((name) => existsSync(shared + name)).map(
    (name) => new Uint8Array(readFileSync(shared + name)),
  );

  it(`are read or refused, ${2000 * FUZZ} of them`, { timeout: 120_000 * FUZZ }, async () => {
    const fates = { network: 0, refused: 0 };
    let slowest = 0;
    for (let k = 0; k < 2000 * FUZZ; k++) {
      const all = [...files, ...real];
      const r = sequence(RUN_SEED, PURPOSE.test, k + 1);
      const bytes = mutant(all[k % all.length]!, r);
      // Processor time: a machine that stands still is no slow file.
      const start = process.cpuUsage();
      const found = await fate(bytes);
      const { user, system } = process.cpuUsage(start);
      slowest = Math.max(slowest, (user + system) / 1000);
      if (found !== 'network' && found !== 'refused') expect.fail(`mutant ${k} of seed ${RUN_SEED}: ${found}`);
      fates[found]++;
    }
    // Both happen: files are changed where it matters, and where it does not.
    expect(fates.network).toBeGreaterThan(50 * FUZZ);
    expect(fates.refused).toBeGreaterThan(50 * FUZZ);
    expect(slowest).toBeLessThan(5000);
  });

  it('are refused when cut off anywhere', async () => {
    const [bytes] = files;
    if (bytes === undefined) throw new Error('no file');
    for (let n = 0; n < bytes.length; n += 7) {
      const found = await fate(bytes.slice(0, n));
      expect(['network', 'refused'], found).toContain(found);
    }
  });

  it('of options of custom operators are maps or refused', () => {
    const [options] = larqNetwork().operators.flatMap(({ custom }) =>
      custom === undefined ? [] : [Uint8Array.from(custom)],
    );
    if (options === undefined) throw new Error('no options');
    for (let k = 0; k < 2000 * FUZZ; k++) {
      const r = sequence(RUN_SEED, PURPOSE.test, 1_000_000 + k);
      try {
        readFlexMap(mutant(options, r));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
    }
  });
});
