/** Model files of other tools in studies: given ones, and those that recipes start from. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/experiments/read-model.js';
import { firstNetworks } from '../../src/studies/training/first-networks.js';
import { planNetworks } from '../../src/studies/networks.js';
import { specSchemaFor } from '../../src/studies/spec-schema.js';
import { writeMadeFolder } from '../support/bnn-pynq.js';
import { kerasH5, randomTensor, sequential } from '../support/keras-files.js';

const folder = mkdtempSync(join(tmpdir(), 'lodestone-study-models-'));
const layers = [
  { class_name: 'Flatten', config: { name: 'flat' } },
  {
    ...{ class_name: 'Dense', config: { name: 'fc', units: 10, use_bias: false } },
    weights: { 'kernel:0': randomTensor([784, 10], 3) },
  },
];

const RECIPE = `
name: tiny
dataset: mnist
seed: 1
input: { kind: integer, bits: 8, step: 0.00392156862745098 }
start: start.h5
layers:
  - { kind: flatten }
  - { kind: dense, name: fc, outputs: 10, weights: real }
output: scores
training: { epochs: 1, learningRate: 0.003, logitScale: 0.1 }
`;

describe('a model file of another tool', () => {
  it('is read with its options, which are part of what it is known by', async () => {
    const path = join(folder, 'start.h5');
    writeFileSync(path, await kerasH5(sequential([28, 28, 1], layers), layers));
    await expect(readModel(path)).rejects.toThrow('--input-range');
    const one = await readModel(path, { import: { inputRange: [0, 1] }, folder });
    const same = await readModel(path, { import: { inputRange: [0, 1] }, folder });
    const other = await readModel(path, { import: { inputRange: [-1, 1] }, folder });
    expect(one.digest).toBe(same.digest);
    expect(one.digest).not.toBe(other.digest);
    expect(one.network.nodes.some(({ id }) => id === 'fc')).toBe(true);
  });

  it('may be a folder', async () => {
    const [a, b] = [
      writeMadeFolder(join(folder, 'a')),
      writeMadeFolder(join(folder, 'b'), { weights: 2, activations: 2 }),
    ];
    expect((await readModel(a)).digest).not.toBe((await readModel(b)).digest);
  });

  it('is what a recipe of a study starts from, read as the recipe says, by paths from its folder', async () => {
    const recipes = join(folder, 'recipes');
    mkdirSync(recipes);
    writeFileSync(join(recipes, 'start.h5'), await kerasH5(sequential([28, 28, 1], layers), layers));
    const spec = specSchemaFor({}).parse({
      ...{ name: 'small', seed: 1, chips: 1, images: 10 },
      networks: [{ family: 'mlp', recipe: 'recipes/tiny.yaml', datasets: ['mnist'], variants: { real: {} } }],
    });
    const planned = async (more: string) => {
      const read = () => Promise.resolve(`${RECIPE}${more}`);
      const { networks, problems } = await planNetworks(spec, { path: join(folder, 'spec.yaml') }, read);
      expect(problems).toEqual([]);
      return firstNetworks(networks);
    };
    await expect(planned('')).rejects.toThrow('--input-range');
    const [first] = (await planned('import: { inputRange: [0, 1] }\n')).values();
    const dense = first?.network.nodes.find(({ id }) => id === 'fc');
    if (dense?.kind !== 'dense') throw new Error('no dense layer');
    // The weights of the file: [784, 10] there, [10, 784] here.
    const { data } = randomTensor([784, 10], 3);
    expect(dense.weights[784 + 5]).toBeCloseTo(data[5 * 10 + 1]!, 6);
  });
});
