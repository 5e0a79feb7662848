import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Dataset, loadDataset, sliceDataset } from '../../src/data/index.js';
import { decodeNetwork } from '../../src/ir/network/file.js';
import { inferShapes } from '../../src/ir/network/shapes.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { parseRecipe } from '../../src/training/index.js';
import { buildModel } from '../../src/training/model.js';
import { accuracyOf } from './accuracy.js';

/** What a network of the recipe must share with the shipped one: everything but trained values. */
function structureOf(network: NetworkGraph): unknown {
  const shapes = inferShapes(network);
  return network.nodes.map((node) => ({
    kind: node.kind,
    id: node.id,
    shape: shapes.get(node.id),
    code: node.kind === 'encode' ? node.code : undefined,
    blocks: node.kind === 'blockDense' ? node.blocks.map(({ inputs, nOut }) => ({ inputs, nOut })) : undefined,
    bits: node.kind === 'quantise' ? [node.bits, node.signed] : 'weightBits' in node ? node.weightBits : undefined,
    groups: node.kind === 'conv2d' ? [node.groups, node.padValue, ...node.padding] : undefined,
  }));
}

let data: Dataset;
beforeAll(async () => {
  data = sliceDataset(await loadDataset('mnist', 'test'), 0, 1000);
});

// Floors a little below what the first 1,000 test images give: a model file that is damaged or of another recipe falls below.
describe.each([
  ['mnist-5core', 0.94],
  ['mnist-30core', 0.96],
  ['mnist-mlp', 0.95],
  ['mnist-conv', 0.96],
])('the model %s', (name, floor) => {
  it(`fits its recipe and gets more than ${100 * floor} % of 1,000 test images right`, async () => {
    const path = `examples/models/${name}.yaml`;
    const recipe = parseRecipe(await readFile(path, 'utf8'), path);
    const network = decodeNetwork(await readFile(`examples/models/${name}.lsn`), name);
    expect(structureOf(network)).toEqual(structureOf(buildModel(recipe, [28, 28, 1], 10).deploy()));
    expect(accuracyOf(network, data)).toBeGreaterThan(floor);
  });
});

// Real weights multiply in float32 in training; the quantised ones are what the integer network computes.
describe.each([
  ['float', 0.96],
  ['8bit', 0.96],
  ['4bit', 0.96],
  ['2bit', 0.96],
  ['1bit', 0.9],
])('the model mnist-resnet-%s', (precision, floor) => {
  it(`fits its recipe and gets more than ${100 * floor} % of 200 test images right`, async () => {
    const path = `examples/models/mnist-resnet-${precision}.yaml`;
    const recipe = parseRecipe(await readFile(path, 'utf8'), path);
    const network = decodeNetwork(await readFile(path.replace('.yaml', '.lsn')), path);
    expect(structureOf(network)).toEqual(structureOf(buildModel(recipe, [28, 28, 1], 10).deploy()));
    expect(accuracyOf(network, sliceDataset(data, 0, 200))).toBeGreaterThan(floor);
  });
});
