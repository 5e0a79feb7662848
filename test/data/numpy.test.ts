import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/index.js';
import { npyNumbers, parseNpy } from '../../src/data/files/npy.js';
import { unzip } from '../../src/common/archive/zip.js';
import { base64, concat, dataFolder, problemsOf } from './support/files.js';

/** Written by NumPy 2.4: x = arange(12, dtype=uint8).reshape(2, 2, 3), y = [1, 0]. */
const X = base64(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIsIDMpLCB9ICAgICAgICAgICAgICAgICAg' +
    'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAQIDBAUGBwgJCgs=',
);
const Y_BIG_ENDIAN = base64(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPmkyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAg' +
    'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAQAA',
);
const X_FLOAT = base64(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIsIDMpLCB9ICAgICAgICAgICAgICAgICAg' +
    'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAACAPwAAAEAAAEBAAACAQAAAoEAAAMBAAADgQAAAAEEAABBBAAAgQQAAMEE=',
);
const X_FORTRAN = base64(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMiwgMyksIH0gICAgICAgICAgICAgICAgICAg' +
    'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoABgMJAQcECgIIBQs=',
);
/** numpy.savez_compressed(x_train=x, y_train=y as int64, x_test=x[:1] + 100, y_test=[[2]] as uint8). */
const SPLIT_NPZ = base64(
  'UEsDBC0AAAAIAAAAIQDFIoSg//////////8LABQAeF90cmFpbi5ucHkBABAAjAAAAAAAAABUAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF5Taqiuo6Ce' +
    'll9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CkBkrKmjUKtAHuBiYGRiZmFlY+fg5OIGAFBLAwQtAAAACAAAACEAcfs5q///////////CwAUAHlfdHJh' +
    'aW4ubnB5AQAQAJAAAAAAAAAASAAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUK' +
    'FAAuRgZUAABQSwMELQAAAAgAAAAhACzFOQ///////////woAFAB4X3Rlc3QubnB5AQAQAIYAAAAAAAAATwAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBe' +
    'U2qorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqGOgpGOgrGmjoKtQrkAa6U1LT0jEwAUEsDBC0AAAAIAAAAIQCgN4sp//////////8KABQAeV90' +
    'ZXN0Lm5weQEAEACBAAAAAAAAAEcAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgXlNqqK6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkahjoKhpo6' +
    'CrUKZAMuJgBQSwECLQMtAAAACAAAACEAxSKEoFQAAACMAAAACwAAAAAAAAAAAAAAgAEAAAAAeF90cmFpbi5ucHlQSwECLQMtAAAACAAAACEAcfs5q0gAAACQ' +
    'AAAACwAAAAAAAAAAAAAAgAGRAAAAeV90cmFpbi5ucHlQSwECLQMtAAAACAAAACEALMU5D08AAACGAAAACgAAAAAAAAAAAAAAgAEWAQAAeF90ZXN0Lm5weVBL' +
    'AQItAy0AAAAIAAAAIQCgN4spRwAAAIEAAAAKAAAAAAAAAAAAAACAAaEBAAB5X3Rlc3QubnB5UEsFBgAAAAAEAAQA4gAAACQCAAAAAA==',
);
/** numpy.savez(images=x, labels=y as uint8): stored, not packed. */
const WHOLE_NPZ = base64(
  'UEsDBC0AAAAAAAAAIQDFIoSg//////////8KABQAaW1hZ2VzLm5weQEAEACMAAAAAAAAAIwAAAAAAAAAk05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2Zv' +
    'cnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg' +
    'ICAgICAgIAoAAQIDBAUGBwgJCgtQSwMELQAAAAAAAAAhAE5ja7H//////////woAFABsYWJlbHMubnB5AQAQAIIAAAAAAAAAggAAAAAAAACTTlVNUFkBAHYA' +
    'eydkZXNjcic6ICd8dTEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg' +
    'ICAgICAgICAgICAgICAgICAgICAgICAgICAgCgEAUEsBAi0DLQAAAAAAAAAhAMUihKCMAAAAjAAAAAoAAAAAAAAAAAAAAIABAAAAAGltYWdlcy5ucHlQSwEC' +
    'LQMtAAAAAAAAACEATmNrsYIAAACCAAAACgAAAAAAAAAAAAAAgAHIAAAAbGFiZWxzLm5weVBLBQYAAAAAAgACAHAAAACGAQAAAAA=',
);
const PIXELS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

const folder = dataFolder();

