import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importTextSchema, readImportText, readModelFile } from '../../src/data/model-file.js';

const folder = mkdtempSync(join(tmpdir(), 'lodestone-model-file-'));

/** A .npy file of version 1 with float32 numbers. */
function npy(numbers: readonly number[]): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${numbers.length},), }`.padEnd(117) + '\n';
  const bytes = new Uint8Array(10 + header.length + 4 * numbers.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  bytes.set(new TextEncoder().encode(header), 10);
  const view = new DataView(bytes.buffer, 10 + header.length);
  numbers.forEach((value, i) => {
    view.setFloat32(4 * i, value, true);
  });
  return bytes;
}

test('how a file is to be read names a mean image and weights by paths from the folder of who names them', async () => {
  writeFileSync(join(folder, 'mean.npy'), npy([1.5, 2, 250]));
  writeFileSync(join(folder, 'net.h5'), 'weights');
  const text = importTextSchema.parse({
    ...{
      inputRange: [0, 255],
      inputMean: 'mean.npy',
      inputStd: [255],
      weights: 'net.h5',
      inputLayout: 'channels-last',
    },
  });
  const read = await readImportText(text, folder);
  expect(read).toMatchObject({ inputRange: [0, 255], inputMean: [1.5, 2, 250], inputStd: [255] });
  expect(new TextDecoder().decode(read.weights?.bytes)).toBe('weights');
  expect(read.weights?.place).toBe(join(folder, 'net.h5'));
  expect(await readImportText({ inputMean: [7] }, folder)).toEqual({ inputMean: [7] });
});

test('a mean image that is not there is told with its path', async () => {
  await expect(readImportText({ inputMean: 'other.npy' }, folder)).rejects.toThrow(join(folder, 'other.npy'));
});

test.each([
  [{ inputRange: [1, 0] }, 'must be two numbers, the smaller one first'],
  [{ inputRange: [0, 0] }, 'must be two numbers, the smaller one first'],
  [{ inputMean: 'mean.png' }, 'must be a list of numbers, or the path of a .npy file'],
  [{ inputMean: [] }, 'expected array to have >=1 items'],
  [{ inputStd: [0] }, 'expected number to be >0'],
  [{ timeStep: 0 }, 'expected number to be >0'],
  [{ inputShape: [0] }, 'expected number to be >=1'],
  [{ inputLayout: 'NHWC' }, 'expected one of'],
  [{ weigths: 'x' }, 'Unrecognized key'],
])('%j is refused: %s', (text, message) => {
  expect(importTextSchema.safeParse(text).error?.message).toContain(message);
});

test('a folder is read as the names of its files, and hands out the files in it', async () => {
  const model = join(folder, 'model');
  mkdirSync(join(model, 'part'), { recursive: true });
  writeFileSync(join(model, 'part', 'shard'), 'abc');
  const { bytes, names, beside } = await readModelFile(model);
  expect([bytes.length, names]).toEqual([0, ['part/shard']]);
  expect(new TextDecoder().decode(await beside('part/shard', 10))).toBe('abc');
  expect((await readModelFile(join(model, 'part', 'shard'))).names).toBeUndefined();
});
