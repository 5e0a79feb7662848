/** An integer network on the interpreter, the functional engine and cycle by cycle, every stored value compared. */
import { expect } from 'vitest';
import { present } from '../../src/common/assert.js';
import { compileNorthPole } from '../../src/compiler/targets/northpole/compile.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { countEvents } from '../../src/hw-models/northpole/counters.js';
import { NORTHPOLE_SMALL } from '../../src/hw-models/northpole/spec.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { verifyNetwork } from '../../src/ir/network/verify.js';
import type { NorthPoleProgram, NorthPoleSpec } from '../../src/ir/program/northpole.js';
import { createNorthPoleEngine } from '../../src/simulator/engines/northpole/engine.js';
import { runCycles } from '../../src/simulator/engines/northpole-cycle/engine.js';

/**
 * Class scores of every image, [images][nClasses], on which all three agree, and the program. Fails at the first stored value that differs,
 * and where the chip counts other events or cycles than its program says. All images are one batch.
 */
export function agreedScores(
  graph: NetworkGraph,
  images: readonly Uint8Array[],
  spec: NorthPoleSpec = NORTHPOLE_SMALL,
): { readonly scores: readonly (readonly number[])[]; readonly program: NorthPoleProgram } {
  expect(verifyNetwork(graph)).toEqual([]);
  const { program } = compileNorthPole(graph, { spec, batch: images.length });
  const engine = createNorthPoleEngine(program);
  const interpreter = createInterpreter(graph);
  const coded = images.map((pixels, sample) => {
    const counts = codedBuffer(program.inputCode, sizeOf(program.inputShape));
    encodeCounts(program.inputCode, pixels, sample, 1, counts);
    return counts;
  });
  const cycles = runCycles(program, Int32Array.from(coded.flatMap((counts) => Array.from(counts))));
  const scores = coded.map((counts, sample) => {
    const expected = interpreter.trace(counts);
    // Parts of sums that the compiler has made up are no values of the network.
    const valuesOf = (node: string): number[] | undefined => {
      const isOwn = graph.nodes.some(({ id }) => id === node);
      return isOwn ? Array.from(present(expected.get(node), `value of ${node}`)) : undefined;
    };
    for (const [node, values] of engine.trace(counts)) {
      const wanted = valuesOf(node);
      if (wanted !== undefined) expect(Array.from(values), `${graph.name}, node ${node}`).toEqual(wanted);
    }
    for (const [tensor, { values, stored }] of cycles.tensors) {
      const { node } = present(program.tensors[tensor], 'tensor');
      const wanted = valuesOf(node);
      if (wanted === undefined) continue;
      const from = sample * wanted.length;
      const wrong = wanted.findIndex((value, n) => stored[from + n] === 1 && values[from + n] !== value);
      expect(wrong, `${graph.name}, first wrong element of ${node} cycle by cycle`).toBe(-1);
    }
    const own = Array.from(interpreter.run(counts));
    expect(Array.from(engine.run(counts)), `scores of ${graph.name}`).toEqual(own);
    const perFrame = cycles.scores.length / images.length;
    expect(Array.from(cycles.scores.subarray(sample * perFrame, (sample + 1) * perFrame))).toEqual(own);
    return own;
  });
  expect(cycles.counters).toEqual(countEvents(program));
  expect(cycles.cycles).toBe(program.cycles);
  return { scores, program };
}
