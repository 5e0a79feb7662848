import { describe, expect, it } from 'vitest';
import { draw4, PURPOSE } from '../../../src/common/rng.js';
import { neuronDraws, synapseDraw } from '../../../src/hw-models/truenorth/draws.js';

const KEY = { seed: 2 ** 40 + 3, firstSample: 5 };
const POINT = { core: 3, neuron: 7, tick: 11 };

/** The bytes of a draw, low byte of word 0 first. */
function bytes(a: number, b: number, c: number): number[] {
  const words = new Uint32Array(4);
  draw4(KEY.seed, PURPOSE.stochasticSynapse, a, b, c, words);
  return [...new Uint8Array(words.buffer)];
}

describe('the draws of the stochastic modes', () => {
  it('are one byte per axon, sixteen axons to a counter (core * 256 + neuron, tick, 16 * first sample + axon / 16)', () => {
    const expected = [0, 1, 15].flatMap((group) => bytes(3 * 256 + 7, 11, 5 * 16 + group));
    const axons = [0, 1, 15].flatMap((group) => Array.from({ length: 16 }, (_, i) => group * 16 + i));
    expect(axons.map((axon) => synapseDraw(KEY, POINT, axon))).toEqual(expected);
  });

  it('are the low byte of word 0 for the leak and word 1 for the threshold', () => {
    const words = new Uint32Array(4);
    draw4(KEY.seed, PURPOSE.stochasticNeuron, 3 * 256 + 7, 11, 5, words);
    expect(neuronDraws(KEY, POINT)).toEqual({ leak: words[0]! & 255, threshold: words[1] });
  });
});
