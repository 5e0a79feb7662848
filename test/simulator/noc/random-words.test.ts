import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillWords, PURPOSE } from '../../../src/common/rng.js';
import { openWords, WORDS } from '../../../src/simulator/noc/random-words.js';

const word = fc.integer({ min: 0, max: 0xffff_ffff });

describe('random words of a kernel', () => {
  it('are those of the readable generator, for every seed and coordinate', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), word, word, (seed, a, c) => {
        const expected = new Uint32Array(WORDS);
        fillWords(seed, PURPOSE.test, a, c, expected);
        expect(openWords(seed, PURPOSE.test)(a, c).slice()).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});
