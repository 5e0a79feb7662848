/**
 * What becomes of random layers of Keras, Larq and QKeras: how many are taken, and a digest of all networks, notes and findings. That layers
 * are read as they are defined is tested elsewhere; this notices that one is read otherwise. A changed line is a changed importer: find out
 * why before updating (vitest -u).
 */
import { expect, test } from 'vitest';
import { foreign, importKeras, kerasH5, sequential } from '../../support/keras-files.js';
import { countedOutcomes } from '../../support/outcomes.js';
import { RANDOM_KERAS_LAYERS, randomKeras } from '../../support/random-keras.js';

test('layers and configurations become the networks and findings of their golden', async () => {
  const lines: string[] = [];
  for (const name of RANDOM_KERAS_LAYERS) {
    const counted = await countedOutcomes(60, async (seed) => {
      const { input, layers } = randomKeras(name, seed);
      const bytes = await kerasH5(sequential(input, layers), layers);
      return importKeras(foreign(bytes), seed % 10 === 0 ? {} : { inputRange: [-1, 1] });
    });
    lines.push(`${name}: ${counted}\n`);
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/keras.txt');
});
