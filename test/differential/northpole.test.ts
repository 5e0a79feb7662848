import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/common/diagnostics.js';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { compileNorthPole } from '../../src/compiler/targets/northpole/compile.js';
import { NORTHPOLE_SMALL } from '../../src/hw-models/northpole/spec.js';
import { sizeOf } from '../../src/ir/network/shapes.js';
import type { NetworkGraph } from '../../src/ir/network/types.js';
import { createNorthPoleEngine } from '../../src/simulator/engines/northpole/engine.js';
import { codedBuffer, encodeCounts } from '../../src/simulator/input-code.js';
import { createInterpreter } from '../../src/simulator/interpreter/network.js';
import { randomIntegerNetwork } from '../support/random-integer-network.js';
import { randomTransformer } from '../support/random-transformer.js';

/** Networks of a run; LODESTONE_FUZZ multiplies them. */
const CASES = 200 * Number(process.env['LODESTONE_FUZZ'] ?? 1);
const SAMPLES = 2;
const TRANSFORMERS = 20 * Number(process.env['LODESTONE_FUZZ'] ?? 1);

/** Every token of two sequences: the second begins from nothing. */
function checkSequences(seed: number): void {
  const graph = randomTransformer(seed);
  const { program } = compileNorthPole(graph, { spec: NORTHPOLE_SMALL });
  const engine = createNorthPoleEngine(program);
  const interpreter = createInterpreter(graph);
  const r = sequence(seed, PURPOSE.test, 82);
  const embedding = program.layers.flatMap((layer) =>
    layer.kind === 'sequence' && layer.operation.kind === 'embedding' ? [layer] : [],
  );
  const rows = embedding.map(({ operation, output }) =>
    operation.kind === 'embedding' ? operation.table.length / program.tensors[output]!.shape[2] : 0,
  );
  const vocabulary =
    rows[embedding.findIndex(({ operation }) => operation.kind === 'embedding' && operation.by === 'value')]!;
  for (const nTokens of [1 + r.below(2), engine.context]) {
    engine.reset();
    interpreter.reset();
    for (let token = 0; token < nTokens; token++) {
      const counts = [r.below(vocabulary)];
      const expected = interpreter.trace(counts);
      for (const [node, values] of engine.trace(counts)) {
        const place = `transformer ${seed}, token ${token}, node ${node}`;
        expect(Array.from(values), place).toEqual(Array.from(expected.get(node) ?? []));
      }
    }
  }
  expect(() => engine.run([0])).toThrow(/context-exceeded/);
  engine.reset();
  expect(() => engine.run([vocabulary])).toThrow(/token-outside-table/);
}

/** Compares every stored value and the scores; false for a network the chip has no room for. */
function check(graph: NetworkGraph, seed: number): boolean {
  const compiled = ((): ReturnType<typeof compileNorthPole> | undefined => {
    try {
      return compileNorthPole(graph, { spec: NORTHPOLE_SMALL });
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  })();
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
      expect(Array.from(values), `network ${seed}, node ${node}`).toEqual(Array.from(expected.get(node) ?? []));
    }
    expect(Array.from(engine.run(counts)), `scores of network ${seed}`).toEqual(Array.from(interpreter.run(counts)));
  }
  return true;
}

describe('functional engine and integer interpreter', () => {
  it(`store the same values on ${CASES} random networks`, () => {
    let compiled = 0;
    for (let seed = 0; seed < CASES; seed++) if (check(randomIntegerNetwork(seed), seed)) compiled++;
    expect(compiled, 'networks that fit the chip').toBeGreaterThan(0.9 * CASES);
  });

  it(`store the same values on ${TRANSFORMERS} random transformers, token by token`, () => {
    for (let seed = 0; seed < TRANSFORMERS; seed++) checkSequences(seed);
  });
});
