import { describe, expect, it } from 'vitest';
import { present } from '../../src/common/assert.js';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { compileNorthPole } from '../../src/compiler/targets/northpole/compile.js';
import { NORTHPOLE, NORTHPOLE_SMALL } from '../../src/hw-models/northpole/spec.js';
import type { EmbeddingNode, NetworkGraph } from '../../src/ir/network/types.js';
import type { NorthPoleSpec } from '../../src/ir/program/northpole.js';
import { createNorthPoleEngine } from '../../src/simulator/engines/northpole/engine.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { randomTransformer } from '../support/random-transformer.js';

/** Rows of the tables: vocabulary by value, context by position. */
function rowsOf(graph: NetworkGraph, by: EmbeddingNode['by']): number {
  const rows = graph.nodes.flatMap((n) => (n.kind === 'embedding' && n.by === by ? [n.table.length / n.nOut] : []));
  return present(rows[0], 'table');
}

/** Two sequences that fill the context: every stored value of every token is the interpreter's; returns their number. */
function compare(seed: number, spec: NorthPoleSpec): number {
  const graph = randomTransformer(seed);
  const engine = createNorthPoleEngine(compileNorthPole(graph, { spec }).program);
  const interpreter = createInterpreter(graph);
  const [vocabulary, context] = [rowsOf(graph, 'value'), rowsOf(graph, 'position')];
  const r = sequence(seed, PURPOSE.test, 79);
  let compared = 0;
  for (let s = 0; s < 2; s++) {
    engine.reset();
    interpreter.reset();
    for (let t = 0; t < context; t++) {
      const token = [r.below(vocabulary)];
      const wanted = interpreter.trace(token);
      for (const [id, values] of engine.trace(token)) {
        expect([...values], `seed ${seed}, sequence ${s}, token ${t}, ${id}`).toEqual([...present(wanted.get(id), id)]);
        compared += values.length;
      }
    }
  }
  return compared;
}

describe('transformers on the functional engine', () => {
  it('give every value of every token that the interpreter gives', () => {
    let compared = 0;
    for (let seed = 0; seed < 20; seed++) compared += compare(seed, NORTHPOLE_SMALL);
    expect(compared).toBeGreaterThan(50_000);
  }, 60_000);

  it('do so whatever the chip', () => {
    expect(compare(3, NORTHPOLE)).toBeGreaterThan(100);
  });

  it('refuse a token beyond the context, and one outside of the vocabulary', () => {
    const graph = randomTransformer(5, { vocabulary: 7, context: 3 });
    const engine = createNorthPoleEngine(compileNorthPole(graph, { spec: NORTHPOLE_SMALL }).program);
    for (let t = 0; t < 3; t++) engine.run([t]);
    expect(() => engine.run([0])).toThrow('context of 3');
    engine.reset();
    expect(() => engine.run([7])).toThrow('no row in a table of 7');
  });
});
