/** Models of Keras, Larq and QKeras evaluated by themselves, beside the networks that are made of them. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/common/diagnostics.js';
import { PURPOSE, sequence } from '../../../../src/common/rng.js';
import type { ForeignFile, ImportedNetwork } from '../../../../src/compiler/frontends/frontend.js';
import { besideFile } from '../../../support/beside-file.js';
import { Dice } from '../../../support/dice.js';
import { foreign, importKeras, kerasH5, sequential } from '../../../support/keras-files.js';
import { RANDOM_KERAS_LAYERS, randomKeras } from '../../../support/random-keras.js';
import { randomTfjs, tfjsFile } from '../../../support/random-keras-files.js';
import { randomChain, randomGraph } from '../../../support/random-keras-graphs.js';
import { MORE_LAYERS } from '../../../support/random-keras-layers.js';

const RANGE = { inputRange: [-1, 1] } as const;
/** Weights of the network are float32 numbers, those of the file are quantised in float64. */
const ALLOWED = 1e-6;

const readable = (file: ForeignFile): Promise<ImportedNetwork | undefined> =>
  importKeras(file, RANGE).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });

/** Whether the file was taken: then it agrees with its network. */
async function agrees(file: ForeignFile, seed: number): Promise<boolean> {
  const imported = await readable(file);
  if (imported === undefined) return false;
  // A value of 0 that a strict sign reads is told as what it is.
  if (imported.warnings.some(({ code }) => code === 'approximate')) return true;
  const found = besideFile(imported, 2, seed, ALLOWED);
  expect(found.differing, `seed ${seed}`).toEqual(new Map());
  expect(found.decided, `seed ${seed}`).toBe(2);
  return true;
}

describe('a model of Keras beside the network that is made of it', () => {
  it.each(RANDOM_KERAS_LAYERS)('random models of %s: the same numbers', async (name) => {
    let taken = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { input, layers } = randomKeras(name, seed);
      if (await agrees(foreign(await kerasH5(sequential(input, layers), layers)), seed)) taken++;
    }
    expect(taken > 0, name).toBe(!['Lambda', 'LSTM'].includes(name));
  });

  it.each(Object.entries(MORE_LAYERS))(
    'random models of %s, with quantizers of all kinds: the same numbers',
    async (_, draw) => {
      let taken = 0;
      for (let seed = 0; seed < 200; seed++) {
        const { className, input, config, weights = {} } = draw(new Dice(sequence(seed, PURPOSE.test, 19)));
        const layers = [{ class_name: className, config: { name: 'it', ...config } }];
        const named = Object.fromEntries(Object.entries(weights).map(([role, tensor]) => [`it/${role}`, tensor]));
        const file = tfjsFile(sequential(input, layers), named, seed % 4 === 0 ? '3.1.0' : '2.4.0');
        if (await agrees(file, seed)) taken++;
      }
      expect(taken).toBeGreaterThan(0);
    },
  );

  it('random graphs and chains of layers: the same numbers', async () => {
    let taken = 0;
    for (let seed = 0; seed < 600; seed++) {
      const { model, weights } = seed % 2 === 0 ? randomGraph(seed, seed % 4 === 0) : randomChain(seed);
      if (await agrees(randomTfjs(model, weights, seed), seed)) taken++;
    }
    expect(taken).toBeGreaterThan(100);
  });

  it('has the numbers that are worked out by hand: latent weights as signs, padding with 1, a norm, a quantised activation', async () => {
    const layers = [
      {
        class_name: 'QuantConv2D',
        config: {
          ...{ name: 'conv', filters: 1, kernel_size: [1, 2], padding: 'same', pad_values: 1, use_bias: false },
          ...{ kernel_quantizer: 'ste_sign', input_quantizer: 'ste_sign' },
        },
      },
      { class_name: 'BatchNormalization', config: { name: 'norm', epsilon: 0 } },
      { class_name: 'QActivation', config: { name: 'act', activation: 'quantized_relu(2,1)' } },
      { class_name: 'Flatten', config: { name: 'flat' } },
    ];
    const vector = (value: number) => ({ shape: [1], data: Float32Array.of(value) });
    const weights = {
      'conv/kernel': { shape: [1, 2, 1, 1], data: Float32Array.of(0.2, -0.7) },
      ...{ 'norm/gamma': vector(0.75), 'norm/beta': vector(0.25), 'norm/moving_mean': vector(0) },
      'norm/moving_variance': vector(1),
    };
    const { file } = await importKeras(tfjsFile(sequential([1, 3, 1], layers), weights), RANGE);
    // Signs -1, +1, +1, and 1 behind them; times +1 and -1: -2, 0, 0. Times 0.75 plus 0.25, in halves from 0 on, ties to even.
    const found = file?.evaluate(Uint8Array.of(0, 200, 255));
    expect([...(found?.layers.get('norm') ?? [])]).toEqual([-1.25, 0.25, 0.25]);
    expect([...(found?.layers.get('scores') ?? [])]).toEqual([0, 0, 0]);
    // The last pixel is below 0: 1 - -1, -2 + ... of the third: -1 - 1.
    const other = file?.evaluate(Uint8Array.of(255, 0, 0));
    expect([...(other?.layers.get('norm') ?? [])]).toEqual([1.75, 0.25, -1.25]);
    expect([...(other?.layers.get('scores') ?? [])]).toEqual([1.5, 0, 0]);
    expect(other?.decision).toBe(0);
  });

  it('has the logits where the last layer leaves a softmax to the host', async () => {
    const layers = [{ class_name: 'Dense', config: { name: 'fc', units: 2, use_bias: false, activation: 'softmax' } }];
    const weights = { 'fc/kernel': { shape: [2, 2], data: Float32Array.of(1, 2, 3, -4) } };
    const { file } = await importKeras(tfjsFile(sequential([2], layers), weights), RANGE);
    const found = file?.evaluate(Uint8Array.of(255, 0));
    expect([...(found?.layers.get('scores') ?? [])]).toEqual([-2, 6]);
    expect(found?.decision).toBe(1);
  });
});
