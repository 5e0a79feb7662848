/** Hostile data files: mutants are read or refused, within time and memory. `npm run fuzz:import` tries 50 times as many. */
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { loadDataset } from '../../src/data/datasets.js';
import { holdsRecords, npyNumbers, parseNpy, parseNpyRecords } from '../../src/data/files/npy.js';
import { parsePng } from '../../src/data/files/png.js';
import { parseIdx } from '../../src/data/idx.js';
import { parseCsv } from '../../src/data/sources/csv.js';
import { expectFates } from '../support/hostile.js';
import { mutantOf, mutantText } from '../support/mutants.js';
import { FUZZ, RUN_SEED } from '../support/random-runs.js';
import { zipFile } from '../support/zip-file.js';
import { concat, dataFolder, idxFile, pngChunk, pngFile } from './support/files.js';
import { npyFile, recordsFile } from './support/npy-files.js';

const COUNT = 2000 * FUZZ;
/** Through a folder on disk, and all that is made of it. */
const WHOLE = COUNT / 40;
const TIMEOUT = { timeout: 120_000 * FUZZ };
const folder = dataFolder();
const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 37) & 255);
const mutant = (files: readonly Uint8Array[], k: number): Uint8Array =>
  mutantOf(files[k % files.length] ?? new Uint8Array(0), RUN_SEED, k);

const IMAGES = npyFile('|u1', [4, 3, 3], bytes(36));
const LABELS = npyFile('<i8', [4], new Uint8Array(32));
const FORTRAN = Uint8Array.from(
  Buffer.from(npyFile('<f4', [4, 3, 3], bytes(144)))
    .toString('latin1')
    .replace('False', 'True '),
  (letter) => letter.charCodeAt(0),
);
const NPY = [
  IMAGES,
  LABELS,
  FORTRAN,
  npyFile('>f8', [2, 3], bytes(48)),
  recordsFile("[('t', '<u4'), ('', '|V3'), ('x', '|u1')]", 4, bytes(32)),
];

const PIXELS = Array.from({ length: 3 }, (_, y) => Array.from({ length: 6 }, (_, x) => (x * 40 + y) & 255));
const PNG = [
  pngFile(6, PIXELS, 0),
  pngFile(2, PIXELS, 2),
  pngFile(3, PIXELS, 4),
  pngFile(12, PIXELS, 0, { depth: 4 }),
  concat([pngFile(6, PIXELS, 3).subarray(0, 33), pngChunk('PLTE', bytes(768)), pngFile(6, PIXELS, 3).subarray(33)]),
];
const SIGNATURE = 8;

/** A picture with changed chunks whose checksums are right, its pixels packed again where they are changed. */
function changedChunks(png: Uint8Array, k: number): Uint8Array {
  const draw = sequence(RUN_SEED, PURPOSE.test, 2_000_000 + k);
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const chunks: Uint8Array[] = [];
  for (let at = SIGNATURE; at < png.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    const body = png.subarray(at + 8, at + 8 + view.getUint32(at));
    const isPixels = type === 'IDAT' && draw.below(2) === 0;
    const changed = isPixels ? deflateSync(mutantOf(bytes(3 * 7), RUN_SEED, k)) : mutantOf(body, RUN_SEED, k);
    if (draw.below(12) > 0) chunks.push(pngChunk(type, draw.below(3) === 0 ? changed : body));
    if (draw.below(12) === 0) chunks.push(pngChunk(type, body));
  }
  return concat([png.subarray(0, SIGNATURE), ...chunks]);
}

const IDX = [idxFile([4, 3, 3], [...bytes(36)]), idxFile([4], [0, 1, 2, 1])];
const TABLE = ['label,a,b,c', ...Array.from({ length: 8 }, (_, i) => `${i % 3},${i},${i * 20},255`)].join('\n');
const tableOf = (k: number): Uint8Array =>
  k % 4 === 0 ? mutantOf(text(TABLE), RUN_SEED, k) : text(mutantText(TABLE, RUN_SEED, k));
const npz = (method: number): Uint8Array =>
  zipFile([
    { name: 'x_test.npy', content: IMAGES, method },
    { name: 'y_test.npy', content: LABELS, method },
  ]).bytes;
const NPZ = [npz(0), npz(8)];

const STRIP = pngFile(1024, [Array.from({ length: 3072 }, (_, i) => i & 255)], 2);
const STRIP_LABELS = `var labels = [${new Array<number>(50_001).fill(3).join(',')}];`;

