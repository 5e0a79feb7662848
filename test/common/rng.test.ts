import { describe, expect, it } from 'vitest';
import { draw, draw4, fillWords, philox4x32, PURPOSE, seedKey, sequence, normalOf } from '../../src/common/rng.js';

type Words = readonly [number, number, number, number];

describe('Philox4x32-10', () => {
  // Known answers of the Random123 distribution (kat_vectors, "philox4x32 10").
  it.each<[string, Words, readonly [number, number], Words]>([
    ['zeros', [0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    [
      'ones',
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      'digits of pi',
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the published words for %s', (_, counter, key, expected) => {
    const out = new Uint32Array(4);
    philox4x32(counter, key, out);
    expect([...out]).toEqual([...expected]);
  });
});

describe('a stretch of words', () => {
  it('is word for word that of single draws', () => {
    const words = new Uint32Array(40);
    const four = new Uint32Array(4);
    for (const [seed, a, c] of [
      [0, 0, 0],
      [1, 2, 3],
      [Number.MAX_SAFE_INTEGER, 0xffffffff, 0xfffffffe],
      [2 ** 32, 0x80000000, 7],
    ] as const) {
      fillWords(seed, PURPOSE.test, a, c, words);
      for (let b = 0; b < 10; b++) {
        draw4(seed, PURPOSE.test, a, b, c, four);
        expect(words.subarray(4 * b, 4 * b + 4)).toEqual(four);
      }
    }
  });
});

describe('a draw', () => {
  it('depends on the seed, the purpose and every coordinate', () => {
    const words = [
      draw(1, PURPOSE.test, 1, 2, 3),
      draw(2, PURPOSE.test, 1, 2, 3),
      draw(1 + 2 ** 32, PURPOSE.test, 1, 2, 3),
      draw(1, PURPOSE.spikeDrop, 1, 2, 3),
      draw(1, PURPOSE.test, 2, 2, 3),
      draw(1, PURPOSE.test, 1, 3, 3),
      draw(1, PURPOSE.test, 1, 2, 4),
    ];
    expect(new Set(words).size).toBe(words.length);
    expect(draw(1, PURPOSE.test, 1, 2, 3)).toBe(words[0]);
  });

  it('is the first of the four words at its coordinates', () => {
    const out = new Uint32Array(4);
    draw4(9, PURPOSE.test, 4, 5, 6, out);
    expect(draw(9, PURPOSE.test, 4, 5, 6)).toBe(out[0]);
  });

  it('uses both halves of a seed', () => {
    expect(seedKey(2 ** 32 * 5 + 7)).toEqual([7, 5]);
  });
});

describe('a sequence', () => {
  it('gives the words of its stream in order', () => {
    const random = sequence(3, PURPOSE.test, 8, 9);
    const out = new Uint32Array(4);
    for (let index = 0; index < 3; index++) {
      draw4(3, PURPOSE.test, index, 8, 9, out);
      expect([random.word(), random.word(), random.word(), random.word()]).toEqual([...out]);
    }
  });

  it('has uniform, integer and normal numbers of the right moments', () => {
    const random = sequence(1, PURPOSE.test);
    const n = 20_000;
    const mean = (next: () => number): number => Array.from({ length: n }, next).reduce((a, b) => a + b) / n;
    // Bounds of five standard deviations of the mean.
    expect(Math.abs(mean(random.uniform) - 0.5)).toBeLessThan((5 * 0.289) / Math.sqrt(n));
    expect(Math.abs(mean(() => random.below(10)) - 4.5)).toBeLessThan((5 * 2.88) / Math.sqrt(n));
    expect(Math.abs(mean(random.normal))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(mean(() => random.normal() ** 2) - 1)).toBeLessThan((5 * 1.42) / Math.sqrt(n));
  });
});

describe('a normal number of two words', () => {
  it('is finite at both ends of the words and follows Box and Muller', () => {
    expect(normalOf(0, 0)).toBeCloseTo(Math.sqrt(2 * Math.log(4294967297)), 12);
    expect(normalOf(0xffff_ffff, 0)).toBeCloseTo(Math.sqrt(-2 * Math.log(4294967296 / 4294967297)), 12);
    expect(normalOf(1 << 30, 0x8000_0000)).toBeCloseTo(-Math.sqrt(-2 * Math.log(0.25)), 6);
    expect(normalOf(1 << 30, 0x4000_0000)).toBeCloseTo(0, 12);
  });
});

describe('purposes', () => {
  it('have a number each, within a word', () => {
    const numbers = Object.values(PURPOSE);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const number of numbers) expect(number).toBe(number >>> 0);
  });

  // A number is part of what a seed means: a run of an older version is repeated only if it stays.
  it('keep their numbers', () => {
    expect(Object.entries(PURPOSE).map(([name, number]) => `${name} ${number}`)).toEqual([
      'synapseBitError 1',
      'spikeDrop 2',
      'weightNoise 3',
      'bernoulliInput 4',
      'placement 5',
      'initialWeights 6',
      'shuffle 7',
      'test 8',
      'stochasticSynapse 9',
      'stochasticNeuron 10',
      'deadCore 11',
      'sequenceData 12',
      'sequenceTraining 13',
      'weightBitFlip 20',
      'weightStuckBit 21',
      'synapseStuckBit 22',
      'neuronFault 23',
      'thresholdMismatch 24',
      'leakMismatch 25',
      'neuronWeightError 26',
      'thresholdBitFlip 27',
      'thresholdStuckBit 28',
      'destinationBitFlip 29',
      'destinationStuckBit 30',
      'potentialUpset 31',
      'potentialUpsetBit 32',
      'downLink 33',
      'downChip 34',
      'weightProjection 40',
      'weightDistortion 41',
      'trainingAdditive 42',
      'trainingMultiplicative 43',
      'trainingBitError 44',
      'trainingSpikeDrop 45',
      'parameterBitFlip 50',
      'parameterStuckBit 51',
      'programmingError 52',
      'activationBitFlip 53',
      'readNoise 54',
      'search 60',
    ]);
  });
});

it('a seed is split into its two words without loss', () => {
  expect(seedKey(0)).toEqual([0, 0]);
  expect(seedKey(2 ** 32 - 1)).toEqual([2 ** 32 - 1, 0]);
  expect(seedKey(2 ** 32)).toEqual([0, 1]);
  expect(seedKey(Number.MAX_SAFE_INTEGER)).toEqual([2 ** 32 - 1, 2 ** 21 - 1]);
});

it('numbers of a sequence are made of its words: a share of 2^32, below n, Box and Muller', () => {
  const words = sequence(5, PURPOSE.test);
  const [u, v, w, x] = [words.word(), words.word(), words.word(), words.word()];
  const random = sequence(5, PURPOSE.test);
  expect(random.uniform()).toBe(u / 2 ** 32);
  expect(random.below(1000)).toBe(Math.floor((v / 2 ** 32) * 1000));
  expect(random.normal()).toBe(Math.sqrt(-2 * Math.log(1 - w / 2 ** 32)) * Math.cos((2 * Math.PI * x) / 2 ** 32));
});
