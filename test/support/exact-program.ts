/** The chip against the integer network, sample by sample. */
import { expect } from 'vitest';
import { lowerToInteger } from '../../src/compiler/pipelines.js';
import { compileTrueNorth, type TrueNorthOptions } from '../../src/compiler/targets/truenorth/compile.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { TRUENORTH } from '../../src/hw-models/truenorth/spec.js';
import type { EngineChoice } from '../../src/simulator/engines/batch/choose.js';
import { NO_NOISE } from '../../src/ir/faults/levels.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { runProgram } from '../../src/simulator/run.js';
import { randomPixels } from './random-network.js';

const SAMPLES = 6;

/** Compiles, runs the chip on a few samples and compares every class score with the integer network. */
export async function expectExact(
  graph: NetworkGraph,
  options: Partial<TrueNorthOptions>,
  engine: EngineChoice,
): Promise<void> {
  const integer = lowerToInteger(graph);
  const { program } = compileTrueNorth(integer, { spec: TRUENORTH, ...options });
  const nPixels = sizeOf(program.inputShape);
  const images = randomPixels(7, SAMPLES * nPixels);
  const data = {
    name: 'random',
    shape: program.inputShape,
    images,
    labels: new Uint8Array(SAMPLES),
    nClasses: program.outputs.nClasses,
  };
  const output = await runProgram(program, data, { workers: 1, seed: 1, chipSeed: 0, noise: NO_NOISE, engine });
  const interpreter = createInterpreter(integer);
  const counts = codedBuffer(program.inputCode, nPixels);
  for (let s = 0; s < SAMPLES; s++) {
    encodeCounts(program.inputCode, images.subarray(s * nPixels, (s + 1) * nPixels), s, 1, counts);
    // Of two zeros chips have one.
    const expected = Array.from(interpreter.run(counts), (score) => score + 0);
    const n = program.outputs.nClasses;
    expect(Array.from(output.scores.subarray(s * n, (s + 1) * n)), `sample ${s} of ${graph.name}`).toEqual(expected);
  }
}
