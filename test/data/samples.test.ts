import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadTrainingImages, openSamples } from '../../src/data/samples.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { parseNetwork } from '../../src/ir/network/parse.js';

const folder = mkdtempSync(join(tmpdir(), 'lodestone-samples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const rows = Array.from({ length: 6 }, (_, i) => [i % 3, ...Array.from({ length: 16 }, (__, p) => 16 * i + p)]);
for (const split of ['train', 'test']) writeFileSync(join(folder, `${split}.csv`), rows.map(String).join('\n'));

const networkOn = (shape: string, preprocessing = ''): NetworkGraph =>
  parseNetwork(
    `lodestone-network 1 float "n"
${preprocessing}%image = input
  shape ${shape}
%encode = encode %image
  code {"kind":"threshold","level":128}
%flatten1 = flatten %encode
%dense1 = dense %flatten1
  nOut 3
  weights i8(${new Array(48).fill(1).join()})
%scores2 = scores %dense1
`,
    'n.lsn',
  );

describe('rows of features without a shape', () => {
  it.each([
    ['[2,8,1]', [2, 8, 1]],
    ['[1,4,4]', [1, 4, 4]],
    ['[16]', [1, 16, 1]],
  ])('have that of the network, %s', async (shape, wanted) => {
    const { nSamples, take } = await openSamples(folder, networkOn(shape), 'test');
    expect(nSamples).toBe(6);
    const part = take(2, 5);
    expect(part.shape).toEqual(wanted);
    expect([...part.labels]).toEqual([2, 0, 1]);
    expect([...part.images.subarray(0, 3)]).toEqual([32, 33, 34]);
  });

  it('have that of a recipe, which is trained on no network yet', async () => {
    const recipe = { dataset: folder, training: { validationImages: 1 } };
    expect((await loadTrainingImages(recipe)).data.shape).toEqual([4, 4, 1]);
    expect((await loadTrainingImages({ ...recipe, imageShape: [2, 8, 1] })).data.shape).toEqual([2, 8, 1]);
    await expect(loadTrainingImages({ ...recipe, imageShape: [2, 9, 1] })).rejects.toThrow('bad-dataset');
  });

  it('have that of the network a training starts from', async () => {
    const recipe = { dataset: folder, training: { validationImages: 1 } };
    expect((await loadTrainingImages(recipe, networkOn('[2,8,1]'))).data.shape).toEqual([2, 8, 1]);
  });
});

describe('samples of a network', () => {
  it('have its preprocessing, whichever are taken', async () => {
    const network = networkOn('[4,4,1]', 'preprocessing [{"kind":"requantise","gain":2,"offset":0}]\n');
    const { take } = await openSamples(folder, network, 'train');
    expect([...take(1, 2).images.subarray(0, 3)]).toEqual([32, 34, 36]);
    expect(take(0, 6).transforms).toEqual(network.preprocessing);
  });
});