describe(`hostile data files (seed ${RUN_SEED})`, () => {
  it(
    `of numbers (.npy) are read or refused, ${COUNT} of them, with as many numbers as they have bytes at most`,
    TIMEOUT,
    async () => {
      await expectFates(COUNT, (k) => {
        const file = mutant(NPY, k);
        const array = holdsRecords(file, 'a.npy') ? undefined : parseNpy(file, 'a.npy', 'numbers');
        if (array !== undefined) return expect(npyNumbers(array).length).toBeLessThanOrEqual(file.length);
        const records = parseNpyRecords(file, 'a.npy');
        for (const field of records.fields) expect(records.column(field)).toHaveLength(records.n);
        return undefined;
      });
    },
  );

  it(`of pictures (.png) are read or refused, ${COUNT} of them, with the pixels they announce`, TIMEOUT, async () => {
    await expectFates(COUNT, (k) => {
      const png = PNG[(k >> 2) % PNG.length] ?? bytes(0);
      const picture = parsePng(k % 4 === 0 ? mutantOf(png, RUN_SEED, k) : changedChunks(png, k), 'a.png');
      expect(picture.values).toHaveLength(picture.width * picture.height * picture.channels);
    });
  });

  it(`of images as MNIST has them (.idx) are read or refused, ${COUNT} of them`, TIMEOUT, async () => {
    await expectFates(COUNT, (k) => {
      const { shape, values } = parseIdx(mutant(IDX, k), 'a.idx');
      expect(shape.reduce((product, size) => product * size, 1)).toBe(values.length);
    });
  });

  it(`of tables (.csv) are read or refused, ${COUNT} of them, as bytes and as real numbers`, TIMEOUT, async () => {
    await expectFates(COUNT, (k) => {
      const read = parseCsv(tableOf(k), 'a.csv', { isReal: k % 2 === 0 });
      expect(read.labelShape).toEqual([read.labels.length]);
    });
  });

  it.each([
    ['a .npz', 'a.npz', (k: number) => ({ 'a.npz': mutant(NPZ, k) })],
    [
      'a pair of .npy',
      '',
      (k: number) => ({
        'images.npy': k % 2 === 0 ? mutant([IMAGES], k) : IMAGES,
        'labels.npy': k % 2 === 0 ? LABELS : mutant([LABELS], k),
      }),
    ],
    [
      'a pair of .npy beside',
      'b-images.npy',
      (k: number) => ({ 'b-images.npy': IMAGES, 'b-labels.npy': mutant([LABELS], k) }),
    ],
    [
      'a pair of IDX',
      '',
      (k: number) => ({
        'images-idx3-ubyte.gz': gzipSync(mutant([IDX[0] ?? bytes(0)], k)),
        'labels-idx1-ubyte': k % 2 === 0 ? mutant([IDX[1] ?? bytes(0)], k) : (IDX[1] ?? bytes(0)),
      }),
    ],
    ['a table', 'a.csv', (k: number) => ({ 'a.csv': tableOf(k) })],
    [
      'pictures with a list of labels',
      '',
      (k: number) => ({
        'a.png': k % 2 === 0 ? changedChunks(PNG[0] ?? bytes(0), k) : (PNG[0] ?? bytes(0)),
        'b.png': PNG[0] ?? bytes(0),
        'labels.csv': text(
          k % 3 === 0 ? 'file,label\na.png,0\nb.png,1\n' : mutantText('file,label\na.png,0\nb.png,1', RUN_SEED, k),
        ),
      }),
    ],
    [
      'the strips of CIFAR-10',
      '',
      (k: number) => ({
        'cifar10_batch_50.png': k % 2 === 0 ? changedChunks(STRIP, k) : STRIP,
        'cifar10_labels.js': text(k % 3 === 0 ? STRIP_LABELS : mutantText(STRIP_LABELS, RUN_SEED, k)),
      }),
    ],
  ] as const)(`in the form of %s are read or refused, ${WHOLE} of them`, TIMEOUT, async (form, name, filesOf) => {
    const place = form.replaceAll(/\W/g, '-');
    await expectFates(WHOLE, async (k) => {
      for (const [file, content] of Object.entries(filesOf(k))) folder.write(`${place}/${file}`, content);
      const data = await loadDataset(folder.at(`${place}/${name}`), 'test');
      expect(data.images).toHaveLength(data.labels.length * data.shape.reduce((product, size) => product * size, 1));
    });
  });
});
