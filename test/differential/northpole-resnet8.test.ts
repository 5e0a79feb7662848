import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { compileNorthPole } from '../../src/compiler/targets/northpole/compile.js';
import { countEvents } from '../../src/hw-models/northpole/counters.js';
import { NORTHPOLE } from '../../src/hw-models/northpole/spec.js';
import { verifyNetwork } from '../../src/ir/network/verify.js';
import { createNorthPoleEngine } from '../../src/simulator/engines/northpole/engine.js';
import { runCycles } from '../../src/simulator/engines/northpole-cycle/engine.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { resnet8 } from '../support/resnet8.js';

/** Images of patches, as pixels less their zero point: neighbours alike, so that sums spread over their range. */
function images(n: number): Int16Array {
  const r = sequence(1, PURPOSE.test, 9);
  const result = new Int16Array(n * 3072);
  for (let i = 0; i < result.length; i++) {
    if (i % 96 === 0 || r.below(6) === 0) result[i] = r.below(256) - 128;
    else result[i] = result[i - 1]!;
  }
  return result;
}

describe('the int8 arithmetic of ResNet-8: zero points, doubling multiplications, sums of different scales, rounded averages', () => {
  const graph = resnet8(1);
  const interpreter = createInterpreter(graph);

  it('is a legal network whose activations use their range', () => {
    expect(verifyNetwork(graph)).toEqual([]);
    const values = interpreter.trace(images(1));
    for (const id of ['stem-q', 'b0-q', 'b1-q', 'b2-q', 'average-q']) {
      expect(new Set(values.get(id)).size, `different values of ${id}`).toBeGreaterThan(15);
    }
  });

  it('gives the interpreter’s values on the functional engine, layer by layer', () => {
    const engine = createNorthPoleEngine(compileNorthPole(graph, { spec: NORTHPOLE }).program);
    const all = images(8);
    for (let sample = 0; sample < 8; sample++) {
      const image = all.subarray(sample * 3072, (sample + 1) * 3072);
      const expected = interpreter.trace(image);
      const found = engine.trace(image);
      expect(found.size).toBeGreaterThan(10);
      for (const [node, values] of found) {
        expect(Array.from(values), `sample ${sample}, ${node}`).toEqual(Array.from(expected.get(node) ?? []));
      }
    }
  });

  it('gives them cycle by cycle on 256 cores too, in the cycles and with the events of the schedule', () => {
    const { program } = compileNorthPole(graph, { spec: NORTHPOLE });
    const image = images(1);
    const run = runCycles(program, Int32Array.from(image));
    const expected = interpreter.trace(image);
    for (const [tensor, { values, stored }] of run.tensors) {
      const wanted = expected.get(program.tensors[tensor]!.node) ?? [];
      const wrong = values.findIndex((value, i) => stored[i] === 1 && value !== wanted[i]);
      expect(wrong, `first wrong element of ${program.tensors[tensor]!.node}`).toBe(-1);
    }
    expect(Array.from(run.scores)).toEqual(Array.from(interpreter.run(image)));
    expect(run.cycles).toBe(program.cycles);
    expect(run.counters).toEqual(countEvents(program));
  });
});
