import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { BlockDenseNode } from '../../src/ir/network/types.js';
import { parseRecipe } from '../../src/training/index.js';
import { buildModel } from '../../src/training/model.js';

/** The blockDense layers of a recipe of examples/models with its initial weights. */
async function blockLayers(name: string): Promise<readonly BlockDenseNode[]> {
  const path = `examples/models/${name}.yaml`;
  const model = buildModel(parseRecipe(await readFile(path, 'utf8'), path), [28, 28, 1], 10);
  return model.deploy().nodes.flatMap((node) => (node.kind === 'blockDense' ? [node] : []));
}

const blockCounts = (layers: readonly BlockDenseNode[]): number[] => layers.map((layer) => layer.blocks.length);
const neuronCounts = (layers: readonly BlockDenseNode[]): number[] =>
  layers.map((layer) => layer.blocks.reduce((sum, block) => sum + block.nOut, 0));

describe('the MNIST networks of Esser et al., NIPS 2015', () => {
  it('the small one has 5 cores and 512 neurons', async () => {
    const layers = await blockLayers('mnist-5core');
    expect(blockCounts(layers)).toEqual([4, 1]);
    expect(neuronCounts(layers)).toEqual([256, 256]);
  });

  it('the large one has 30 cores and 3840 neurons', async () => {
    const layers = await blockLayers('mnist-30core');
    expect(blockCounts(layers)).toEqual([16, 9, 4, 1]);
    expect(neuronCounts(layers)).toEqual([2304, 1024, 256, 256]);
  });

  it.each(['mnist-5core', 'mnist-30core'])('%s: no block has more than 256 inputs or outputs', async (name) => {
    for (const layer of await blockLayers(name)) {
      for (const block of layer.blocks) {
        expect(block.inputs.length).toBeLessThanOrEqual(256);
        expect(block.nOut).toBeLessThanOrEqual(256);
      }
    }
  });

  it.each(['mnist-5core', 'mnist-30core'])('%s: every neuron after the first layer has one reader', async (name) => {
    const layers = await blockLayers(name);
    layers.slice(1).forEach((layer, l) => {
      const read = layer.blocks.flatMap((block) => [...block.inputs]).sort((a, b) => a - b);
      expect(read).toEqual(Array.from({ length: neuronCounts(layers)[l]! }, (_, n) => n));
    });
  });

  it.each(['mnist-5core', 'mnist-30core'])('%s: a neuron has one weight or 0 per axon type', async (name) => {
    for (const [l, layer] of (await blockLayers(name)).entries()) {
      for (const block of layer.blocks) {
        const nIn = block.inputs.length;
        for (let o = 0; o < block.nOut; o++) {
          const seen: Set<number>[] = [new Set(), new Set(), new Set(), new Set()];
          block.inputs.forEach((input, i) => {
            const y = Math.floor(input / 28);
            // Windows start at even pixels: the parity in the image is that in the window.
            const type = l === 0 ? (y % 2) * 2 + (input % 2) : i % 4;
            const weight = block.weights[o * nIn + i]!;
            if (weight !== 0) seen[type]!.add(weight);
          });
          expect(seen.every((weights) => weights.size <= 1)).toBe(true);
        }
      }
    }
  });
});
