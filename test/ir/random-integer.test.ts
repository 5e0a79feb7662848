import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeNetwork, encodeNetwork } from '../../src/ir/network/file.js';
import { parseNetwork } from '../../src/ir/network/parse.js';
import { printNetwork } from '../../src/ir/network/print.js';
import { inferRanges } from '../../src/ir/network/ranges.js';
import { inferShapes, sizeOf } from '../../src/ir/network/shapes.js';
import { verifyNetwork } from '../../src/ir/network/verify.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { randomIntegerNetwork, randomPixels } from '../support/random-network.js';

const seeds = fc.nat(1_000_000);

test('random integer networks are legal and survive text and file', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const graph = randomIntegerNetwork(seed);
      expect(verifyNetwork(graph)).toEqual([]);
      expect(parseNetwork(printNetwork(graph), 'text')).toEqual(graph);
      expect(decodeNetwork(encodeNetwork(graph), 'file')).toEqual(graph);
    }),
    { numRuns: 60 },
  );
});

test('no value of a run leaves the range that was inferred for it', () => {
  fc.assert(
    fc.property(seeds, fc.nat(1000), (seed, inputSeed) => {
      const graph = randomIntegerNetwork(seed);
      const [input, code] = graph.nodes;
      if (input?.kind !== 'input' || code?.kind !== 'encode') throw new Error('no input');
      const ranges = inferRanges(graph);
      const pixels = randomPixels(inputSeed, sizeOf(input.shape));
      const coded = codedBuffer(code.code, pixels.length);
      encodeCounts(code.code, pixels, 0, 1, coded);
      const shapes = inferShapes(graph);
      for (const [id, values] of createInterpreter(graph).trace(coded)) {
        const { low, high } = ranges.get(id)!;
        expect(values.length).toBe(sizeOf(shapes.get(id)!));
        const outside = values.findIndex((v, i) => !(v >= low[i % low.length]! && v <= high[i % high.length]!));
        expect(outside, `${id} element ${outside}`).toBe(-1);
      }
    }),
    { numRuns: 60 },
  );
});
