import { describe, expect, it } from 'vitest';
import { draw4, PURPOSE } from '../../../src/common/rng.js';
import { TRUENORTH } from '../../../src/hw-models/truenorth/spec.js';
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
    expect(axons.map((axon) => synapseDraw(TRUENORTH, KEY, POINT, axon))).toEqual(expected);
  });

  it('are the low byte of word 0 for the leak and word 1 for the threshold', () => {
    const words = new Uint32Array(4);
    draw4(KEY.seed, PURPOSE.stochasticNeuron, 3 * 256 + 7, 11, 5, words);
    expect(neuronDraws(TRUENORTH, KEY, POINT)).toEqual({ leak: words[0]! & 255, threshold: words[1] });
  });

  it('count neurons and axons of larger cores in blocks of 256', () => {
    const spec = { ...TRUENORTH, neuronsPerCore: 600, axonsPerCore: 300 };
    const axons = Array.from({ length: 16 }, (_, i) => 288 + i);
    expect(axons.map((axon) => synapseDraw(spec, KEY, POINT, axon))).toEqual(bytes(3 * 768 + 7, 11, 5 * 32 + 18));
    const words = new Uint32Array(4);
    draw4(KEY.seed, PURPOSE.stochasticNeuron, 3 * 768 + 7, 11, 5, words);
    expect(neuronDraws(spec, KEY, POINT).threshold).toBe(words[1]);
  });

  it('have as many bits as the chip compares with', () => {
    const spec = { ...TRUENORTH, drawBits: 5 };
    expect(neuronDraws(spec, KEY, POINT).leak).toBe(neuronDraws(TRUENORTH, KEY, POINT).leak & 31);
    for (let axon = 0; axon < 32; axon++) {
      expect(synapseDraw(spec, KEY, POINT, axon)).toBe(synapseDraw(TRUENORTH, KEY, POINT, axon) & 31);
    }
  });
});
