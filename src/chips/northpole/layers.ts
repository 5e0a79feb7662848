/** What a NorthPole-style chip stores between its layers, by the functional engine. */
import { codedBuffer, encodeCounts } from '../../ir/network/input-code.js';
import { sizeOf } from '../../ir/network/shapes.js';
import type { NorthPoleProgram } from '../../ir/program/northpole.js';
import { createNorthPoleEngine } from '../../simulator/engines/northpole/engine.js';
import type { LayerReader } from '../chip.js';

/** Reads every tensor of a program, concatenations and the coded input among them. Sums that the vector unit works on are never stored. */
export function readNorthPoleLayers(program: NorthPoleProgram): LayerReader {
  const { inputCode, inputShape } = program;
  const engine = createNorthPoleEngine(program);
  const nPixels = sizeOf(inputShape);
  const counts = codedBuffer(inputCode, nPixels);
  return {
    read: ({ images, index, seed }) => {
      encodeCounts(inputCode, images.subarray(index * nPixels, (index + 1) * nPixels), index, seed, counts);
      engine.reset();
      return engine.trace(counts, index);
    },
  };
}
