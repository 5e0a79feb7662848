/** Hostile shards of tfjs models: mutants are read or refused, within time and memory. `npm run fuzz:import` tries 50 times as many. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../../../src/common/rng.js';
import { folderReader } from '../../../../src/data/files/folder-reader.js';
import { fateOf, expectFates } from '../../../support/hostile.js';
import { foreign, importKeras, sequential } from '../../../support/keras-files.js';
import { mutantOf } from '../../../support/mutants.js';
import { FUZZ, RUN_SEED } from '../../../support/random-runs.js';

const COUNT = 2000 * FUZZ;
const TIMEOUT = { timeout: 120_000 * FUZZ };
const OPTIONS = { inputRange: [0, 1] } as const;
const [N_IN, N_OUT] = [12, 3];
const TOPOLOGY = {
  model_config: sequential([N_IN], [{ class_name: 'Dense', config: { name: 'dense', units: N_OUT } }]),
};

/** How a weight may be stored: its bytes a number, and what its manifest says beside its shape. */
const STORED = [
  { size: 4, says: { dtype: 'float32' } },
  { size: 4, says: { dtype: 'int32' } },
  {
    size: 1,
    says: { dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.02, min: -2, original_dtype: 'float32' } },
  },
  { size: 2, says: { dtype: 'float32', quantization: { dtype: 'uint16', scale: 0.001, min: -2 } } },
  { size: 2, says: { dtype: 'float32', quantization: { dtype: 'float16' } } },
  { size: 1, says: { dtype: 'bool' } },
] as const;

interface Manifest {
  readonly paths: unknown[];
  readonly weights: Record<string, unknown>[];
}

/** A model with its kernel and bias stored in one of the ways, their bytes cut into two shards. */
function model(way: number): { readonly manifest: Manifest; readonly shards: Record<string, Uint8Array> } {
  const { size, says } = STORED[way % STORED.length] ?? STORED[0];
  const all = Uint8Array.from({ length: (N_IN + 1) * N_OUT * size }, (_, i) =>
    size === 4 && i % 4 === 3 ? 0 : i & 31,
  );
  const cut = 7 + way;
  const manifest = {
    paths: ['group1-shard1of2.bin', 'group1-shard2of2.bin'],
    weights: [
      { name: 'dense/kernel', shape: [N_IN, N_OUT], ...says },
      { name: 'dense/bias', shape: [N_OUT], ...says },
    ],
  };
  return {
    manifest,
    shards: { 'group1-shard1of2.bin': all.subarray(0, cut), 'group1-shard2of2.bin': all.subarray(cut) },
  };
}

const jsonOf = (...weightsManifest: readonly unknown[]): string =>
  JSON.stringify({ modelTopology: TOPOLOGY, weightsManifest });

/** Values that break what a manifest says of a weight. */
const STRANGE: readonly unknown[] = [
  ...[null, true, -1, 0, 0.5, 1, 2, 3, 12, 13, 36, 255, 1e9, 2 ** 31, 2 ** 53, 1e308, '', 'x'.repeat(5000)],
  ...[
    'float32',
    'int32',
    'uint8',
    'uint16',
    'float16',
    'bool',
    'string',
    'complex64',
    '__proto__',
    'constructor',
    'toString',
  ],
  ...[[], {}, [3], [12, 3], [36], [0, 2 ** 53], [2 ** 30, 2 ** 30, 2 ** 30], [1e308, 1e308, 0], [[12], 3]],
  ...[{ dtype: 'uint8' }, { dtype: 'uint8', scale: 1e308, min: 1e308 }, { dtype: 'uint16', scale: 'a', min: null }],
  ...[{ dtype: '__proto__', scale: 1 }, { dtype: 'int32', scale: 2, min: 1 }, { scale: 1 }],
];

