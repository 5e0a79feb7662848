import { describe, expect, it } from 'vitest';
import { present } from '../../src/common/assert.js';
import { UserError } from '../../src/common/diagnostics.js';
import { PURPOSE, sequence } from '../../src/common/rng.js';
import { lowerToInteger, lowerWithWarnings } from '../../src/compiler/pipelines.js';
import type { NetworkGraph, NetworkNode } from '../../src/ir/network/types.js';
import { createInterpreter } from '../../src/evaluation/interpreter/network.js';
import { randomFloatTransformer } from '../support/random-transformer.js';

/** The steps of all quantisers. */
function stepsOf(graph: NetworkGraph): ReadonlyMap<string, number> {
  return new Map(graph.nodes.flatMap((n) => (n.kind === 'quantise' ? [[n.id, n.step] as const] : [])));
}

function codesOf(graph: NetworkGraph): string[] {
  try {
    lowerToInteger(graph);
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ code }) => code);
    throw error;
  }
  return [];
}

/** The network with some nodes changed. */
function changed(graph: NetworkGraph, change: (node: NetworkNode) => NetworkNode): NetworkGraph {
  return { ...graph, nodes: graph.nodes.map(change) };
}

describe('lowering of transformers to integers', () => {
  it('keeps every value before the first attention, and attention within two steps', () => {
    for (let seed = 0; seed < 8; seed++) {
      const float = randomFloatTransformer(seed);
      const integer = lowerToInteger(float);
      const [a, b] = [createInterpreter(float), createInterpreter(integer)];
      const steps = stepsOf(float);
      const r = sequence(seed, PURPOSE.test, 3);
      for (let t = 0; t < 6; t++) {
        const token = [r.below(9)];
        const real = a.trace(token);
        const whole = b.trace(token);
        for (const id of ['stream', 'b1-norm1-q', 'b1-q', 'b1-k', 'b1-v']) {
          const step = present(steps.get(id), id);
          const wanted = present(real.get(id), id).map((x) => Math.round(x / step));
          expect(present(whole.get(id), id), `seed ${seed}, token ${t}, ${id}`).toEqual(wanted);
        }
        const step = present(steps.get('b1-attention-q'), 'step');
        const found = present(whole.get('b1-attention-q'), 'attention');
        present(real.get('b1-attention-q'), 'attention').forEach((x, i) => {
          expect(Math.abs(x / step - present(found[i], 'value')), `seed ${seed}, token ${t}`).toBeLessThan(2.01);
        });
      }
    }
  });

  it('counts tokens in ones: an input in other steps is refused where its values are looked up, not where positions are', () => {
    const network = changed(randomFloatTransformer(1), (node) =>
      node.kind === 'encode' && node.code.kind === 'integer' ? { ...node, code: { ...node.code, step: 2 } } : node,
    );
    const tables = network.nodes.flatMap((node) => (node.kind === 'embedding' ? [[node.id, node.by] as const] : []));
    expect(new Set(tables.map(([, by]) => by))).toEqual(new Set(['value', 'position']));
    const refused: string[] = [];
    try {
      lowerToInteger(network);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      for (const { code, place } of error.diagnostics) if (code === 'token-step') refused.push(place);
    }
    const wanted = tables
      .filter(([, by]) => by === 'value')
      .map(([id]) => `${network.name}: layer "${id}" (embedding)`);
    expect(refused).toEqual(wanted);
  });

  it('says where the integer network may differ', () => {
    const codes = lowerWithWarnings(randomFloatTransformer(1)).diagnostics.map(({ code }) => code);
    expect(codes).toContain('attention-table');
    const odd = changed(randomFloatTransformer(1), (node) =>
      node.kind === 'rmsNorm' ? { ...node, gain: node.gain.map((g) => g * 1.0003) } : node,
    );
    expect(lowerWithWarnings(odd).diagnostics.map(({ code }) => code)).toContain('rounded-gains');
  });

  it('refuses a norm without a quantiser, unquantised keys, real tables and tokens that are no integers', () => {
    const graph = randomFloatTransformer(2);
    expect(
      codesOf(changed(graph, (n) => (n.kind === 'dense' && n.id === 'b1-qw' ? { ...n, input: 'b1-norm1' } : n))),
    ).toContain('missing-activation');
    const unquantised = changed(graph, (n) =>
      n.kind === 'attention' ? { ...n, inputs: [n.inputs[0], 'b1-kw', n.inputs[2]] } : n,
    );
    expect(codesOf({ ...unquantised, nodes: unquantised.nodes.filter(({ id }) => id !== 'b1-k') })).toContain(
      'missing-activation',
    );
    const real = changed(graph, (n) =>
      n.kind === 'embedding' ? { ...n, table: Float32Array.from(n.table, (v) => v + 0.5) } : n,
    );
    expect(codesOf(real)).toContain('real-weights');
    const halves = changed(graph, (n) =>
      n.kind === 'encode' && n.code.kind === 'integer' ? { ...n, code: { ...n.code, step: 0.5 } } : n,
    );
    expect(codesOf(halves)).toContain('token-step');
  });
});
