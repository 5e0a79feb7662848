/** Mutated parameter folders and archives: a UserError or a network, in bounded time. `npm run fuzz:import` tries 50 times as many. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { openNetwork } from '../../../src/compiler/frontends/open-network.js';
import { asFolder, madeNetwork, type MadeBits, type MadeLayer, tarOf } from '../../support/bnn-pynq.js';
import { arrayBytesOf, expectFates, fateOf } from '../../support/hostile.js';
import { mutantOf } from '../../support/mutants.js';
import { FUZZ, RUN_SEED } from '../../support/random-runs.js';

const DENSE: readonly MadeLayer[] = [
  { nIn: 832, nOut: 8, simd: 32, pe: 4 },
  { nIn: 8, nOut: 8, simd: 4, pe: 2 },
];
const CONV: readonly MadeLayer[] = [
  { nIn: 12, nOut: 4, simd: 3, pe: 2, conv: { window: 2, channels: 3, input: 5 } },
  { nIn: 16, nOut: 6, simd: 8, pe: 2, conv: { window: 2, channels: 4, input: 2 } },
  { nIn: 6, nOut: 4, simd: 6, pe: 4 },
];
const BITS: readonly MadeBits[] = [
  { weights: 1, activations: 1 },
  { weights: 1, activations: 2 },
  { weights: 2, activations: 2 },
];
const FOLDERS = BITS.flatMap((bits) =>
  [DENSE, CONV].map(
    (layers) => madeNetwork(layers, { seed: 1, nClasses: 3, lastThresholds: layers === DENSE, bits }).files,
  ),
);
const NUMBERS = [0, 1, 2, 3, 5, 16, 63, 64, 65, 255, 256, 4096, 65535, 65536, 65537, 1e9];

/** A header with up to three of its numbers others. */
function withOtherNumbers(header: Uint8Array, index: number): Uint8Array {
  const draw = sequence(RUN_SEED, PURPOSE.test, index);
  const lines = new TextDecoder().decode(header).split('\n');
  for (let n = 0; n <= draw.below(3); n++) {
    const at = draw.below(lines.length);
    lines[at] = (lines[at] ?? '').replace(/\d+$/, String(NUMBERS[draw.below(NUMBERS.length)]));
  }
  return new TextEncoder().encode(lines.join('\n'));
}

describe(`mutated parameters of BNN-PYNQ (seed ${RUN_SEED})`, () => {
  it(`are read or refused, ${1000 * FUZZ} with a changed file`, { timeout: 60_000 * FUZZ }, async () => {
    await expectFates(1000 * FUZZ, (k) => {
      const files = new Map(FOLDERS[k % FOLDERS.length]);
      const names = [...files.keys()];
      const draw = sequence(RUN_SEED, PURPOSE.test, k);
      // The header says the sizes of everything: every second mutant is one of it.
      const header = names.find((name) => name.endsWith('.h')) ?? '';
      const name = draw.below(2) === 0 ? header : (names[draw.below(names.length)] ?? '');
      if (draw.below(20) === 0) files.delete(name);
      else files.set(name, mutantOf(files.get(name) ?? new Uint8Array(0), RUN_SEED, k));
      return openNetwork(asFolder(files));
    });
  });

  it(`are read or refused, ${500 * FUZZ} with other numbers in their header`, { timeout: 60_000 * FUZZ }, async () => {
    await expectFates(500 * FUZZ, (k) => {
      const files = new Map(FOLDERS[k % FOLDERS.length]);
      files.set('config-made.h', withOtherNumbers(files.get('config-made.h') ?? new Uint8Array(0), 1_000_000 + k));
      return openNetwork(asFolder(files));
    });
  });

  it(`are read or refused, ${500 * FUZZ} archives with changed bytes`, { timeout: 60_000 * FUZZ }, async () => {
    const [files = new Map<string, Uint8Array>()] = FOLDERS;
    const tar = tarOf([...files]);
    await expectFates(500 * FUZZ, (k) => {
      // A changed archive is packed again: a change to packed bytes is found by their checksum.
      const bytes = k % 4 === 0 ? mutantOf(gzipSync(tar), RUN_SEED, k) : gzipSync(mutantOf(tar, RUN_SEED, k));
      return openNetwork({ bytes, place: 'net.tar.gz', beside: () => Promise.resolve(undefined) });
    });
  });

  it('with layers of any size are refused before anything of that size is allocated', async () => {
    const files = new Map(FOLDERS[0]);
    const header = new TextDecoder().decode(files.get('config-made.h'));
    const huge = header.replace('L0_MW 832', 'L0_MW 65536').replace('L0_MH 8', 'L0_MH 65536');
    files.set('config-made.h', new TextEncoder().encode(huge));
    expect(await arrayBytesOf(() => openNetwork(asFolder(files)))).toBeLessThan(1 << 24);
    expect(await fateOf(() => openNetwork(asFolder(files)))).toBe('refused');
  });
});

describe(`mutated headers of BNN-PYNQ whose parameters stand apart (seed ${RUN_SEED})`, () => {
  const apart = FOLDERS.map((files) => {
    const rest = new Map([...files].filter(([name]) => name !== 'config-made.h'));
    return { header: files.get('config-made.h') ?? new Uint8Array(0), rest };
  });

  it(`are read or refused, ${2000 * FUZZ} of them`, { timeout: 60_000 * FUZZ }, async () => {
    await expectFates(2000 * FUZZ, (k) => {
      const { header, rest } = apart[k % apart.length] ?? { header: new Uint8Array(0), rest: new Map() };
      const bytes = k % 2 === 0 ? mutantOf(header, RUN_SEED, k) : withOtherNumbers(header, 2_000_000 + k);
      const beside = (): Promise<undefined> => Promise.resolve(undefined);
      // Every fourth archive of parameters is damaged too.
      const tar = gzipSync(k % 8 === 1 ? mutantOf(tarOf([...rest]), RUN_SEED, k) : tarOf([...rest]), { level: 1 });
      const weights = k % 4 === 1 ? { bytes: tar, place: 'net.tar.gz', beside } : asFolder(rest);
      return openNetwork({ bytes, place: 'overlay/config.h', beside }, { weights });
    });
  });
});
