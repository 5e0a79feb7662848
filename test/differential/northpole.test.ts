import { describe, expect, it } from 'vitest';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { toInteger } from '../../src/flow.js';
import { compileNorthPole } from '../../src/compiler/targets/northpole/compile.js';
import { NORTHPOLE_SMALL } from '../../src/hw-models/northpole/spec.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { createNorthPoleEngine } from '../../src/simulator/engines/northpole/engine.js';
import { codedBuffer, encodeCounts } from '../../src/ir/network/input-code.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { randomIntegerNetwork } from '../../src/chips/northpole/kit/random-network.js';
import { randomImportedNetwork } from '../support/random-imported-network.js';
import { randomSeeds } from '../support/random-runs.js';
import { unlessRefused } from '../support/refusal.js';

/** Seeds of the networks of a run. */
const SEEDS = randomSeeds(200);
const CASES = SEEDS.length;
const SAMPLES = 2;

/** Compares every stored value and the scores; false for a network the chip has no room for. */
function check(graph: NetworkGraph, seed: number): boolean {
  const compiled = unlessRefused(() => compileNorthPole(graph, { spec: NORTHPOLE_SMALL }));
  if (compiled === undefined) return false;
  const { program } = compiled;
  const engine = createNorthPoleEngine(program);
  const interpreter = createInterpreter(graph);
  const nPixels = sizeOf(program.inputShape);
  const r = sequence(seed, PURPOSE.test, 81);
  const counts = codedBuffer(program.inputCode, nPixels);
  for (let sample = 0; sample < SAMPLES; sample++) {
    const pixels = Uint8Array.from({ length: nPixels }, () => r.below(256));
    encodeCounts(program.inputCode, pixels, sample, seed, counts);
    const expected = interpreter.trace(counts);
    for (const [node, values] of engine.trace(counts)) {
      // A product is several layers on the chip, which the network does not have.
      if (!expected.has(node) && node.startsWith('multiply')) continue;
      expect(Array.from(values), `network ${seed}, node ${node}`).toEqual(Array.from(expected.get(node) ?? []));
    }
    expect(Array.from(engine.run(counts)), `scores of network ${seed}`).toEqual(Array.from(interpreter.run(counts)));
  }
  return true;
}

describe('functional engine and integer interpreter', () => {
  it(`store the same values on ${CASES} random networks`, () => {
    let compiled = 0;
    for (const seed of SEEDS) if (check(randomIntegerNetwork(seed), seed)) compiled++;
    expect(compiled, 'networks that fit the chip').toBeGreaterThan(0.9 * CASES);
  });

  it(`store the same values on ${CASES} networks of imported layers`, () => {
    let compiled = 0;
    for (const seed of SEEDS) {
      const graph = integerForm(seed);
      if (graph !== undefined && check(graph, seed)) compiled++;
    }
    expect(compiled, 'networks that have an integer form and fit the chip').toBeGreaterThan(CASES / 3);
  });
});

/** What a random network of imported layers is in integers; undefined where it has no integer form. */
const integerForm = (seed: number): NetworkGraph | undefined =>
  unlessRefused(() => toInteger(randomImportedNetwork(seed)));
