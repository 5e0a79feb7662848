/**
 * What becomes of random layers and models of Keras, Larq and QKeras: how many are taken, and a digest of all networks, notes and findings. That
 * layers are read as they are defined is tested elsewhere; this notices that one is read otherwise. A changed line is a changed importer: find out
 * why before updating (vitest -u).
 */
import { expect, test } from 'vitest';
import { PURPOSE, sequence } from '../../../src/common/rng.js';
import { snakeCase } from '../../../src/compiler/frontends/keras/weights.js';
import { Dice } from '../../support/dice.js';
import {
  foreign,
  importKeras,
  kerasH5,
  kerasZip,
  sequential,
  type TestLayer,
  weightsH5,
} from '../../support/keras-files.js';
import { countedOutcomes } from '../../support/outcomes.js';
import { RANDOM_KERAS_LAYERS, randomKeras } from '../../support/random-keras.js';
import { randomOptions, randomTfjs, tfjsFile } from '../../support/random-keras-files.js';
import { randomChain, randomGraph } from '../../support/random-keras-graphs.js';
import { MORE_LAYERS } from '../../support/random-keras-layers.js';

const RANGE = { inputRange: [-1, 1] } as const;
const PLAIN = (seed: number) => (seed % 10 === 0 ? {} : RANGE);
/** The name of the group of a layer in an archive: its class, counted. */
const counted = (layers: readonly TestLayer[], i: number): string => {
  const name = snakeCase(layers[i]!.class_name);
  const before = layers.slice(0, i).filter(({ class_name }) => snakeCase(class_name) === name).length;
  return before === 0 ? name : `${name}_${before}`;
};

test('layers and configurations become the networks and findings of their golden', async () => {
  const lines: string[] = [];
  for (const name of RANDOM_KERAS_LAYERS) {
    const counted = await countedOutcomes(60, async (seed) => {
      const { input, layers } = randomKeras(name, seed);
      const bytes = await kerasH5(sequential(input, layers), layers);
      return importKeras(foreign(bytes), PLAIN(seed));
    });
    lines.push(`${name}: ${counted}\n`);
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/keras.txt');
});

test('layers with quantizers, norms and ranges of their own become the networks and findings of their golden', async () => {
  const lines: string[] = [];
  for (const [name, draw] of Object.entries(MORE_LAYERS)) {
    const counted = await countedOutcomes(500, async (seed) => {
      const { className, input, config, weights = {} } = draw(new Dice(sequence(seed, PURPOSE.test, 19)));
      // Not the last layer of the model, at times.
      const again = { class_name: 'Flatten', config: { name: 'flat' } };
      const layers = [{ class_name: className, config: { name: 'it', ...config } }, ...(seed % 3 === 0 ? [again] : [])];
      const front = className === 'Normalization' || className === 'Rescaling' ? seed % 2 : 0;
      const relu = { class_name: 'ReLU', config: { name: 'positive' } };
      const named = Object.fromEntries(Object.entries(weights).map(([role, tensor]) => [`it/${role}`, tensor]));
      const model = sequential(input, front === 1 ? [relu, ...layers] : layers);
      return importKeras(tfjsFile(model, named, seed % 4 === 0 ? '3.1.0' : '2.4.0'), RANGE);
    });
    lines.push(`${name}: ${counted}\n`);
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/keras-layers.txt');
});

test('models of many layers become the networks and findings of their golden, in files of all forms and with all options', async () => {
  const graph = (seed: number) => randomGraph(seed, seed % 2 === 1);
  const families: Readonly<Record<string, (seed: number) => ReturnType<typeof importKeras>>> = {
    'graphs of Keras 2 and 3': (seed) => {
      const { model, weights } = graph(seed);
      return importKeras(tfjsFile(model, weights, seed % 2 === 1 ? '3.4.1' : '2.4.0'), RANGE);
    },
    'graphs with options': (seed) => {
      const { model, weights, outputs } = graph(seed);
      return importKeras(tfjsFile(model, weights), randomOptions(seed, outputs));
    },
    chains: (seed) => {
      const { model, weights } = randomChain(seed);
      return importKeras(tfjsFile(model, weights), seed % 3 === 0 ? RANGE : {});
    },
    'chains with options': (seed) => {
      const { model, weights, outputs } = randomChain(seed);
      return importKeras(tfjsFile(model, weights), randomOptions(seed, outputs));
    },
    'shards of tfjs': (seed) => {
      const { model, weights } = seed % 2 === 0 ? randomChain(seed) : graph(seed);
      return importKeras(randomTfjs(model, weights, seed), RANGE);
    },
  };
  const lines: string[] = [];
  for (const [name, read] of Object.entries(families)) lines.push(`${name}: ${await countedOutcomes(600, read)}\n`);
  lines.push(
    `architectures with weights: ${await countedOutcomes(40, async (seed) => {
      const { model, layers } = randomChain(seed);
      const file = foreign(JSON.stringify(model));
      return importKeras(file, seed % 8 === 0 ? RANGE : { ...RANGE, weights: foreign(await weightsH5(layers)) });
    })}\n`,
    `archives of Keras 3: ${await countedOutcomes(100, async (seed) => {
      const { model, layers } = graph(seed);
      const vars = Object.fromEntries(
        layers.map(({ weights = {} }, i) => [
          seed % 3 === 0 ? `layers/x${i}` : `layers/${counted(layers, i)}`,
          Object.values(weights),
        ]),
      );
      const names = Object.fromEntries(layers.map(({ config }, i) => [`layers/x${i}`, config.name]));
      return importKeras(foreign(await kerasZip(model, vars, seed % 3 === 0 ? names : {})), RANGE);
    })}\n`,
  );
  await expect(lines.join('')).toMatchFileSnapshot('golden/keras-models.txt');
});
