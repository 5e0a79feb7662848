import * as h5wasm from 'h5wasm';
import { expect, test } from 'vitest';
import { Hdf5Dataset, openHdf5 } from '../../../src/common/hdf5/open.js';
import { type WrittenDataset, type WrittenGroup, writeHdf5 } from '../../../src/common/hdf5/write.js';

const group = (members: Readonly<Record<string, WrittenGroup | WrittenDataset>>): WrittenGroup => ({
  members: new Map(Object.entries(members)),
});

const MANY = 700;
const CONTENT = group({
  version: { shape: [], values: ['1.0'] },
  node: group({
    'a.b': { shape: [2, 3], values: Float32Array.of(1, -0.5, 3, 4, 5, 6) },
    wide: { shape: [], values: Float64Array.of(0.1) },
    whole: { shape: [2], values: BigInt64Array.of(-3n, 1n << 40n) },
    edges: { shape: [2, 2], values: ['a', 'lif1.w_rec', 'ä', ''] },
    empty: { shape: [0, 2], values: [] },
    inner: group({}),
  }),
  // More than a leaf of the tree, and more than a tree of standard leaves, holds.
  many: group(
    Object.fromEntries(
      Array.from({ length: MANY }, (_, k) => [`n${k}`, { shape: [], values: BigInt64Array.of(BigInt(k)) }]),
    ),
  ),
});

test('what is written is read back, by our reader', () => {
  const root = openHdf5(writeHdf5(CONTENT), 'file');
  const read = (path: string): readonly [readonly number[], readonly unknown[]] => {
    const found = root.get(path);
    return found instanceof Hdf5Dataset ? [found.shape, [...found.read()]] : [[], []];
  };
  expect(root.names).toEqual(['many', 'node', 'version']);
  expect(read('version')).toEqual([[], ['1.0']]);
  expect(read('node/a.b')).toEqual([
    [2, 3],
    [1, -0.5, 3, 4, 5, 6],
  ]);
  expect(read('node/wide')).toEqual([[], [0.1]]);
  expect(read('node/whole')).toEqual([[2], [-3, 2 ** 40]]);
  expect(read('node/edges')).toEqual([
    [2, 2],
    ['a', 'lif1.w_rec', 'ä', ''],
  ]);
  expect(read('node/empty')).toEqual([[0, 2], []]);
  expect(root.get('node/inner')?.kind).toBe('group');
  expect(read(`many/n${MANY - 1}`)).toEqual([[], [MANY - 1]]);
});

test('libhdf5 reads it too', async () => {
  const { FS } = await h5wasm.ready;
  FS.writeFile('/ours.h5', writeHdf5(CONTENT));
  const file = new h5wasm.File('/ours.h5', 'r');
  try {
    const value = (path: string): unknown => {
      const found = file.get(path);
      return found instanceof h5wasm.Dataset ? found.to_array() : found;
    };
    expect(file.keys().toSorted()).toEqual(['many', 'node', 'version']);
    expect(value('version')).toBe('1.0');
    expect(value('node/a.b')).toEqual([
      [1, -0.5, 3],
      [4, 5, 6],
    ]);
    expect(value('node/wide')).toBe(0.1);
    expect(value('node/whole')).toEqual([-3, 2 ** 40]);
    expect(value('node/edges')).toEqual([
      ['a', 'lif1.w_rec'],
      ['ä', ''],
    ]);
    const many = file.get('many');
    expect(many instanceof h5wasm.Group ? many.keys().length : 0).toBe(MANY);
    expect(value(`many/n${MANY - 1}`)).toBe(MANY - 1);
  } finally {
    file.close();
  }
});

test('equal content gives equal bytes', () => {
  expect(writeHdf5(CONTENT)).toEqual(writeHdf5(CONTENT));
});