/** A name of a shard that leads somewhere else, or nowhere. */
const NAMES: readonly unknown[] = [
  ...['../secret.bin', 'deep/../../secret.bin', './../secret.bin', '..\\secret.bin', 'deep\\..\\..\\secret.bin'],
  ...[
    'link.bin',
    'out/secret.bin',
    'C:secret.bin',
    'a\0b',
    '',
    '.',
    'deep',
    '/',
    '/dev/zero',
    '/dev/stdin',
    '/etc/passwd',
  ],
  ...[
    '__proto__',
    'constructor',
    'n'.repeat(5000),
    'deep/'.repeat(500),
    'file:///etc/passwd',
    'http://localhost/a',
    7,
    null,
    {},
  ],
];

describe(`hostile shards of tfjs models (seed ${RUN_SEED})`, () => {
  it(`with changed bytes, plain and quantised, are read or refused, ${COUNT} of them`, TIMEOUT, async () => {
    await expectFates(COUNT, (k) => {
      const { manifest, shards } = model(k % STORED.length);
      const name = String(manifest.paths[(k >> 3) % 2]);
      const mutant = mutantOf(shards[name] ?? new Uint8Array(0), RUN_SEED, k);
      return importKeras(foreign(jsonOf(manifest), { ...shards, [name]: mutant }), OPTIONS);
    });
  });

  it(`whose manifest says something else of them are read or refused, ${COUNT} of them`, TIMEOUT, async () => {
    await expectFates(COUNT, (k) => {
      const { manifest, shards } = model(k % STORED.length);
      const draw = sequence(RUN_SEED, PURPOSE.test, k);
      const groups = [manifest];
      const { weights, paths } = manifest;
      for (let n = 0; n <= draw.below(2); n++) {
        const at = draw.below(weights.length + 1);
        const weight = weights[at];
        const key = ['shape', 'dtype', 'quantization', 'name'][draw.below(4)] ?? 'shape';
        const what = draw.below(8);
        if (what === 0) weights.reverse();
        else if (what === 1) weights.push({ ...weights[0] });
        else if (what === 2) paths.reverse();
        else if (what === 3) groups.push({ paths: paths.splice(0, 1), weights: weights.splice(0, 1) });
        else if (weight === undefined) weights.splice(draw.below(weights.length), 1);
        else weights[at] = { ...weight, [key]: STRANGE[draw.below(STRANGE.length)] };
      }
      return importKeras(foreign(jsonOf(...groups), shards), OPTIONS);
    });
  });

  describe('in a folder', () => {
    let root: string;
    beforeAll(() => {
      root = mkdtempSync(join(tmpdir(), 'lodestone-tfjs-'));
      mkdirSync(join(root, 'model', 'deep'), { recursive: true });
      // What lies outside would do as a shard: only its place speaks against it.
      writeFileSync(join(root, 'secret.bin'), new Uint8Array((N_IN + 1) * N_OUT * 4));
      writeFileSync(join(root, 'model', 'own.bin'), new Uint8Array((N_IN + 1) * N_OUT * 4));
      symlinkSync(join(root, 'secret.bin'), join(root, 'model', 'link.bin'));
      symlinkSync(root, join(root, 'model', 'out'));
    });
    afterAll(() => rmSync(root, { recursive: true, force: true }));

    const read = (paths: readonly unknown[]): Promise<unknown> => {
      const { manifest } = model(0);
      const bytes = new TextEncoder().encode(jsonOf({ ...manifest, paths }));
      return importKeras({ bytes, place: 'model.json', beside: folderReader(join(root, 'model')) }, OPTIONS);
    };

    it('are read from there, and from nowhere else, whatever they are called', async () => {
      expect(await fateOf(() => read(['own.bin']))).toBe('read');
      for (const name of NAMES) expect(await fateOf(() => read([name])), String(name)).toBe('refused');
      expect(await fateOf(() => read([join(root, 'model', 'own.bin')]))).toBe('refused');
    });

    it('are refused where a manifest names one twice: a small file would take the memory of a large one', async () => {
      await expect(read(['own.bin', 'own.bin'])).rejects.toThrow(/"own.bin" twice/);
    });
  });
});