/** A .npy file with a header of our own. */
function npy(header: string, values: readonly number[] = []): Uint8Array {
  const text = new TextEncoder().encode(header);
  const size = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8);
  return concat([size, text, Uint8Array.from(values)]);
}
const header = (descr: string, shape: string): string =>
  `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;

describe('the .npy reader', () => {
  it('reads what NumPy writes', () => {
    const array = parseNpy(X, 'x.npy');
    expect(array.shape).toEqual([2, 2, 3]);
    expect([...array.bytes]).toEqual(PIXELS);
    expect([...npyNumbers(parseNpy(Y_BIG_ENDIAN, 'y.npy'))]).toEqual([1, 0]);
  });

  it.each([
    ['i1', [0xff, 7], [-1, 7]],
    ['u2', [1, 2, 0, 255], [513, 65280]],
    ['i4', [254, 255, 255, 255], [-2]],
    ['u4', [254, 255, 255, 255], [4294967294]],
    ['i8', [253, 255, 255, 255, 255, 255, 255, 255], [-3]],
    ['u8', [0, 0, 0, 0, 1, 0, 0, 0], [4294967296]],
  ])('reads integers of type %s', (type, bytes, values) => {
    expect([...npyNumbers(parseNpy(npy(header(`<${type}`, `${values.length},`), bytes), 'y.npy'))]).toEqual(values);
  });

  it('says at which byte every truncation is', async () => {
    for (let n = 0; n < X.length; n++) {
      expect((await problemsOf(() => parseNpy(X.subarray(0, n), 'x.npy')))[0]).toMatch(/^bad-npy x.npy byte \d+: /);
    }
  });

  it('brings arrays in Fortran order into C order', () => {
    expect([...parseNpy(X_FORTRAN, 'x').bytes]).toEqual(PIXELS);
    const text = `{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }`;
    const stored = [11, 21, 12, 22, 13, 23].flatMap((value) => [value, 1]);
    expect([...npyNumbers(parseNpy(npy(text, stored), 'x'))]).toEqual([11, 12, 13, 21, 22, 23].map((v) => v + 256));
  });

  it('is read with floats where any numbers are wanted', () => {
    expect([...npyNumbers(parseNpy(X_FLOAT, 'x', 'numbers'))]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const doubles = concat([
      X_FLOAT.subarray(0, 128),
      new Uint8Array(Float64Array.from({ length: 12 }, (_, i) => i / 7).buffer),
    ]);
    doubles.set([0x38], doubles.indexOf(0x34, 20));
    expect([...npyNumbers(parseNpy(doubles, 'x', 'numbers'))]).toEqual(Array.from({ length: 12 }, (_, i) => i / 7));
  });

  it.each([
    ['floats', X_FLOAT, 'type "<f4"'],
    ['objects', npy(header('|O', '2,')), 'type "|O"'],
    ['records', npy("{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (2,), }"), 'one plain type'],
    [
      'a shape whose product overflows',
      npy(header('|u1', '4000000000, 4000000000, 4000000000')),
      'more than 1073741824',
    ],
    ['a size of 0 that hides an impossible one', npy(header('|u1', '0, 4000000000')), 'more than 1073741824'],
    ['a negative size', npy(header('|u1', '-2,'), [1, 2]), 'whole numbers'],
    ['a header longer than the file', Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 255, 255), 'needs 65545'],
    [
      'code in the header',
      npy(`__import__('os').system('true') or ${header('|u1', '2,')}`, [1, 2, 3]),
      'the file has 3',
    ],
  ])('refuses %s', async (_, bytes, message) => {
    expect((await problemsOf(() => parseNpy(bytes, 'x.npy')))[0]).toContain(message);
  });
});

describe('the .npz reader', () => {
  it('takes the arrays of the split, and the classes of both', async () => {
    const path = folder.write('both.npz', SPLIT_NPZ);
    const train = await loadDataset(path, 'train');
    expect(train).toMatchObject({ name: 'both.npz', split: 'train', shape: [2, 3, 1], nClasses: 3 });
    expect([[...train.images], [...train.labels]]).toEqual([PIXELS, [1, 0]]);
    const test = await loadDataset(path, 'test');
    expect([[...test.images], [...test.labels], test.nClasses]).toEqual([[100, 101, 102, 103, 104, 105], [2], 3]);
  });

  it('takes images and labels as the split that is asked for', async () => {
    const path = folder.write('whole.npz', WHOLE_NPZ);
    for (const split of ['train', 'test'] as const) {
      const data = await loadDataset(path, split);
      expect([[...data.images], [...data.labels], data.split]).toEqual([PIXELS, [1, 0], split]);
    }
  });

  it('says which arrays it looked for', async () => {
    const problems = await problemsOf(() => loadDataset(folder.write('empty.npz', unzipped([])), 'test'));
    expect(problems[0]).toContain('no images and labels of the split "test"');
  });

  it('never accepts a truncated archive, and finds every flipped bit of the packed arrays', async () => {
    const all = (): boolean => true;
    for (let n = 0; n < SPLIT_NPZ.length; n++) await problemsOf(() => unzip(SPLIT_NPZ.subarray(0, n), 'a.npz', all));
    const original = unzip(SPLIT_NPZ, 'a.npz', all);
    const packed = SPLIT_NPZ.length - 248;
    for (let byte = 0; byte < packed; byte += 3) {
      const damaged = Uint8Array.from(SPLIT_NPZ);
      damaged[byte] = damaged[byte]! ^ 16;
      // Fields of the local headers that nobody needs may change; contents may not.
      try {
        expect(unzip(damaged, 'a.npz', all)).toEqual(original);
      } catch (error) {
        expect(String(error)).toMatch(/bad-zip|bad-compression|unpacks-too-large/);
      }
    }
  });

  it('stops at the announced size: an archive cannot fill the memory', async () => {
    const bomb = unzipped([['images.npy', 1 << 28]]);
    expect((await problemsOf(() => unzip(bomb, 'a.npz', () => true, 1 << 20)))[0]).toContain(
      'unpack to more than 1048576',
    );
  });

  it.each([
    ['x.npy alone', { 'x.npy': X }, 'x.npy', 'no file of labels'],
    [
      'float images',
      { 'a/images.npy': X_FLOAT, 'a/labels.npy': Y_BIG_ENDIAN },
      'a',
      'type "f4", and nothing says which of them is which byte',
    ],
    ['images of 16 bits', { 'b/images.npy': Y_BIG_ENDIAN, 'b/labels.npy': Y_BIG_ENDIAN }, 'b', 'type "i2"'],
    [
      'other numbers of labels',
      { 'c/images.npy': X, 'c/labels.npy': npy(header('|u1', '3,'), [0, 1, 2]) },
      'c',
      'do not match',
    ],
    [
      'negative labels',
      { 'd/images.npy': X, 'd/labels.npy': npy(header('|i1', '2,'), [0, 255]) },
      'd',
      'label -1 of image 1',
    ],
  ])('refuses %s', async (_, files, path, message) => {
    for (const [name, bytes] of Object.entries(files)) folder.write(name, bytes);
    expect((await problemsOf(() => loadDataset(folder.at(path), 'test')))[0]).toContain(message);
  });
});

describe('pairs of .npy files', () => {
  it('may be called by what networks read, and hold signed bytes as 8-bit networks read them', async () => {
    const labels = npy(header('|u1', '2,'), [1, 0]);
    const pairs = [
      ['images', 'labels'],
      ['inputs', 'labels'],
      ['features', 'labels'],
      ['x', 'y'],
    ] as const;
    const signed = npy(header('|i1', '2, 3'), [128, 255, 0, 1, 127, 130]);
    for (const [what, classes] of pairs) {
      folder.write(`${what}/kws-${what}.npy`, signed);
      folder.write(`${what}/kws-${classes}.npy`, labels);
      folder.write(`${what}/whole/${what}.npy`, X);
      folder.write(`${what}/whole/${classes}.npy`, labels);
      const { images } = await loadDataset(folder.at(`${what}/kws-${what}.npy`), 'test');
      expect([...images]).toEqual([0, 127, 128, 129, 255, 2]);
      expect([...(await loadDataset(folder.at(`${what}/whole`), 'test')).images]).toEqual(PIXELS);
    }
  });
});

/** A zip directory whose entries announce sizes without content. */
function unzipped(entries: readonly (readonly [string, number])[]): Uint8Array {
  const records = entries.map(([name, size]) => {
    const record = new Uint8Array(46 + name.length);
    const view = new DataView(record.buffer);
    view.setUint32(0, 0x02014b50, true);
    view.setUint16(10, 8, true);
    view.setUint32(24, size, true);
    view.setUint16(28, name.length, true);
    record.set(new TextEncoder().encode(name), 46);
    return record;
  });
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(10, entries.length, true);
  return concat([...records, end]);
}
