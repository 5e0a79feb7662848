/** Training goes on from a network of another project, where a checkout of its files is at hand: examples/resnet20-w4.yaml, cut short. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openNetwork } from '../../src/compiler/frontends/open-network.js';
import { sliceDataset } from '../../src/data/dataset.js';
import { readImportText, readModelFile } from '../../src/data/model-file.js';
import { loadSamples, loadTrainingImages } from '../../src/data/samples.js';
import { createFloatRunner } from '../../src/evaluation/float/runner.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { goOnFrom, parseFromRecipe, train } from '../../src/training/index.js';

const SHARED = fileURLToPath(new URL('../../../shared', import.meta.url));
const EXAMPLE = fileURLToPath(new URL('../../examples/resnet20-w4.yaml', import.meta.url));
const CIFAR10 = join(SHARED, 'data/cifar10');
const missing = !existsSync(join(SHARED, 'models'));
const long = process.env['LODESTONE_LONG'] === undefined;
const note = missing
  ? ' (skipped: ../shared/models is not there)'
  : long
    ? ' (skipped: half a minute; npm run test:long has it)'
    : '';

async function correctOf(network: NetworkGraph): Promise<number> {
  const runner = createFloatRunner(sliceDataset(await loadSamples(CIFAR10, network), 0, 300), 1);
  try {
    return (await runner.correctOf(network, { seed: 0 })).correct;
  } finally {
    await runner.close();
  }
}

describe.skipIf(missing || long)(`ResNet-20 of CrossSim${note}`, () => {
  it(
    'goes on with 4 bits a weight and noise: ten steps keep most of its accuracy, where 4 bits alone lose it',
    { timeout: 600_000 },
    async () => {
      const asked = parseFromRecipe(readFileSync(EXAMPLE, 'utf8'), EXAMPLE);
      const folder = join(SHARED, 'models/cross-sim');
      const { graph } = await openNetwork(
        await readModelFile(join(folder, 'resnet20_cifar10.h5')),
        await readImportText({ ...asked.import, inputMean: join(folder, 'x_train_mean.npy') }, folder),
      );
      const recipe = {
        ...asked,
        dataset: CIFAR10,
        training: { ...asked.training, epochs: 1, batchSize: 50, validationImages: 100 },
      };
      const { data, recorded } = await loadTrainingImages(recipe, graph, 600);
      const { recipe: planned, start } = goOnFrom(recipe, graph, data);
      const { network } = await train(planned, data, { start });
      expect(await correctOf({ ...network, ...recorded })).toBeGreaterThan(0.6 * 300);
    },
  );
});
