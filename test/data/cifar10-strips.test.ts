import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/index.js';

/** 5,000 images of CIFAR-10 beside the repository; where they are missing these tests are skipped. */
const FOLDERS = ['../../../shared/data/cifar10', '../../../../shared/data/cifar10'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
const folder = FOLDERS.find((path) => existsSync(path));

describe.skipIf(folder === undefined)('the strips of CIFAR-10 beside the repository', () => {
  it.each([
    // SHA-256 of the pixels as Pillow 12 reads them.
    ['test', 1000, 'da362006b99671213d1a5d856cab2bedf64d40bad4501630ee60f4ceb2d3ec7f', [3, 8, 8, 0, 6]],
    ['train', 4000, '133c5674fd1c56ceeeb944ddcdc368da2593ce5b67acfa216ab83f98a084f388', [6, 9, 9, 4, 1]],
  ] as const)('have the pixels another program reads, and their labels: %s', async (split, n, sha256, labels) => {
    const data = await loadDataset(folder ?? '', split);
    expect(data).toMatchObject({ shape: [32, 32, 3], nClasses: 10, name: 'cifar10' });
    expect(data.labels.length).toBe(n);
    const first = createHash('sha256').update(data.images.subarray(0, 1000 * 3072));
    expect(first.digest('hex')).toBe(sha256);
    expect([...data.labels.subarray(0, 5)]).toEqual(labels);
  });
});
