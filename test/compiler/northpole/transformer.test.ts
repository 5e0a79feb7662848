import { describe, expect, it } from 'vitest';
import { present } from '../../../src/common/assert.js';
import { UserError } from '../../../src/common/diagnostics.js';
import { checkSchedule } from '../../../src/compiler/targets/northpole/check/schedule-check.js';
import { compileNorthPole } from '../../../src/compiler/targets/northpole/compile.js';
import { residentBytes } from '../../../src/hw-models/northpole/sequence.js';
import { NORTHPOLE, NORTHPOLE_SMALL } from '../../../src/hw-models/northpole/spec.js';
import type { NetworkGraph } from '../../../src/ir/network/types.js';
import type { NorthPoleSpec } from '../../../src/ir/program/northpole.js';
import { randomTransformer } from '../../support/random-transformer.js';

function codesOf(graph: NetworkGraph, options: { readonly spec: NorthPoleSpec; readonly batch?: number }): string[] {
  try {
    compileNorthPole(graph, options);
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics.map(({ code }) => code);
    throw error;
  }
  return [];
}

describe('transformers on a NorthPole-style chip', () => {
  it('compile to schedules the checker proves free of collisions and missed deadlines', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { program } = compileNorthPole(randomTransformer(seed), { spec: NORTHPOLE_SMALL });
      expect(checkSchedule(program), `seed ${seed}`).toEqual([]);
      expect(program.layers.some(({ kind }) => kind === 'sequence')).toBe(true);
    }
  });

  it('spread heads over cores, each with its part of the cache', () => {
    const graph = randomTransformer(1, { heads: 4, depth: 32, context: 20, hidden: 64, layers: 1, weightBits: 4 });
    const { program } = compileNorthPole(graph, { spec: NORTHPOLE });
    const layer = present(
      program.layers.find((l) => l.name === 'b1-attention'),
      'attention',
    );
    if (layer.kind !== 'sequence') throw new Error('not a sequence layer');
    expect(new Set(layer.mapping.cores).size).toBe(4);
    // Per head: 20 positions of 32 keys and 32 values of 8 bits.
    expect(residentBytes(program, layer, [32, 64])).toBe(20 * 64);
    // Channels 48..80 belong to heads 1 and 2: both keys, half the values of each.
    expect(residentBytes(program, layer, [48, 80])).toBe(20 * (64 + 32));
  });

  it('take longer with a longer context, whatever the data', () => {
    const cycles = [8, 64, 256].map((context) => {
      const graph = randomTransformer(1, { heads: 2, depth: 16, context, hidden: 32, layers: 1 });
      return compileNorthPole(graph, { spec: NORTHPOLE_SMALL }).program.cycles;
    });
    expect(cycles[1]).toBeGreaterThan(present(cycles[0], 'cycles'));
    expect(cycles[2]).toBeGreaterThan(present(cycles[1], 'cycles'));
  });

  it('are refused where the cache does not fit the memories', () => {
    const graph = randomTransformer(1, { heads: 1, depth: 16, context: 60_000, layers: 1 });
    expect(codesOf(graph, { spec: NORTHPOLE_SMALL })).toContain('layer-too-large');
  });

  it('are refused in batches: the state is that of one sequence', () => {
    expect(codesOf(randomTransformer(1, { layers: 1 }), { spec: NORTHPOLE_SMALL, batch: 2 })).toContain(
      'sequence-batch',
    );
  });
});
