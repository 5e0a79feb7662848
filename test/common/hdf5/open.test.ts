import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/common/diagnostics.js';
import { type Hdf5Group, openHdf5 } from '../../../src/common/hdf5/open.js';
import { draw4, PURPOSE } from '../../../src/common/rng.js';
import { type Hdf5Content, type Hdf5Style, writeHdf5 } from '../../support/hdf5-file.js';

const STYLES: readonly (Hdf5Style & { readonly title: string })[] = [
  { title: 'of the oldest version (h5py)' },
  { title: 'of the oldest version with tracked order (Keras 3)', trackOrder: true },
  { title: 'of HDF5 1.10', libver: 'v110' },
  { title: 'of the newest version with tracked order', libver: 'latest', trackOrder: true },
];

const values = (group: Hdf5Group, path: string): readonly (number | string)[] => {
  const found = group.get(path);
  return found?.kind === 'dataset' ? [...found.read()] : ['no dataset'];
};

const long = 'layer {"a": "ä"} '.repeat(6000);
const content: Hdf5Content = {
  groups: ['empty/below'],
  datasets: [
    { path: 'model_weights/dense/kernel:0', data: Float32Array.of(1, -2.5, 3, 4, 5, 6), shape: [2, 3] },
    { path: 'model_weights/dense/iteration', data: BigInt64Array.of(-7n), shape: [] },
    { path: 'types/double', data: Float64Array.of(Math.PI, -0, 1e300) },
    { path: 'types/int', data: Int32Array.of(-1, 2 ** 31 - 1) },
    { path: 'types/byte', data: Uint8Array.of(0, 255) },
    { path: 'types/text', data: ['one', 'two words', 'ä'] },
    { path: 'types/fixed', data: ['ab', 'cdef'], dtype: 'S4' },
    { path: 'types/lines', data: 'LIF' },
    { path: 'packed', data: Float32Array.from({ length: 70 }, (_, i) => i), shape: [7, 10], chunks: [3, 4], gzip: 4 },
    { path: 'chunked', data: Int32Array.from({ length: 70 }, (_, i) => -i), shape: [7, 10], chunks: [2, 10] },
    { path: 'whole', data: Float64Array.from({ length: 6 }, (_, i) => i / 3), shape: [2, 3], chunks: [2, 3], gzip: 9 },
    ...Array.from({ length: 300 }, (_, i) => ({ path: `many/layer_${i}`, data: Int32Array.of(i) })),
  ],
  attributes: [
    { path: '', name: 'model_config', value: long },
    { path: '', name: 'backend', value: 'tensorflow', dtype: 'S10' },
    { path: 'model_weights', name: 'layer_names', value: ['dense', 'dropout_1'], dtype: 'S9' },
    { path: 'model_weights/dense/kernel:0', name: 'unit', value: 0.25 },
    ...Array.from({ length: 40 }, (_, i) => ({ path: 'empty', name: `a${i}`, value: `value ${i}` })),
  ],
};

describe.each(STYLES)('an HDF5 file $title', (style) => {
  it('gives every dataset and attribute as it was written', async () => {
    const root = openHdf5(await writeHdf5(content, style), 'file');
    expect([...root.names].sort()).toEqual(['chunked', 'empty', 'many', 'model_weights', 'packed', 'types', 'whole']);
    expect(values(root, 'model_weights/dense/kernel:0')).toEqual([1, -2.5, 3, 4, 5, 6]);
    expect(root.get('model_weights/dense/kernel:0')).toMatchObject({
      shape: [2, 3],
      path: '/model_weights/dense/kernel:0',
    });
    expect(root.get('model_weights/dense/iteration')).toMatchObject({ shape: [] });
    expect(values(root, 'model_weights/dense/iteration')).toEqual([-7]);
    expect(values(root, 'types/double')).toEqual([Math.PI, -0, 1e300]);
    expect(values(root, 'types/int')).toEqual([-1, 2 ** 31 - 1]);
    expect(values(root, 'types/byte')).toEqual([0, 255]);
    expect(values(root, 'types/text')).toEqual(['one', 'two words', 'ä']);
    expect(values(root, 'types/fixed')).toEqual(['ab', 'cdef']);
    expect(values(root, 'types/lines')).toEqual(['LIF']);
    expect(values(root, 'packed')).toEqual(Array.from({ length: 70 }, (_, i) => i));
    expect(values(root, 'chunked')).toEqual(Array.from({ length: 70 }, (_, i) => 0 - i));
    expect(values(root, 'whole')).toEqual([0, 1 / 3, 2 / 3, 1, 4 / 3, 5 / 3]);
    const many = root.get('many');
    if (many?.kind !== 'group') throw new Error('no group');
    expect([...many.names].sort()).toEqual(Array.from({ length: 300 }, (_, i) => `layer_${i}`).sort());
    for (let i = 0; i < 300; i++) expect(values(many, `layer_${i}`)).toEqual([i]);
    expect(root.attribute('model_config')).toEqual({ shape: [], values: [long] });
    expect(root.attribute('backend')?.values).toEqual(['tensorflow']);
    expect(root.get('model_weights')?.attribute('layer_names')).toEqual({ shape: [2], values: ['dense', 'dropout_1'] });
    expect([...(root.get('model_weights/dense/kernel:0')?.attribute('unit')?.values ?? [])]).toEqual([0.25]);
    expect(root.attribute('none')).toBeUndefined();
    expect(root.get('model_weights/none')).toBeUndefined();
    const empty = root.get('empty');
    expect(empty?.attributes.length).toBe(40);
    for (let i = 0; i < 40; i++) expect(empty?.attribute(`a${i}`)?.values).toEqual([`value ${i}`]);
  });

  it('ends in findings, never in another error or a large allocation, whatever bytes of it are changed', async () => {
    const small: Hdf5Content = {
      ...content,
      datasets: (content.datasets ?? []).filter(({ path }) => !path.startsWith('many') || path.endsWith('7')),
      attributes: (content.attributes ?? []).filter(({ name }) => name !== 'model_config'),
    };
    const bytes = await writeHdf5(small, style);
    const draws = new Uint32Array(4);
    let refused = 0;
    const N = 500;
    for (let i = 0; i < N; i++) {
      const mutant = bytes.slice(0, i % 10 === 9 ? (i * 7919) % bytes.length : bytes.length);
      for (let k = 0; k < 1 + (i % 8); k++) {
        draw4(11, PURPOSE.test, i, k, 0, draws);
        if (mutant.length > 0) mutant[draws[0]! % mutant.length] = [0, 255, 127, draws[2]! & 255][draws[1]! & 3]!;
      }
      try {
        readAll(openHdf5(mutant, 'file'), 0);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(N / 20);
    expect(refused).toBeLessThan(N);
  });
});

function readAll(group: Hdf5Group, depth: number): void {
  for (const name of group.attributes) group.attribute(name);
  if (depth > 6) return;
  for (const name of group.names) {
    const child = group.get(name);
    if (child?.kind === 'group') readAll(child, depth + 1);
    else child?.read();
  }
}

describe('what is no file', () => {
  it.each([
    ['no bytes', new Uint8Array(0)],
    ['another file', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
    ['a signature alone', Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a)],
  ])('is refused: %s', (_, bytes) => {
    expect(() => openHdf5(bytes, 'file')).toThrow(UserError);
  });
});
