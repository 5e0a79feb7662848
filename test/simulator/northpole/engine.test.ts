import { describe, expect, it } from 'vitest';
import { createNorthPoleEngine } from '../../../src/simulator/engines/northpole/engine.js';
import { evaluatePlain } from './plain.js';
import { randomCase } from './random-program.js';

const CASES = 400;

describe('functional engine of the NorthPole-style chip', () => {
  it(`gives every stored value of ${CASES} random programs`, () => {
    for (let seed = 0; seed < CASES; seed++) {
      const { program, counts } = randomCase(seed);
      const engine = createNorthPoleEngine(program);
      const expected = evaluatePlain(program, counts);
      const found = engine.trace(counts);
      expect(found.size, `seed ${seed}`).toBe(program.tensors.length);
      program.tensors.forEach(({ node }, index) => {
        expect(Array.from(found.get(node) ?? []), `seed ${seed}, tensor ${index}`).toEqual(expected.get(index));
      });
    }
  });
});
