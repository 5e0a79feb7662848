import { describe, expect, it } from 'vitest';
import { loadDataset, sliceDataset, toDataset } from '../../src/data/index.js';

describe('data sets', () => {
  it('has all of MNIST with its published class counts', async () => {
    const test = await loadDataset('mnist', 'test');
    expect(test.shape).toEqual([28, 28, 1]);
    expect(test.images.length).toBe(10000 * 784);
    const counts = Array.from({ length: 10 }, (_, k) => test.labels.reduce((n, label) => n + (label === k ? 1 : 0), 0));
    expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    const train = await loadDataset('mnist', 'train');
    expect(train.labels.length).toBe(60000);
    expect([...train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
  });

  it('names the nearest data set for an unknown name', async () => {
    await expect(loadDataset('mnsit', 'test')).rejects.toThrow('did you mean "mnist"');
  });

  it('refuses labels that do not belong to the images', () => {
    const images = { shape: [2, 1, 1], values: new Uint8Array(2) };
    expect(() => toDataset('x', 'test', images, { shape: [3], values: new Uint8Array(3) })).toThrow('do not match');
    expect(() => toDataset('x', 'test', images, { shape: [2], values: Uint8Array.of(1, 10) })).toThrow(
      'label 10 of image 1',
    );
  });

  it('cuts out images together with their labels', () => {
    const images = { shape: [3, 1, 2], values: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    const data = toDataset('x', 'train', images, { shape: [3], values: Uint8Array.of(7, 8, 9) });
    const slice = sliceDataset(data, 1, 3);
    expect([...slice.images]).toEqual([3, 4, 5, 6]);
    expect([...slice.labels]).toEqual([8, 9]);
  });
});
